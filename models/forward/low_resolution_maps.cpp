#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "models/forward/calibration.h"
#include "models/forward/coil_maps.h"

namespace adjoint {

using namespace calibration;

Complex low_resolution_maps(const Complex& kspace, const LowResolutionSettings& s) {
    const std::string who =
        "low-resolution maps from " + (kspace ? kspace.data.shape().text() : std::string("nothing"));
    const Complex k = checked_kspace(kspace, who);
    const int64_t images = k.size(0), coils = k.size(1), h = k.size(2), w = k.size(3), r = s.calibration;
    if (!(s.threshold >= 0 && s.threshold < 1)) fail(ExitCode::usage, who, "the threshold must be from 0 to below 1");

    Tensor centre = Tensor::zeros(k.data.shape(), Type::float64);
    std::vector<Vector> virtual_coils;
    for (int64_t n = 0; n < images; ++n) {
        const Region region = centre_of(k, n, r, who);
        virtual_coils.push_back(first_virtual_coil(region));
        double* to = centre.mutable_data<double>("low_resolution_maps") + 2 * n * coils * h * w;
        // Hann's window is largest at the centre's sample and would reach 0 just outside the region.
        auto window = [&](int64_t i) {
            return 0.5 + 0.5 * std::cos(2 * 3.14159265358979323846 * double(i - r / 2) / double(r + 1));
        };
        for (int64_t c = 0; c < coils; ++c)
            for (int64_t i = 0; i < r; ++i)
                for (int64_t j = 0; j < r; ++j) {
                    const Number x = region.at(c, i, j) * window(i) * window(j);
                    double* p = to + 2 * ((c * h + h / 2 - r / 2 + i) * w + w / 2 - r / 2 + j);
                    p[0] = x.real();
                    p[1] = x.imag();
                }
    }
    Tensor maps = ifft2(Complex{centre}).data.copy();
    double* p = maps.mutable_data<double>("low_resolution_maps");
    for (int64_t n = 0; n < images; ++n) {
        auto at = [&](int64_t c, int64_t i) { return p + 2 * ((n * coils + c) * h * w + i); };
        auto pixel = [&](int64_t i) {
            Vector v(coils);
            for (int64_t c = 0; c < coils; ++c) v(c) = Number(at(c, i)[0], at(c, i)[1]);
            return v;
        };
        double largest = 0;
        for (int64_t i = 0; i < h * w; ++i) largest = std::max(largest, pixel(i).norm());
        for (int64_t i = 0; i < h * w; ++i) {
            const Vector v = pixel(i);
            const bool signal = v.norm() > 0 && v.norm() >= s.threshold * largest;
            const Vector S =
                signal ? with_phase_of(virtual_coils[size_t(n)], v / v.norm()) : Vector(Vector::Zero(coils));
            for (int64_t c = 0; c < coils; ++c) {
                at(c, i)[0] = S(c).real();
                at(c, i)[1] = S(c).imag();
            }
        }
    }
    return {maps.to(kspace.data.type())};
}

}  // namespace adjoint
