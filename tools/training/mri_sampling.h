// The mask of one slice.
#pragma once
#include "tools/training/mri_settings.h"

namespace adjoint {

// The mask number `number` of a run, 1×1×W or 1×H×W: a function of the settings, the seed and the number alone.
// Training takes number epoch · slices + slice from the stream `training`, measurements that must not change from `fixed`.
// Errors: those of models/forward/masks.h; mismatch, where a mask from a file has another size.
enum class MaskStream : uint64_t { training = 0x6d61736b, fixed = 0x66697865 };
Tensor draw_mask(const SamplingSettings&, int64_t height, int64_t width, uint64_t seed, MaskStream, uint64_t number);

// A mask from a file, W or H×W of 0 and 1, checked against the size of k-space.
Tensor read_mask(const std::string& file, int64_t height, int64_t width);

// 1 where any coil of k-space C×H×W×2 has a sample: 1×H×W, or 1×1×W where whole columns are measured. Errors
// (invalid_input): there is none; `name` opens the sentence.
Tensor measured_samples(const Tensor& kspace, const std::string& name);

}  // namespace adjoint
