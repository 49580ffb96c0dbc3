// Coil maps from the fully measured centre of k-space.
//
// All take k-space N×coils×H×W complex (0 where nothing was measured) and give maps N×coils×H×W of unit norm,
// Σ_c |S_c|² = 1, and 0 where there is no signal; float32 or float64 as the k-space; on the cpu. The centre of k-space
// is index ⌊n/2⌋. A map's phase is free at every pixel: here Σ_c conj(u_c) S_c is real and not negative, u the first
// principal component of the calibration data over the coils ("the first virtual coil"), as in BART. u's own phase is
// free, too: its largest element is real and positive (BART leaves it to LAPACK, so maps differ by one constant phase).
// Errors: a calibration region that is larger than k-space, smaller than the kernel, or not fully measured.
#pragma once
#include "kernels/complex/complex.h"

namespace adjoint {

struct EspiritSettings {
    int64_t calibration = 24;  // r: side of the square at the centre
    int64_t kernel = 6;        // k: side of the patches
    // Singular vectors are kept whose squared singular value is at least this share of the largest one: what BART's -t
    // means, with the same default (espirit-python's 0.01 on the values themselves is 0.0001 here).
    double threshold = 0.001;
    double crop = 0.8;         // a map is 0 where its eigenvalue is below
    int64_t maps = 1;          // sets of maps: more than 1 where the field of view is too small
};

struct EspiritMaps {
    std::vector<Complex> maps;  // one for every set, orthogonal to each other at every pixel
    Tensor eigenvalues;         // N×sets×H×W: 1 where the maps explain the data, below where there is no signal
};

// ESPIRiT. Uecker, Lai, Murphy, Virtue, Elad, Pauly, Vasanawala, Lustig: "ESPIRiT — an eigenvalue approach to
// autocalibrating parallel MRI: where SENSE meets GRAPPA", MRM 71, 2014; eq. 10–19.
//
//   a        patches k×k×coils of the calibration region, as columns: (r − k + 1)² of them
//   w_j      singular vectors of the patches that are kept;  P = Σ_j w_j w_jᴴ projects onto what patches can be   (1)
//   T_cd(Δ) = Σ_ρ P_{(c,ρ),(d,ρ+Δ)},  |Δ| < k: P as a convolution over k-space, averaged over patches              (2)
//   G(q)_cd = k⁻² Σ_Δ T_cd(Δ) exp(−2πi Δ·q/n): the same in image space, a coils×coils matrix at every pixel q      (3)
//   S(q)     eigenvector of G(q) with eigenvalue 1: data that P leaves alone have S = G S                        (4)
// Decompositions in float64. Time grows with pixels · coils³.
EspiritMaps espirit(const Complex& kspace, const EspiritSettings& = {});

struct LowResolutionSettings {
    int64_t calibration = 24;
    double threshold = 0.05;  // maps are 0 where the low-resolution image is below this share of its maximum
};
// Images from the calibration region alone, windowed (Hann), over their root-sum-of-squares. McKenzie, Yeh, Ohliger,
// Price, Sodickson: "Self-calibrating parallel imaging with automatic coil sensitivity extraction", MRM 47, 2002.
Complex low_resolution_maps(const Complex& kspace, const LowResolutionSettings& = {});

}  // namespace adjoint
