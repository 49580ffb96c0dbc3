// The forward model of Cartesian MRI, and data consistency.
//
//   y = E x + noise,   E = U F S
// x  image, N×H×W complex        S  coil maps, N×coils×H×W or 1×coils×H×W complex; none: one coil that sees x as it is
// F  centred orthonormal 2-D FFT U  sampling mask of 0 and 1, N×H×W with axes of 1 where it repeats (1×1×W: columns)
// y  k-space, N×coils×H×W complex, 0 where nothing was measured
//
// All of it is made of recorded operations: gradients with respect to x, y and S exist to any order.
#pragma once
#include "kernels/complex/complex.h"

namespace adjoint {

struct CartesianEncoding {
    Complex maps;  // empty: single coil
    Tensor mask;

    // Errors: maps or mask of other axes, or of sizes that do not go together.
    CartesianEncoding(const Complex& maps, const Tensor& mask);

    Complex forward(const Complex& x) const;  // E x
    Complex adjoint(const Complex& y) const;  // Eᴴ y: zero-filled images, combined
    // Eᴴ E x. Where whole columns are measured, the transforms along the columns cancel and are left out. A tape keeps
    // x and the maps of it, no coil images.
    Complex normal(const Complex& x) const;
    Complex project(const Complex& y) const;  // F⁻¹ U F on coil images
    // The gradient of Re⟨g, Eᴴ E x⟩ with respect to the maps.
    Complex normal_gradient(const Complex& x, const Complex& g) const;
    int64_t coils() const { return maps ? maps.size(1) : 1; }

private:
    Complex expand(const Complex& x) const;   // S x
    Complex combine(const Complex& y) const;  // Σ conj(S) y
    Tensor mask_of_coils() const;             // with an axis for the coils
};

// y + σ (n₁ + i n₂), n standard normal: σ is the deviation of real and imaginary part each. Only where the mask is 1.
Complex add_noise(const Complex& y, const Tensor& mask, double sigma, uint64_t seed);

// Brings images into agreement with their measurement, one coil at a time (x: N×H×W with y: N×1×H×W, or both
// N×coils×H×W):
//   hard:        k = F x,  x ← F⁻¹ ((1 − M) k + M y)
//   noisy:       x ← F⁻¹ ((1 − M) k + M (k + v y)/(1 + v)),  v > 0 the weight of the measurement (Zhou, Zhou: DuDoRNet,
//                CVPR 2020)
// Written as x ← F⁻¹ diag(1 − w) F x + F⁻¹ diag(w) y with w = M or M v/(1 + v): the second term is made once, here, and
// the first is one pass over the images where whole columns are measured, three where points are (kernels/complex,
// filter_lines). v: a tensor of one element, which may be a variable of a tape.
class DataConsistency {
public:
    DataConsistency(const Complex& y, const Tensor& mask);
    DataConsistency(const Complex& y, const Tensor& mask, const Tensor& v);
    Complex operator()(const Complex& x) const;

private:
    void set(const Complex& y, const Tensor& weight);
    Complex measured_;  // F⁻¹ diag(w) y
    Tensor keep_;       // 1 − w
};

}  // namespace adjoint
