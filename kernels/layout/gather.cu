// gather: y_k = x[index_k] along one axis; x: outer × n × inner, index: m (int64, 0 ≤ index < n), y: outer × m × inner.
// Linear in x; its adjoint is scatter_add. An index outside [0, n) is an error on the processor, before anything is
// written; on a GPU, where looking would cost a round trip, its elements are NaN.
#include "kernels/layout/gather_sizes.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"

namespace adjoint {

void check_indices(const int64_t* index, int64_t m, int64_t n, const char* who) {
    bool all = true;
    for (int64_t k = 0; k < m; ++k) all &= uint64_t(index[k]) < uint64_t(n);
    if (all) return;
    for (int64_t k = 0; k < m; ++k)
        if (index[k] < 0 || index[k] >= n)
            fail(ExitCode::usage,
                 std::string(who) + " with index " + std::to_string(index[k]) + " at place " + std::to_string(k),
                 "the axis has " + std::to_string(n) + " entries", "indices run from 0 to " + std::to_string(n - 1));
}

void check_gather(const Signature& s) {
    const int64_t axis = s.attributes.integer("axis");
    if (axis < 0 || axis >= s.shape(0).rank()) s.refuse("there is no axis " + std::to_string(axis));
    if (s.shape(1).rank() != 1) s.refuse("the indices must be a vector");
}

InputSample sample_indices(int64_t m, int64_t n) {
    return {.shape = {m}, .low = 0, .high = double(n), .integer = true};
}

template <class S>
static void gather_definition(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "gather");
    for (int64_t o = 0; o < s.outer; ++o)
        for (int64_t k = 0; k < s.m; ++k)
            for (int64_t i = 0; i < s.inner; ++i)
                a.out<S>(0)[(o * s.m + k) * s.inner + i] = a.in<S>(0)[(o * s.n + index[k]) * s.inner + i];
}

static std::vector<TensorSpec> infer_gather(const Signature& s) {
    check_gather(s);
    return {{s.shape(0).with(int(s.attributes.integer("axis")), s.shape(1)[0])}};
}

static std::vector<Tensor> gradient_of_gather(const GradientCall& c) {
    const int64_t axis = c.attributes().integer("axis");
    return {scatter_add(c.cotangent(), c.input(1), axis, c.input_spec(0).shape[int(axis)]), Tensor()};
}

ADJOINT_DECLARE_KERNELS(gather)

ADJOINT_OPERATION(gather) {
    return {
        .name = "gather",
        .equation = "y_k = x[index_k]",
        .kind = Kind::linear,
        .infer = infer_gather,
        .min_inputs = 2,
        .max_inputs = 2,
        .index_inputs = {1},
        .definition = ADJOINT_DEFINITION(gather_definition),
        .cpu = ADJOINT_CPU_KERNELS(gather),
        .gpu = ADJOINT_GPU_KERNELS(gather),
        .saved_inputs = {1},
        .gradient = gradient_of_gather,
        .samples = {{{{.shape = {2, 3, 10}}, sample_indices(25, 10)}, {{"axis", int64_t(2)}}},
                    {{{.shape = {2, 5, 3}}, sample_indices(7, 5)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {9}}, sample_indices(4, 9)}, {{"axis", int64_t(0)}}},
                    {{{.shape = {3, 4}}, sample_indices(0, 4)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {0, 4}}, sample_indices(3, 4)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {3, 1000}}, sample_indices(5000, 1000)}, {{"axis", int64_t(1)}}}},
        .wrong = {{{{{.shape = {3, 4}}, sample_indices(2, 4)}, {{"axis", int64_t(2)}}}, "no axis 2"}},
    };
}

Tensor gather(const Tensor& x, const Tensor& index, int64_t axis) {
    return gather_operation()({x, index}, {{"axis", int64_t(x.shape().axis(axis, "gather"))}});
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// y[k] = x[index_k] for rows of one number (planes of pixels) or of `inner`.
template <class T>
void gather_rows(const T* __restrict__ x, const int64_t* __restrict__ index, int64_t m, int64_t inner,
                 T* __restrict__ y) {
    if (inner == 1) {
        for (int64_t k = 0; k < m; ++k) y[k] = x[index[k]];
    } else if (inner <= 8) {
        for (int64_t k = 0; k < m; ++k)
            for (int64_t i = 0; i < inner; ++i) y[k * inner + i] = x[index[k] * inner + i];
    } else {
        for (int64_t k = 0; k < m; ++k) std::memcpy(y + k * inner, x + index[k] * inner, size_t(inner) * sizeof(T));
    }
}

template <class T>
void gather(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "gather");
    if (s.outer * s.m * s.inner == 0) return;
    const int64_t part = smaller(s.m, larger<int64_t>(1, 16384 / s.inner)), parts = pieces(s.m, part);
    parallel_for(s.outer * parts, larger<int64_t>(1, 8192 / (part * s.inner)), [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
            const int64_t o = item / parts, k = item % parts * part;
            gather_rows(a.in<T>(0) + o * s.n * s.inner, index + k, smaller(part, s.m - k), s.inner,
                        a.out<T>(0) + (o * s.m + k) * s.inner);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(gather)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per output element: neighbouring threads read neighbouring indices and write neighbouring elements; what
// they read from x lies where the indices say.
template <class T>
__global__ void gather_elements(GatherSizes s, const T* x, const int64_t* index, T* y) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.m * s.inner) return;
    const int64_t i = e % s.inner, k = e / s.inner % s.m, o = e / (s.inner * s.m), j = index[k];
    y[e] = j < 0 || j >= s.n ? T(0) / T(0) : x[(o * s.n + j) * s.inner + i];
}

template <class T>
void gather(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    launch(gather_elements<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0),
           a.in<int64_t>(1), a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(gather)
}  // namespace adjoint::gpu
#endif
