// Convolutions of images so large that the processor's kernels cut them into several blocks of rows, which the battery's
// small samples are not: all three against sums written out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/convolution/convolution.h"

using namespace adjoint;

namespace {

constexpr int64_t ci = 2, co = 3, height = 40, width = 6000;

// Whole numbers and quarters: sums of a few of them are exact in either type.
std::vector<double> numbers(int64_t count, int64_t seed) {
    std::vector<double> v;
    for (int64_t k = 0; k < count; ++k) v.push_back(double((k * 7919 + seed * 104729 + k / 61 * 31) % 17 - 8) / 4);
    return v;
}

struct Sizes {
    int64_t images, in, out, rows, columns;
};
// Calls f(place in x, in w, in y, length) for every run along a row of products x[k]·w·y[k] of a 3×3 convolution that
// keeps the size.
template <class F>
void for_every_run(const Sizes& s, int64_t d, F&& f) {
    for (int64_t image = 0; image < s.images; ++image)
        for (int64_t o = 0; o < s.out; ++o)
            for (int64_t k = 0; k < s.in * 9; ++k) {
                const int64_t c = k / 9, down = (k / 3 % 3 - 1) * d, right = (k % 3 - 1) * d;
                const int64_t first = std::max<int64_t>(0, -right), last = s.columns - std::max<int64_t>(0, right);
                for (int64_t i = std::max<int64_t>(0, -down); i < s.rows - std::max<int64_t>(0, down); ++i)
                    f(((image * s.in + c) * s.rows + i + down) * s.columns + first + right, o * s.in * 9 + k,
                      ((image * s.out + o) * s.rows + i) * s.columns + first, last - first);
            }
}

double largest_difference(const Tensor& found, const std::vector<double>& expected) {
    const Tensor t = found.to(Type::float64);
    double largest = 0;
    for (size_t k = 0; k < expected.size(); ++k)
        largest = std::max(largest, std::abs(t.data<double>()[k] - expected[k]));
    return largest;
}

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE("convolutions of images of many blocks of rows") {
    const std::vector<double> x = numbers(ci * height * width, 1), w = numbers(co * ci * 9, 2),
                              y = numbers(co * height * width, 3);
    for (int64_t d : {1, 3}) {
        std::vector<double> forward(y.size()), transposed(x.size()), weight(w.size());
        for_every_run({1, ci, co, height, width}, d, [&](int64_t in_x, int64_t in_w, int64_t in_y, int64_t length) {
            const double *xs = &x[size_t(in_x)], *ys = &y[size_t(in_y)];
            double *to_y = &forward[size_t(in_y)], *to_x = &transposed[size_t(in_x)];
            for (int64_t k = 0; k < length; ++k) {
                to_y[k] += w[size_t(in_w)] * xs[k];
                to_x[k] += w[size_t(in_w)] * ys[k];
                weight[size_t(in_w)] += xs[k] * ys[k];
            }
        });
        const ConvolutionSettings s{.dilation = d, .padding = d};
        for (Type type : {Type::float32, Type::float64}) {
            const Tensor X = Tensor::from(x, {1, ci, height, width}).to(type), W = Tensor::from(w, {co, ci, 3, 3}).to(type),
                         Y = Tensor::from(y, {1, co, height, width}).to(type);
            CHECK(largest_difference(conv2d(X, W, s), forward) == 0);
            CHECK(largest_difference(conv2d_transposed(Y, W, height, width, s), transposed) == 0);
            // 240 000 products per sum: exact in float64, and in float32 within a few rounding errors of their size.
            const double allowed = type == Type::float64 ? 0 : 240000 * 4.0 * 0x1p-24 * 4;
            CHECK(largest_difference(conv2d_weight(X, Y, 3, 3, s), weight) <= allowed);
        }
    }
}

// 66 to 130 channels by minimal filtering: several passes over channels, blocks of output channels and of squares, which
// run through rows and images, and with dilation whole groups of squares that hang over the edges. All sums of these numbers
// are exact in either type, those of the transforms too.
TEST_CASE("3x3 convolutions of many channels") {
    const int64_t n = 2, in = 66, out = 130, rows = 13, columns = 71;
    const std::vector<double> x = numbers(n * in * rows * columns, 1), w = numbers(out * in * 9, 2),
                              cotangent = numbers(n * out * rows * columns, 3);
    // conv2d_transposed of x with weights of swapped axes, turned round, is the same sum.
    std::vector<double> turned(w.size());
    for (int64_t o = 0; o < out; ++o)
        for (int64_t c = 0; c < in; ++c)
            for (int64_t k = 0; k < 9; ++k) turned[size_t((c * out + o) * 9 + 8 - k)] = w[size_t((o * in + c) * 9 + k)];
    for (int64_t d : {1, 2, 3, 5, 7}) {
        CAPTURE(d);
        std::vector<double> y(cotangent.size()), weight(w.size());
        for_every_run({n, in, out, rows, columns}, d, [&](int64_t in_x, int64_t in_w, int64_t in_y, int64_t length) {
            const double *xs = &x[size_t(in_x)], *cs = &cotangent[size_t(in_y)], factor = w[size_t(in_w)];
            double *to_y = &y[size_t(in_y)], sum = 0;
            for (int64_t k = 0; k < length; ++k) {
                to_y[k] += factor * xs[k];
                sum += cs[k] * xs[k];
            }
            weight[size_t(in_w)] += sum;
        });
        const ConvolutionSettings same{.dilation = d, .padding = d};
        for (Type type : {Type::float32, Type::float64}) {
            const Tensor X = Tensor::from(x, {n, in, rows, columns}).to(type);
            const Tensor W = Tensor::from(w, {out, in, 3, 3}).to(type);
            const Tensor W_turned = Tensor::from(turned, {in, out, 3, 3}).to(type);
            const Tensor Y = Tensor::from(cotangent, {n, out, rows, columns}).to(type);
            CHECK(largest_difference(conv2d(X, W, same), y) == 0);
            CHECK(largest_difference(conv2d_transposed(X, W_turned, rows, columns, same), y) == 0);
            CHECK(largest_difference(conv2d_weight(X, Y, 3, 3, same), weight) == 0);
        }
    }
}

TEST_SUITE_END();
