// Simulated MRI acquisitions: an image, a smooth phase, coils around it, noise.
//
//   y_c = C F (S_c x e^{iφ}) + n_c,     F centred and orthonormal (kernels/fourier)
//
// C keeps the central part of k-space, the acquired matrix: images of fewer and larger pixels over the same field of
// view, with the ringing at edges that a scanner's images have. It is scaled so that even areas keep their intensity.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct MriSimulation {
    int64_t coils = 8;
    double ring = 1.5;    // the coils' distance from the middle; the field of view reaches from −1 to 1
    double phase = 1.5;   // φ stays within about ±phase, in radians; 0: a real image
    double noise = 0;     // standard deviation of the real and of the imaginary part of n, in units of the image
    uint64_t seed = 0;    // of phase, noise and the coils' places
    int64_t matrix_height = 0, matrix_width = 0;  // acquired; 0: all of k-space
};

// coils × H × W × 2 float32 with Σ_c |S_c|² = 1 at every pixel. A coil is a long wire at the place p_c, across the
// plane, whose field falls with the distance: S_c(p) ∝ e^{iθ_c} / (p − p_c) in complex coordinates, θ_c the coil's
// angle (the birdcage's phase). Places are spread evenly over the ring, turned and moved a little by the seed. One coil
// sees everything alike: S = 1. Errors (usage): sizes or coils below 1, a ring within the field of view.
Tensor birdcage_maps(int64_t height, int64_t width, const MriSimulation&);

// The same coils at the pixels of the acquired matrix M × N: coils × M × N × 2. Errors (usage): as above; a matrix
// larger than the image.
Tensor acquired_maps(int64_t height, int64_t width, const MriSimulation&);

struct SimulatedSlice {
    Tensor image;   // M × N × 2: what x e^{iφ} is at the acquired resolution
    Tensor kspace;  // coils × M × N × 2, with noise
};

// `x`: H × W or (complex) H × W × 2 float32; `maps`: birdcage_maps(H, W, …); `slice` gives each slice a phase and a
// noise of its own. A function of its arguments: the same bits for any number of threads.
SimulatedSlice simulate_slice(const Tensor& x, const Tensor& maps, const MriSimulation&, int64_t slice);

}  // namespace adjoint
