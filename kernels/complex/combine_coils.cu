// combine_coils: x = Σ_c conj(S_c) y_c, the coil images as one image. The adjoint of expand_coils in the images.
//
// S: N×coils×… or 1×coils×… (one set for all images), y: N×coils×…, x: N×…; all complex. Coils are added in order.
//   dL/dy_c = S_c g,  dL/dS_c = y_c conj(g), summed over images where they share the maps.
// Flops 8 per number of y. Bytes: S and y once, x once.
#include "kernels/complex/coils.h"
#include "kernels/complex/rule.h"

#if ADJOINT_HOST
#include "kernels/complex/coils_record.h"
#include "kernels/layout/layout.h"
namespace adjoint {

template <class S>
static void combine_coils_definition(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    for (int64_t n = 0; n < s.images; ++n)
        for (int64_t p = 0; p < s.pixels; ++p) {
            Pair<S> x{S(0.0), S(0.0)};
            for (int64_t c = 0; c < s.coils; ++c)
                x = x + conjugate_times(pair_at(a.in<S>(0), maps_of(s, n) + c * s.pixels + p),
                                        pair_at(a.in<S>(1), (n * s.coils + c) * s.pixels + p));
            put_pair(a.out<S>(0), n * s.pixels + p, x);
        }
}

static std::vector<TensorSpec> infer_combine_coils(const Signature& s) {
    check_maps(s);
    const Shape &maps = s.shape(0), &y = s.shape(1);
    if (y.rank() != maps.rank()) s.refuse("maps and coil images have different axes", "both are N×coils×H×W");
    for (int i = 1; i < y.rank(); ++i)
        if (y[i] != maps[i]) s.refuse("maps and coil images differ in size");
    check_sets(s, y[0]);
    return {{y.without(1)}};
}

static std::vector<Tensor> gradient_of_combine_coils(const GradientCall& c) {
    const Complex S{c.input(0)}, y{c.input(1)}, g{c.cotangent()};
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(multiply(y, with_coil_axis(g), {.b = true}).data, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = expand_coils(S, g).data;
    return dL_d;
}

ADJOINT_DECLARE_KERNELS(combine_coils)

ADJOINT_OPERATION(combine_coils) {
    return {
        .name = "combine_coils",
        .equation = "x = Σ_c conj(S_c) y_c",
        .kind = Kind::bilinear,
        .infer = infer_combine_coils,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(combine_coils_definition),
        .cpu = ADJOINT_CPU_KERNELS(combine_coils),
        .gpu = ADJOINT_GPU_KERNELS(combine_coils),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_combine_coils,
        .flops = [](const Signature& s) { return 4.0 * double(s.shape(1).count()); },
        .samples = {{{{.shape = {2, 3, 4, 5, 2}}, {.shape = {2, 3, 4, 5, 2}}}},
                    {{{.shape = {1, 4, 3, 7, 2}}, {.shape = {3, 4, 3, 7, 2}}}},
                    {{{.shape = {1, 2, 5000, 2}}, {.shape = {2, 2, 5000, 2}}}},
                    {{{.shape = {2, 0, 3, 2}}, {.shape = {2, 0, 3, 2}}}}},
        .wrong = {{{{{.shape = {2, 3, 4, 2}}, {.shape = {2, 3, 4, 1}}}}, "a last axis of 2"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {2, 3, 5, 2}}}}, "differ in size"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {3, 3, 4, 2}}}}, "2 sets of maps for 3 images"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {2, 4, 2}}}}, "different axes"}},
    };
}

Complex combine_coils(const Complex& S, const Complex& y) { return {combine_coils_operation()({S.data, y.data})}; }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
inline void add_conjugate_times(T* __restrict__ x, const T* maps, const T* y, int64_t n) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) put_pair(x, i, pair_at(x, i) + conjugate_times(pair_at(maps, i), pair_at(y, i)));
}

// A block of pixels of one image at a time: its sum stays in the first cache while the coils pass.
template <class T>
void combine_coils(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    constexpr int64_t block = 4096;  // runs of 32 KB: shorter ones were measured a fifth slower
    const int64_t blocks = pieces(s.pixels, block);
    parallel_for(s.images * blocks, 1, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        for (int64_t b = begin; b < end; ++b) {
            const int64_t n = b / blocks, p = b % blocks * block, size = smaller(block, s.pixels - p);
            T* x = a.out<T>(0) + 2 * (n * s.pixels + p);
            for (int64_t i = 0; i < 2 * size; ++i) x[i] = T(0);
            for (int64_t c = 0; c < s.coils; ++c)
                add_conjugate_times(x, a.in<T>(0) + 2 * (maps_of(s, n) + c * s.pixels + p),
                                    a.in<T>(1) + 2 * ((n * s.coils + c) * s.pixels + p), size);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(combine_coils)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {

// One thread per pixel of one image: the sum in registers, coil after coil; neighbours read neighbouring pairs.
// Bytes: S, y and x once. Bound by memory.
template <class T>
__global__ void combine_pixels(CoilSizes s, const T* maps, const T* y, T* x) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= s.images * s.pixels) return;
    const int64_t n = i / s.pixels, p = i - n * s.pixels;
    Pair<T> value{T(0), T(0)};
    for (int64_t c = 0; c < s.coils; ++c)
        value = value + conjugate_times(pair_at(maps, maps_of(s, n) + c * s.pixels + p),
                                        pair_at(y, (n * s.coils + c) * s.pixels + p));
    put_pair(x, i, value);
}

template <class T>
void combine_coils(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    const int64_t total = s.images * s.pixels;
    if (total == 0) return;
    launch(combine_pixels<T>, dim3(unsigned((total + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0), a.in<T>(1),
           a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(combine_coils)
}  // namespace adjoint::gpu
#endif
