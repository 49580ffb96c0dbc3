// What upsample_nearest and upsample_bilinear share (host side).
#pragma once
#include "engine/operation.h"
#include "kernels/sampling/sampling.h"

namespace adjoint {

// Settings: target (a list: rows, columns), ratio_y and ratio_x (source pixels per target pixel; 0 where the sizes say
// it), corners; for the adjoint also the source's height and width.
Attributes upsample_attributes(Extent target, double ratio_y, double ratio_x, bool corners);
std::vector<TensorSpec> infer_upsample(const Signature&);
std::vector<TensorSpec> infer_upsample_adjoint(const Signature&);

// ⌊H scale⌋ × ⌊W scale⌋. Errors, naming `who`: a scale that is not a positive number.
Extent scaled_extent(const Tensor& x, double scale, const char* who);

struct UpsampleTrial {
    Shape x;
    Extent target;
    double scale;  // 0: by size
};
// Finer, coarser, odd ratios, one pixel, by scale, tails, no image; each with all the settings that an operation has for it.
std::vector<Sample> upsample_samples(std::vector<Attributes> (*settings_of)(const UpsampleTrial&), bool adjoint);
std::vector<WrongSample> upsample_wrongs(const Attributes& of_8_by_8);
std::vector<WrongSample> upsample_adjoint_wrongs(Attributes of_8_by_8);

}  // namespace adjoint
