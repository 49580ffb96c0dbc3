// Which samples of k-space are measured.
//
// A mask is a real tensor of 0 and 1, float32 on the cpu: 1×1×W (whole columns: phase encodes along the last axis, as
// in fastMRI) or 1×H×W. It goes with k-space N×coils×H×W by broadcasting. The centre of k-space is index ⌊n/2⌋.
//
// "Acceleration" R is the number of samples in all over the number measured, the fully measured centre included.
// Errors of all: sizes or settings out of range; a centre that alone has more samples than R allows.
#pragma once
#include "engine/tensor.h"
#include "models/forward/numpy_random.h"

namespace adjoint {

struct ColumnSettings {
    int64_t columns = 0;
    double acceleration = 4;      // R ≥ 1
    double centre_fraction = .08; // of the columns, always measured: round(columns · fraction), half to even
};

// The masks of fastMRI (Zbontar et al.: arXiv 1811.08839; fastmri/data/subsample.py): with NumpyRandom(seed), or
// NumpyRandom::of_name(file name) for validation files, the published columns. In all of them the centre's columns
// begin at (columns − centre + 1) / 2.
//   random: every other column by itself, with the probability that gives R on average (RandomMaskFunc).
Tensor random_columns(const ColumnSettings&, NumpyRandom&);
//   equispaced fraction: columns a spacing a′ apart, rounded, so that R is met with the centre counted; the spacing
//   is not exactly equal (EquiSpacedMaskFractionFunc).
Tensor equispaced_fraction_columns(const ColumnSettings&, NumpyRandom&);
//   equispaced: every R-th column from a random offset on, exactly (R is a whole number); the centre comes on top, so
//   that more than 1/R is measured (EquiSpacedMaskFunc).
Tensor equispaced_columns(const ColumnSettings&, NumpyRandom&);
//   and from a given offset, without chance
Tensor equispaced_columns(const ColumnSettings&, int64_t offset);

// Columns denser towards the centre: exactly round(columns / R) of them, drawn without replacement with weights
// (1 − |u|)^power, u = −1 … 1 the distance from the centre (Efraimidis, Spirakis: Inf. Proc. Letters 97, 2006).
Tensor variable_density_columns(const ColumnSettings&, double power, uint64_t seed);

struct PoissonDiskSettings {
    int64_t height = 0, width = 0;
    double acceleration = 8;
    int64_t calibration = 24;  // a square of this side at the centre is measured in full; 0: none
    double growth = 1;         // the least distance at the corner of k-space is (1 + growth) that at its centre
    bool ellipse = false;      // only samples inside the ellipse that touches the edges
    uint64_t seed = 0;
};
// Samples that keep a least distance from each other (Poisson disk), growing outwards, around a calibration square;
// round(H W / R) of them: the distance is the largest that gives enough, and the surplus is dropped at random.
// Bridson: "Fast Poisson disk sampling in arbitrary dimensions", SIGGRAPH 2007, for the idea; here grid points are
// tried in a random order, which leaves no gap.
Tensor poisson_disk(const PoissonDiskSettings&);

// Values from a file as a mask: W, H×W, 1×H×W or N×H×W of 0 and 1 become N×H×W (1×1×W for W). Errors: other values
// than 0 and 1 (a mask that was multiplied or scaled), nothing measured.
Tensor mask_from_values(const Tensor&);

double acceleration_of(const Tensor& mask);  // samples in all / samples measured

}  // namespace adjoint
