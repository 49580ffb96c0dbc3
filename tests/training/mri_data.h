// Small k-space with the settings of a small network, for the tests of MRI training.
#pragma once
#include <cmath>

#include "io/npy.h"
#include "kernels/fourier/fourier.h"
#include "tests/training/run_test.h"
#include "tools/training/mri_task.h"

namespace mri_data {

using namespace adjoint;

// Complex images of soft spots, coils×h×w×2 of k-space per slice.
inline Tensor kspace(int64_t slices, int64_t coils, int64_t h, int64_t w) {
    std::vector<float> x;
    for (int64_t s = 0; s < slices; ++s)
        for (int64_t c = 0; c < coils; ++c)
            for (int64_t i = 0; i < h; ++i)
                for (int64_t j = 0; j < w; ++j) {
                    const double r = std::hypot(double(i - h / 2), double(j - w / 2 + s));
                    const double value = 100 * std::exp(-r * r / 40) * (1 + 0.3 * std::sin(0.7 * double(i + 2 * j)));
                    const double phase = 0.1 * double(i) + 0.3 * double(c);
                    const double seen = coils == 1 ? 1 : 0.5 + 0.1 * double(c * i + j) / double(w);
                    x.push_back(float(value * seen * std::cos(phase)));
                    x.push_back(float(value * seen * std::sin(phase)));
                }
    return fft2(Complex{Tensor::from(x, {slices, coils, h, w, 2})}).data;
}

inline std::string file_of(const run_test::Scratch& scratch, const std::string& name, int64_t slices, int64_t coils,
                           int64_t h, int64_t w) {
    const run_test::fs::path path = scratch.path / name;
    write_npy(path, kspace(slices, coils, h, w), true);
    return path.string();
}

inline MriSettings settings_for(const std::string& file) {
    MriSettings s;
    s.train = s.validation = {file};
    s.model.network_settings = "width=4,layers=2,batch_norm=false";
    s.model.recurrences = 2;
    s.sampling.acceleration = 2;
    s.sampling.centre_fraction = 0.25;
    s.preparation.calibration = 6;
    return s;
}

}  // namespace mri_data
