// row_dot: y_n = Σ_m a_nm b_nm over all axes but the first: the inner products of images in a batch, in one pass.
//   dL/da_nm = g_n b_nm,  dL/db_nm = g_n a_nm.
// float32 numbers are multiplied and added in float64, so that conjugate gradients see exact products but for one
// rounding of the result. Flops 2, bytes both inputs once. The cutting depends on the shape alone: equal bits for any
// number of threads.
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct Rows {
    int64_t rows, length;
};
ADJOINT_INLINE Rows rows_of(const KernelArguments& a) {
    const ArrayView& x = a.in_view(0);
    Rows r{x.shape[0], 1};
    for (int i = 1; i < x.rank; ++i) r.length *= x.shape[i];
    return r;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/solve/solve.h"
namespace adjoint {

template <class S>
static void row_dot_definition(const KernelArguments& a) {
    const Rows r = rows_of(a);
    for (int64_t n = 0; n < r.rows; ++n) {
        S total(0.0);
        for (int64_t m = 0; m < r.length; ++m) total += a.in<S>(0)[n * r.length + m] * a.in<S>(1)[n * r.length + m];
        a.out<S>(0)[n] = total;
    }
}

static std::vector<TensorSpec> infer_row_dot(const Signature& s) {
    if (s.shape(0).rank() < 1) s.refuse("there is no axis of images", "the first axis counts the images");
    if (!(s.shape(0) == s.shape(1))) s.refuse("the shapes differ");
    return {{Shape{s.shape(0)[0]}}};
}

static std::vector<Tensor> gradient_of_row_dot(const GradientCall& c) {
    std::vector<int64_t> per_row(size_t(c.input_spec(0).shape.rank()), 1);
    per_row[0] = c.input_spec(0).shape[0];
    const Tensor g = reshape(c.cotangent(), Shape(per_row));
    std::vector<Tensor> dL_d(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i)) dL_d[size_t(i)] = g * c.input(1 - i);
    return dL_d;
}

ADJOINT_DECLARE_KERNELS(row_dot)

ADJOINT_OPERATION(row_dot) {
    return {
        .name = "row_dot",
        .equation = "y_n = Σ_m a_nm b_nm",
        .kind = Kind::bilinear,
        .infer = infer_row_dot,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(row_dot_definition),
        .cpu = ADJOINT_CPU_KERNELS(row_dot),
        .gpu = ADJOINT_GPU_KERNELS(row_dot),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_row_dot,
        .flops = [](const Signature& s) { return 2.0 * double(s.shape(0).count()); },
        .samples = {{{{.shape = {3, 5, 7}}, {.shape = {3, 5, 7}}}},
                    {{{.shape = {4}}, {.shape = {4}}}},
                    {{{.shape = {1, 129}}, {.shape = {1, 129}}}},
                    {{{.shape = {2, 33000}}, {.shape = {2, 33000}}}},
                    {{{.shape = {2, 0}}, {.shape = {2, 0}}}}},
        .wrong = {{{{{.shape = {2, 3}}, {.shape = {2, 4}}}}, "the shapes differ"},
                  {{{{.shape = {}}, {.shape = {}}}}, "no axis of images"}},
    };
}

Tensor row_dot(const Tensor& a, const Tensor& b) { return row_dot_operation()({a, b}); }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "engine/scratch.h"
namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int64_t dot_slab = 16384, dot_lanes = 64;

// The sum of up to one slab: 64 independent lanes, then halved again and again.
template <class T>
inline double slab_dot(const T* a, const T* b, int64_t n) {
    double lane[dot_lanes] = {};
    int64_t i = 0;
    for (; i + dot_lanes <= n; i += dot_lanes)
        for (int64_t l = 0; l < dot_lanes; ++l) lane[l] += double(a[i + l]) * double(b[i + l]);
    for (int64_t l = 0; i + l < n; ++l) lane[l] += double(a[i + l]) * double(b[i + l]);
    for (int64_t half = dot_lanes / 2; half > 0; half /= 2)
        for (int64_t l = 0; l < half; ++l) lane[l] += lane[half + l];
    return lane[0];
}

template <class T>
void row_dot(const KernelArguments& a) {
    const Rows r = rows_of(a);
    const int64_t slabs = larger<int64_t>(1, pieces(r.length, dot_slab));
    Scratch<double> partial(r.rows * slabs);
    double* part = partial.data();
    const int64_t grain = larger<int64_t>(1, dot_slab / larger<int64_t>(1, r.length));
    parallel_for(r.rows * slabs, grain, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const int64_t n = k / slabs, first = k % slabs * dot_slab, at = n * r.length + first;
            part[k] = slab_dot(a.in<T>(0) + at, a.in<T>(1) + at, smaller(dot_slab, r.length - first));
        }
    });
    for (int64_t n = 0; n < r.rows; ++n) {
        double total = 0;
        for (int64_t s = 0; s < slabs; ++s) total += part[n * slabs + s];
        a.out<T>(0)[n] = T(total);
    }
}

}  // namespace
ADJOINT_KERNELS(row_dot)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {
namespace {

constexpr int dot_block = 256;
constexpr int64_t dot_slab = 8192;

// The sum of a block's numbers, in shared memory: halves are added in a fixed tree. Valid in thread 0.
__device__ inline double sum_of_block(double mine) {
    GPU_SHARED(lane, double[dot_block]);
    const int t = int(threadIdx.x);
    lane[t] = mine;
    for (int half = dot_block / 2; half > 0; half /= 2) {
        __syncthreads();
        if (t < half) lane[t] += lane[t + half];
    }
    return lane[0];
}

// One block per slab of one row; a thread takes every 256th number, so that a warp reads neighbours.
template <class T>
__global__ void dot_slabs(const T* a, const T* b, double* partial, int64_t length, int64_t slabs) {
    const int64_t n = int64_t(blockIdx.x) / slabs, first = int64_t(blockIdx.x) % slabs * dot_slab;
    const int64_t end = first + dot_slab < length ? first + dot_slab : length;
    double mine = 0;
    for (int64_t m = first + threadIdx.x; m < end; m += dot_block)
        mine += double(a[n * length + m]) * double(b[n * length + m]);
    const double total = sum_of_block(mine);
    if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

template <class T>
__global__ void add_slabs(const double* partial, T* y, int64_t slabs) {
    double mine = 0;
    for (int64_t s = threadIdx.x; s < slabs; s += dot_block) mine += partial[int64_t(blockIdx.x) * slabs + s];
    const double total = sum_of_block(mine);
    if (threadIdx.x == 0) y[blockIdx.x] = T(total);
}

template <class T>
void row_dot(const KernelArguments& a) {
    const Rows r = rows_of(a);
    if (r.rows == 0) return;
    const int64_t slabs = r.length > dot_slab ? (r.length + dot_slab - 1) / dot_slab : 1;
    GpuScratch<double> partial(r.rows * slabs);
    launch(dot_slabs<T>, dim3(unsigned(r.rows * slabs)), dim3(dot_block), 0, a.stream, a.in<T>(0), a.in<T>(1),
           partial.data(), r.length, slabs);
    launch(add_slabs<T>, dim3(unsigned(r.rows)), dim3(dot_block), 0, a.stream,
           static_cast<const double*>(partial.data()), a.out<T>(0), slabs);
}

}  // namespace
ADJOINT_KERNELS(row_dot)
}  // namespace adjoint::gpu
#endif
