// What max_pool's gradient is made of, given the place of the largest pixel in each window (max_pool.cu): a linear
// operation and its adjoint.
//
//   max_pool_spread(y, place)  x[s] = Σ_{windows i whose place is s} y[i]     the gradient
//   max_pool_pick(x, place)    y[i] = x[place of window i]                    its adjoint
// A place in the padding takes and gives nothing.
#include "engine/kernel_pass.h"
#include "kernels/sampling/pooling.h"

#if ADJOINT_HOST
namespace adjoint {

// Calls f(pixel of the image, pixel of the pooled image) for every window whose place is inside.
template <class F>
static void for_every_place(const PoolSizes& s, const int64_t* place, F&& f) {
    for (int64_t k = 0; k < s.planes * s.ho * s.wo; ++k) {
        const int64_t j = k % s.wo, i = k / s.wo % s.ho, p = k / s.wo / s.ho;
        const int64_t r = i * s.sh + place[k] / s.kw - s.ph, c = j * s.sw + place[k] % s.kw - s.pw;
        if (r >= 0 && r < s.h && c >= 0 && c < s.w) f((p * s.h + r) * s.w + c, k);
    }
}
template <class S>
static void max_pool_spread_definition(const KernelArguments& a) {
    S* x = a.out<S>(0);
    for (int64_t k = 0; k < a.out_view(0).size; ++k) x[k] = S(0.0);
    for_every_place(pool_sizes(a, a.out_view(0), a.in_view(0)), a.in<int64_t>(1),
                    [&](int64_t at, int64_t k) { x[at] += a.in<S>(0)[k]; });
}
template <class S>
static void max_pool_pick_definition(const KernelArguments& a) {
    S* y = a.out<S>(0);
    for (int64_t k = 0; k < a.out_view(0).size; ++k) y[k] = S(0.0);
    for_every_place(pool_sizes(a, a.in_view(0), a.out_view(0)), a.in<int64_t>(1),
                    [&](int64_t at, int64_t k) { y[k] = a.in<S>(0)[at]; });
}

static std::vector<TensorSpec> infer_spread(const Signature& s) {
    if (!(s.shape(0) == s.shape(1))) s.refuse("there must be one place for each number");
    return infer_unpool(s);
}
static std::vector<TensorSpec> infer_pick(const Signature& s) {
    const Shape y = infer_pool(s)[0].shape;
    if (!(y == s.shape(1))) s.refuse("there must be one place for each of the " + y.text() + " windows");
    return {{y}};
}

static std::vector<Tensor> gradient_of_spread(const GradientCall& c) {
    return {operation_named("max_pool_pick")({c.cotangent(), c.input(1)}, c.attributes()), Tensor()};
}
static std::vector<Tensor> gradient_of_pick(const GradientCall& c) {
    return {operation_named("max_pool_spread")({c.cotangent(), c.input(1)},
                                               of_image(c.attributes(), c.input_spec(0).shape)), Tensor()};
}

static InputSample places_of(const PoolTrial& t) {
    return {.shape = t.pooled(), .low = 0, .high = double(t.s.kernel.height * t.s.kernel.width), .integer = true};
}

ADJOINT_DECLARE_KERNELS(max_pool_spread)
ADJOINT_DECLARE_KERNELS(max_pool_pick)

ADJOINT_OPERATION(max_pool_spread) {
    const Attributes of_8 = of_image(pool_attributes(pooling(2)), {1, 1, 8, 8});
    const InputSample place{.shape = {1, 1, 4, 4}, .low = 0, .high = 4, .integer = true};
    Operation r = {
        .name = "max_pool_spread",
        .equation = "x[s] = Σ_{windows i whose place is s} y[i]",
        .kind = Kind::linear,
        .infer = infer_spread,
        .min_inputs = 2,
        .max_inputs = 2,
        .index_inputs = {1},
        .definition = ADJOINT_DEFINITION(max_pool_spread_definition),
        .cpu = ADJOINT_CPU_KERNELS(max_pool_spread),
        .gpu = ADJOINT_GPU_KERNELS(max_pool_spread),
        .saved_inputs = {1},
        .gradient = gradient_of_spread,
        .wrong = {{{{{.shape = {1, 1, 4, 3}}, place}, of_8}, "one place for each number"},
                  {{{{.shape = {1, 1, 4, 4}}, place}, of_image(of_8, {1, 1, 8, 10})}, "has 4×5 pixels"}},
    };
    for (const PoolTrial& t : pool_trials())
        r.samples.push_back({{{.shape = t.pooled()}, places_of(t)}, of_image(pool_attributes(t.s), t.x)});
    return r;
}

ADJOINT_OPERATION(max_pool_pick) {
    const InputSample place{.shape = {1, 1, 4, 4}, .low = 0, .high = 4, .integer = true};
    Operation r = {
        .name = "max_pool_pick",
        .equation = "y[i] = x[place of window i]",
        .kind = Kind::linear,
        .infer = infer_pick,
        .min_inputs = 2,
        .max_inputs = 2,
        .index_inputs = {1},
        .definition = ADJOINT_DEFINITION(max_pool_pick_definition),
        .cpu = ADJOINT_CPU_KERNELS(max_pool_pick),
        .gpu = ADJOINT_GPU_KERNELS(max_pool_pick),
        .saved_inputs = {1},
        .gradient = gradient_of_pick,
        .wrong = {{{{{.shape = {1, 1, 8, 10}}, place}, pool_attributes(pooling(2))}, "each of the 1×1×4×5 windows"}},
    };
    for (const PoolTrial& t : pool_trials()) r.samples.push_back({{{.shape = t.x}, places_of(t)}, pool_attributes(t.s)});
    return r;
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "kernels/sampling/pool_columns.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// x[j·stride] += y[j] where the place is `code`.
template <class T>
ADJOINT_INLINE void add_where(const int64_t* __restrict__ place, int64_t code, const T* __restrict__ y, int64_t count,
                              T* __restrict__ x, int64_t stride) {
    for (int64_t j = 0; j < count; ++j) x[j * stride] += place[j] == code ? y[j] : T(0);
}

// Image row by image row, from the windows that cover it in ascending order: no two threads write one pixel.
template <class T>
void max_pool_spread(const KernelArguments& a) {
    const PoolSizes s = pool_sizes(a, a.out_view(0), a.in_view(0));
    if (a.out_view(0).size == 0) return;
    const T* y = a.in<T>(0);
    const int64_t* place = a.in<int64_t>(1);
    parallel_for(s.planes * s.h, larger<int64_t>(1, 8192 / (s.w + s.wo)), [&](int64_t from, int64_t to) {
        for (int64_t k = from; k < to; ++k) {
            const int64_t r = k % s.h, p = k / s.h;
            T* row = a.out<T>(0) + k * s.w;
            std::memset(row, 0, size_t(s.w) * sizeof(T));
            const int64_t first = r + s.ph < s.kh ? 0 : (r + s.ph - s.kh) / s.sh + 1;
            for (int64_t i = first; i < s.ho && i * s.sh <= r + s.ph; ++i) {
                const int64_t low = (r + s.ph - i * s.sh) * s.kw, at = (p * s.ho + i) * s.wo;
                for (int64_t v = 0; v < s.kw; ++v) {
                    int64_t begin, end;
                    inside(v, s.sw, s.pw, s.w, s.wo, &begin, &end);
                    T* to = row + begin * s.sw + v - s.pw;
                    if (s.sw == 2)
                        add_where(place + at + begin, low + v, y + at + begin, end - begin, to, 2);
                    else
                        add_where(place + at + begin, low + v, y + at + begin, end - begin, to, s.sw);
                }
            }
        }
    });
}

template <class T>
void max_pool_pick(const KernelArguments& a) {
    const PoolSizes s = pool_sizes(a, a.in_view(0), a.out_view(0));
    if (a.out_view(0).size == 0) return;
    const T* x = a.in<T>(0);
    const int64_t* place = a.in<int64_t>(1);
    parallel_for(s.planes * s.ho, larger<int64_t>(1, 8192 / s.wo), [&](int64_t from, int64_t to) {
        for (int64_t k = from; k < to; ++k)
            for (int64_t j = 0; j < s.wo; ++j) {
                const int64_t code = place[k * s.wo + j];
                const int64_t r = k % s.ho * s.sh + code / s.kw - s.ph, c = j * s.sw + code % s.kw - s.pw;
                const bool there = r >= 0 && r < s.h && c >= 0 && c < s.w;
                a.out<T>(0)[k * s.wo + j] = there ? x[(k / s.ho * s.h + r) * s.w + c] : T(0);
            }
    });
}

}  // namespace
ADJOINT_KERNELS(max_pool_spread)
ADJOINT_KERNELS(max_pool_pick)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per pixel of the image: it looks at the windows that cover it, so no two write one pixel.
template <class T>
__global__ void max_pool_collect(PoolSizes s, const T* y, const int64_t* place, T* x, int64_t total) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= total) return;
    const int64_t c = k % s.w + s.pw, r = k / s.w % s.h + s.ph, p = k / s.w / s.h;
    T sum = T(0);
    for (int64_t i = r < s.kh ? 0 : (r - s.kh) / s.sh + 1; i < s.ho && i * s.sh <= r; ++i)
        for (int64_t j = c < s.kw ? 0 : (c - s.kw) / s.sw + 1; j < s.wo && j * s.sw <= c; ++j) {
            const int64_t at = (p * s.ho + i) * s.wo + j;
            if (place[at] == (r - i * s.sh) * s.kw + c - j * s.sw) sum += y[at];
        }
    x[k] = sum;
}

template <class T>
__global__ void max_pool_choose(PoolSizes s, const T* x, const int64_t* place, T* y, int64_t total) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= total) return;
    const int64_t j = k % s.wo, i = k / s.wo % s.ho, p = k / s.wo / s.ho;
    const int64_t r = i * s.sh + place[k] / s.kw - s.ph, c = j * s.sw + place[k] % s.kw - s.pw;
    y[k] = r >= 0 && r < s.h && c >= 0 && c < s.w ? x[(p * s.h + r) * s.w + c] : T(0);
}

inline dim3 blocks_of(int64_t total) { return dim3(unsigned((total + 255) / 256)); }

template <class T>
void max_pool_spread(const KernelArguments& a) {
    const int64_t total = a.out_view(0).size;
    if (total == 0) return;
    launch(max_pool_collect<T>, blocks_of(total), dim3(256), 0, a.stream, pool_sizes(a, a.out_view(0), a.in_view(0)),
           a.in<T>(0), a.in<int64_t>(1), a.out<T>(0), total);
}
template <class T>
void max_pool_pick(const KernelArguments& a) {
    const int64_t total = a.out_view(0).size;
    if (total == 0) return;
    launch(max_pool_choose<T>, blocks_of(total), dim3(256), 0, a.stream, pool_sizes(a, a.in_view(0), a.out_view(0)),
           a.in<T>(0), a.in<int64_t>(1), a.out<T>(0), total);
}

}  // namespace
ADJOINT_KERNELS(max_pool_spread)
ADJOINT_KERNELS(max_pool_pick)
}  // namespace adjoint::gpu
#endif
