#include "tools/training/mri_sampling.h"

#include <algorithm>

#include "engine/error.h"
#include "engine/philox.h"
#include "io/npy.h"
#include "models/forward/masks.h"

namespace adjoint {

Tensor read_mask(const std::string& file, int64_t height, int64_t width) {
    Tensor mask;
    const Tensor values = read_npy(file, Type::float32);
    try {
        mask = mask_from_values(values);
    } catch (const Error& e) {
        fail(e.code, "the mask " + file + " of " + values.shape().text(), e.found, e.advice);
    }
    if (mask.size(0) != 1 || (mask.size(1) != 1 && mask.size(1) != height) || mask.size(2) != width)
        fail(ExitCode::mismatch, "the mask " + file,
             "it is " + mask.shape().text() + ", the k-space " + std::to_string(height) + "×" + std::to_string(width),
             "a mask is W or H x W");
    return mask;
}

Tensor draw_mask(const SamplingSettings& s, int64_t height, int64_t width, uint64_t seed, MaskStream stream,
                 uint64_t number) {
    if (s.kind == "file") return read_mask(s.file, height, width);
    const uint64_t drawn = Philox{seed, uint64_t(stream)}.word(number);
    if (s.kind == "poisson-disk")
        return poisson_disk({height, width, s.acceleration, s.calibration, s.growth, false, drawn});
    const ColumnSettings columns{width, s.acceleration, s.centre_fraction};
    if (s.kind == "variable-density") return variable_density_columns(columns, s.power, drawn);
    NumpyRandom random(static_cast<uint32_t>(drawn));
    if (s.kind == "random") return random_columns(columns, random);
    if (s.kind == "equispaced-fraction") return equispaced_fraction_columns(columns, random);
    return equispaced_columns(columns, random);
}

Tensor measured_samples(const Tensor& kspace, const std::string& name) {
    const int64_t coils = kspace.size(0), h = kspace.size(1), w = kspace.size(2);
    const float* k = kspace.data<float>();
    std::vector<float> mask(size_t(h * w), 0.f);
    for (int64_t c = 0; c < coils; ++c)
        for (int64_t i = 0; i < h * w; ++i)
            if (k[2 * (c * h * w + i)] != 0 || k[2 * (c * h * w + i) + 1] != 0) mask[size_t(i)] = 1;
    if (std::find(mask.begin(), mask.end(), 1.f) == mask.end())
        fail(ExitCode::invalid_input, name, "its k-space is zero everywhere: nothing is measured",
             "leave the slice away (--slices), or check the file");
    bool columns = true;
    for (int64_t i = w; i < h * w; ++i) columns = columns && mask[size_t(i)] == mask[size_t(i % w)];
    if (!columns) return mask_from_values(Tensor::from(mask, {1, h, w}));
    mask.resize(size_t(w));
    return mask_from_values(Tensor::from(mask, {w}));
}

}  // namespace adjoint
