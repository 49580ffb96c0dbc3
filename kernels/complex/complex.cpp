// Compositions of operations on complex arrays.
#include "kernels/complex/complex.h"

#include "engine/error.h"
#include "kernels/fourier/fourier.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {
namespace {

const Tensor& checked(const Complex& z, const char* who) {
    if (!z.data || z.data.rank() < 1 || z.data.size(-1) != 2)
        fail(ExitCode::usage, who, "a complex array has a last axis of 2: real and imaginary part");
    return z.data;
}

Shape with_two(const Shape& numbers) {
    std::vector<int64_t> sizes = numbers.vector();
    sizes.push_back(2);
    return Shape(sizes);
}

Tensor part(const Complex& z, int64_t which, const char* who) {
    const Tensor& x = checked(z, who);
    return reshape(slice_axis(x, -1, which, which + 1), z.shape());
}

// Axes counted on the numbers, as axes of the real array.
std::vector<int64_t> from_front(const Complex& z, const std::vector<int64_t>& axes, const char* who) {
    checked(z, who);
    std::vector<int64_t> front;
    for (int64_t a : axes) front.push_back(z.shape().axis(a, who));
    return front;
}

}  // namespace

Tensor real(const Complex& z) { return part(z, 0, "the real part"); }
Tensor imag(const Complex& z) { return part(z, 1, "the imaginary part"); }
Complex from_parts(const Tensor& re, const Tensor& im) { return {stack({re, im}, -1)}; }
Complex from_real(const Tensor& re) { return from_parts(re, Tensor::zeros(re.shape(), re.type(), re.device())); }

Tensor to_channels(const Complex& z) {
    if (checked(z, "complex numbers as channels").rank() != 4)
        fail(ExitCode::usage, "complex numbers as channels", "the array is " + z.shape().text(), "it must be N×H×W");
    return permute(z.data, {0, 3, 1, 2});
}
Complex from_channels(const Tensor& x) {
    if (!x || x.rank() != 4 || x.size(1) != 2)
        fail(ExitCode::usage, "channels as complex numbers", "the array is " + (x ? x.shape().text() : "missing"),
             "it must be N×2×H×W: real and imaginary part");
    return {permute(x, {0, 2, 3, 1})};
}

Complex reshape(const Complex& z, const Shape& shape) { return {reshape(checked(z, "reshape"), with_two(shape))}; }
Complex sum(const Complex& z, const std::vector<int64_t>& axes) { return {sum(z.data, from_front(z, axes, "sum"))}; }

Tensor root_sum_of_squares(const Complex& y) {
    const Tensor& x = checked(y, "the root of the sum of squares over coils");
    if (y.rank() < 2)
        fail(ExitCode::usage, "the root of the sum of squares over coils", "axis 1, of coils, is missing");
    return norm(x, {1, -1});
}

Complex fft(const Complex& x, const std::vector<int64_t>& axes) { return {fft(x.data, from_front(x, axes, "fft"))}; }
Complex ifft(const Complex& x, const std::vector<int64_t>& axes) { return {ifft(x.data, from_front(x, axes, "ifft"))}; }
Complex fft2(const Complex& x) { return fft(x, {-2, -1}); }
Complex ifft2(const Complex& x) { return ifft(x, {-2, -1}); }

Complex operator+(const Complex& a, const Complex& b) { return {a.data + b.data}; }
Complex operator-(const Complex& a, const Complex& b) { return {a.data - b.data}; }
Complex operator-(const Complex& z) { return {-z.data}; }
Complex operator*(const Complex& z, double c) { return {z.data * c}; }

}  // namespace adjoint
