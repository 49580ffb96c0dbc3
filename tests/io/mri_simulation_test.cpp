// Simulated acquisitions: coil maps, phase, noise, and the writers of k-space and images.
#include "io/mri_simulation.h"

#include "engine/parallel.h"
#include "io/cfl.h"
#include "io/dataset.h"
#include "io/hdf5/hdf5.h"
#include "io/npy.h"
#include "io/phantom.h"
#include "io/slices/writers.h"
#include "kernels/fourier/fourier.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

Tensor counted(const Shape& shape) {
    std::vector<float> values(size_t(shape.count()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(i) + 1;
    return Tensor::from(values, shape);
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("coil maps: unit sum of squares, each coil strongest near itself, in phase at the middle") {
    for (const uint64_t seed : {0, 5}) {
        const int64_t h = 17, w = 24, coils = 5;
        const Tensor maps = birdcage_maps(h, w, {.coils = coils, .seed = seed});
        const auto s = maps.values<float>();
        REQUIRE(maps.shape() == Shape{coils, h, w, 2});
        for (int64_t i = 0; i < h * w; ++i) {
            double squares = 0;
            for (int64_t c = 0; c < coils; ++c)
                for (int64_t part = 0; part < 2; ++part) squares += std::pow(s[size_t((c * h * w + i) * 2 + part)], 2);
            CHECK(squares == doctest::Approx(1).epsilon(1e-5));
        }
        const int64_t middle = h / 2 * w + w / 2;
        if (seed == 0)
            for (int64_t c = 0; c < coils; ++c) {
                CHECK(s[size_t((c * h * w + middle) * 2)] == doctest::Approx(-1 / std::sqrt(5.0)));
                CHECK(std::fabs(s[size_t((c * h * w + middle) * 2 + 1)]) < 1e-6);
            }
    }
    // Of coil 0, which sits at the right when the seed is 0, the right edge sees most; coil 2 of 4 sits at the left.
    const auto s = birdcage_maps(16, 16, {.coils = 4}).values<float>();
    const auto modulus = [&](int64_t c, int64_t column) {
        const size_t at = size_t((c * 256 + 8 * 16 + column) * 2);
        return std::hypot(s[at], s[at + 1]);
    };
    CHECK(modulus(0, 15) > 2 * modulus(0, 0));
    CHECK(modulus(2, 0) > 2 * modulus(2, 15));
    const auto one = birdcage_maps(3, 4, {.coils = 1}).values<float>();
    for (size_t i = 0; i < 12; ++i) CHECK((one[2 * i] == 1 && one[2 * i + 1] == 0));
    CHECK(error_of([] { birdcage_maps(0, 4, {}); })->code == ExitCode::usage);
    CHECK(error_of([] { birdcage_maps(4, 4, {.coils = 0}); })->code == ExitCode::usage);
    CHECK(error_of([] { birdcage_maps(4, 4, {.ring = 1}); })->code == ExitCode::usage);
    CHECK(error_of([] { birdcage_maps(4, 4, {.ring = NAN}); })->code == ExitCode::usage);
}

TEST_CASE("a slice: magnitude kept, phase smooth, coils combined give the image, noise as strong as asked") {
    const int64_t n = 64;
    const MriSimulation settings{.coils = 6, .phase = 1.2, .noise = 0.05, .seed = 3};
    const Tensor x = head_phantom({n, n}).viewed_as({n, n}), maps = birdcage_maps(n, n, settings);
    const SimulatedSlice slice = simulate_slice(x, maps, settings, 7);
    MriSimulation quiet = settings;
    quiet.noise = 0;
    const SimulatedSlice clean = simulate_slice(x, maps, quiet, 7);
    const auto in = x.values<float>(), image = slice.image.values<float>(), m = maps.values<float>();
    const auto coils = ifft2(clean.kspace).values<float>();
    double steepest = 0, widest = 0;
    for (int64_t i = 0; i < n * n; ++i) {
        const double modulus = std::hypot(image[size_t(2 * i)], image[size_t(2 * i + 1)]);
        CHECK(modulus == doctest::Approx(in[size_t(i)]).epsilon(1e-5));
        double re = 0, im = 0;  // Σ_c conj(S_c) y_c
        for (int64_t c = 0; c < 6; ++c) {
            const size_t at = size_t((c * n * n + i) * 2);
            re += double(m[at]) * coils[at] + double(m[at + 1]) * coils[at + 1];
            im += double(m[at]) * coils[at + 1] - double(m[at + 1]) * coils[at];
        }
        CHECK(std::hypot(re - image[size_t(2 * i)], im - image[size_t(2 * i + 1)]) < 1e-5);
        const double phase = std::atan2(image[size_t(2 * i + 1)], image[size_t(2 * i)]);
        widest = std::max(widest, std::fabs(phase));
        if (i % n) {
            const double before = std::atan2(image[size_t(2 * i - 1)], image[size_t(2 * i - 2)]);
            steepest = std::max(steepest, std::fabs(std::remainder(phase - before, 2 * 3.14159265358979)));
        }
    }
    CHECK(steepest < 0.3);
    CHECK(widest > 0.1);
    CHECK(widest < 2);
    const auto noisy = slice.kspace.values<float>(), exact = clean.kspace.values<float>();
    double sum = 0, squares = 0;
    for (size_t i = 0; i < noisy.size(); ++i) {
        sum += noisy[i] - exact[i];
        squares += std::pow(noisy[i] - exact[i], 2);
    }
    const double count = double(noisy.size());
    CHECK(std::sqrt(squares / count) == doctest::Approx(0.05).epsilon(0.02));
    CHECK(std::fabs(sum / count) < 4 * 0.05 / std::sqrt(count));

    // The same for one thread and for many; another slice and another seed differ.
    const int before = threads();
    set_threads(before == 1 ? 3 : 1);
    CHECK(simulate_slice(x, birdcage_maps(n, n, settings), settings, 7).kspace.values<float>() == noisy);
    set_threads(before);
    CHECK(simulate_slice(x, maps, settings, 8).kspace.values<float>() != noisy);
    MriSimulation other = quiet;
    other.seed = 4;
    CHECK(simulate_slice(x, maps, other, 7).kspace.values<float>() != exact);
    CHECK(error_of([&] { simulate_slice(Tensor::zeros({4, 5}), maps, settings, 0); })->code == ExitCode::usage);
}

TEST_CASE("an acquired matrix is the central part of k-space, and even areas keep their intensity") {
    const int64_t h = 30, w = 21, m = 12, n = 9;
    MriSimulation settings{.coils = 3, .phase = 0, .seed = 5};
    Tensor x = Tensor::zeros({h, w});
    float* pixels = x.mutable_data<float>("test");
    for (int64_t i = 0; i < h * w; ++i) pixels[i] = float(1 + std::cos(0.9 * double(i)) * double(i % 7));
    const Tensor maps = birdcage_maps(h, w, settings);
    const auto whole = simulate_slice(x, maps, settings, 0).kspace.values<float>();
    settings.matrix_height = m;
    settings.matrix_width = n;
    const SimulatedSlice small = simulate_slice(x, maps, settings, 0);
    REQUIRE(small.kspace.shape() == Shape{3, m, n, 2});
    REQUIRE(small.image.shape() == Shape{m, n, 2});
    const double factor = std::sqrt(double(m * n) / double(h * w));
    const auto part = small.kspace.values<float>();
    for (int64_t c = 0; c < 3; ++c)
        for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < n; ++j)
                for (int64_t p = 0; p < 2; ++p) {
                    const int64_t from = ((c * h + i + h / 2 - m / 2) * w + j + w / 2 - n / 2) * 2 + p;
                    CHECK(part[size_t(((c * m + i) * n + j) * 2 + p)] ==
                          doctest::Approx(factor * whole[size_t(from)]).epsilon(1e-6));
                }

    // A constant stays one; one coil's image is the transform of its k-space.
    settings.coils = 1;
    const Tensor one = birdcage_maps(h, w, settings);
    const SimulatedSlice even = simulate_slice(Tensor::full({h, w}, 0.75), one, settings, 0);
    const auto back = ifft2(even.kspace).values<float>(), image = even.image.values<float>();
    for (int64_t i = 0; i < m * n; ++i) {
        CHECK(image[size_t(2 * i)] == doctest::Approx(0.75).epsilon(1e-5));
        CHECK(back[size_t(2 * i)] == doctest::Approx(0.75).epsilon(1e-5));
        CHECK(std::fabs(image[size_t(2 * i + 1)]) < 1e-6);
    }

    // The coils stay where they are: a half or a third of the pixels are at places of the whole.
    settings.coils = 4;
    settings.matrix_height = 15;
    settings.matrix_width = 7;
    const auto fine = birdcage_maps(h, w, settings).values<float>();
    const auto coarse = acquired_maps(h, w, settings).values<float>();
    for (int64_t i = 0; i < 15; ++i)
        for (int64_t j = 0; j < 7; ++j) {
            const int64_t row = h / 2 + 2 * (i - 15 / 2), column = w / 2 + 3 * (j - 7 / 2);
            for (int64_t c = 0; c < 4; ++c)
                CHECK(coarse[size_t((c * 15 + i) * 7 + j) * 2] ==
                      doctest::Approx(fine[size_t((c * h + row) * w + column) * 2]));
        }
    settings.matrix_width = w + 1;
    CHECK(error_of([&] { acquired_maps(h, w, settings); })->code == ExitCode::usage);
    CHECK(error_of([&] { simulate_slice(x, maps, settings, 0); })->code == ExitCode::usage);
    settings.matrix_width = -1;
    CHECK(error_of([&] { acquired_maps(h, w, settings); })->code == ExitCode::usage);
}

TEST_CASE("k-space and images are written in each format with the axes that reading expects") {
    Scratch scratch;
    const Tensor kspace = counted({3, 2, 4, 5, 2});
    for (const char* name : {"k.npy", "k.cfl", "k.h5"}) {
        if (std::string(name) == "k.h5" && !hdf5_in_build()) continue;
        KspaceWriter writer(scratch / name, {.slices = 3, .coils = 2, .height = 4, .width = 5});
        for (int64_t s = 2; s >= 0; --s) writer.write(s, kspace.slice_of_memory(s * 80, {2, 4, 5, 2}));
        CHECK(error_of([&] { writer.write(3, kspace.slice_of_memory(0, {2, 4, 5, 2})); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.write(0, kspace.slice_of_memory(0, {2, 5, 4, 2})); })->code == ExitCode::usage);
        writer.commit();
        const Dataset set({(scratch / name).string()});
        REQUIRE(set.size() == 3);
        for (int64_t s = 0; s < 3; ++s)
            CHECK(set.kspace(s).values<float>() == kspace.slice_of_memory(s * 80, {2, 4, 5, 2}).values<float>());
    }
    CHECK(read_cfl(scratch / "k.cfl").sizes == std::vector<int64_t>{4, 5, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3});
    CHECK(error_of([&] { KspaceWriter(scratch / "k.png", {.slices = 1, .height = 4, .width = 4}); })->code ==
          ExitCode::usage);
    CHECK(error_of([&] {
              KspaceWriter(scratch / "x.npy", {.slices = 1, .height = 4, .width = 4, .target_height = 4,
                                               .target_width = 4});
          })->code == ExitCode::usage);

    const Tensor stack = counted({3, 4, 5}), complex = counted({3, 4, 5, 2});
    for (const char* name : {"i.nii", "i.nii.gz", "i.npy"}) {
        write_images(scratch / name, stack, false, {});
        const Dataset set({(scratch / name).string()});
        REQUIRE(set.size() == 3);
        CHECK(set.target(1).values<float>() == stack.slice_of_memory(20, {4, 5}).values<float>());
    }
    for (const char* name : {"c.nii.gz", "c.npy", "c.cfl"}) {
        write_images(scratch / name, complex, true, {});
        const Dataset set({(scratch / name).string()}, {.content = Content::image});
        REQUIRE(set.size() == 3);
        CHECK(set.target(2).values<float>() == complex.slice_of_memory(80, {4, 5, 2}).values<float>());
    }
    write_images(scratch / "i.cfl", stack, false, {});
    const auto real = Dataset({(scratch / "i").string()}, {.content = Content::image}).target(0).values<float>();
    CHECK((real[2] == 2 && real[3] == 0));
    write_images(scratch / "p.png", stack.slice_of_memory(0, {1, 4, 5}), false, {}, ImageRange{1, 20});
    CHECK(Dataset({(scratch / "p.png").string()}).target(0).values<float>()[19] == 1);
    const auto code = [](auto&& action) { return error_of(action)->code; };
    CHECK(code([&] { write_images(scratch / "q.png", stack, false, {}); }) == ExitCode::usage);
    CHECK(code([&] { write_images(scratch / "q.png", complex, true, {}); }) == ExitCode::usage);
    CHECK(code([&] { write_images(scratch / "q.tif", stack, false, {}); }) == ExitCode::usage);
    CHECK(code([&] { write_images(scratch / "q.gz", stack, false, {}); }) == ExitCode::usage);
    CHECK(code([&] { write_images(scratch / "q.npy", stack, true, {}); }) == ExitCode::usage);
    write_maps(scratch / "m.npy", counted({2, 4, 5, 2}));
    CHECK(read_npy(scratch / "m.npy").shape() == Shape{2, 4, 5, 2});
    write_maps(scratch / "m.cfl", counted({2, 4, 5, 2}));
    CHECK(read_cfl(scratch / "m").sizes == std::vector<int64_t>{4, 5, 1, 2});
    CHECK(code([&] { write_maps(scratch / "m.h5", counted({2, 4, 5, 2})); }) == ExitCode::usage);
}
