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

// Calls f(place in x, in w, in y) for every product of a 3×3 convolution that keeps the size.
template <class F>
void for_every_product(int64_t d, F&& f) {
    for (int64_t o = 0; o < co; ++o)
        for (int64_t c = 0; c < ci; ++c)
            for (int64_t u = 0; u < 3; ++u)
                for (int64_t v = 0; v < 3; ++v)
                    for (int64_t i = 0; i < height; ++i)
                        for (int64_t j = 0; j < width; ++j) {
                            const int64_t row = i + (u - 1) * d, column = j + (v - 1) * d;
                            if (row >= 0 && row < height && column >= 0 && column < width)
                                f((c * height + row) * width + column, ((o * ci + c) * 3 + u) * 3 + v,
                                  (o * height + i) * width + j);
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
        for_every_product(d, [&](int64_t i, int64_t k, int64_t o) {
            forward[size_t(o)] += w[size_t(k)] * x[size_t(i)];
            transposed[size_t(i)] += w[size_t(k)] * y[size_t(o)];
            weight[size_t(k)] += x[size_t(i)] * y[size_t(o)];
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
        for (int64_t k = 0; k < int64_t(y.size()); ++k) {
            const int64_t j = k % columns, i = k / columns % rows, o = k / (columns * rows) % out;
            const int64_t image = k / (columns * rows * out);
            for (int64_t c = 0; c < in; ++c)
                for (int64_t u = 0; u < 3; ++u)
                    for (int64_t v = 0; v < 3; ++v) {
                        const int64_t row = i + (u - 1) * d, column = j + (v - 1) * d;
                        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
                        const size_t in_w = size_t(((o * in + c) * 3 + u) * 3 + v),
                                     in_x = size_t(((image * in + c) * rows + row) * columns + column);
                        y[size_t(k)] += w[in_w] * x[in_x];
                        weight[in_w] += cotangent[size_t(k)] * x[in_x];
                    }
        }
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
