// gather: y_k = x[index_k] along one axis; x: outer×n×inner, index: m (int64, 0 ≤ index < n), y: outer×m×inner.
// Linear in x; its adjoint, scatter_add: x_j = Σ_{k: index_k = j} y_k, adds repeated indices in ascending k, on every
// device. An index outside [0, n) is an error on the processor before anything is written; on a GPU, where looking
// would cost a round trip, its elements are NaN (gather) or left out (scatter_add).
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct GatherSizes {
    int64_t outer, n, inner, m;
};
// x: the tensor with axis of n, y: the one with axis of m.
ADJOINT_INLINE GatherSizes gather_sizes(const KernelArguments& a, const ArrayView& x, const ArrayView& y) {
    const int64_t axis = a.integer("axis");
    GatherSizes s{1, x.shape[axis], 1, y.shape[axis]};
    for (int i = 0; i < x.rank; ++i)
        if (i != axis) (i < axis ? s.outer : s.inner) *= x.shape[i];
    return s;
}

}  // namespace

// Errors: an index outside [0, n).
void check_indices(const int64_t* index, int64_t m, int64_t n, const char* who);

}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"

namespace adjoint {

void check_indices(const int64_t* index, int64_t m, int64_t n, const char* who) {
    for (int64_t k = 0; k < m; ++k)
        if (index[k] < 0 || index[k] >= n)
            fail(ExitCode::usage,
                 std::string(who) + " with index " + std::to_string(index[k]) + " at place " + std::to_string(k),
                 "the axis has " + std::to_string(n) + " entries", "indices run from 0 to " + std::to_string(n - 1));
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

template <class S>
static void scatter_add_definition(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.out_view(0), a.in_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "scatter_add");
    for (int64_t j = 0; j < a.out_view(0).size; ++j) a.out<S>(0)[j] = S(0.0);
    for (int64_t o = 0; o < s.outer; ++o)
        for (int64_t k = 0; k < s.m; ++k)
            for (int64_t i = 0; i < s.inner; ++i)
                a.out<S>(0)[(o * s.n + index[k]) * s.inner + i] += a.in<S>(0)[(o * s.m + k) * s.inner + i];
}

static void check_gather(const Signature& s) {
    const int64_t axis = s.attributes.integer("axis");
    if (axis < 0 || axis >= s.shape(0).rank()) s.refuse("there is no axis " + std::to_string(axis));
    if (s.shape(1).rank() != 1) s.refuse("the indices must be a vector");
}
static std::vector<TensorSpec> infer_gather(const Signature& s) {
    check_gather(s);
    return {{s.shape(0).with(int(s.attributes.integer("axis")), s.shape(1)[0])}};
}
static std::vector<TensorSpec> infer_scatter_add(const Signature& s) {
    check_gather(s);
    const int axis = int(s.attributes.integer("axis"));
    if (s.shape(0)[axis] != s.shape(1)[0])
        s.refuse("axis " + std::to_string(axis) + " has " + std::to_string(s.shape(0)[axis]) + " entries for " +
                 std::to_string(s.shape(1)[0]) + " indices");
    return {{s.shape(0).with(axis, s.attributes.integer("size"))}};
}

static std::vector<Tensor> gradient_of_gather(const GradientCall& c) {
    const int64_t axis = c.attributes().integer("axis");
    return {scatter_add(c.cotangent(), c.input(1), axis, c.input_spec(0).shape[int(axis)]), Tensor()};
}
static std::vector<Tensor> gradient_of_scatter_add(const GradientCall& c) {
    return {gather(c.cotangent(), c.input(1), c.attributes().integer("axis")), Tensor()};
}

ADJOINT_DECLARE_KERNELS(gather)
ADJOINT_DECLARE_KERNELS(scatter_add)

static InputSample indices(int64_t m, int64_t n) {
    return {.shape = {m}, .low = 0, .high = double(n), .integer = true};
}

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
        .samples = {{{{.shape = {2, 3, 10}}, indices(25, 10)}, {{"axis", int64_t(2)}}},
                    {{{.shape = {2, 5, 3}}, indices(7, 5)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {9}}, indices(4, 9)}, {{"axis", int64_t(0)}}},
                    {{{.shape = {3, 4}}, indices(0, 4)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {0, 4}}, indices(3, 4)}, {{"axis", int64_t(1)}}},
                    {{{.shape = {3, 1000}}, indices(5000, 1000)}, {{"axis", int64_t(1)}}}},
        .wrong = {{{{{.shape = {3, 4}}, indices(2, 4)}, {{"axis", int64_t(2)}}}, "no axis 2"}},
    };
}

ADJOINT_OPERATION(scatter_add) {
    auto along = [](int64_t axis, int64_t size) { return Attributes{{"axis", axis}, {"size", size}}; };
    return {
        .name = "scatter_add",
        .equation = "x_j = Σ_{index_k = j} y_k",
        .kind = Kind::linear,
        .infer = infer_scatter_add,
        .min_inputs = 2,
        .max_inputs = 2,
        .index_inputs = {1},
        .definition = ADJOINT_DEFINITION(scatter_add_definition),
        .cpu = ADJOINT_CPU_KERNELS(scatter_add),
        .gpu = ADJOINT_GPU_KERNELS(scatter_add),
        .saved_inputs = {1},
        .gradient = gradient_of_scatter_add,
        .samples = {{{{.shape = {2, 3, 25}}, indices(25, 10)}, along(2, 10)},
                    {{{.shape = {2, 7, 3}}, indices(7, 5)}, along(1, 5)},
                    {{{.shape = {4}}, indices(4, 9)}, along(0, 9)},
                    {{{.shape = {3, 0}}, indices(0, 4)}, along(1, 4)},
                    {{{.shape = {3, 5000}}, indices(5000, 1000)}, along(1, 1000)}},
        .wrong = {{{{{.shape = {3, 4}}, indices(2, 4)}, along(1, 4)}, "has 4 entries for 2 indices"}},
    };
}

Tensor gather(const Tensor& x, const Tensor& index, int64_t axis) {
    return gather_operation()({x, index}, {{"axis", int64_t(x.shape().axis(axis, "gather"))}});
}
Tensor scatter_add(const Tensor& y, const Tensor& index, int64_t axis, int64_t size) {
    return scatter_add_operation()({y, index},
                                   {{"axis", int64_t(y.shape().axis(axis, "scatter_add"))}, {"size", size}});
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void gather(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "gather");
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    if (s.inner == 0) return;
    parallel_for(s.outer * s.m, larger<int64_t>(1, 8192 / s.inner), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end;) {  // runs within one outer index: a division each, not one per element
            const int64_t first = k % s.m, count = smaller(s.m - first, end - k);
            const T* from = x + k / s.m * s.n * s.inner;
            if (s.inner == 1)
                for (int64_t i = 0; i < count; ++i) y[k + i] = from[index[first + i]];
            else
                for (int64_t i = 0; i < count; ++i)
                    std::memcpy(y + (k + i) * s.inner, from + index[first + i] * s.inner, size_t(s.inner) * sizeof(T));
            k += count;
        }
    });
}

// One chunk per outer index (and range of inner ones): within it, additions go in ascending k.
template <class T>
void scatter_add(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.out_view(0), a.in_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "scatter_add");
    const T* y = a.in<T>(0);
    T* x = a.out<T>(0);
    if (s.inner == 0) return;
    const int64_t strip = smaller<int64_t>(s.inner, 256), strips = pieces(s.inner, strip);
    parallel_for(s.outer * strips, 1, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
            const int64_t o = item / strips, i0 = item % strips * strip, width = smaller(strip, s.inner - i0);
            if (s.inner == 1) {
                T* to = x + o * s.n;
                std::memset(to, 0, size_t(s.n) * sizeof(T));
                for (int64_t k = 0; k < s.m; ++k) to[index[k]] += y[o * s.m + k];
                continue;
            }
            for (int64_t j = 0; j < s.n; ++j)
                std::memset(x + (o * s.n + j) * s.inner + i0, 0, size_t(width) * sizeof(T));
            for (int64_t k = 0; k < s.m; ++k) {
                const T* from = y + (o * s.m + k) * s.inner + i0;
                T* to = x + (o * s.n + index[k]) * s.inner + i0;
                for (int64_t i = 0; i < width; ++i) to[i] += from[i];
            }
        }
    });
}

}  // namespace
ADJOINT_KERNELS(gather)
ADJOINT_KERNELS(scatter_add)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

template <class T>
__global__ void gather_elements(GatherSizes s, const T* x, const int64_t* index, T* y) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.m * s.inner) return;
    const int64_t i = e % s.inner, k = e / s.inner % s.m, o = e / (s.inner * s.m), j = index[k];
    y[e] = j < 0 || j >= s.n ? T(0) / T(0) : x[(o * s.n + j) * s.inner + i];
}

// Deterministic without atomics: the indices are brought into lists first. `head[j]` is the first k with index_k = j
// and `next[k]` the following one, built by one thread walking backwards; then every output element adds its own list
// in ascending order.
__global__ void link_indices(GatherSizes s, const int64_t* index, int64_t* head, int64_t* next) {
    if (blockIdx.x != 0 || threadIdx.x != 0) return;
    for (int64_t j = 0; j < s.n; ++j) head[j] = -1;
    for (int64_t k = s.m - 1; k >= 0; --k) {
        const int64_t j = index[k];
        if (j < 0 || j >= s.n) continue;
        next[k] = head[j];
        head[j] = k;
    }
}

template <class T>
__global__ void scatter_add_elements(GatherSizes s, const T* y, const int64_t* head, const int64_t* next, T* x) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.n * s.inner) return;
    const int64_t i = e % s.inner, j = e / s.inner % s.n, o = e / (s.inner * s.n);
    T total = T(0);
    for (int64_t k = head[j]; k >= 0; k = next[k]) total += y[(o * s.m + k) * s.inner + i];
    x[e] = total;
}

template <class T>
void gather(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    launch(gather_elements<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0),
           a.in<int64_t>(1), a.out<T>(0));
}

template <class T>
void scatter_add(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.out_view(0), a.in_view(0));
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    auto* lists = static_cast<int64_t*>(allocate(size_t(s.n + s.m) * sizeof(int64_t)));
    launch(link_indices, dim3(1), dim3(32), 0, a.stream, s, a.in<int64_t>(1), lists, lists + s.n);
    launch(scatter_add_elements<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0),
           static_cast<const int64_t*>(lists), static_cast<const int64_t*>(lists + s.n), a.out<T>(0));
    synchronise();
    release(lists);
}

}  // namespace
ADJOINT_KERNELS(gather)
ADJOINT_KERNELS(scatter_add)
}  // namespace adjoint::gpu
#endif
