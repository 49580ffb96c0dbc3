// Pointwise operations, with NumPy's broadcasting: the table of contents. Each line's file is <name>.cu, whose head
// says what happens at kinks, ties and NaN. Shapes: any, aligned at the last axis, sizes equal or 1 (the
// other is repeated). Errors: shapes that do not go together, different devices or types.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

Tensor add(const Tensor& a, const Tensor& b);            // a + b
Tensor subtract(const Tensor& a, const Tensor& b);       // a − b
Tensor multiply(const Tensor& a, const Tensor& b);       // a · b
Tensor divide(const Tensor& a, const Tensor& b);         // a / b
Tensor affine(const Tensor& x, double a, double b);      // a x + b, constants a and b
Tensor reciprocal(const Tensor& x, double a = 1);        // a / x, constant a
Tensor square(const Tensor& x);                          // x²
Tensor power(const Tensor& x, double p);                 // x^p, constant p
Tensor pow(const Tensor& a, const Tensor& b);            // a^b for a > 0
Tensor exp(const Tensor& x);                             // e^x
Tensor log(const Tensor& x);                             // ln x
Tensor sqrt(const Tensor& x);                            // √x; infinite derivative at 0
Tensor safe_sqrt(const Tensor& x, double epsilon);       // √(x + ε), ε > 0: finite derivative at 0
Tensor sin(const Tensor& x);                             // sin x
Tensor cos(const Tensor& x);                             // cos x
Tensor tanh(const Tensor& x);                            // tanh x
Tensor sigmoid(const Tensor& x);                         // 1 / (1 + e^−x)
Tensor erf(const Tensor& x);                             // 2/√π ∫₀^x e^−t² dt
Tensor normal_cdf(const Tensor& x);                      // Φ(x), the normal distribution function
Tensor relu(const Tensor& x);                            // max(x, 0); derivative 0 at 0
Tensor leaky_relu(const Tensor& x, double slope = 0.01); // x > 0 ? x : slope · x; derivative slope at 0
Tensor gelu(const Tensor& x);                            // x Φ(x), with erf
Tensor gelu_tanh(const Tensor& x);                       // x Φ(x), tanh form
Tensor abs(const Tensor& x);                             // |x|; derivative 0 at 0
Tensor sign(const Tensor& x);                            // 1, 0, −1; derivative 0
Tensor clamp(const Tensor& x, double low, double high);  // min(max(x, low), high); the gradient passes at the bounds
Tensor maximum(const Tensor& a, const Tensor& b);        // max(a, b); ties share the gradient
Tensor minimum(const Tensor& a, const Tensor& b);        // min(a, b); ties share the gradient

// Masks of 1 and 0. They are constant between their jumps: derivative 0, so that gradients built with them can be
// differentiated again.
Tensor greater(const Tensor& a, const Tensor& b);        // a > b
Tensor greater_equal(const Tensor& a, const Tensor& b);  // a ≥ b
Tensor less(const Tensor& a, const Tensor& b);           // a < b
Tensor less_equal(const Tensor& a, const Tensor& b);     // a ≤ b
Tensor equal(const Tensor& a, const Tensor& b);          // a = b
Tensor greater(const Tensor& a, double b);
Tensor greater_equal(const Tensor& a, double b);
Tensor less(const Tensor& a, double b);
Tensor less_equal(const Tensor& a, double b);
Tensor equal(const Tensor& a, double b);
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);  // condition ≠ 0 ? a : b

// Arithmetic with tensors, and with constants that become no tensors. x / c is x · (1/c). (Why −0: see affine.)
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return affine(x, -1, -0.0); }
inline Tensor operator+(const Tensor& x, double c) { return affine(x, 1, c); }
inline Tensor operator+(double c, const Tensor& x) { return affine(x, 1, c); }
inline Tensor operator-(const Tensor& x, double c) { return affine(x, 1, -c); }
inline Tensor operator-(double c, const Tensor& x) { return affine(x, -1, c); }
inline Tensor operator*(const Tensor& x, double c) { return affine(x, c, -0.0); }
inline Tensor operator*(double c, const Tensor& x) { return affine(x, c, -0.0); }
inline Tensor operator/(const Tensor& x, double c) { return affine(x, 1 / c, -0.0); }
inline Tensor operator/(double c, const Tensor& x) { return reciprocal(x, c); }

// A tensor without axes, of x's type on x's device, made there: no copy from the host.
Tensor scalar_like(const Tensor& x, double value);

// The sum of g over the axes along which `shape` was broadcast to g's shape: the adjoint of broadcasting.
Tensor sum_to(const Tensor& g, const Shape& shape);

}  // namespace adjoint
