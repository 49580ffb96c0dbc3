// The CPU matrix product on plain memory: chooses how one product is cut, and handles batches.
#if ADJOINT_CPU
#include "kernels/linear/matmul/by_rows.h"
#include "kernels/linear/matmul/by_slabs.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void one_product(const MatmulProblem<T>& p) {
    if (p.k == 0) {
        for (int64_t i = 0; i < p.m && !p.accumulate; i++)
            for (int64_t j = 0; j < p.n; j++) p.c[i * p.ldc + j] = T(0);
    } else if (!worth_slabs(p)) {
        ProductByRows<T>(p).run();
    } else if (p.n >= p.m || p.n > lanes<T>) {
        ProductBySlabs<T>(p, false).run();
    } else {
        // Few columns: the long side of C goes along the vectors.
        MatmulProblem<T> q = p;
        q.m = p.n, q.n = p.m;
        q.a = p.b, q.lda = p.ldb, q.transpose_a = !p.transpose_b;
        q.b = p.a, q.ldb = p.lda, q.transpose_b = !p.transpose_a;
        ProductBySlabs<T>(q, true).run();
    }
}

template <class T>
void all_products(const MatmulProblem<T>& p) {
    if (p.m <= 0 || p.n <= 0 || p.batch <= 0) return;
    // Products that share B and follow each other in memory are one tall product.
    if (p.batch > 1 && p.batch_b == 0 && !p.transpose_a && p.batch_a == p.m * p.lda && p.batch_c == p.m * p.ldc) {
        MatmulProblem<T> tall = p;
        tall.m *= p.batch, tall.batch = 1;
        return one_product(tall);
    }
    auto run = [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            MatmulProblem<T> one = p;
            one.a += i * p.batch_a, one.b += i * p.batch_b, one.c += i * p.batch_c, one.batch = 1;
            one_product(one);
        }
    };
    // Small products run side by side, large ones one after the other on all threads.
    const int64_t work = p.m * p.n * p.k;
    if (p.batch == 1 || work > 16 * 1024 * 1024) run(0, p.batch);
    else parallel_for(p.batch, larger<int64_t>(128 * 1024 / larger<int64_t>(work, 1), 1), run);
}

}  // namespace

void matmul_raw(const MatmulProblem<float>& p) { all_products(p); }
void matmul_raw(const MatmulProblem<double>& p) { all_products(p); }

}  // namespace adjoint::ADJOINT_ISA
#endif
