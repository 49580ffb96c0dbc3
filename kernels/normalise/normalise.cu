// normalise: y = γ x̂ + β,  x̂ = (x − μ) r,  r = 1/√(σ² + ε),  μ = Σ x/m,  σ² = Σ (x − μ)²/m over groups of m numbers.
//
//   over "batch":     groups are channels; γ, β per channel          (Ioffe and Szegedy 2015, algorithm 1)
//   over "instance":  groups are channels of one image               (Ulyanov et al. 2016)
//   over "layer":     groups are runs of the last axis; γ, β per place in it     (Ba et al. 2016)
//
// Giving out μ and σ² beside y closes the operation under differentiation: with g = γ ȳ and Σ, means over a group,
//   x̄ = r (g − Σ g/m − x̂ Σ g x̂/m) + μ̄/m + 2 (x − μ) v̄/m,   γ̄ = Σ ȳ x̂,   β̄ = Σ ȳ
// (v̄: the cotangent of σ²). Variances are centred, in two passes, in float64; they cannot be negative.
#include "engine/kernel_pass.h"
#include "kernels/normalise/sizes.h"

#if ADJOINT_HOST
#include <cmath>

#include "engine/dual.h"
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/normalise/normalise.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

const Operation& normalise_gradient_operation();

// Calls f(place in x, place in γ) for every number of group g.
template <class F>
static void for_group(const NormaliseSizes& n, int64_t g, F&& f) {
    for (int64_t r = 0; r < n.runs; ++r)
        for (int64_t s = 0; s < n.length; ++s) f(n.at(g, r) + s, n.entry(g, s));
}

template <class S>
static void normalise_definition(const KernelArguments& a) {
    using std::sqrt;
    const NormaliseSizes n = normalise_sizes(a);
    const S *x = a.in<S>(0), *gamma = a.in<S>(1), *beta = a.in<S>(2);
    for (int64_t g = 0; g < n.groups; ++g) {
        S mean(0.0), variance(0.0);
        for_group(n, g, [&](int64_t k, int64_t) { mean += x[k]; });
        mean /= S(n.count());
        for_group(n, g, [&](int64_t k, int64_t) { variance += (x[k] - mean) * (x[k] - mean); });
        variance /= S(n.count());
        const S r = S(1.0) / sqrt(variance + S(a.real("epsilon")));
        for_group(n, g, [&](int64_t k, int64_t e) {
            const S hat = (x[k] - mean) * r;
            a.out<S>(0)[k] = (gamma ? gamma[e] * hat : hat) + (beta ? beta[e] : S(0.0));
        });
        a.out<S>(1)[g] = mean;
        a.out<S>(2)[g] = variance;
    }
}

static NormaliseSizes sizes_of(const Signature& s) {
    const Shape& x = s.shape(0);
    const std::string& over = s.attributes.word("over");
    if (over != "batch" && over != "instance" && over != "layer") s.refuse("'" + over + "' is not batch, instance or layer");
    if (x.rank() < (over == "layer" ? 1 : 2)) s.refuse("x has too few axes", "images are N×C×H×W");
    const NormaliseSizes n = normalise_sizes(over.c_str(), x.data(), x.rank());
    if (n.groups > 0 && n.runs * n.length == 0) s.refuse("a mean over no numbers does not exist");
    return n;
}
static void check_entries(const Signature& s, int input, const char* name, int64_t entries) {
    if (s.present[size_t(input)] && !(s.shape(input) == Shape{entries}))
        s.refuse(std::string(name) + " must have " + std::to_string(entries) + " numbers");
}
static std::vector<TensorSpec> infer_normalise(const Signature& s) {
    const NormaliseSizes n = sizes_of(s);
    check_entries(s, 1, "γ", n.affine);
    check_entries(s, 2, "β", n.affine);
    if (!(s.attributes.real("epsilon") > 0)) s.refuse("ε must be above 0", "1e-5 is usual");
    return {{s.shape(0)}, {{n.groups}}, {{n.groups}}};
}

// x with three axes, so that statistics and γ repeat by broadcasting.
struct ThreeAxes {
    Shape x, statistics, gamma;
    Axes reduced;
    double count;
};
static ThreeAxes three_axes(const GradientCall& c) {
    const Shape& x = c.input_spec(0).shape;
    const std::string& over = c.attributes().word("over");
    const NormaliseSizes n = normalise_sizes(over.c_str(), x.data(), x.rank());
    if (over == "layer")
        return {{n.groups, 1, n.length}, {n.groups, 1, 1}, {1, 1, n.length}, {2}, n.count()};
    if (over == "batch")
        return {{n.runs, n.groups, n.length}, {1, n.groups, 1}, {1, n.groups, 1}, {0, 2}, n.count()};
    const int64_t images = n.affine ? n.groups / n.affine : 0;
    return {{images, n.affine, n.length}, {images, n.affine, 1}, {1, n.affine, 1}, {2}, n.count()};
}

static std::vector<Tensor> gradient_of_normalise(const GradientCall& c) {
    const ThreeAxes t = three_axes(c);
    auto statistics = [&](const Tensor& v) { return reshape(v, t.statistics); };
    auto total = [&](const Tensor& v) { return statistics(sum(v, t.reduced)); };
    const Tensor dy = reshape(c.cotangent(0), t.x);
    const Tensor centred = reshape(c.input(0), t.x) - statistics(c.output(1));
    const Tensor r = reciprocal(sqrt(statistics(c.output(2)) + c.attributes().real("epsilon")));
    const Tensor hat = centred * r;
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) {
        const Tensor g = c.present(1) ? dy * reshape(c.input(1), t.gamma) : dy;
        Tensor dx = r * (g - total(g) / t.count - hat * (total(g * hat) / t.count));
        if (c.has_cotangent(1)) dx = dx + statistics(c.cotangent(1)) / t.count;
        if (c.has_cotangent(2)) dx = dx + centred * (statistics(c.cotangent(2)) * (2 / t.count));
        dL_d[0] = reshape(dx, c.input_spec(0).shape);
    }
    if (c.needs(1)) dL_d[1] = reshape(sum_to(dy * hat, t.gamma), c.input_spec(1).shape);
    if (c.needs(2)) dL_d[2] = reshape(sum_to(dy, t.gamma), c.input_spec(2).shape);
    return dL_d;
}

static std::vector<Tensor> fast_gradient_of_normalise(const GradientCall& c) {
    if (c.has_cotangent(1) || c.has_cotangent(2)) return gradient_of_normalise(c);
    return normalise_gradient_operation().apply(
        {c.input(0), c.present(1) ? c.input(1) : Tensor(), c.cotangent(0), c.output(1), c.output(2)}, c.attributes());
}

static Attributes settings(const char* over, double epsilon = 1e-5) {
    return {{"over", std::string(over)}, {"epsilon", epsilon}};
}

struct NormaliseTrial {
    Shape x;
    const char* over;
    Shape gamma() const { return over[0] == 'l' ? Shape{x.last()} : Shape{x[1]}; }
    Shape statistics() const { return {normalise_sizes(over, x.data(), x.rank()).groups}; }
};
static std::vector<NormaliseTrial> normalise_trials() {
    return {{{2, 3, 4, 5}, "batch"},    {{3, 2, 7, 19}, "batch"}, {{5, 4}, "batch"},        {{1, 1, 33, 70}, "batch"},
            {{2, 3, 4, 5}, "instance"}, {{2, 5, 37}, "instance"}, {{0, 3, 4}, "instance"},  {{1, 2, 21, 50}, "instance"},
            {{4, 6}, "layer"},          {{2, 3, 33}, "layer"},    {{150, 17}, "layer"},     {{7}, "layer"}};
}

ADJOINT_DECLARE_KERNELS(normalise)
ADJOINT_DECLARE_KERNELS(normalise_gradient)

ADJOINT_OPERATION(normalise) {
    const InputSample x{.shape = {2, 3, 4, 5}}, three{.shape = {3}}, four{.shape = {4}};
    Operation r = {
        .name = "normalise",
        .equation = "y = γ (x−μ)/√(σ²+ε) + β",
        .kind = Kind::fused,
        .infer = infer_normalise,
        .min_inputs = 3,
        .max_inputs = 3,
        .optional_inputs = {1, 2},
        .definition = ADJOINT_DEFINITION(normalise_definition),
        .cpu = ADJOINT_CPU_KERNELS(normalise),
        .gpu = ADJOINT_GPU_KERNELS(normalise),
        .saved_inputs = {0, 1},
        .saved_outputs = {1, 2},
        .gradient = gradient_of_normalise,
        .fast_gradient = fast_gradient_of_normalise,
        .flops = [](const Signature& s) { return 8 * double(s.shape(0).count()); },
        .wrong = {{{{x, four, three}, settings("batch")}, "γ must have 3 numbers"},
                  {{{x, three, four}, settings("layer")}, "γ must have 5 numbers"},
                  {{{x, three, four}, settings("instance")}, "β must have 3 numbers"},
                  {{{x, three, three}, settings("group")}, "not batch, instance or layer"},
                  {{{x, three, three}, settings("batch", 0)}, "ε must be above 0"},
                  {{{three, three, three}, settings("batch")}, "too few axes"},
                  {{{{.shape = {0, 3, 4}}, three, three}, settings("batch")}, "no numbers does not exist"}},
    };
    for (const NormaliseTrial& t : normalise_trials())
        r.samples.push_back({{{.shape = t.x}, {.shape = t.gamma()}, {.shape = t.gamma()}}, settings(t.over, 1e-2)});
    return r;
}

// The fast gradient: x̄, γ̄ and β̄ from x, γ, ȳ, μ and σ² in two readings.
template <class S>
static void normalise_gradient_definition(const KernelArguments& a) {
    using std::sqrt;
    const NormaliseSizes n = normalise_sizes(a);
    const S *x = a.in<S>(0), *gamma = a.in<S>(1), *dy = a.in<S>(2);
    for (int64_t e = 0; e < n.affine; ++e) a.out<S>(1)[e] = a.out<S>(2)[e] = S(0.0);
    for (int64_t group = 0; group < n.groups; ++group) {
        const S mean = a.in<S>(3)[group], r = S(1.0) / sqrt(a.in<S>(4)[group] + S(a.real("epsilon")));
        S total(0.0), with_hat(0.0);
        for_group(n, group, [&](int64_t k, int64_t e) {
            const S g = gamma ? gamma[e] * dy[k] : dy[k], hat = (x[k] - mean) * r;
            total += g;
            with_hat += g * hat;
            a.out<S>(1)[e] += dy[k] * hat;
            a.out<S>(2)[e] += dy[k];
        });
        for_group(n, group, [&](int64_t k, int64_t e) {
            const S g = gamma ? gamma[e] * dy[k] : dy[k], hat = (x[k] - mean) * r;
            a.out<S>(0)[k] = r * (g - total / S(n.count()) - hat * with_hat / S(n.count()));
        });
    }
}

static std::vector<TensorSpec> infer_normalise_gradient(const Signature& s) {
    const NormaliseSizes n = sizes_of(s);
    check_entries(s, 1, "γ", n.affine);
    check_entries(s, 3, "μ", n.groups);
    check_entries(s, 4, "σ²", n.groups);
    if (!(s.shape(2) == s.shape(0))) s.refuse("the cotangent must have x's shape");
    return {{s.shape(0)}, {{n.affine}}, {{n.affine}}};
}

ADJOINT_OPERATION(normalise_gradient) {
    const InputSample x{.shape = {2, 3, 4, 5}}, three{.shape = {3}}, four{.shape = {4}};
    Operation r = {
        .name = "normalise_gradient",
        .equation = "x̄ = r(g − Σg/m − x̂ Σgx̂/m), γ̄ = Σȳx̂, β̄ = Σȳ",
        .kind = Kind::fused,
        .infer = infer_normalise_gradient,
        .min_inputs = 5,
        .max_inputs = 5,
        .optional_inputs = {1},
        .definition = ADJOINT_DEFINITION(normalise_gradient_definition),
        .cpu = ADJOINT_CPU_KERNELS(normalise_gradient),
        .gpu = ADJOINT_GPU_KERNELS(normalise_gradient),
        .not_differentiable = "it is normalise's fast gradient, which is used when no second derivative is wanted",
        .flops = [](const Signature& s) { return 14 * double(s.shape(0).count()); },
        .wrong = {{{{x, three, {.shape = {2, 3, 4, 4}}, three, three}, settings("batch")}, "must have x's shape"},
                  {{{x, three, x, four, three}, settings("batch")}, "μ must have 3 numbers"}},
    };
    for (const NormaliseTrial& t : normalise_trials())
        r.samples.push_back({{{.shape = t.x}, {.shape = t.gamma()}, {.shape = t.x}, {.shape = t.statistics()},
                              {.shape = t.statistics(), .low = 0.1, .high = 1}}, settings(t.over, 1e-2)});
    return r;
}

BatchNorm batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
    auto y = normalise_operation().apply({x, gamma, beta}, settings("batch", epsilon));
    return {y[0], y[1], y[2]};
}
Tensor instance_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
    return normalise_operation()({x, gamma, beta}, settings("instance", epsilon));
}
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
    return normalise_operation()({x, gamma, beta}, settings("layer", epsilon));
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/normalise/cpu.h"
#endif
#if ADJOINT_GPU
#include "kernels/normalise/gpu.h"
#endif
