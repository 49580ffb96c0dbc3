// sine_layer: SIREN's layer with its own derivative,
//
//   u = ω (x Wᵀ + b),   y = sin u,   c = cos u
//
//   x: rows×in, W: out×in, b: out; y, c: rows×out. (Sitzmann et al. 2020, "Implicit neural representations with periodic
//   activation functions", eq. 2 with ω₀ written out as in its supplement §1.5.)
//
// Giving out c beside y closes the operation under differentiation: with ȳ = dL/dy and c̄ = dL/dc,
//   g = dL/d(x Wᵀ + b) = ω (ȳ ∘ c − c̄ ∘ y),   dL/dx = g W,   dL/dW = gᵀ x,   dL/db = Σ_rows g,
// which uses y and c alone, so derivatives of any order need no other function. No kinks.
// Flops: 2·rows·in·out; the sine and cosine cost about 5 % of that at in = 256. The CPU kernels are
// in sine_layer_raw.cu, the CUDA kernels in gpu.h.
#include "engine/kernel_pass.h"
#include "engine/portable.h"
#include "kernels/math.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "kernels/network/network.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

const Operation& sine_layer_gradient_operation();

template <class S>
static void sine_layer_definition(const KernelArguments& a) {
    const int64_t rows = a.in_view(0).dim(0), in = a.in_view(0).dim(1), out = a.in_view(1).dim(0);
    const double omega = a.real("omega");
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t o = 0; o < out; ++o) {
            S u = a.in<S>(2)[o];
            for (int64_t i = 0; i < in; ++i) u += a.in<S>(0)[r * in + i] * a.in<S>(1)[o * in + i];
            a.out<S>(0)[r * out + o] = math::sin(S(omega) * u);
            a.out<S>(1)[r * out + o] = math::cos(S(omega) * u);
        }
}

static std::vector<TensorSpec> infer_sine_layer(const Signature& s) {
    const Shape &x = s.shape(0), &W = s.shape(1), &b = s.shape(2);
    if (x.rank() != 2 || W.rank() != 2 || b.rank() != 1)
        s.refuse("x and W must be matrices and b a vector", "give x as rows×in, W as out×in, b as out");
    if (x[1] != W[1])
        s.refuse("x has " + std::to_string(x[1]) + " inputs per row, W takes " + std::to_string(W[1]));
    if (b[0] != W[0]) s.refuse("W gives " + std::to_string(W[0]) + " outputs, b has " + std::to_string(b[0]));
    return {{{x[0], W[0]}}, {{x[0], W[0]}}};
}

static std::vector<Tensor> gradient_of_sine_layer(const GradientCall& c) {
    const double omega = c.attributes().real("omega");
    Tensor g;
    if (c.has_cotangent(0)) g = c.cotangent(0) * c.output(1);
    if (c.has_cotangent(1)) g = g ? g - c.cotangent(1) * c.output(0) : -(c.cotangent(1) * c.output(0));
    g = g * omega;
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = matmul(g, c.input(1));
    if (c.needs(1)) dL_d[1] = matmul(g, c.input(0), {.a = true});
    if (c.needs(2)) dL_d[2] = sum(g, {0});
    return dL_d;
}

static std::vector<Tensor> fast_gradient_of_sine_layer(const GradientCall& c) {
    if (c.has_cotangent(1) || !(c.needs(1) || c.needs(2))) return gradient_of_sine_layer(c);
    std::vector<Tensor> dL_d = sine_layer_gradient_operation().apply(
        {c.cotangent(0), c.output(1), c.input(0), c.input(1)},
        {{"omega", c.attributes().real("omega")}, {"of_x", int64_t(c.needs(0))}});
    if (!c.needs(0)) dL_d[0] = Tensor();
    return dL_d;
}

static double sine_layer_flops(const Signature& s) {
    return 2.0 * double(s.shape(0).count()) * double(s.shape(1)[0]);
}

ADJOINT_DECLARE_KERNELS(sine_layer)

ADJOINT_OPERATION(sine_layer) {
    return {
        .name = "sine_layer",
        .equation = "y = sin(ω(xWᵀ+b)), c = cos(ω(xWᵀ+b))",
        .kind = Kind::fused,
        .infer = infer_sine_layer,
        .min_inputs = 3,
        .max_inputs = 3,
        .definition = ADJOINT_DEFINITION(sine_layer_definition),
        .cpu = ADJOINT_CPU_KERNELS(sine_layer),
        .gpu = ADJOINT_GPU_KERNELS(sine_layer),
        .saved_inputs = {0, 1},
        .saved_outputs = {0, 1},
        .gradient = gradient_of_sine_layer,
        .fast_gradient = fast_gradient_of_sine_layer,
        .flops = sine_layer_flops,
        .samples = {{{{.shape = {5, 2}}, {.shape = {7, 2}}, {.shape = {7}}}, {{"omega", 3.0}}},
                    {{{.shape = {37, 19}}, {.shape = {33, 19}}, {.shape = {33}}}, {{"omega", 1.5}}},
                    {{{.shape = {1, 1}}, {.shape = {1, 1}}, {.shape = {1}}}, {{"omega", 30.0}}},
                    {{{.shape = {0, 3}}, {.shape = {4, 3}}, {.shape = {4}}}, {{"omega", 30.0}}},
                    {{{.shape = {300, 5}}, {.shape = {16, 5}}, {.shape = {16}}}, {{"omega", 2.0}}}},
        .wrong = {{{{{.shape = {5, 2}}, {.shape = {7, 3}}, {.shape = {7}}}, {{"omega", 3.0}}}, "x has 2 inputs per row"},
                  {{{{.shape = {5, 2}}, {.shape = {7, 2}}, {.shape = {6}}}, {{"omega", 3.0}}}, "W gives 7 outputs, b has 6"}},
        .order = 3,
        // u reaches ω·Σ|w| ≈ 100; its rounding error, 2^-24 of that, goes into sin u unreduced.
        .float32_tolerance = 2e-5,
    };
}

// g = ω ȳ ∘ c, dL/dx = g W (0×in where of_x = 0), dL/dW = gᵀ x, dL/db = Σ_rows g: the fast gradient. Of arrays rows wide it
// moves ȳ, c, x and dL/dx once each on the CPU, 4 instead of 7 passes over memory.
template <class S>
static void sine_layer_gradient_definition(const KernelArguments& a) {
    const int64_t rows = a.in_view(2).dim(0), in = a.in_view(2).dim(1), out = a.in_view(3).dim(0);
    S *dx = a.out<S>(0), *dW = a.out<S>(1), *db = a.out<S>(2);
    for (int64_t k = 0; k < a.out_view(0).size; ++k) dx[k] = S(0.0);
    for (int64_t k = 0; k < out * in; ++k) dW[k] = S(0.0);
    for (int64_t o = 0; o < out; ++o) db[o] = S(0.0);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t o = 0; o < out; ++o) {
            const S g = S(a.real("omega")) * a.in<S>(0)[r * out + o] * a.in<S>(1)[r * out + o];
            db[o] += g;
            for (int64_t i = 0; i < in; ++i) {
                dW[o * in + i] += g * a.in<S>(2)[r * in + i];
                if (a.integer("of_x")) dx[r * in + i] += g * a.in<S>(3)[o * in + i];
            }
        }
}

static std::vector<TensorSpec> infer_sine_layer_gradient(const Signature& s) {
    const Shape &dy = s.shape(0), &c = s.shape(1), &x = s.shape(2), &W = s.shape(3);
    if (dy.rank() != 2 || x.rank() != 2 || W.rank() != 2 || !(dy == c)) s.refuse("ȳ and c must be matrices of one shape");
    if (dy[0] != x[0] || dy[1] != W[0] || x[1] != W[1]) s.refuse("ȳ must be rows×out, x rows×in and W out×in");
    return {{{s.attributes.integer("of_x") ? x[0] : 0, x[1]}}, {W}, {{W[0]}}};
}

static double sine_layer_gradient_flops(const Signature& s) {
    return (s.attributes.integer("of_x") ? 4.0 : 2.0) * double(s.shape(2).count()) * double(s.shape(3)[0]);
}

ADJOINT_DECLARE_KERNELS(sine_layer_gradient)

static Sample gradient_sample(int64_t rows, int64_t in, int64_t out, double omega, int64_t of_x) {
    return {{{.shape = {rows, out}}, {.shape = {rows, out}}, {.shape = {rows, in}}, {.shape = {out, in}}},
            {{"omega", omega}, {"of_x", of_x}}};
}

ADJOINT_OPERATION(sine_layer_gradient) {
    return {
        .name = "sine_layer_gradient",
        .equation = "g = ω ȳ∘c, dx = g W, dW = gᵀx, db = Σ_rows g",
        .kind = Kind::fused,
        .infer = infer_sine_layer_gradient,
        .min_inputs = 4,
        .max_inputs = 4,
        .definition = ADJOINT_DEFINITION(sine_layer_gradient_definition),
        .cpu = ADJOINT_CPU_KERNELS(sine_layer_gradient),
        .gpu = ADJOINT_GPU_KERNELS(sine_layer_gradient),
        .not_differentiable = "it is sine_layer's fast gradient, which is used when no second derivative is wanted",
        .flops = sine_layer_gradient_flops,
        .samples = {gradient_sample(5, 2, 7, 3.0, 1), gradient_sample(5, 2, 7, 3.0, 0), gradient_sample(600, 19, 33, 3.0, 1),
                    gradient_sample(0, 3, 3, 30.0, 1), gradient_sample(1, 1, 1, 30.0, 1), gradient_sample(300, 40, 3, 2.0, 0)},
        .wrong = {{{{{.shape = {5, 2}}, {.shape = {2, 5}}, {.shape = {5, 3}}, {.shape = {2, 3}}},
                    {{"omega", 3.0}, {"of_x", int64_t(1)}}},
                   "matrices of one shape"},
                  {{{{.shape = {5, 2}}, {.shape = {5, 2}}, {.shape = {4, 3}}, {.shape = {2, 3}}},
                    {{"omega", 3.0}, {"of_x", int64_t(1)}}},
                   "x rows×in"}},
    };
}

Tensor sine_layer(const Tensor& x, const Tensor& W, const Tensor& b, double omega) {
    if (x.rank() == 2) return sine_layer_operation()({x, W, b}, {{"omega", omega}});
    Tensor y = sine_layer_operation()({reshape(x, std::vector<int64_t>{-1, x.size(-1)}), W, b}, {{"omega", omega}});
    return reshape(y, x.shape().with(x.rank() - 1, W.size(0)));
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/network/sine_layer/problem.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void sine_layer(const KernelArguments& a) {
    SineLayerForward<T> p;
    p.rows = a.in_view(0).dim(0);
    p.in = a.in_view(0).dim(1);
    p.out = a.in_view(1).dim(0);
    p.x = a.in<T>(0);
    p.weight = a.in<T>(1);
    p.bias = a.in<T>(2);
    p.omega = a.real("omega");
    p.sine = a.out<T>(0);
    p.cosine = a.out<T>(1);
    sine_layer_forward_raw(p);
}

template <class T>
void sine_layer_gradient(const KernelArguments& a) {
    SineLayerBackward<T> p;
    p.rows = a.in_view(2).dim(0);
    p.in = a.in_view(2).dim(1);
    p.out = a.in_view(3).dim(0);
    p.omega = a.real("omega");
    p.sine_cotangent = a.in<T>(0);
    p.cosine = a.in<T>(1);
    p.x = a.in<T>(2);
    p.weight = a.in<T>(3);
    p.x_gradient = a.integer("of_x") ? a.out<T>(0) : nullptr;
    p.weight_gradient = a.out<T>(1);
    p.bias_gradient = a.out<T>(2);
    sine_layer_backward_raw(p);
}

}  // namespace
ADJOINT_KERNELS(sine_layer)
ADJOINT_KERNELS(sine_layer_gradient)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/gpu_scratch.h"
#include "kernels/linear/matmul/gpu.h"
#include "kernels/network/sine_layer/gpu.h"
namespace adjoint::gpu {
namespace {

template <class T>
void sine_layer(const KernelArguments& a) {
    run_sine_layer(a.in_view(0).dim(0), a.in_view(0).dim(1), a.in_view(1).dim(0), T(a.real("omega")), a.in<T>(0),
                   a.in<T>(1), a.in<T>(2), a.out<T>(0), a.out<T>(1), a.stream);
}

template <class T>
void sine_layer_gradient(const KernelArguments& a) {
    const int64_t rows = a.in_view(2).dim(0), in = a.in_view(2).dim(1), out = a.in_view(3).dim(0);
    GpuScratch<T> g(rows * out);
    run_sine_layer_cotangent(rows, out, T(a.real("omega")), a.in<T>(0), a.in<T>(1), g.data(), a.out<T>(2), a.stream);
    multiply_matrices({1, out, in, rows, 0, 0, out, in, true, false}, g.data(), a.in<T>(2), a.out<T>(1), a.stream);
    if (a.integer("of_x"))
        multiply_matrices({1, rows, in, out, 0, 0, out, in, false, false}, g.data(), a.in<T>(3), a.out<T>(0), a.stream);
}

}  // namespace
ADJOINT_KERNELS(sine_layer)
ADJOINT_KERNELS(sine_layer_gradient)
}  // namespace adjoint::gpu
#endif
