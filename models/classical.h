// Classical reconstructions of Cartesian MRI: what learned ones are measured against.
//
//   y  N×coils×H×W complex k-space, E its encoding (models/forward/cartesian.h), x N×H×W complex image
//
//   zero-filled  x = Eᴴ y
//   SENSE        x = argmin ½‖E x − y‖² + λ/2 ‖x‖²                      (Pruessmann et al.: MRM 46, 2001)
//   PICS         x = argmin ½‖E x − y‖² + λ m R(x),  m = max |Eᴴ y|     (Lustig, Donoho, Pauly: MRM 58, 2007)
//     R = ‖W x‖₁          W orthogonal wavelets (kernels/wavelet), or
//     R = Σ √(|∇_h x|² + |∇_w x|²)   isotropic total variation, differences around the edge (periodic)
// λ is without unit: m takes the data's scale out, image by image, so that k-space times a number gives the image times
// that number.
// Runs on every device. Nothing is recorded: these are not for training.
#pragma once
#include "models/forward/cartesian.h"

namespace adjoint {

Complex zero_filled(const CartesianEncoding&, const Complex& y);

// By conjugate gradients from 0.
Complex sense(const CartesianEncoding&, const Complex& y, double lambda, int iterations = 30, double tolerance = 1e-6);

struct PicsSettings {
    enum class Regulariser { wavelet, total_variation } regulariser = Regulariser::wavelet;
    // fista  Beck, Teboulle: SIAM J. Imaging Sci. 2, 2009: gradient steps of size 1/L, L = max Σ|S|² ≥ ‖EᴴE‖, with
    //        momentum; the proximal step of total variation by `inner` steps of their dual method (IEEE TIP 18, 2009)
    // admm   Boyd et al.: Found. Trends Mach. Learn. 3, 2010, scaled form; the quadratic part by `inner` steps of
    //        conjugate gradients from the last image
    enum class Algorithm { fista, admm } algorithm = Algorithm::fista;
    double lambda = 0.002;
    int iterations = 100;
    int inner = 10;
    double rho = 0.5;         // admm: weight of the constraint
    int64_t smallest = 16;    // wavelets: no level leaves fewer low frequencies
    bool shifts = true;       // wavelets: another circular shift in every step, against blocks at fixed places
    uint64_t seed = 0;        // of the shifts
};

struct PicsResult {
    Complex x;
    std::vector<double> objective;  // summed over the images, before the first step and after every one; as asked for
};
// Errors: settings out of range. With `with_objective` every step costs another application of E.
PicsResult pics(const CartesianEncoding&, const Complex& y, const PicsSettings& = {}, bool with_objective = false);

}  // namespace adjoint
