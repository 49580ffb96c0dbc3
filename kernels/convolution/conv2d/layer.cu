// conv2d_layer: a network's convolution with its bias and activation, y = φ(conv2d(x, w) + b), in one kernel.
//
//   φ(u) = u where u > 0, else s u:  slope s = 1 no activation, 0 relu, between them leaky relu. b: Co, may be missing.
//
// As s ≥ 0, y > 0 where u > 0, so the output tells the derivative: with g = ȳ (y > 0 ? 1 : s),
//   x̄ = conv2d_transposed(g, w),   w̄ = conv2d_weight(x, g),   b̄ = Σ_{n, pixels} g.
// At u = 0 the derivative is s. NaN stays NaN. The bias and φ are applied to a row when it leaves the cache (CPU) or the
// registers (CUDA); flops as conv2d.
#include "engine/kernel_pass.h"
#include "kernels/convolution/conv2d/problems.h"

namespace adjoint {
namespace {

template <class T>
ADJOINT_BOTH ADJOINT_INLINE T activated(T u, T slope) {
    return u > T(0) ? u : slope == T(0) && u == u ? T(0) : slope * u;  // 0, not 0·∞, below 0
}

// As conv2d's, with an end.
template <class T>
struct LayerProblem : ForwardProblem<T> {
    const T* bias;
    T slope;
    ADJOINT_BOTH LayerProblem(const Conv2dSizes& s, const T* x, const T* w, const T* bias, T slope, T* y)
        : ForwardProblem<T>{s, x, w, y}, bias(bias), slope(slope) {}
    ADJOINT_BOTH void put(int64_t g, int64_t row, int64_t column, T value) const {
        const T u = bias ? value + bias[g * this->rows() + row] : value;
        ForwardProblem<T>::put(g, row, column, activated(u, slope));
    }
};

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <type_traits>

#include "engine/operation.h"
#include "kernels/convolution/convolution.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

const Operation& conv2d_operation();
const Operation& conv2d_layer_cotangent_operation();

template <class S>
static void conv2d_layer_definition(const KernelArguments& a) {
    const int order = std::is_same_v<S, double> ? 0 : std::is_same_v<S, Dual1> ? 1 : std::is_same_v<S, Dual2> ? 2 : 3;
    conv2d_operation().definition[size_t(order)](a);
    const int64_t channels = a.out_view(0).dim(1), pixels = a.out_view(0).dim(2) * a.out_view(0).dim(3);
    const S slope(a.real("slope")), *bias = a.in<S>(2);
    S* y = a.out<S>(0);
    for (int64_t k = 0; k < a.out_view(0).size; ++k) {
        const S u = bias ? y[k] + bias[k / pixels % channels] : y[k];
        y[k] = u > S(0.0) ? u : slope * u;
    }
}

static void check_slope(const Signature& s) {
    if (!(s.attributes.real("slope") >= 0))
        s.refuse("the slope is below 0", "1 is no activation, 0 relu, between them leaky relu");
}

static std::vector<TensorSpec> infer_conv2d_layer(const Signature& s) {
    check_slope(s);
    const Signature plain{s.operation, {s.inputs[0], s.inputs[1]}, {true, true}, s.attributes};
    const std::vector<TensorSpec> y = conv2d_operation().infer(plain);
    if (s.present[2] && !(s.shape(2) == Shape{s.shape(1)[0]}))
        s.refuse("the bias must have " + std::to_string(s.shape(1)[0]) + " numbers, one per output channel");
    return y;
}

static std::vector<Tensor> from_g(const GradientCall& c, const Tensor& g, const Tensor& db) {
    const Attributes& a = c.attributes();
    const ConvolutionSettings s{a.integer("stride"), a.integer("dilation"), a.integer("padding"), a.integer("groups")};
    const Shape &x = c.input_spec(0).shape, &w = c.input_spec(1).shape;
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = conv2d_transposed(g, c.input(1), x[2], x[3], s);
    if (c.needs(1)) dL_d[1] = conv2d_weight(c.input(0), g, w[2], w[3], s);
    if (c.needs(2)) dL_d[2] = db ? db : sum(g, {0, 2, 3});
    return dL_d;
}

static std::vector<Tensor> gradient_of_conv2d_layer(const GradientCall& c) {
    const double s = c.attributes().real("slope");
    return from_g(c, s == 1 ? c.cotangent() : c.cotangent() * affine(greater(c.output(), 0.0), 1 - s, s), {});
}
static std::vector<Tensor> fast_gradient_of_conv2d_layer(const GradientCall& c) {
    if (c.attributes().real("slope") == 1) return from_g(c, c.cotangent(), {});
    auto g = conv2d_layer_cotangent_operation().apply({c.cotangent(), c.output()}, c.attributes());
    return from_g(c, g[0], g[1]);
}

static Attributes layer_attributes(const ConvolutionSettings& c, double slope) {
    return {{"stride", c.stride}, {"dilation", c.dilation}, {"padding", c.padding}, {"groups", c.groups}, {"slope", slope}};
}

ADJOINT_DECLARE_KERNELS(conv2d_layer)
ADJOINT_DECLARE_KERNELS(conv2d_layer_cotangent)

ADJOINT_OPERATION(conv2d_layer) {
    const InputSample x{.shape = {2, 3, 6, 7}}, w{.shape = {4, 3, 3, 3}}, b{.shape = {4}};
    const Attributes same = layer_attributes({1, 1, 1, 1}, 0);
    return {
        .name = "conv2d_layer",
        .equation = "y[o] = φ(Σ_c w[o,c] ⋆ x[c] + b[o])",
        .kind = Kind::fused,
        .infer = infer_conv2d_layer,
        .min_inputs = 3,
        .max_inputs = 3,
        .optional_inputs = {2},
        .definition = ADJOINT_DEFINITION(conv2d_layer_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_layer),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_layer),
        .saved_inputs = {0, 1},
        .saved_outputs = {0},
        .gradient = gradient_of_conv2d_layer,
        .fast_gradient = fast_gradient_of_conv2d_layer,
        .flops = [](const Signature& s) {
            const Shape& w = s.shape(1);
            return 2 * double(s.operation.infer(s)[0].shape.count()) * double(w[1] * w[2] * w[3]);
        },
        .samples = {{{x, w, b}, same},
                    {{x, w, b}, layer_attributes({1, 2, 2, 1}, 0.1)},
                    {{x, w, b}, layer_attributes({2, 1, 1, 1}, 0.2)},
                    {{{.shape = {1, 4, 9, 8}}, {.shape = {6, 2, 3, 3}}, {.shape = {6}}}, layer_attributes({1, 1, 1, 2}, 0)},
                    {{{.shape = {2, 6, 5, 6}}, {.shape = {9, 6, 1, 1}}, {.shape = {9}}}, layer_attributes({}, 1)},
                    {{{.shape = {1, 17, 6, 33}}, {.shape = {33, 17, 3, 3}}, {.shape = {33}}}, same},
                    {{{.shape = {0, 3, 4, 4}}, w, b}, same}},
        .wrong = {{{{x, w, {.shape = {3}}}, same}, "the bias must have 4 numbers"},
                  {{{x, w, b}, layer_attributes({1, 1, 1, 1}, -0.5)}, "the slope is below 0"},
                  {{{{.shape = {2, 2, 6, 7}}, w, b}, same}, "take 3 channels per group"}},
    };
}

// g = ȳ (y > 0 ? 1 : s) and its sums per channel, in one reading: the fast gradient's first step.
template <class S>
static void conv2d_layer_cotangent_definition(const KernelArguments& a) {
    const int64_t channels = a.in_view(0).dim(1), pixels = a.in_view(0).dim(2) * a.in_view(0).dim(3);
    for (int64_t o = 0; o < channels; ++o) a.out<S>(1)[o] = S(0.0);
    for (int64_t k = 0; k < a.in_view(0).size; ++k) {
        const S v = a.in<S>(0)[k], g = a.in<S>(1)[k] > S(0.0) ? v : S(a.real("slope")) * v;
        a.out<S>(0)[k] = g;
        a.out<S>(1)[k / pixels % channels] += g;
    }
}

static std::vector<TensorSpec> infer_conv2d_layer_cotangent(const Signature& s) {
    if (s.shape(0).rank() != 4 || !(s.shape(0) == s.shape(1))) s.refuse("both must be images of one shape");
    check_slope(s);
    return {{s.shape(0)}, {{s.shape(0)[1]}}};
}

ADJOINT_OPERATION(conv2d_layer_cotangent) {
    const InputSample image{.shape = {2, 3, 6, 7}}, large{.shape = {2, 2, 40, 41}}, other{.shape = {2, 3, 7, 6}};
    const Attributes leaky = {{"slope", 0.2}};
    return {
        .name = "conv2d_layer_cotangent",
        .equation = "g = ȳ (y>0 ? 1 : s), b̄ = Σ g",
        .kind = Kind::fused,
        .infer = infer_conv2d_layer_cotangent,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(conv2d_layer_cotangent_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_layer_cotangent),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_layer_cotangent),
        .not_differentiable = "it is a step of conv2d_layer's fast gradient, which is used when no second derivative is wanted",
        .samples = {{{image, image}, leaky}, {{image, image}, {{"slope", 0.0}}}, {{large, large}, leaky}},
        .wrong = {{{{image, other}, leaky}, "images of one shape"}, {{{image, image}, {{"slope", -1.0}}}, "the slope is below 0"}},
    };
}

Tensor conv2d_layer(const Tensor& x, const Tensor& w, const Tensor& bias, const ConvolutionSettings& s, double slope) {
    return conv2d_layer_operation()({x, w, bias}, layer_attributes(s, slope));
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/convolution/conv2d/blocks.h"
#include "kernels/convolution/conv2d/general.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
struct LayerRow {
    const T* bias;
    T slope;
    ADJOINT_INLINE void operator()(int64_t o, T* __restrict__ to, const T* __restrict__ from, int64_t n) const {
        const T b = bias ? bias[o] : T(0);
        if (slope == T(1))
            for (int64_t j = 0; j < n; ++j) to[j] = from[j] + b;
        else
            for (int64_t j = 0; j < n; ++j) to[j] = activated(from[j] + b, slope);
    }
};

template <class T>
void conv2d_layer(const KernelArguments& a) {
    const Conv2dSizes s = conv2d_sizes(a, a.in_view(0), a.in_view(1), a.out_view(0));
    if (a.out_view(0).size == 0) return;
    const T slope = T(a.real("slope"));
    if (fits_blocks(s) && s.ci > 0)
        convolve_blocks(s, a.in<T>(0), a.in<T>(1), a.out<T>(0), LayerRow<T>{a.in<T>(2), slope});
    else
        general_products<T>(LayerProblem<T>(s, a.in<T>(0), a.in<T>(1), a.in<T>(2), slope, a.out<T>(0)));
}

// Plane by plane, its sum in 32 float64 lanes; then the planes of a channel in order.
template <class T>
void conv2d_layer_cotangent(const KernelArguments& a) {
    const ArrayView& y = a.in_view(0);
    const int64_t images = y.shape[0], channels = y.shape[1], pixels = y.shape[2] * y.shape[3];
    const T slope = T(a.real("slope"));
    Scratch<double> sums(images * channels);
    parallel_for(images * channels, larger<int64_t>(1, 16384 / (pixels + 1)), [&](int64_t begin, int64_t end) {
        constexpr int64_t wide = 32;
        for (int64_t p = begin; p < end; ++p) {
            const T* __restrict__ v = a.in<T>(0) + p * pixels;
            const T* __restrict__ out = a.in<T>(1) + p * pixels;
            T* __restrict__ g = a.out<T>(0) + p * pixels;
            double lane[wide] = {};
            for (int64_t k0 = 0; k0 < pixels; k0 += wide) {
                const int64_t count = smaller(wide, pixels - k0);
                for (int64_t l = 0; l < count; ++l) {
                    const T value = out[k0 + l] > T(0) ? v[k0 + l] : slope * v[k0 + l];
                    g[k0 + l] = value;
                    lane[l] += double(value);
                }
            }
            for (int64_t half = wide / 2; half > 0; half /= 2)
                for (int64_t l = 0; l < half; ++l) lane[l] += lane[l + half];
            sums.data()[p] = lane[0];
        }
    });
    for (int64_t o = 0; o < channels; ++o) {
        double total = 0;
        for (int64_t n = 0; n < images; ++n) total += sums.data()[n * channels + o];
        a.out<T>(1)[o] = T(total);
    }
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer)
ADJOINT_KERNELS(conv2d_layer_cotangent)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/convolution/conv2d/gpu_tiles.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {
namespace {

template <class T>
void conv2d_layer(const KernelArguments& a) {
    launch_tiles<T>(LayerProblem<T>(conv2d_sizes(a, a.in_view(0), a.in_view(1), a.out_view(0)), a.in<T>(0), a.in<T>(1),
                                    a.in<T>(2), T(a.real("slope")), a.out<T>(0)), a.stream);
}

// A block of 256 threads per plane; its sum in float64, in a fixed tree. Bytes: three arrays, once each.
template <class T>
__global__ void layer_cotangent_planes(const T* v, const T* y, T slope, T* g, double* sums, int64_t pixels) {
    GPU_SHARED(part, double[256]);
    const int t = int(threadIdx.x);
    const int64_t at = int64_t(blockIdx.x) * pixels;
    double total = 0;
    for (int64_t k = t; k < pixels; k += 256) {
        const T value = y[at + k] > T(0) ? v[at + k] : slope * v[at + k];
        g[at + k] = value;
        total += double(value);
    }
    part[t] = total;
    __syncthreads();
    for (int half = 128; half > 0; half /= 2) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t == 0) sums[blockIdx.x] = part[0];
}

template <class T>
__global__ void layer_bias_sums(const double* sums, T* db, int64_t images, int64_t channels) {
    const int64_t o = int64_t(blockIdx.x) * 256 + threadIdx.x;
    if (o >= channels) return;
    double total = 0;
    for (int64_t n = 0; n < images; ++n) total += sums[n * channels + o];
    db[o] = T(total);
}

template <class T>
void conv2d_layer_cotangent(const KernelArguments& a) {
    const ArrayView& y = a.in_view(0);
    const int64_t images = y.shape[0], channels = y.shape[1], pixels = y.shape[2] * y.shape[3];
    if (channels == 0) return;
    GpuScratch<double> sums(images * channels);
    if (images > 0)
        launch(layer_cotangent_planes<T>, dim3(unsigned(images * channels)), dim3(256), 0, a.stream, a.in<T>(0), a.in<T>(1),
               T(a.real("slope")), a.out<T>(0), sums.data(), pixels);
    launch(layer_bias_sums<T>, dim3(unsigned((channels + 255) / 256)), dim3(256), 0, a.stream,
           static_cast<const double*>(sums.data()), a.out<T>(1), images, channels);
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer)
ADJOINT_KERNELS(conv2d_layer_cotangent)
}  // namespace adjoint::gpu
#endif
