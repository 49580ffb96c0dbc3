// Numbers that say how near a prediction is to its target; computed in float64, for reports. The data range is always
// given: for images in [0, 1] it is 1, for others take what the numbers you compare with took.
#pragma once
#include "losses/losses.h"

namespace adjoint {

// All errors: arrays of different shapes or types (mismatch); windows that do not fit (usage).

// 10 log10(L²/MSE) in dB; ∞ for equal arrays. Any shape.
double psnr(const Tensor& prediction, const Tensor& target, double data_range);

// Mean structural similarity; by default as scikit-image's structural_similarity(data_range = L, channel_axis) with its
// defaults. Images as in losses.h.
double ssim_metric(const Tensor& prediction, const Tensor& target, double data_range,
                   SsimSettings = SsimSettings::scikit_image());

// ‖x − y‖/‖y‖ (scikit-image's "euclidean"), RMSE/(max y − min y), RMSE/mean y. Any shape.
enum class Normalisation { norm, range, mean };
double nrmse(const Tensor& prediction, const Tensor& target, Normalisation = Normalisation::norm);

// ‖x − y‖²/‖y‖², as fastMRI reports it for a volume. Any shape, complex arrays too.
double nmse(const Tensor& prediction, const Tensor& target);

}  // namespace adjoint
