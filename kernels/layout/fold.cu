// fold: the adjoint of pad: x_j = Σ y_i over all i whose padded element is a copy of x_j. Linear; its adjoint is pad.
// The preimages of j along an axis are found one from the other, so every thread gathers: no two write one element.
#include "kernels/layout/pad_plan.h"

namespace adjoint {
namespace {

// The first i > after with moved(m, k, i) = j, or beyond the axis.
ADJOINT_BOTH ADJOINT_INLINE int64_t next_preimage(const Move& m, int k, int64_t after, int64_t j) {
    const int64_t n = m.limit[k], i = after + 1, at = i + m.first[k];  // place `at` of the endless continued axis
    if (m.map[k] == mirrored || (m.map[k] == reflected && n > 1)) {
        const int64_t shift = m.map[k] == mirrored, period = 2 * (n - 1 + shift), r = ((at % period) + period) % period;
        const int64_t to_j = (j - r + period) % period, to_mirror = (2 * period - shift - j - r) % period;
        return i + (to_j < to_mirror ? to_j : to_mirror);
    }
    if (m.map[k] == clamped || m.map[k] == reflected) {
        // All places left of the axis copy element 0, all right of it element n − 1.
        if (j == 0 && at <= 0) return i;
        if (j == n - 1 && at >= n - 1) return i;
        return at <= j ? i + j - at : m.size[k];
    }
    return at <= j ? i + j - at : m.size[k];
}

// Σ of y over the preimages of input element `index` under the pad's move m, in ascending order along each axis.
template <class T>
ADJOINT_BOTH ADJOINT_INLINE T folded(const Move& m, const T* y, int64_t index) {
    int64_t j[8], i[8], y_stride[8];
    int64_t s = 1;
    for (int k = m.rank - 1; k >= 0; --k) {
        j[k] = index % m.limit[k];
        index /= m.limit[k];
        y_stride[k] = s;
        s *= m.size[k];
        i[k] = -1;
    }
    T total = T(0.0);
    // Counts through all combinations; along axis k the next i with moved(m, k, i) == j[k].
    int k = 0;
    if (m.rank == 0) return y[0];
    while (k >= 0) {
        const int64_t next = next_preimage(m, k, i[k], j[k]);
        if (next >= m.size[k]) {
            i[k] = -1;
            --k;
        } else {
            i[k] = next;
            if (k + 1 < m.rank) {
                ++k;
            } else {
                int64_t offset = 0;
                for (int a = 0; a < m.rank; ++a) offset += i[a] * y_stride[a];
                total += y[offset];
            }
        }
    }
    return total;
}
ADJOINT_INLINE Move plan_fold(const KernelArguments& a) { return plan_border(a, a.out_view(0), a.in_view(0)); }

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"

namespace adjoint {

template <class S>
static void fold_definition(const KernelArguments& a) {
    const Move m = plan_fold(a);
    S* x = a.out<S>(0);
    for (int64_t j = 0; j < a.out_view(0).size; ++j) x[j] = S(0.0);
    for (int64_t i = 0; i < m.total; ++i) x[source_of(m, i)] += a.in<S>(0)[i];
}

static std::vector<TensorSpec> infer_fold(const Signature& s) {
    const auto &before = s.attributes.list("before"), &after = s.attributes.list("after");
    const Shape& y = s.shape(0);
    if (int(before.size()) != y.rank() || int(after.size()) != y.rank())
        s.refuse("before and after must have one entry for each of its " + std::to_string(y.rank()) + " axes");
    std::vector<int64_t> sizes;
    for (int k = 0; k < y.rank(); ++k) {
        const int64_t n = y[k] - before[size_t(k)] - after[size_t(k)];
        if (before[size_t(k)] < 0 || after[size_t(k)] < 0 || n < 0 || (n == 0 && y[k] > 0))
            s.refuse("axis " + std::to_string(k) + " is too short for these borders");
        sizes.push_back(n);
    }
    return {{Shape(sizes)}};
}

static std::vector<Tensor> gradient_of_fold(const GradientCall& c) {
    return {operation_named("pad")({c.cotangent()}, c.attributes())};
}

static Attributes fold_of(const char* mode, std::vector<int64_t> before, std::vector<int64_t> after) {
    return {{"mode", std::string(mode)}, {"before", before}, {"after", after}};
}

ADJOINT_DECLARE_KERNELS(fold)

ADJOINT_OPERATION(fold) {
    return {
        .name = "fold",
        .equation = "x_j = Σ y_i over the copies of x_j",
        .kind = Kind::linear,
        .infer = infer_fold,
        .definition = ADJOINT_DEFINITION(fold_definition),
        .cpu = ADJOINT_CPU_KERNELS(fold),
        .gpu = ADJOINT_GPU_KERNELS(fold),
        .gradient = gradient_of_fold,
        .samples = {{{{.shape = {8, 13}}}, fold_of("reflect", {2, 3}, {1, 4})},
                    {{{.shape = {8, 13}}}, fold_of("replicate", {2, 3}, {1, 4})},
                    {{{.shape = {2, 19, 5}}}, fold_of("reflect", {0, 7, 0}, {0, 9, 1})},
                    {{{.shape = {4, 4}}}, fold_of("reflect", {2, 0}, {1, 0})},
                    {{{.shape = {8, 13}}}, fold_of("symmetric", {2, 3}, {1, 4})},
                    {{{.shape = {3, 2, 9, 2}}}, fold_of("symmetric", {0, 0, 5, 1}, {0, 0, 2, 0})},
                    {{{.shape = {0, 6}}}, fold_of("replicate", {0, 1}, {0, 1})}},
        .wrong = {{{{{.shape = {5, 9}}}, fold_of("reflect", {1}, {1})}, "one entry for each of its 2 axes"},
                  {{{{.shape = {3}}}, fold_of("reflect", {2}, {1})}, "too short for these borders"}},
    };
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "kernels/layout/runs.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// x[i·step] += y[i].
template <class T>
void add_run(T* x, int64_t step, const T* __restrict__ y, int64_t n) {
    if (step == 1) {
        T* __restrict__ to = x;
        for (int64_t i = 0; i < n; ++i) to[i] += y[i];
    } else if (step == 0) {
        T total = T(0);
        for (int64_t i = 0; i < n; ++i) total += y[i];
        *x += total;
    } else {
        for (int64_t i = 0; i < n; ++i) x[i * step] += y[i];
    }
}

// Adds y, the output of the move m from axis k on, back to where it came from.
template <class T>
void add_back(const Move& m, int k, int64_t unit, const T* y, T* x) {
    for (int64_t i = 0; i < m.size[k];) {
        const Run r = run_at(m, k, i);
        T* to = x + r.from * m.stride[k];
        const int64_t step = r.step * m.stride[k];
        if (k == m.rank - 1)
            add_run(to, step, y + i, r.length);
        else
            for (int64_t e = 0; e < r.length; ++e)
                add_back(m, k + 1, unit / m.size[k + 1], y + (i + e) * unit, to + e * step);
        i += r.length;
    }
}

// One item per index of the axes in front that have no border: nothing of it overlaps another's.
template <class T>
void fold(const KernelArguments& a) {
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    const Move plan = plan_fold(a), m = simplified(plan);
    int level = 0;
    int64_t items = 1;
    while (level < m.rank && whole(m, level)) items *= m.size[level++];
    const int64_t unit = m.total / items, width = count / items;
    const T* y = a.in<T>(0);
    T* x = a.out<T>(0);
    if (level == m.rank) {
        std::memcpy(x, y, size_t(count) * sizeof(T));
        return;
    }
    parallel_for(items, larger<int64_t>(1, 16384 / unit), [&](int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o) {
            std::memset(x + o * width, 0, size_t(width) * sizeof(T));
            add_back(m, level, unit / m.size[level], y + o * unit, x + o * width);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(fold)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {
template <class T>
__global__ void fold_elements(Move m, const T* y, T* x, int64_t count) {
    const int64_t j = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (j < count) x[j] = folded(m, y, j);
}
template <class T>
void fold(const KernelArguments& a) {
    const int64_t count = a.out_view(0).size;
    if (count == 0) return;
    launch(fold_elements<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, plan_fold(a), a.in<T>(0),
           a.out<T>(0), count);
}
}  // namespace
ADJOINT_KERNELS(fold)
}  // namespace adjoint::gpu
#endif
