// conv2d_layer: a network's convolution with its bias and activation, y = φ(conv2d([x_1, x_2, …], w) + b), in one kernel.
//
//   φ(u) = u where u > 0, else s u:  slope s = 1 no activation, 0 relu, between them leaky relu. b: Co, may be missing.
//   [x_1, x_2, …]: images of N×C_k×H×W side by side along the channels; w_k: the weights that meet x_k. The kernels read
//   each where it lies: dense blocks and skip connections need no array that holds them all.
//
// As s ≥ 0, y > 0 where u > 0, so the output tells the derivative: with g = ȳ (y > 0 ? 1 : s),
//   x̄_k = conv2d_transposed(g, w_k),   w̄_k = conv2d_weight(x_k, g),   b̄ = Σ_{n, pixels} g.
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

// As conv2d's, with an end. Inputs of the operation: w, b, x_1, x_2, …
template <class T>
struct LayerProblem : ForwardProblem<T, SideBySide<T>> {
    const T* bias;
    T slope;
    ADJOINT_INLINE explicit LayerProblem(const KernelArguments& a)
        : ForwardProblem<T, SideBySide<T>>{conv2d_sizes(a, a.in_view(2), a.in_view(0), a.out_view(0)),
                                           side_by_side<T>(a, 2), a.in<T>(0), a.out<T>(0)},
          bias(a.in<T>(1)), slope(T(a.real("slope"))) {
        this->s.ci = this->x.first[a.input_count - 2];
    }
    ADJOINT_BOTH void put(int64_t g, int64_t row, int64_t column, T value) const {
        const T u = bias ? value + bias[g * this->rows() + row] : value;
        ForwardProblem<T, SideBySide<T>>::put(g, row, column, activated(u, slope));
    }
};

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <type_traits>

#include "engine/operation.h"
#include "kernels/convolution/convolution.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

const Operation& conv2d_operation();
const Operation& conv2d_layer_cotangent_operation();

template <class S>
static void conv2d_layer_definition(const KernelArguments& a) {
    const SideBySide<S> x = side_by_side<S>(a, 2);
    const ArrayView &first = a.in_view(2), &y = a.out_view(0);
    const int64_t together[] = {first.dim(0), x.first[a.input_count - 2], first.dim(2), first.dim(3)};
    std::vector<S> whole;
    for (int64_t n = 0; n < together[0]; ++n)
        for (int64_t c = 0; c < together[1]; ++c)
            whole.insert(whole.end(), x.channel(n, c), x.channel(n, c) + x.plane);
    const ArrayView plain_inputs[] = {{whole.data(), together, 4, int64_t(whole.size())}, a.in_view(0)};
    KernelArguments plain = a;
    plain.inputs = plain_inputs;
    plain.input_count = 2;
    const int order = std::is_same_v<S, double> ? 0 : std::is_same_v<S, Dual1> ? 1 : std::is_same_v<S, Dual2> ? 2 : 3;
    conv2d_operation().definition[size_t(order)](plain);

    const S slope(a.real("slope")), *bias = a.in<S>(1);
    for (int64_t k = 0; k < y.size; ++k) {
        S& at = a.out<S>(0)[k];
        const S u = bias ? at + bias[k / (y.dim(2) * y.dim(3)) % y.dim(1)] : at;
        at = u > S(0.0) ? u : slope * u;
    }
}

static std::vector<TensorSpec> infer_conv2d_layer(const Signature& s) {
    if (!(s.attributes.real("slope") >= 0))
        s.refuse("the slope is below 0", "1 is no activation, 0 relu, between them leaky relu");
    TensorSpec x = s.inputs[2];
    for (int k = 2; k < s.count(); ++k) {
        if (s.shape(k).rank() != 4) s.refuse("images must have four axes", "N×C×H×W");
        if (!(s.shape(k).with(1, 0) == x.shape.with(1, 0))) s.refuse("images side by side must agree in N, H and W");
        if (k > 2) x.shape = x.shape.with(1, x.shape[1] + s.shape(k)[1]);
    }
    if (s.count() > 3 && s.attributes.integer("groups") != 1) s.refuse("images side by side cannot be cut into groups");
    const std::vector<TensorSpec> y =
        conv2d_operation().infer({s.operation, {x, s.inputs[0]}, {true, true}, s.attributes});
    if (s.present[1] && !(s.shape(1) == Shape{s.shape(0)[0]}))
        s.refuse("the bias must have " + std::to_string(s.shape(0)[0]) + " numbers, one per output channel");
    return y;
}

static std::vector<Tensor> from_g(const GradientCall& c, const Tensor& g, const Tensor& db) {
    const Attributes& a = c.attributes();
    const ConvolutionSettings s{a.integer("stride"), a.integer("dilation"), a.integer("padding"), a.integer("groups")};
    const Shape& w = c.input_spec(0).shape;
    const bool several = c.input_count() > 3;
    std::vector<Tensor> dL_d(size_t(c.input_count())), dL_dw;
    int64_t first = 0;
    for (int k = 2; k < c.input_count(); ++k) {
        const Shape& x = c.input_spec(k).shape;
        if (c.needs(k)) {
            const Tensor w_k = several ? slice_axis(c.input(0), 1, first, first + x[1]) : c.input(0);
            dL_d[size_t(k)] = conv2d_transposed(g, w_k, x[2], x[3], s);
        }
        if (c.needs(0)) dL_dw.push_back(conv2d_weight(c.input(k), g, w[2], w[3], s));
        first += x[1];
    }
    if (c.needs(0)) dL_d[0] = concatenate(dL_dw, 1);
    if (c.needs(1)) dL_d[1] = db ? db : sum(g, {0, 2, 3});
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

ADJOINT_OPERATION(conv2d_layer) {
    const InputSample x{.shape = {2, 3, 6, 7}}, w{.shape = {4, 3, 3, 3}}, b{.shape = {4}}, one{.shape = {2, 1, 6, 7}};
    std::vector<int> saved = {0};
    for (int k = 0; k < most_side_by_side; ++k) saved.push_back(2 + k);
    const Attributes same = layer_attributes({1, 1, 1, 1}, 0);
    return {
        .name = "conv2d_layer",
        .equation = "y[o] = φ(Σ_c w[o,c] ⋆ [x_1, x_2, …][c] + b[o])",
        .kind = Kind::fused,
        .infer = infer_conv2d_layer,
        .min_inputs = 3,
        .max_inputs = 2 + most_side_by_side,
        .optional_inputs = {1},
        .definition = ADJOINT_DEFINITION(conv2d_layer_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_layer),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_layer),
        .saved_inputs = saved,
        .saved_outputs = {0},
        .gradient = gradient_of_conv2d_layer,
        .fast_gradient = fast_gradient_of_conv2d_layer,
        .flops = [](const Signature& s) {
            const Shape& w = s.shape(0);
            return 2 * double(s.operation.infer(s)[0].shape.count()) * double(w[1] * w[2] * w[3]);
        },
        .samples = {{{w, b, x}, same},
                    {{w, b, x}, layer_attributes({1, 2, 2, 1}, 0.1)},
                    {{w, b, x}, layer_attributes({2, 1, 1, 1}, 0.2)},
                    {{{.shape = {6, 2, 3, 3}}, {.shape = {6}}, {.shape = {1, 4, 9, 8}}}, layer_attributes({1, 1, 1, 2}, 0)},
                    {{{.shape = {9, 6, 1, 1}}, {.shape = {9}}, {.shape = {2, 6, 5, 6}}}, layer_attributes({}, 1)},
                    {{{.shape = {33, 17, 3, 3}}, {.shape = {33}}, {.shape = {1, 17, 6, 33}}}, same},
                    {{{.shape = {4, 7, 3, 3}}, b, x, one, x}, same},
                    {{{.shape = {4, 4, 3, 3}}, b, one, x}, layer_attributes({2, 1, 1, 1}, 0.2)},
                    {{{.shape = {3, 38, 1, 1}}, {.shape = {3}}, {.shape = {1, 33, 3, 5}}, {.shape = {1, 5, 3, 5}}},
                     layer_attributes({}, 1)},
                    {{{.shape = {5, 3, 2, 2}}, {.shape = {5}}, {.shape = {2, 2, 7, 6}}, {.shape = {2, 1, 7, 6}}},
                     layer_attributes({.stride = 2}, 0)},
                    {{w, b, {.shape = {0, 3, 4, 4}}}, same}},
        .wrong = {{{{w, {.shape = {3}}, x}, same}, "the bias must have 4 numbers"},
                  {{{w, b, x}, layer_attributes({1, 1, 1, 1}, -0.5)}, "the slope is below 0"},
                  {{{w, b, {.shape = {2, 2, 6, 7}}}, same}, "take 3 channels per group"},
                  {{{w, b, one, {.shape = {2, 2, 6, 6}}}, same}, "must agree in N, H and W"},
                  {{{w, b, {.shape = {2, 3, 6}}}, same}, "must have four axes"},
                  {{{w, b, x, x}, layer_attributes({1, 1, 1, 2}, 1)}, "cannot be cut into groups"}},
    };
}

Tensor conv2d_layer(const std::vector<Tensor>& x, const Tensor& w, const Tensor& bias, const ConvolutionSettings& s,
                    double slope) {
    if (x.size() > 1 && (s.groups > 1 || x.size() > most_side_by_side))
        return conv2d_layer({concatenate(x, 1)}, w, bias, s, slope);
    std::vector<Tensor> inputs = {w, bias};
    inputs.insert(inputs.end(), x.begin(), x.end());
    return conv2d_layer_operation()(inputs, layer_attributes(s, slope));
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/convolution/conv2d/general.h"
#include "kernels/convolution/conv2d/patches.h"
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
    const LayerProblem<T> p(a);
    if (a.out_view(0).size == 0) return;
    if (fits_blocks(p.s) && p.s.ci > 0)
        convolve_stride_1(p.s, p.x, p.w, p.y, LayerRow<T>{p.bias, p.slope});
    else if (is_patches(p.s) && p.s.ci > 0)
        convolve_patches(p.s, p.x, p.w, p.y, LayerRow<T>{p.bias, p.slope});
    else
        general_products<T>(p);
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/convolution/conv2d/gpu_tiles.h"
namespace adjoint::gpu {
namespace {

template <class T>
void conv2d_layer(const KernelArguments& a) {
    launch_tiles<T>(LayerProblem<T>(a), a.stream);
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer)
}  // namespace adjoint::gpu
#endif
