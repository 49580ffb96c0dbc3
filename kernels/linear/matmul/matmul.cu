// matmul: Y = op(A) op(B), op(X) = X or Xᵀ, for every matrix of a batch.
//
//   A: batch×M×K (K×M if transpose_a), B: batch×K×N (N×K if transpose_b), Y: batch×M×N; A or B may come without a batch.
//   Bilinear: dL/dA and dL/dB are matrix products again, e.g. without transposition dL/dA = dL/dY Bᵀ, dL/dB = Aᵀ dL/dY.
//   Flops: 2·batch·M·N·K. The CPU kernel is in matmul_raw.cu and its neighbours, the CUDA kernel in gpu.h.
#include "engine/kernel_pass.h"
#include "kernels/linear/matmul/sizes.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

template <class S>
static void matmul_definition(const KernelArguments& a) {
    const MatmulSizes s = matmul_sizes(a);
    for (int64_t batch = 0; batch < s.batch; ++batch) {
        const S *A = a.in<S>(0) + batch * s.a_step, *B = a.in<S>(1) + batch * s.b_step;
        S* Y = a.out<S>(0) + batch * s.m * s.n;
        for (int64_t i = 0; i < s.m; ++i)
            for (int64_t j = 0; j < s.n; ++j) {
                S total(0.0);
                for (int64_t p = 0; p < s.k; ++p)
                    total += A[s.transpose_a ? p * s.lda + i : i * s.lda + p] *
                             B[s.transpose_b ? j * s.ldb + p : p * s.ldb + j];
                Y[i * s.n + j] = total;
            }
    }
}

static Shape batch_of(const Shape& x) { return Shape(x.data(), x.rank() - 2); }

static Shape joined(const Shape& batch, int64_t m, int64_t n) {
    std::vector<int64_t> sizes = batch.vector();
    sizes.insert(sizes.end(), {m, n});
    return Shape(sizes);
}

static std::vector<TensorSpec> infer_matmul(const Signature& s) {
    const Shape &a = s.shape(0), &b = s.shape(1);
    if (a.rank() < 2 || b.rank() < 2) s.refuse("a matrix needs two axes", "reshape a vector to n×1 or 1×n");
    const bool ta = s.attributes.integer("transpose_a"), tb = s.attributes.integer("transpose_b");
    int64_t m = a[a.rank() - (ta ? 1 : 2)], k = a[a.rank() - (ta ? 2 : 1)];
    int64_t kb = b[b.rank() - (tb ? 1 : 2)], n = b[b.rank() - (tb ? 2 : 1)];
    if (k != kb)
        s.refuse("the inner sizes " + std::to_string(k) + " and " + std::to_string(kb) + " differ",
                 "A has K columns where B has K rows; transpose one of them if it is stored the other way");
    Shape batch_a = batch_of(a), batch_b = batch_of(b);
    if (batch_a.rank() && batch_b.rank() && !(batch_a == batch_b))
        s.refuse("the batches " + batch_a.text() + " and " + batch_b.text() + " differ");
    return {{joined(batch_a.rank() ? batch_a : batch_b, m, n)}};
}

// With op(A) op(B) = Y, in the four cases of transposition.
static std::vector<Tensor> gradient_of_matmul(const GradientCall& c) {
    const bool ta = c.attributes().integer("transpose_a"), tb = c.attributes().integer("transpose_b");
    std::vector<Tensor> dL_d(2);
    Tensor dL_dY = c.cotangent();
    if (c.needs(0)) {
        const Tensor& B = c.input(1);
        Tensor dL_dA = ta ? matmul(B, dL_dY, {tb, true}) : matmul(dL_dY, B, {false, !tb});
        dL_d[0] = sum_to(dL_dA, c.input_spec(0).shape);
    }
    if (c.needs(1)) {
        const Tensor& A = c.input(0);
        Tensor dL_dB = tb ? matmul(dL_dY, A, {true, ta}) : matmul(A, dL_dY, {!ta, false});
        dL_d[1] = sum_to(dL_dB, c.input_spec(1).shape);
    }
    return dL_d;
}

static double matmul_flops(const Signature& s) {
    const bool ta = s.attributes.integer("transpose_a");
    const Shape y = s.operation.infer(s)[0].shape, &a = s.shape(0);
    return 2.0 * double(y.count()) * double(a[a.rank() - (ta ? 2 : 1)]);
}

ADJOINT_DECLARE_KERNELS(matmul)

static Attributes transposition(int64_t a, int64_t b) { return {{"transpose_a", a}, {"transpose_b", b}}; }

ADJOINT_OPERATION(matmul) {
    return {
        .name = "matmul",
        .equation = "Y = op(A) op(B)",
        .kind = Kind::bilinear,
        .infer = infer_matmul,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(matmul_definition),
        .cpu = ADJOINT_CPU_KERNELS(matmul),
        .gpu = ADJOINT_GPU_KERNELS(matmul),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_matmul,
        .flops = matmul_flops,
        .samples = {{{{.shape = {5, 7}}, {.shape = {7, 3}}}, transposition(0, 0)},
                    {{{.shape = {7, 5}}, {.shape = {7, 3}}}, transposition(1, 0)},
                    {{{.shape = {5, 7}}, {.shape = {3, 7}}}, transposition(0, 1)},
                    {{{.shape = {7, 5}}, {.shape = {3, 7}}}, transposition(1, 1)},
                    {{{.shape = {2, 3, 17, 5}}, {.shape = {2, 3, 5, 9}}}, transposition(0, 0)},
                    {{{.shape = {3, 5, 17}}, {.shape = {5, 9}}}, transposition(1, 0)},
                    {{{.shape = {17, 5}}, {.shape = {3, 9, 5}}}, transposition(0, 1)},
                    {{{.shape = {1, 1}}, {.shape = {1, 1}}}, transposition(0, 0)},
                    {{{.shape = {3, 0}}, {.shape = {0, 2}}}, transposition(0, 0)},
                    {{{.shape = {0, 4}}, {.shape = {4, 2}}}, transposition(0, 0)},
                    {{{.shape = {70, 65}}, {.shape = {65, 67}}}, transposition(0, 0)},
                    {{{.shape = {600, 33}}, {.shape = {600, 35}}}, transposition(1, 0)}},
        .wrong = {{{{{.shape = {5, 7}}, {.shape = {6, 3}}}, transposition(0, 0)}, "inner sizes 7 and 6 differ"},
                  {{{{.shape = {7}}, {.shape = {7, 3}}}, transposition(0, 0)}, "a matrix needs two axes"},
                  {{{{.shape = {2, 5, 7}}, {.shape = {3, 7, 3}}}, transposition(0, 0)}, "batches 2 and 3 differ"}},
    };
}

Tensor matmul(const Tensor& a, const Tensor& b, Transposed t) {
    const Attributes attributes = transposition(t.a, t.b);
    if (a.rank() < 2 || b.rank() < 2 || (a.rank() == 2 && b.rank() == 2)) return matmul_operation()({a, b}, attributes);
    // One B for a batch of A is one product with all their rows.
    if (b.rank() == 2 && !t.a) {
        Tensor y = matmul_operation()({reshape(a, std::vector<int64_t>{-1, a.size(-1)}), b}, attributes);
        return reshape(y, joined(batch_of(a.shape()), a.size(-2), y.size(-1)));
    }
    if (a.rank() == 2 || b.rank() == 2) return matmul_operation()({a, b}, attributes);
    Shape batch = broadcast(batch_of(a.shape()), batch_of(b.shape()), "matmul");
    return matmul_operation()({broadcast_to(a, joined(batch, a.size(-2), a.size(-1))),
                               broadcast_to(b, joined(batch, b.size(-2), b.size(-1)))},
                              attributes);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/linear/matmul/problem.h"
namespace adjoint::ADJOINT_ISA {
namespace {
template <class T>
void matmul(const KernelArguments& a) {
    const MatmulSizes s = matmul_sizes(a);
    MatmulProblem<T> p;
    p.m = s.m;
    p.n = s.n;
    p.k = s.k;
    p.a = a.in<T>(0);
    p.lda = s.lda;
    p.transpose_a = s.transpose_a;
    p.b = a.in<T>(1);
    p.ldb = s.ldb;
    p.transpose_b = s.transpose_b;
    p.c = a.out<T>(0);
    p.ldc = s.n;
    p.batch = s.batch;
    p.batch_a = s.a_step;
    p.batch_b = s.b_step;
    p.batch_c = s.m * s.n;
    matmul_raw(p);
}
}  // namespace
ADJOINT_KERNELS(matmul)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/linear/matmul/gpu.h"
namespace adjoint::gpu {
namespace {
template <class T>
void matmul(const KernelArguments& a) {
    multiply_matrices(matmul_sizes(a), a.in<T>(0), a.in<T>(1), a.out<T>(0), a.stream);
}
}  // namespace
ADJOINT_KERNELS(matmul)
}  // namespace adjoint::gpu
#endif
