// A whole SIREN in few kernels, three operations over one network
//
//   h_0 = x,   h_{l+1} = sin(ω_l (h_l W_lᵀ + b_l)),  l = 0 … L−1,   y = h_L W_Lᵀ + b_L
//
//   siren_network(x, W, b)               y
//   siren_network_gradient(ȳ, x, W, b)   dL/dW_l, dL/db_l for ȳ = dL/dy
//   siren_step(target, x, W, b)          the loss mean (y − t)² or mean |y − t|, and dL/dW_l, dL/db_l
//
//   x: rows×in, W_l: out_l×in_l, b_l: out_l, y, target: rows×out. Kinks: mean |y − t| has derivative 0 at y = t.
// On the CPU (siren_raw.cu) blocks of rows pass through all layers in cache, forward and backward; the gradient computes
// the forward pass again instead of storing it. On a GPU (gpu.h) memory is plenty: whole layers, one after the other.
// Backward with s = sin, c = cos of layer l: g_L = ȳ; dW_l = g_lᵀ h_l, db_l = Σ g_l, g_{l−1} = ω_{l−1} (g_l W_l) ∘ c_{l−1}.
// Flops: 2·rows·Σ in_l out_l forward, three times that with gradients, four times with the recomputation.
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

constexpr int most_layers = 15;

// The network in the arguments of a call whose parameters begin at input `first`.
struct SirenShape {
    int layers;
    int64_t widths[most_layers + 1];
    double omegas[most_layers];
    int64_t rows;
};
ADJOINT_INLINE SirenShape siren_shape(const KernelArguments& a, int first) {
    SirenShape s{};
    s.layers = (a.input_count - first) / 2;
    s.rows = a.in_view(first - 1).dim(0);
    s.widths[0] = a.in_view(first - 1).dim(1);
    for (int l = 0; l < s.layers; ++l) {
        s.widths[l + 1] = a.in_view(first + 2 * l).dim(0);
        s.omegas[l] = a.real(l == 0 ? "first_omega" : "hidden_omega");
    }
    return s;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <cmath>

#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "kernels/network/network.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

const Operation& sine_layer_operation();
const Operation& siren_network_operation();
const Operation& siren_network_gradient_operation();
const Operation& siren_step_operation();

// All h_l and the cosines, row by row; then, if asked, the way back.
template <class S>
struct NaiveSiren {
    const KernelArguments& a;
    int first;  // input of W_0
    SirenShape s;
    std::vector<std::vector<S>> h, c;

    NaiveSiren(const KernelArguments& a, int first) : a(a), first(first), s(siren_shape(a, first)) {
        const S* x = a.in<S>(first - 1);
        h.emplace_back(x, x + s.rows * s.widths[0]);
        for (int l = 0; l < s.layers; ++l) {
            const int64_t in = s.widths[l], out = s.widths[l + 1];
            std::vector<S> next(size_t(s.rows * out)), cosine(size_t(s.rows * out));
            for (int64_t r = 0; r < s.rows; ++r)
                for (int64_t o = 0; o < out; ++o) {
                    S u = a.in<S>(first + 2 * l + 1)[o];
                    for (int64_t i = 0; i < in; ++i) u += h[size_t(l)][size_t(r * in + i)] * a.in<S>(first + 2 * l)[o * in + i];
                    using std::sin, std::cos;
                    const bool last = l + 1 == s.layers;
                    next[size_t(r * out + o)] = last ? u : sin(S(s.omegas[l]) * u);
                    cosine[size_t(r * out + o)] = last ? u : cos(S(s.omegas[l]) * u);
                }
            h.push_back(next);
            c.push_back(cosine);
        }
    }
    const std::vector<S>& y() const { return h.back(); }

    // Writes dW_l, db_l into outputs first_output, first_output + 1, …
    void gradients(std::vector<S> g, int first_output) const {
        for (int l = s.layers - 1; l >= 0; --l) {
            const int64_t in = s.widths[l], out = s.widths[l + 1];
            S *dW = a.out<S>(first_output + 2 * l), *db = a.out<S>(first_output + 2 * l + 1);
            for (int64_t k = 0; k < out * in; ++k) dW[k] = S(0.0);
            for (int64_t k = 0; k < out; ++k) db[k] = S(0.0);
            std::vector<S> below(size_t(s.rows * in), S(0.0));
            for (int64_t r = 0; r < s.rows; ++r)
                for (int64_t o = 0; o < out; ++o) {
                    const S& v = g[size_t(r * out + o)];
                    db[o] += v;
                    for (int64_t i = 0; i < in; ++i) {
                        dW[o * in + i] += v * h[size_t(l)][size_t(r * in + i)];
                        below[size_t(r * in + i)] += v * a.in<S>(first + 2 * l)[o * in + i];
                    }
                }
            if (l > 0)
                for (size_t k = 0; k < below.size(); ++k) below[k] = below[k] * S(s.omegas[l - 1]) * c[size_t(l - 1)][k];
            g = below;
        }
    }
};

template <class S>
static void siren_network_definition(const KernelArguments& a) {
    const NaiveSiren<S> n(a, 1);
    std::copy(n.y().begin(), n.y().end(), a.out<S>(0));
}

template <class S>
static void siren_network_gradient_definition(const KernelArguments& a) {
    const S* g = a.in<S>(0);
    NaiveSiren<S>(a, 2).gradients(std::vector<S>(g, g + a.in_view(0).size), 0);
}

template <class S>
static void siren_step_definition(const KernelArguments& a) {
    const NaiveSiren<S> n(a, 2);
    const bool l1 = a.word("loss")[1] == '1';
    const double scale = 1 / double(a.in_view(0).size);
    S total(0.0);
    std::vector<S> g(n.y().size());
    for (size_t k = 0; k < g.size(); ++k) {
        const S d = n.y()[k] - a.in<S>(0)[k];
        total += l1 ? (d < S(0.0) ? -d : d) : d * d;
        g[k] = l1 ? S(d < S(0.0) ? -scale : d > S(0.0) ? scale : 0.0) : S(2 * scale) * d;
    }
    a.out<S>(0)[0] = S(scale) * total;
    n.gradients(g, 1);
}

// Checks x at input first − 1 and the parameters from `first` on; the number of outputs per row.
static int64_t check_network(const Signature& s, int first) {
    if ((s.count() - first) % 2 || s.count() <= first) s.refuse("parameters come in pairs of a weight and a bias");
    if (s.shape(first - 1).rank() != 2) s.refuse("x must be a matrix", "give it as rows×in");
    int64_t width = s.shape(first - 1)[1];
    for (int k = first; k < s.count(); k += 2) {
        const Shape &W = s.shape(k), &b = s.shape(k + 1);
        const std::string layer = "layer " + std::to_string((k - first) / 2);
        if (W.rank() != 2 || b.rank() != 1) s.refuse(layer + ": the weight must be a matrix, the bias a vector");
        if (W[1] != width)
            s.refuse(layer + " takes " + std::to_string(W[1]) + " inputs, " + std::to_string(width) + " arrive");
        if (b[0] != W[0]) s.refuse(layer + ": " + std::to_string(W[0]) + " outputs, but a bias of " + std::to_string(b[0]));
        width = W[0];
    }
    return width;
}
static void check_rows(const Signature& s, int64_t width) {
    if (!(s.shape(0) == Shape{s.shape(1)[0], width}))
        s.refuse("the first must have the shape of the network's output, " + Shape{s.shape(1)[0], width}.text());
}

static std::vector<TensorSpec> infer_siren_network(const Signature& s) {
    const int64_t out = check_network(s, 1);
    return {{{s.shape(0)[0], out}}};
}
static std::vector<TensorSpec> parameter_specs(const Signature& s) {
    std::vector<TensorSpec> specs;
    for (int k = 2; k < s.count(); ++k) specs.push_back({s.shape(k)});
    return specs;
}
static std::vector<TensorSpec> infer_siren_network_gradient(const Signature& s) {
    check_rows(s, check_network(s, 2));
    return parameter_specs(s);
}
static std::vector<TensorSpec> infer_siren_step(const Signature& s) {
    check_rows(s, check_network(s, 2));
    const std::string& loss = s.attributes.word("loss");
    if (loss != "l1" && loss != "l2") s.refuse("there is no such pointwise loss", "use l1 or l2");
    if (s.shape(0).count() == 0) s.refuse("the mean over nothing");
    std::vector<TensorSpec> specs = parameter_specs(s);
    specs.insert(specs.begin(), TensorSpec{Shape{}});
    return specs;
}

// The same network from operations that can be differentiated to any order, and its way back.
static std::vector<Tensor> gradient_of_siren_network(const GradientCall& c) {
    const int layers = (c.input_count() - 1) / 2;
    auto omega = [&](int l) { return c.attributes().real(l == 0 ? "first_omega" : "hidden_omega"); };
    std::vector<Tensor> h = {c.input(0)}, cosine;
    for (int l = 0; l + 1 < layers; ++l) {
        auto layer = sine_layer_operation().apply({h.back(), c.input(1 + 2 * l), c.input(2 + 2 * l)}, {{"omega", omega(l)}});
        h.push_back(layer[0]);
        cosine.push_back(layer[1]);
    }
    std::vector<Tensor> dL_d(size_t(c.input_count()));
    Tensor g = c.cotangent();
    for (int l = layers - 1; l >= 0; --l) {
        if (c.needs(1 + 2 * l)) dL_d[size_t(1 + 2 * l)] = matmul(g, h[size_t(l)], {.a = true});
        if (c.needs(2 + 2 * l)) dL_d[size_t(2 + 2 * l)] = sum(g, {0});
        if (l > 0) g = matmul(g, c.input(1 + 2 * l)) * cosine[size_t(l - 1)] * omega(l - 1);
    }
    if (c.needs(0)) dL_d[0] = matmul(g, c.input(1));
    return dL_d;
}

static std::vector<Tensor> fast_gradient_of_siren_network(const GradientCall& c) {
    if (c.needs(0)) return gradient_of_siren_network(c);
    std::vector<Tensor> inputs = {c.cotangent()};
    for (int k = 0; k < c.input_count(); ++k) inputs.push_back(c.input(k));
    std::vector<Tensor> dL_d = siren_network_gradient_operation().apply(inputs, c.attributes());
    dL_d.insert(dL_d.begin(), Tensor());
    for (int k = 0; k < c.input_count(); ++k)
        if (!c.needs(k)) dL_d[size_t(k)] = Tensor();
    return dL_d;
}

// 2·rows·Σ in·out, `times` over.
static double network_flops(const Signature& s, int first, double times) {
    double products = 0;
    for (int k = first; k < s.count(); k += 2) products += double(s.shape(k).count());
    return 2 * times * double(s.shape(first - 1)[0]) * products;
}
static double siren_network_flops(const Signature& s) { return network_flops(s, 1, 1); }
static double siren_network_gradient_flops(const Signature& s) { return network_flops(s, 2, 4); }
static double siren_step_flops(const Signature& s) { return network_flops(s, 2, 3); }

static std::vector<int> all_inputs() {
    std::vector<int> all;
    for (int k = 0; k <= 2 * most_layers; ++k) all.push_back(k);
    return all;
}
static Attributes omegas(double first, double hidden) { return {{"first_omega", first}, {"hidden_omega", hidden}}; }
static Attributes with_loss(Attributes a, const char* loss) {
    a.set("loss", std::string(loss));
    return a;
}
// x and parameters for layer sizes, preceded by `before`.
static std::vector<InputSample> network_sample(std::vector<InputSample> before, int64_t rows, const std::vector<int64_t>& widths) {
    before.push_back({.shape = {rows, widths[0]}});
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
        const double bound = 1 / std::sqrt(double(widths[l]));
        before.push_back({.shape = {widths[l + 1], widths[l]}, .low = -bound, .high = bound});
        before.push_back({.shape = {widths[l + 1]}, .low = -bound, .high = bound});
    }
    return before;
}

ADJOINT_DECLARE_KERNELS(siren_network)
ADJOINT_DECLARE_KERNELS(siren_network_gradient)
ADJOINT_DECLARE_KERNELS(siren_step)

// Sums of many products of sines of rounded arguments: see sine_layer.
static constexpr double network_tolerance = 2e-5;

ADJOINT_OPERATION(siren_network) {
    return {
        .name = "siren_network",
        .equation = "y = W_L sin(ω(W … sin(ω₀(W_0 x + b_0)) …)) + b_L",
        .kind = Kind::fused,
        .infer = infer_siren_network,
        .min_inputs = 3,
        .max_inputs = 1 + 2 * most_layers,
        .definition = ADJOINT_DEFINITION(siren_network_definition),
        .cpu = ADJOINT_CPU_KERNELS(siren_network),
        .gpu = ADJOINT_GPU_KERNELS(siren_network),
        .saved_inputs = all_inputs(),
        .gradient = gradient_of_siren_network,
        .fast_gradient = fast_gradient_of_siren_network,
        .flops = siren_network_flops,
        .samples = {{network_sample({}, 7, {2, 9, 5, 3}), omegas(3, 2)},
                    {network_sample({}, 33, {3, 17, 1}), omegas(2, 2)},
                    {network_sample({}, 5, {4, 6}), omegas(2, 2)},
                    {network_sample({}, 1, {1, 1, 1}), omegas(2, 2)},
                    {network_sample({}, 0, {2, 4, 3}), omegas(2, 2)}},
        .wrong = {{{{{.shape = {3, 2}}, {.shape = {4, 3}}, {.shape = {4}}}, omegas(1, 1)}, "layer 0 takes 3 inputs, 2 arrive"},
                  {{{{.shape = {3, 2}}, {.shape = {4, 2}}, {.shape = {5}}}, omegas(1, 1)}, "a bias of 5"},
                  {{{{.shape = {3, 2}}, {.shape = {4, 2}}, {.shape = {4}}, {.shape = {1, 4}}}, omegas(1, 1)}, "come in pairs"}},
        .float32_tolerance = network_tolerance,
    };
}

ADJOINT_OPERATION(siren_network_gradient) {
    return {
        .name = "siren_network_gradient",
        .equation = "dL/dW_l = g_lᵀ h_l, dL/db_l = Σ g_l",
        .kind = Kind::fused,
        .infer = infer_siren_network_gradient,
        .min_inputs = 4,
        .max_inputs = 2 + 2 * most_layers,
        .definition = ADJOINT_DEFINITION(siren_network_gradient_definition),
        .cpu = ADJOINT_CPU_KERNELS(siren_network_gradient),
        .gpu = ADJOINT_GPU_KERNELS(siren_network_gradient),
        .not_differentiable = "it is siren_network's fast gradient, which is used when no second derivative is wanted",
        .flops = siren_network_gradient_flops,
        .samples = {{network_sample({{.shape = {7, 3}}}, 7, {2, 9, 5, 3}), omegas(3, 2)},
                    {network_sample({{.shape = {133, 1}}}, 133, {3, 17, 1}), omegas(2, 2)},
                    {network_sample({{.shape = {5, 6}}}, 5, {4, 6}), omegas(2, 2)},
                    {network_sample({{.shape = {0, 3}}}, 0, {2, 4, 3}), omegas(2, 2)}},
        .wrong = {{{network_sample({{.shape = {7, 4}}}, 7, {2, 9, 3}), omegas(1, 1)}, "the network's output, 7×3"}},
        .float32_tolerance = network_tolerance,
    };
}

ADJOINT_OPERATION(siren_step) {
    return {
        .name = "siren_step",
        .equation = "loss = mean (Φ(x) − t)² or mean |Φ(x) − t|, with dL/dW_l, dL/db_l",
        .kind = Kind::fused,
        .infer = infer_siren_step,
        .min_inputs = 4,
        .max_inputs = 2 + 2 * most_layers,
        .definition = ADJOINT_DEFINITION(siren_step_definition),
        .cpu = ADJOINT_CPU_KERNELS(siren_step),
        .gpu = ADJOINT_GPU_KERNELS(siren_step),
        .not_differentiable = "its outputs are the derivatives already; use siren_network and a loss to go further",
        .flops = siren_step_flops,
        .samples = {{network_sample({{.shape = {7, 3}}}, 7, {2, 9, 5, 3}), with_loss(omegas(3, 2), "l2")},
                    {network_sample({{.shape = {133, 1}}}, 133, {3, 17, 1}), with_loss(omegas(2, 2), "l1")},
                    {network_sample({{.shape = {5, 6}}}, 5, {4, 6}), with_loss(omegas(2, 2), "l2")}},
        .wrong = {{{network_sample({{.shape = {7, 4}}}, 7, {2, 9, 3}), with_loss(omegas(1, 1), "l2")}, "the network's output, 7×3"},
                  {{network_sample({{.shape = {7, 3}}}, 7, {2, 9, 3}), with_loss(omegas(1, 1), "l3")}, "no such pointwise loss"},
                  {{network_sample({{.shape = {0, 3}}}, 0, {2, 9, 3}), with_loss(omegas(1, 1), "l2")}, "the mean over nothing"}},
        .float32_tolerance = network_tolerance,
    };
}

Tensor siren_network(const Tensor& x, const std::vector<Tensor>& parameters, const SineFrequencies& omega) {
    std::vector<Tensor> inputs = {x};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    return siren_network_operation()(inputs, omegas(omega.first, omega.hidden));
}

std::vector<Tensor> siren_step(const Tensor& target, const Tensor& x, const std::vector<Tensor>& parameters,
                               const SineFrequencies& omega, const std::string& loss) {
    std::vector<Tensor> inputs = {target, x};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    Attributes a = omegas(omega.first, omega.hidden);
    a.set("loss", loss);
    return siren_step_operation().apply(inputs, a);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/network/siren/problem.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// The arguments of a call as the raw kernel wants them; parameters begin at input `first`.
template <class T>
struct Arranged {
    SirenShape shape;
    const T *weights[most_layers], *biases[most_layers];
    T *weight_gradients[most_layers], *bias_gradients[most_layers];
    SirenProblem<T> problem;

    Arranged(const KernelArguments& a, int first, int first_gradient) : shape(siren_shape(a, first)) {
        for (int l = 0; l < shape.layers; ++l) {
            weights[l] = a.in<T>(first + 2 * l);
            biases[l] = a.in<T>(first + 2 * l + 1);
            if (first_gradient >= 0) {
                weight_gradients[l] = a.out<T>(first_gradient + 2 * l);
                bias_gradients[l] = a.out<T>(first_gradient + 2 * l + 1);
            }
        }
        problem.layers = shape.layers;
        problem.widths = shape.widths;
        problem.weights = weights;
        problem.biases = biases;
        problem.omegas = shape.omegas;
        problem.rows = shape.rows;
        problem.coordinates = a.in<T>(first - 1);
        if (first_gradient >= 0) {
            problem.weight_gradients = weight_gradients;
            problem.bias_gradients = bias_gradients;
        }
    }
};

template <class T>
void siren_network(const KernelArguments& a) {
    Arranged<T> n(a, 1, -1);
    n.problem.output = a.out<T>(0);
    siren_forward_raw(n.problem);
}

template <class T>
void siren_network_gradient(const KernelArguments& a) {
    Arranged<T> n(a, 2, 0);
    n.problem.loss = SirenLoss::given;
    n.problem.target = a.in<T>(0);
    siren_gradient_raw(n.problem);
}

template <class T>
void siren_step(const KernelArguments& a) {
    Arranged<T> n(a, 2, 1);
    double value = 0;
    n.problem.loss = a.word("loss")[1] == '1' ? SirenLoss::l1 : SirenLoss::l2;
    n.problem.target = a.in<T>(0);
    n.problem.scale = 1 / double(a.in_view(0).size);
    n.problem.loss_value = &value;
    siren_gradient_raw(n.problem);
    a.out<T>(0)[0] = T(value);
}

}  // namespace
ADJOINT_KERNELS(siren_network)
ADJOINT_KERNELS(siren_network_gradient)
ADJOINT_KERNELS(siren_step)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/network/siren/gpu.h"
#endif
