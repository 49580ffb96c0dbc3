// scatter_add: x_j = Σ y_k over all k with index_k = j, along one axis; y: outer × m × inner, index: m (int64,
// 0 ≤ index < n), x: outer × n × inner. Linear in y, the adjoint of gather. Repeated indices are added in ascending k
// on every device: the same bits every time, on any number of threads, and without atomics on a GPU. An index outside
// [0, n) is an error on the processor, before anything is written; on a GPU, where looking would cost a round trip, its
// elements are left out.
#include "kernels/layout/gather_sizes.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"

namespace adjoint {

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

static std::vector<TensorSpec> infer_scatter_add(const Signature& s) {
    check_gather(s);
    const int axis = int(s.attributes.integer("axis"));
    if (s.shape(0)[axis] != s.shape(1)[0])
        s.refuse("axis " + std::to_string(axis) + " has " + std::to_string(s.shape(0)[axis]) + " entries for " +
                 std::to_string(s.shape(1)[0]) + " indices");
    if (s.attributes.integer("size") < 0) s.refuse("a negative size");
    return {{s.shape(0).with(axis, s.attributes.integer("size"))}};
}


static std::vector<Tensor> gradient_of_scatter_add(const GradientCall& c) {
    return {gather(c.cotangent(), c.input(1), c.attributes().integer("axis")), Tensor()};
}


ADJOINT_DECLARE_KERNELS(scatter_add)

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
        .samples = {{{{.shape = {2, 3, 25}}, sample_indices(25, 10)}, along(2, 10)},
                    {{{.shape = {2, 7, 3}}, sample_indices(7, 5)}, along(1, 5)},
                    {{{.shape = {4}}, sample_indices(4, 9)}, along(0, 9)},
                    {{{.shape = {3, 0}}, sample_indices(0, 4)}, along(1, 4)},
                    {{{.shape = {3, 5000}}, sample_indices(5000, 1000)}, along(1, 1000)},
                    {{{.shape = {5000}}, sample_indices(5000, 3)}, along(0, 70000)},
                    {{{.shape = {2, 300, 130}}, sample_indices(300, 9)}, along(1, 9)}},
        .wrong = {{{{{.shape = {3, 4}}, sample_indices(2, 4)}, along(1, 4)}, "has 4 entries for 2 indices"},
                  {{{{.shape = {3, 2}}, sample_indices(2, 2)}, along(1, -1)}, "a negative size"}},
    };
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

// x[index_k] += y[k] in ascending k, for `width` columns of rows of `inner`.
template <class T>
void add_rows(const T* __restrict__ y, const int64_t* __restrict__ index, const GatherSizes& s, int64_t width,
              T* __restrict__ x) {
    if (s.inner == 1) {
        std::memset(x, 0, size_t(s.n) * sizeof(T));
        for (int64_t k = 0; k < s.m; ++k) x[index[k]] += y[k];
        return;
    }
    for (int64_t j = 0; j < s.n; ++j) std::memset(x + j * s.inner, 0, size_t(width) * sizeof(T));
    for (int64_t k = 0; k < s.m; ++k) {
        const T* from = y + k * s.inner;
        T* to = x + index[k] * s.inner;
        for (int64_t i = 0; i < width; ++i) to[i] += from[i];
    }
}

// One item per outer index and strip of columns: no two write one element.
template <class T>
void scatter_add(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.out_view(0), a.in_view(0));
    const int64_t* index = a.in<int64_t>(1);
    check_indices(index, s.m, s.n, "scatter_add");
    if (s.outer * s.n * s.inner == 0) return;
    const int64_t strip = s.outer >= 16 ? s.inner : smaller<int64_t>(s.inner, 64), strips = pieces(s.inner, strip);
    const int64_t grain = larger<int64_t>(1, 8192 / ((s.m + s.n) * strip));
    parallel_for(s.outer * strips, grain, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
            const int64_t o = item / strips, i = item % strips * strip;
            add_rows(a.in<T>(0) + o * s.m * s.inner + i, index, s, smaller(strip, s.inner - i),
                     a.out<T>(0) + o * s.n * s.inner + i);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(scatter_add)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/layout/sort_indices.h"
namespace adjoint::gpu {
namespace {

// One thread per output element: it adds its own places, which stand together in the sorted list, in ascending order.
// The list is found by halving.
template <class T>
__global__ void add_places(GatherSizes s, const T* y, const SortedIndex* sorted, T* x) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.n * s.inner) return;
    const int64_t i = e % s.inner, j = e / s.inner % s.n, o = e / (s.inner * s.n);
    int64_t low = 0, high = s.m;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (int64_t(sorted[middle].index) < j)
            low = middle + 1;
        else
            high = middle;
    }
    T total = T(0);
    for (; low < s.m && int64_t(sorted[low].index) == j; ++low)
        total += y[(o * s.m + sorted[low].place) * s.inner + i];
    x[e] = total;
}

template <class T>
void scatter_add(const KernelArguments& a) {
    const GatherSizes s = gather_sizes(a, a.out_view(0), a.in_view(0));
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    GpuScratch<SortedIndex> sorted(2 * s.m);
    const SortedIndex* list = sort_indices(a.in<int64_t>(1), s.m, s.n, sorted.data(), a.stream);
    launch(add_places<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0), list,
           a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(scatter_add)
}  // namespace adjoint::gpu
#endif
