// Complex arrays and the operations on them: the table of contents.
//
// A Complex is a thin type over a real tensor whose last axis has length 2 (re, im): the same bytes as an array of
// std::complex, as cuFFT's and as BART's cfl. Shapes and axes of a Complex are those without that last axis.
// Broadcasting is NumPy's. Errors: shapes that do not go together, a last axis that is not 2.
//
// The gradient of a real L with respect to z is ∂L/∂re + i ∂L/∂im (PyTorch's convention, twice ∂L/∂z̄), so that
// z − η · gradient descends, and the gradient of A z is Aᴴ times the gradient.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct Complex {
    Tensor data;  // …×2

    explicit operator bool() const { return bool(data); }
    Shape shape() const { return Shape(data.shape().data(), data.rank() - 1); }
    int rank() const { return data.rank() - 1; }
    int64_t size(int axis) const { return shape()[shape().axis(axis, "size")]; }
};

struct Conjugated {
    bool a = false, b = false;
};

// --- number by number, each in <name>.cu
Complex multiply(const Complex& a, const Complex& b, Conjugated conjugated = {});  // a b, either one conjugated
Complex scale(const Complex& z, const Tensor& r);                 // r z, r real
Tensor inner(const Complex& a, const Complex& b);  // Re(conj(a) b), the real inner product of two numbers
Complex conj(const Complex& z);                                   // re − i im
Tensor abs(const Complex& z);                                     // |z|; gradient 0 at 0
Tensor squared_magnitude(const Complex& z);                       // |z|²
// k + w (y − k), w real: exactly y where w = 1 and k where w = 0 (unless y or k is not finite).
Complex blend(const Complex& k, const Complex& y, const Tensor& w);

// --- over coils. S: N×coils×… or 1×coils×…, x: N×…, y: N×coils×…. Each is the other's adjoint in x and y.
Complex expand_coils(const Complex& S, const Complex& x);         // y_c = S_c x
Complex combine_coils(const Complex& S, const Complex& y);        // x = Σ_c conj(S_c) y_c
Tensor root_sum_of_squares(const Complex& y);                     // √(Σ_c |y_c|²) over axis 1; gradient 0 at 0

// --- along lines
// F⁻¹ diag(w) F x along one axis, F centred and orthonormal, w real of x's axes, each of its size or 1: in one pass.
Complex filter_lines(const Complex& x, const Tensor& w, int64_t axis);

// --- compositions (complex.cpp)
Tensor real(const Complex& z);
Tensor imag(const Complex& z);
Complex from_parts(const Tensor& re, const Tensor& im);           // re + i im, of one shape
Complex from_real(const Tensor& re);                              // imaginary part 0
Tensor to_channels(const Complex& z);                             // N×H×W → real N×2×H×W: re, im
Complex from_channels(const Tensor& x);                           // and back
Complex reshape(const Complex& z, const Shape& shape);
Complex sum(const Complex& z, const std::vector<int64_t>& axes);
Complex fft2(const Complex& x);                                   // over the last two axes, centred, orthonormal
Complex ifft2(const Complex& x);
Complex fft(const Complex& x, const std::vector<int64_t>& axes);
Complex ifft(const Complex& x, const std::vector<int64_t>& axes);
Complex operator+(const Complex& a, const Complex& b);
Complex operator-(const Complex& a, const Complex& b);
Complex operator-(const Complex& z);
Complex operator*(const Complex& z, double c);
inline Complex operator*(double c, const Complex& z) { return z * c; }
inline Complex operator*(const Complex& a, const Complex& b) { return multiply(a, b); }
inline Complex operator*(const Tensor& r, const Complex& z) { return scale(z, r); }
inline Complex operator*(const Complex& z, const Tensor& r) { return scale(z, r); }

}  // namespace adjoint
