#include "io/mri_simulation.h"

#include <cmath>
#include <complex>

#include "engine/error.h"
#include "engine/parallel.h"
#include "io/dataset.h"
#include "io/noise.h"
#include "kernels/fourier/fourier.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

namespace {

constexpr double pi = 3.14159265358979323846;
// Streams of the seed: one for the coils, one per slice for each of phase and noise.
constexpr uint64_t coil_stream = 1, phase_stream = uint64_t(1) << 48, noise_stream = uint64_t(2) << 48;

// Pixels over a field of view: `pixel` is a pixel's side where the image's is 1, `longer` the field's longer side.
struct Grid {
    int64_t height, width;
    double pixel_height, pixel_width, longer;

    // Index ⌊n/2⌋ is the middle, the longer side of the image reaches from −1 to 1.
    double u(int64_t j) const { return 2 * double(j - width / 2) * pixel_width / longer; }
    double v(int64_t i) const { return 2 * double(i - height / 2) * pixel_height / longer; }
};

Grid image_grid(int64_t height, int64_t width) {
    return {height, width, 1, 1, double(std::max(height, width))};
}

Grid acquired_grid(int64_t height, int64_t width, const MriSimulation& o) {
    const int64_t m = o.matrix_height ? o.matrix_height : height, n = o.matrix_width ? o.matrix_width : width;
    if (m < 1 || n < 1 || m > height || n > width)
        fail(ExitCode::usage, "acquiring a matrix of " + std::to_string(m) + "×" + std::to_string(n),
             "the image is " + std::to_string(height) + "×" + std::to_string(width),
             "the matrix is a part of the image's k-space: at most as large");
    return {m, n, double(height) / double(m), double(width) / double(n), double(std::max(height, width))};
}

Tensor maps_at(const Grid& grid, const MriSimulation& o) {
    const int64_t height = grid.height, width = grid.width;
    if (height < 1 || width < 1 || o.coils < 1 || !(o.ring > 1.2 && o.ring < 100))
        fail(ExitCode::usage, "simulating coils",
             std::to_string(o.coils) + " coils at " + std::to_string(o.ring) + " around an image of " +
                 std::to_string(height) + "×" + std::to_string(width),
             "sizes and coils are 1 or more, the ring lies from 1.2 to 100 (the image reaches to 1)");
    using C = std::complex<double>;
    std::vector<C> places, currents;
    const Philox random{o.seed, coil_stream};
    const double turn = o.seed == 0 ? 0 : random.uniform(0, 0, 2 * pi);
    for (int64_t c = 0; c < o.coils; ++c) {
        const double angle = turn + 2 * pi * double(c) / double(o.coils);
        const double radius = o.ring * (o.seed == 0 ? 1 : random.uniform(uint64_t(c) + 1, 1, 1.15));
        places.push_back(std::polar(radius, angle));
        currents.push_back(std::polar(1.0, angle));
    }
    Tensor maps = Tensor::empty({o.coils, height, width, 2});
    float* out = maps.mutable_data<float>("birdcage_maps");
    const int64_t plane = height * width;
    parallel_for(height, 8, [&](int64_t begin, int64_t end) {
        std::vector<C> field(size_t(o.coils), 1.0);
        for (int64_t i = begin * width; i < end * width; ++i) {
            const C p(grid.u(i % width), grid.v(i / width));
            double squares = 0;
            for (size_t c = 0; c < field.size(); ++c) {
                if (o.coils > 1) field[c] = currents[c] / (p - places[c]);
                squares += std::norm(field[c]);
            }
            for (size_t c = 0; c < field.size(); ++c) {
                const C s = field[c] / std::sqrt(squares);
                out[(int64_t(c) * plane + i) * 2] = float(s.real());
                out[(int64_t(c) * plane + i) * 2 + 1] = float(s.imag());
            }
        }
    });
    return maps;
}

// The acquired part of k-space ... × H × W × 2.
Tensor acquired(const Tensor& kspace, const Grid& grid) {
    const double area = grid.pixel_height * grid.pixel_width;
    if (area == 1) return kspace;
    // An orthonormal transform spreads an even area over fewer samples by √area more.
    return centred(kspace, grid.height, grid.width, 2) * (1 / std::sqrt(area));
}

}  // namespace

Tensor birdcage_maps(int64_t height, int64_t width, const MriSimulation& o) {
    return maps_at(image_grid(height, width), o);
}

Tensor acquired_maps(int64_t height, int64_t width, const MriSimulation& o) {
    return maps_at(acquired_grid(height, width, o), o);
}

SimulatedSlice simulate_slice(const Tensor& x, const Tensor& maps, const MriSimulation& o, int64_t slice) {
    const Shape& s = maps.shape();
    const bool complex = x.rank() == 3;
    if (s.rank() != 4 || s[3] != 2 || x.shape() != (complex ? Shape{s[1], s[2], 2} : Shape{s[1], s[2]}) ||
        x.type() != Type::float32)
        fail(ExitCode::usage, "simulating a slice " + x.shape().text(), "the coil maps are " + s.text(),
             "an image has the maps' height and width");
    const int64_t coils = s[0], height = s[1], width = s[2], plane = height * width;
    const Grid grid = image_grid(height, width), matrix = acquired_grid(height, width, o);
    SimulatedSlice result{Tensor::empty({height, width, 2}), {}};
    Tensor seen = Tensor::empty({coils, height, width, 2});
    const float *in = x.data<float>(), *map = maps.data<float>();
    float* image = result.image.mutable_data<float>("simulate_slice");
    float* out = seen.mutable_data<float>("simulate_slice");
    const Philox texture{o.seed, phase_stream + uint64_t(slice)};
    using C = std::complex<double>;
    parallel_for(height, 8, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin * width; i < end * width; ++i) {
            const double u = grid.u(i % width), v = grid.v(i / width);
            // Two octaves of a noise whose features are as wide as the image: air and tissue bend the field slowly.
            const double phase = o.phase * fractal_noise(texture, u + 0.37, v + 0.61, 2) * 1.5;
            const C value = (complex ? C(in[2 * i], in[2 * i + 1]) : C(in[i])) * std::polar(1.0, phase);
            image[2 * i] = float(value.real());
            image[2 * i + 1] = float(value.imag());
            for (int64_t c = 0; c < coils; ++c) {
                const int64_t at = (c * plane + i) * 2;
                const C y = C(map[at], map[at + 1]) * value;
                out[at] = float(y.real());
                out[at + 1] = float(y.imag());
            }
        }
    });
    result.kspace = acquired(fft2(seen), matrix);
    if (matrix.height < height || matrix.width < width) result.image = ifft2(acquired(fft2(result.image), matrix));
    if (o.noise == 0) return result;
    const Philox random{o.seed, noise_stream + uint64_t(slice)};
    Tensor noisy = result.kspace.copy();
    float* k = noisy.mutable_data<float>("simulate_slice");
    parallel_for(noisy.size(), 1 << 14, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) k[i] += float(o.noise * random.normal(uint64_t(i)));
    });
    result.kspace = noisy;
    return result;
}

}  // namespace adjoint
