// max_pool: y[i, j] = max_{u, v} x[i s_h + u − p_h, j s_w + v − p_w], plane by plane, over the pixels inside the image.
//
// Its second output is the place of that pixel in its window, u k_w + v: the first of equal ones, row by row. NaN where
// there is one; then the first NaN's place. Given the places, the gradient is linear: max_pool_places.cu.
#include "engine/kernel_pass.h"
#include "kernels/sampling/pooling.h"

#if ADJOINT_HOST
namespace adjoint {

template <class S>
static void max_pool_definition(const KernelArguments& a) {
    const PoolSizes s = pool_sizes(a, a.in_view(0), a.out_view(0));
    int64_t k = 0;
    for (int64_t p = 0; p < s.planes; ++p)
        for (int64_t i = 0; i < s.ho; ++i)
            for (int64_t j = 0; j < s.wo; ++j, ++k) {
                S best(0.0);
                int64_t place = -1;
                for (int64_t u = 0; u < s.kh; ++u)
                    for (int64_t v = 0; v < s.kw; ++v) {
                        const int64_t r = i * s.sh + u - s.ph, c = j * s.sw + v - s.pw;
                        if (r < 0 || r >= s.h || c < 0 || c >= s.w) continue;
                        const S value = a.in<S>(0)[(p * s.h + r) * s.w + c];
                        if (place >= 0 && !(value > best) && !(value != value && best == best)) continue;
                        best = value;
                        place = u * s.kw + v;
                    }
                a.out<S>(0)[k] = best;
                a.out<int64_t>(1)[k] = place;
            }
}

static std::vector<TensorSpec> infer_max_pool(const Signature& s) {
    const Shape y = infer_pool(s)[0].shape;
    return {{y}, {y, Type::int64}};
}
static std::vector<Tensor> gradient_of_max_pool(const GradientCall& c) {
    return {operation_named("max_pool_spread")({c.cotangent(0), c.output(1).constant()},
                                               of_image(c.attributes(), c.input_spec(0).shape))};
}
ADJOINT_DECLARE_KERNELS(max_pool)

ADJOINT_OPERATION(max_pool) {
    Operation r = {
        .name = "max_pool",
        .equation = "y[i] = max_{s in window i} x[s]",
        .kind = Kind::reduction,
        .infer = infer_max_pool,
        .definition = ADJOINT_DEFINITION(max_pool_definition),
        .cpu = ADJOINT_CPU_KERNELS(max_pool),
        .gpu = ADJOINT_GPU_KERNELS(max_pool),
        .saved_outputs = {1},
        .gradient = gradient_of_max_pool,
        .flops = [](const Signature& s) { return double(s.shape(0).count()); },
        .wrong = pool_wrongs(pool_attributes),
    };
    for (const PoolTrial& t : pool_trials()) r.samples.push_back({{{.shape = t.x}}, pool_attributes(t.s)});
    return r;
}

Tensor max_pool(const Tensor& x, const PoolingSettings& s) { return max_pool_operation().apply({x}, pool_attributes(s))[0]; }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/sampling/pool_columns.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// Row by row of the pooled image; the loop over a row is inside those over the window, so that it becomes vector code.
ADJOINT_INLINE int64_t pool_grain(const PoolSizes& s) { return larger<int64_t>(1, 8192 / (s.wo * s.kh * s.kw + 1)); }

// best[j], place[j] take x[j·stride] under `code` where it is larger, or the first.
template <class T>
ADJOINT_INLINE void take_larger(const T* __restrict__ x, int64_t stride, int64_t count, int32_t code, T* __restrict__ best,
                                int32_t* __restrict__ place) {
    for (int64_t j = 0; j < count; ++j) {
        const T value = x[j * stride];
        const bool take = (place[j] < 0) | (value > best[j]) | ((value != value) & (best[j] == best[j]));
        best[j] = take ? value : best[j];
        place[j] = take ? code : place[j];
    }
}

template <class T>
void max_pool(const KernelArguments& a) {
    const PoolSizes s = pool_sizes(a, a.in_view(0), a.out_view(0));
    if (a.out_view(0).size == 0) return;
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    int64_t* places = a.out<int64_t>(1);
    parallel_for(s.planes * s.ho, pool_grain(s), [&](int64_t from, int64_t to) {
        Scratch<int32_t> place(s.wo);
        for (int64_t k = from; k < to; ++k) {
            const int64_t i = k % s.ho, p = k / s.ho;
            T* best = y + k * s.wo;
            for (int64_t j = 0; j < s.wo; ++j) best[j] = T(0), place.data()[j] = -1;
            for (int64_t u = 0; u < s.kh; ++u) {
                const int64_t r = i * s.sh + u - s.ph;
                if (r < 0 || r >= s.h) continue;
                for (int64_t v = 0; v < s.kw; ++v) {
                    int64_t begin, end;
                    inside(v, s.sw, s.pw, s.w, s.wo, &begin, &end);
                    const T* row = x + (p * s.h + r) * s.w + begin * s.sw + v - s.pw;
                    const int32_t code = int32_t(u * s.kw + v);
                    if (s.sw == 2)
                        take_larger(row, 2, end - begin, code, best + begin, place.data() + begin);
                    else
                        take_larger(row, s.sw, end - begin, code, best + begin, place.data() + begin);
                }
            }
            for (int64_t j = 0; j < s.wo; ++j) places[k * s.wo + j] = place.data()[j];
        }
    });
}

}  // namespace
ADJOINT_KERNELS(max_pool)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per result. Bytes: x once, y and the places once; bound by memory. Compiled for GPUs; no rate measured yet.
template <class T>
__global__ void max_pool_windows(PoolSizes s, const T* x, T* y, int64_t* places, int64_t total) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= total) return;
    const int64_t j = k % s.wo, i = k / s.wo % s.ho, p = k / s.wo / s.ho;
    T best = T(0);
    int64_t place = -1;
    for (int64_t u = 0; u < s.kh; ++u)
        for (int64_t v = 0; v < s.kw; ++v) {
            const int64_t r = i * s.sh + u - s.ph, c = j * s.sw + v - s.pw;
            if (r < 0 || r >= s.h || c < 0 || c >= s.w) continue;
            const T value = x[(p * s.h + r) * s.w + c];
            if (place < 0 || value > best || (value != value && best == best)) {
                best = value;
                place = u * s.kw + v;
            }
        }
    y[k] = best;
    places[k] = place;
}

inline dim3 blocks_of(int64_t total) { return dim3(unsigned((total + 255) / 256)); }

template <class T>
void max_pool(const KernelArguments& a) {
    const int64_t total = a.out_view(0).size;
    if (total == 0) return;
    launch(max_pool_windows<T>, blocks_of(total), dim3(256), 0, a.stream, pool_sizes(a, a.in_view(0), a.out_view(0)),
           a.in<T>(0), a.out<T>(0), a.out<int64_t>(1), total);
}
}  // namespace
ADJOINT_KERNELS(max_pool)
}  // namespace adjoint::gpu
#endif
