// conv2d and its two adjoints: one bilinear form B(x, w, y) = ⟨conv2d(x, w), y⟩, seen from each of its three arguments.
//
//   conv2d(x, w)             = dB/dy      y[n,o,i,j] = Σ_{c,u,v} w[o,c,u,v] x[n,c',i s + u d − p, j s + v d − p]
//   conv2d_transposed(y, w)  = dB/dx
//   conv2d_weight(x, y)      = dB/dw
//
// The gradient of each with respect to each argument is one of the three again, so any order of derivative exists.
// Symbols: s stride, d dilation, p padding, g groups; shapes in convolution.h. Flops 2·N·Co·H'·W'·Ci/g·Kh·Kw each.
// The CPU kernels are in the neighbouring headers.
#include "engine/kernel_pass.h"
#include "kernels/convolution/conv2d/sizes.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/convolution/convolution.h"

namespace adjoint {

const Operation& conv2d_operation();
const Operation& conv2d_transposed_operation();
const Operation& conv2d_weight_operation();

// Calls f(image index, weight index, output index) for every product in the form B.
template <class F>
static void for_every_product(const Conv2dSizes& s, F&& f) {
    const int64_t ci_g = s.ci / s.groups, co_g = s.co / s.groups;
    for (int64_t n = 0; n < s.n; ++n)
        for (int64_t o = 0; o < s.co; ++o)
            for (int64_t i = 0; i < s.ho; ++i)
                for (int64_t j = 0; j < s.wo; ++j)
                    for (int64_t c = 0; c < ci_g; ++c)
                        for (int64_t u = 0; u < s.kh; ++u)
                            for (int64_t v = 0; v < s.kw; ++v) {
                                const int64_t row = i * s.stride + u * s.dilation - s.padding;
                                const int64_t column = j * s.stride + v * s.dilation - s.padding;
                                if (row < 0 || row >= s.h || column < 0 || column >= s.w) continue;
                                const int64_t channel = o / co_g * ci_g + c;
                                f(((n * s.ci + channel) * s.h + row) * s.w + column,
                                  ((o * ci_g + c) * s.kh + u) * s.kw + v, ((n * s.co + o) * s.ho + i) * s.wo + j);
                            }
}

template <class S>
static S* cleared(const KernelArguments& a) {
    for (int64_t k = 0; k < a.out_view(0).size; ++k) a.out<S>(0)[k] = S(0.0);
    return a.out<S>(0);
}

template <class S>
static void conv2d_definition(const KernelArguments& a) {
    S* y = cleared<S>(a);
    const S *x = a.in<S>(0), *w = a.in<S>(1);
    for_every_product(conv2d_sizes(a, a.in_view(0), a.in_view(1), a.out_view(0)),
                      [&](int64_t i, int64_t k, int64_t o) { y[o] += w[k] * x[i]; });
}
template <class S>
static void conv2d_transposed_definition(const KernelArguments& a) {
    S* x = cleared<S>(a);
    const S *y = a.in<S>(0), *w = a.in<S>(1);
    for_every_product(conv2d_sizes(a, a.out_view(0), a.in_view(1), a.in_view(0)),
                      [&](int64_t i, int64_t k, int64_t o) { x[i] += w[k] * y[o]; });
}
template <class S>
static void conv2d_weight_definition(const KernelArguments& a) {
    S* w = cleared<S>(a);
    const S *x = a.in<S>(0), *y = a.in<S>(1);
    for_every_product(conv2d_sizes(a, a.in_view(0), a.out_view(0), a.in_view(1)),
                      [&](int64_t i, int64_t k, int64_t o) { w[k] += x[i] * y[o]; });
}

static ConvolutionSettings settings_of(const Attributes& a) {
    return {a.integer("stride"), a.integer("dilation"), a.integer("padding"), a.integer("groups")};
}

static int64_t output_size(const Signature& s, int64_t image, int64_t kernel) {
    const ConvolutionSettings c = settings_of(s.attributes);
    const int64_t reach = c.dilation * (kernel - 1) + 1;
    if (image + 2 * c.padding < reach)
        s.refuse("the kernel reaches over " + std::to_string(reach) + " pixels, the padded image has " +
                     std::to_string(image + 2 * c.padding),
                 "use more padding, less dilation or a smaller kernel");
    return (image + 2 * c.padding - reach) / c.stride + 1;
}

static void check(const Signature& s) {
    const ConvolutionSettings c = settings_of(s.attributes);
    for (int i = 0; i < 2; ++i)
        if (s.shape(i).rank() != 4) s.refuse("both must have four axes", "images are N×C×H×W, weights Co×Ci×Kh×Kw");
    if (c.stride < 1 || c.dilation < 1 || c.padding < 0 || c.groups < 1)
        s.refuse("stride, dilation and groups must be at least 1, padding at least 0");
}

static void check_channels(const Signature& s, int64_t ci, int64_t co, int64_t ci_of_group) {
    const int64_t groups = settings_of(s.attributes).groups;
    if (ci % groups || co % groups)
        s.refuse(std::to_string(ci) + " input and " + std::to_string(co) + " output channels cannot be cut into " +
                 std::to_string(groups) + " groups");
    if (ci / groups != ci_of_group)
        s.refuse("the weights take " + std::to_string(ci_of_group) + " channels per group, the images have " +
                 std::to_string(ci / groups));
}

static std::vector<TensorSpec> infer_conv2d(const Signature& s) {
    check(s);
    const Shape &x = s.shape(0), &w = s.shape(1);
    check_channels(s, x[1], w[0], w[1]);
    if (w[2] < 1 || w[3] < 1) s.refuse("the kernel is empty");
    return {{{x[0], w[0], output_size(s, x[2], w[2]), output_size(s, x[3], w[3])}}};
}

static std::vector<TensorSpec> infer_conv2d_transposed(const Signature& s) {
    check(s);
    const Shape &y = s.shape(0), &w = s.shape(1);
    const int64_t h = s.attributes.integer("height"), width = s.attributes.integer("width");
    const int64_t ci = w[1] * settings_of(s.attributes).groups;
    check_channels(s, ci, w[0], w[1]);
    if (y[1] != w[0])
        s.refuse("the weights have " + std::to_string(w[0]) + " output channels, the images " + std::to_string(y[1]));
    if (w[2] < 1 || w[3] < 1) s.refuse("the kernel is empty");
    if (h < 0 || width < 0 || output_size(s, h, w[2]) != y[2] || output_size(s, width, w[3]) != y[3])
        s.refuse("a convolution of " + std::to_string(h) + "×" + std::to_string(width) + " does not give this size");
    return {{{y[0], ci, h, width}}};
}

static std::vector<TensorSpec> infer_conv2d_weight(const Signature& s) {
    check(s);
    const Shape &x = s.shape(0), &y = s.shape(1);
    const int64_t kh = s.attributes.integer("kernel_height"), kw = s.attributes.integer("kernel_width");
    const int64_t groups = settings_of(s.attributes).groups;
    if (kh < 1 || kw < 1) s.refuse("the kernel is empty");
    check_channels(s, x[1], y[1], x[1] / groups);
    if (x[0] != y[0]) s.refuse("the batches " + std::to_string(x[0]) + " and " + std::to_string(y[0]) + " differ");
    if (output_size(s, x[2], kh) != y[2] || output_size(s, x[3], kw) != y[3])
        s.refuse("a convolution with a kernel of " + std::to_string(kh) + "×" + std::to_string(kw) +
                 " does not give this size");
    return {{{y[1], x[1] / groups, kh, kw}}};
}

static Attributes attributes_of(const ConvolutionSettings& c) {
    return {{"stride", c.stride}, {"dilation", c.dilation}, {"padding", c.padding}, {"groups", c.groups}};
}

static std::vector<Tensor> gradient_of_conv2d(const GradientCall& c) {
    const ConvolutionSettings s = settings_of(c.attributes());
    const Shape &x = c.input_spec(0).shape, &w = c.input_spec(1).shape;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = conv2d_transposed(c.cotangent(), c.input(1), x[2], x[3], s);
    if (c.needs(1)) dL_d[1] = conv2d_weight(c.input(0), c.cotangent(), w[2], w[3], s);
    return dL_d;
}
static std::vector<Tensor> gradient_of_conv2d_transposed(const GradientCall& c) {
    const ConvolutionSettings s = settings_of(c.attributes());
    const Shape& w = c.input_spec(1).shape;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = conv2d(c.cotangent(), c.input(1), s);
    if (c.needs(1)) dL_d[1] = conv2d_weight(c.cotangent(), c.input(0), w[2], w[3], s);
    return dL_d;
}
static std::vector<Tensor> gradient_of_conv2d_weight(const GradientCall& c) {
    const ConvolutionSettings s = settings_of(c.attributes());
    const Shape& x = c.input_spec(0).shape;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = conv2d_transposed(c.input(1), c.cotangent(), x[2], x[3], s);
    if (c.needs(1)) dL_d[1] = conv2d(c.input(0), c.cotangent(), s);
    return dL_d;
}

// 2 · products: y's elements times the weights that each one meets.
static double products(double y, const Shape& w) { return 2 * y * double(w[1] * w[2] * w[3]); }
static double conv2d_flops(const Signature& s) {
    return products(double(s.operation.infer(s)[0].shape.count()), s.shape(1));
}
static double conv2d_transposed_flops(const Signature& s) { return products(double(s.shape(0).count()), s.shape(1)); }
static double conv2d_weight_flops(const Signature& s) {
    return products(double(s.shape(1).count()), s.operation.infer(s)[0].shape);
}

ADJOINT_DECLARE_KERNELS(conv2d)
ADJOINT_DECLARE_KERNELS(conv2d_transposed)
ADJOINT_DECLARE_KERNELS(conv2d_weight)

// The convolutions that the battery tries: plain, dilated, strided, padded, grouped, large kernels, 1×1, tails, empty, and
// of enough channels for minimal filtering (winograd.h).
struct Trial {
    Shape x;
    int64_t co, kh, kw;
    ConvolutionSettings s;
};
static const std::vector<Trial>& trials() {
    static const std::vector<Trial> all = {
        {{2, 3, 6, 7}, 4, 3, 3, {1, 1, 1, 1}},    {{1, 5, 13, 37}, 7, 3, 3, {1, 1, 1, 1}},
        {{1, 2, 9, 11}, 3, 3, 3, {1, 2, 2, 1}},   {{1, 3, 12, 10}, 2, 3, 3, {1, 3, 3, 1}},
        {{2, 4, 9, 8}, 6, 3, 3, {2, 1, 1, 2}},    {{1, 3, 17, 19}, 5, 7, 7, {2, 1, 3, 1}},
        {{2, 6, 5, 6}, 9, 1, 1, {1, 1, 0, 1}},    {{1, 4, 7, 9}, 4, 3, 5, {1, 1, 2, 4}},
        {{1, 2, 8, 8}, 3, 2, 2, {2, 1, 0, 1}},    {{1, 1, 1, 1}, 1, 3, 3, {1, 1, 1, 1}},
        {{0, 2, 4, 4}, 3, 3, 3, {1, 1, 1, 1}},    {{1, 17, 6, 33}, 33, 3, 3, {1, 1, 1, 1}},
        {{1, 3, 5, 4}, 2, 3, 3, {1, 1, 0, 1}},    {{1, 2, 4, 5}, 3, 3, 3, {1, 1, 4, 1}},
        {{2, 33, 3, 18}, 34, 3, 3, {1, 2, 2, 1}},  {{2, 4, 7, 10}, 6, 3, 3, {3, 1, 0, 2}},
        {{1, 3, 12, 37}, 5, 2, 2, {2, 1, 0, 1}},  {{2, 16, 9, 12}, 18, 3, 3, {1, 1, 0, 1}},
        {{1, 32, 9, 11}, 34, 3, 3, {1, 1, 2, 2}}, {{1, 16, 5, 32}, 17, 3, 3, {1, 3, 3, 1}},
        {{2, 16, 12, 12}, 17, 3, 3, {1, 2, 0, 1}},
    };
    return all;
}
static int64_t trial_output(const Trial& t, int axis) {
    const int64_t kernel = axis == 2 ? t.kh : t.kw;
    return (t.x[axis] + 2 * t.s.padding - t.s.dilation * (kernel - 1) - 1) / t.s.stride + 1;
}
static InputSample trial_x(const Trial& t) { return {.shape = t.x}; }
static InputSample trial_w(const Trial& t) { return {.shape = {t.co, t.x[1] / t.s.groups, t.kh, t.kw}}; }
static InputSample trial_y(const Trial& t) {
    return {.shape = {t.x[0], t.co, trial_output(t, 2), trial_output(t, 3)}};
}

ADJOINT_OPERATION(conv2d) {
    Operation r = {
        .name = "conv2d",
        .equation = "y[o] = Σ_c w[o,c] ⋆ x[c]",
        .kind = Kind::bilinear,
        .infer = infer_conv2d,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(conv2d_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d),
        .gpu = ADJOINT_GPU_KERNELS(conv2d),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_conv2d,
        .flops = conv2d_flops,
        .wrong = {{{{{.shape = {2, 3, 6}}, {.shape = {4, 3, 3, 3}}}, attributes_of({})}, "four axes"},
                  {{{{.shape = {2, 3, 6, 6}}, {.shape = {4, 2, 3, 3}}}, attributes_of({})}, "take 2 channels per group"},
                  {{{{.shape = {2, 3, 2, 2}}, {.shape = {4, 3, 3, 3}}}, attributes_of({})}, "reaches over 3 pixels"},
                  {{{{.shape = {2, 3, 6, 6}}, {.shape = {4, 3, 3, 3}}}, attributes_of({.groups = 2})}, "into 2 groups"}},
    };
    for (const Trial& t : trials()) r.samples.push_back({{trial_x(t), trial_w(t)}, attributes_of(t.s)});
    return r;
}

ADJOINT_OPERATION(conv2d_transposed) {
    auto with_size = [](Attributes a, int64_t h, int64_t w) {
        a.set("height", h);
        a.set("width", w);
        return a;
    };
    Operation r = {
        .name = "conv2d_transposed",
        .equation = "x[c] = Σ_o w[o,c]ᵀ ⋆ y[o]",
        .kind = Kind::bilinear,
        .infer = infer_conv2d_transposed,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(conv2d_transposed_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_transposed),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_transposed),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_conv2d_transposed,
        .flops = conv2d_transposed_flops,
        .wrong = {{{{{.shape = {2, 5, 6, 6}}, {.shape = {4, 3, 3, 3}}}, with_size(attributes_of({}), 8, 8)},
                   "have 4 output channels"},
                  {{{{.shape = {2, 4, 6, 6}}, {.shape = {4, 3, 3, 3}}}, with_size(attributes_of({}), 9, 8)},
                   "does not give this size"}},
    };
    for (const Trial& t : trials())
        r.samples.push_back({{trial_y(t), trial_w(t)}, with_size(attributes_of(t.s), t.x[2], t.x[3])});
    return r;
}

ADJOINT_OPERATION(conv2d_weight) {
    auto with_kernel = [](Attributes a, int64_t h, int64_t w) {
        a.set("kernel_height", h);
        a.set("kernel_width", w);
        return a;
    };
    Operation r = {
        .name = "conv2d_weight",
        .equation = "w[o,c] = Σ_n x[n,c] ⋆ y[n,o]",
        .kind = Kind::bilinear,
        .infer = infer_conv2d_weight,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(conv2d_weight_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_weight),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_weight),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_conv2d_weight,
        .flops = conv2d_weight_flops,
        .wrong = {{{{{.shape = {2, 3, 6, 6}}, {.shape = {1, 4, 4, 4}}}, with_kernel(attributes_of({}), 3, 3)},
                   "batches 2 and 1 differ"},
                  {{{{.shape = {2, 3, 6, 6}}, {.shape = {2, 4, 5, 4}}}, with_kernel(attributes_of({}), 3, 3)},
                   "does not give this size"}},
    };
    for (const Trial& t : trials())
        r.samples.push_back({{trial_x(t), trial_y(t)}, with_kernel(attributes_of(t.s), t.kh, t.kw)});
    return r;
}

Tensor conv2d(const Tensor& x, const Tensor& w, const ConvolutionSettings& s) {
    return conv2d_operation()({x, w}, attributes_of(s));
}
Tensor conv2d_transposed(const Tensor& y, const Tensor& w, int64_t height, int64_t width, const ConvolutionSettings& s) {
    Attributes a = attributes_of(s);
    a.set("height", height);
    a.set("width", width);
    return conv2d_transposed_operation()({y, w}, a);
}
Tensor conv2d_weight(const Tensor& x, const Tensor& y, int64_t kernel_height, int64_t kernel_width,
                     const ConvolutionSettings& s) {
    Attributes a = attributes_of(s);
    a.set("kernel_height", kernel_height);
    a.set("kernel_width", kernel_width);
    return conv2d_weight_operation()({x, y}, a);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/convolution/conv2d/cpu.h"
#endif
#if ADJOINT_GPU
#include "kernels/convolution/conv2d/gpu.h"
#endif
