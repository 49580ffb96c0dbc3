// sum: y = Σ x over neighbouring axes: outer × reduced × inner → outer × inner. Linear; its adjoint repeats.
#include "engine/kernel_pass.h"
#include "kernels/reduction/axes.h"

#if ADJOINT_HOST
#include "kernels/reduction/reduction.h"
namespace adjoint {

// In float64: Σ in order of the elements.
template <class S>
static void sum_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            S total(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) total += a.in<S>(0)[(o * n.reduced + r) * n.inner + i];
            a.out<S>(0)[o * n.inner + i] = total;
        }
}

static std::vector<Tensor> gradient_of_sum(const GradientCall& c) {
    Axes axes;
    for (int64_t k = 0; k < c.attributes().integer("count"); ++k) axes.push_back(c.attributes().integer("first") + k);
    return {spread(c.cotangent(), c.input_spec(0).shape, axes)};
}

ADJOINT_DECLARE_KERNELS(sum)

ADJOINT_OPERATION(sum) {
    return {
        .name = "sum",
        .equation = "y = Σ x",
        .kind = Kind::linear,
        .infer = infer_reduction,
        .definition = ADJOINT_DEFINITION(sum_definition),
        .cpu = ADJOINT_CPU_KERNELS(sum),
        .gpu = ADJOINT_GPU_KERNELS(sum),
        .gradient = gradient_of_sum,
        .samples = {{{{.shape = {3, 4, 5}}}, {{"first", int64_t(0)}, {"count", int64_t(3)}}},
                    {{{.shape = {3, 4, 5}}}, {{"first", int64_t(1)}, {"count", int64_t(1)}}},
                    {{{.shape = {2, 0, 5}}}, {{"first", int64_t(1)}, {"count", int64_t(1)}}},
                    {{{.shape = {3, 70, 37}}}, {{"first", int64_t(1)}, {"count", int64_t(1)}}},
                    {{{.shape = {2, 5000}}}, {{"first", int64_t(1)}, {"count", int64_t(1)}}}},
        .wrong = {{{{{.shape = {3, 4}}}, {{"first", int64_t(1)}, {"count", int64_t(2)}}}, "do not all exist"}},
    };
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "engine/scratch.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// Σ of n neighbouring numbers: four vector accumulators, then a fixed tree. Bound by memory: n numbers read.
template <class T>
T sum_run(const T* x, int64_t n) {
    constexpr int L = lanes<T>;
    Vector<T> s0{}, s1{}, s2{}, s3{};
    int64_t i = 0;
    for (; i + 4 * L <= n; i += 4 * L) {
        s0 += load(x + i);
        s1 += load(x + i + L);
        s2 += load(x + i + 2 * L);
        s3 += load(x + i + 3 * L);
    }
    for (; i + L <= n; i += L) s0 += load(x + i);
    if (i < n) s1 += load_first(x + i, n - i);
    return sum<T>((s0 + s1) + (s2 + s3));
}

// y[0…inner) += or = rows [begin, end) of x.
template <class T>
void sum_rows(const T* x, int64_t begin, int64_t end, int64_t inner, T* y) {
    for (int64_t i = 0; i < inner; ++i) y[i] = T(0);
    for (int64_t r = begin; r < end; ++r) {
        const T* row = x + r * inner;
#pragma GCC ivdep
        for (int64_t i = 0; i < inner; ++i) y[i] += row[i];
    }
}

// The reduced axis is cut into slabs of about 32 768 numbers (a function of the shape alone); partial sums are added in
// slab order, so neither the number of threads nor their timing can change the result.
template <class T>
void sum(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    const int64_t slab = larger<int64_t>(1, 32768 / larger<int64_t>(1, n.inner));
    const int64_t slabs = larger<int64_t>(1, pieces(n.reduced, slab));
    if (n.outer * n.inner == 0) return;
    Scratch<T> partial(size_t(slabs > 1 ? n.outer * slabs * n.inner : 1));
    T* p = slabs > 1 ? partial.data() : y;
    const int64_t work = larger<int64_t>(1, smaller(slab, n.reduced) * n.inner);
    parallel_for(n.outer * slabs, larger<int64_t>(1, 32768 / work), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const int64_t o = k / slabs, r0 = k % slabs * slab, r1 = smaller(n.reduced, r0 + slab);
            const T* block = x + o * n.reduced * n.inner;
            if (n.inner == 1)
                p[k] = sum_run(block + r0, r1 - r0);
            else
                sum_rows(block, r0, r1, n.inner, p + k * n.inner);
        }
    });
    if (slabs == 1) return;
    for (int64_t o = 0; o < n.outer; ++o) {
        if (n.inner == 1)
            y[o] = sum_run(p + o * slabs, slabs);
        else
            sum_rows(p + o * slabs * n.inner, 0, slabs, n.inner, y + o * n.inner);
    }
}

}  // namespace
ADJOINT_KERNELS(sum)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// inner = 1: one block per output; 256 threads stride over the run, then a tree in shared memory. Reads each number once.
template <class T>
__global__ void sum_runs(const T* x, T* y, int64_t reduced) {
    GPU_SHARED(partial, T[256]);
    const T* run = x + int64_t(blockIdx.x) * reduced;
    T total = T(0);
    for (int64_t i = threadIdx.x; i < reduced; i += 256) total += run[i];
    partial[threadIdx.x] = total;
    __syncthreads();
    for (unsigned half = 128; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) y[blockIdx.x] = partial[0];
}

// inner > 1: one thread per output, neighbouring threads read neighbouring numbers.
template <class T>
__global__ void sum_columns(const T* x, T* y, int64_t outputs, int64_t reduced, int64_t inner) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= outputs) return;
    const T* column = x + k / inner * reduced * inner + k % inner;
    T total = T(0);
    for (int64_t r = 0; r < reduced; ++r) total += column[r * inner];
    y[k] = total;
}

template <class T>
void sum(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const int64_t outputs = n.outer * n.inner;
    if (outputs == 0) return;
    if (n.inner == 1)
        launch(sum_runs<T>, dim3(unsigned(outputs)), dim3(256), 0, a.stream, a.in<T>(0), a.out<T>(0), n.reduced);
    else
        launch(sum_columns<T>, dim3(unsigned((outputs + 255) / 256)), dim3(256), 0, a.stream, a.in<T>(0), a.out<T>(0),
               outputs, n.reduced, n.inner);
}

}  // namespace
ADJOINT_KERNELS(sum)
}  // namespace adjoint::gpu
#endif
