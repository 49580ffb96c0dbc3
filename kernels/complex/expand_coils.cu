// expand_coils: y_c = S_c x, the image as every coil sees it. The adjoint in x is combine_coils.
//
// S: N×coils×… or 1×coils×… (one set for all images), x: N×…, y: N×coils×…; all complex.
//   dL/dx = Σ_c conj(S_c) g_c,  dL/dS_c = g_c conj(x), summed over images where they share the maps.
// Flops 6 per result. Bytes: S and y once; x once from memory, and again from cache for every coil.
#include "kernels/complex/coils.h"
#include "kernels/complex/rule.h"

#if ADJOINT_HOST
#include "kernels/complex/coils_record.h"
#include "kernels/layout/layout.h"
namespace adjoint {

template <class S>
static void expand_coils_definition(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    for (int64_t n = 0; n < s.images; ++n)
        for (int64_t c = 0; c < s.coils; ++c)
            for (int64_t p = 0; p < s.pixels; ++p)
                put_pair(a.out<S>(0), (n * s.coils + c) * s.pixels + p,
                         pair_at(a.in<S>(0), maps_of(s, n) + c * s.pixels + p) * pair_at(a.in<S>(1), n * s.pixels + p));
}

static std::vector<TensorSpec> infer_expand_coils(const Signature& s) {
    check_maps(s);
    const Shape &maps = s.shape(0), &x = s.shape(1);
    if (x.rank() + 1 != maps.rank())
        s.refuse("the maps must have one axis more than the images", "maps are N×coils×H×W, images N×H×W");
    for (int i = 1; i < x.rank(); ++i)
        if (x[i] != maps[i + 1]) s.refuse("maps and images differ in size");
    std::vector<int64_t> y = maps.vector();
    y[0] = x[0];
    check_sets(s, x[0]);
    return {{Shape(y)}};
}

static std::vector<Tensor> gradient_of_expand_coils(const GradientCall& c) {
    const Complex S{c.input(0)}, x{c.input(1)}, g{c.cotangent()};
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(multiply(g, with_coil_axis(x), {.b = true}).data, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = combine_coils(S, g).data;
    return dL_d;
}

ADJOINT_DECLARE_KERNELS(expand_coils)

ADJOINT_OPERATION(expand_coils) {
    return {
        .name = "expand_coils",
        .equation = "y_c = S_c x",
        .kind = Kind::bilinear,
        .infer = infer_expand_coils,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(expand_coils_definition),
        .cpu = ADJOINT_CPU_KERNELS(expand_coils),
        .gpu = ADJOINT_GPU_KERNELS(expand_coils),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_expand_coils,
        .flops = [](const Signature& s) { return 3.0 * double(infer_expand_coils(s)[0].shape.count()); },
        .samples = {{{{.shape = {2, 3, 4, 5, 2}}, {.shape = {2, 4, 5, 2}}}},
                    {{{.shape = {1, 4, 3, 7, 2}}, {.shape = {3, 3, 7, 2}}}},
                    {{{.shape = {1, 2, 5000, 2}}, {.shape = {2, 5000, 2}}}},
                    {{{.shape = {2, 0, 3, 2}}, {.shape = {2, 3, 2}}}}},
        .wrong = {{{{{.shape = {2, 3, 4, 3}}, {.shape = {2, 4, 2}}}}, "a last axis of 2"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {2, 5, 2}}}}, "differ in size"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {3, 4, 2}}}}, "2 sets of maps for 3 images"},
                  {{{{.shape = {2, 3, 4, 2}}, {.shape = {2, 3, 4, 2}}}}, "one axis more"}},
    };
}

Complex expand_coils(const Complex& S, const Complex& x) { return {expand_coils_operation()({S.data, x.data})}; }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
inline void times(T* __restrict__ y, const T* maps, const T* x, int64_t n) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) put_pair(y, i, pair_at(maps, i) * pair_at(x, i));
}

// A block of pixels of one image at a time, coil after coil, so that its part of x stays in the first cache.
template <class T>
void expand_coils(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    constexpr int64_t block = 4096;  // runs of 32 KB: shorter ones were measured a fifth slower
    const int64_t blocks = pieces(s.pixels, block);
    parallel_for(s.images * blocks, 1, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        for (int64_t b = begin; b < end; ++b) {
            const int64_t n = b / blocks, p = b % blocks * block, size = smaller(block, s.pixels - p);
            for (int64_t c = 0; c < s.coils; ++c)
                times(a.out<T>(0) + 2 * ((n * s.coils + c) * s.pixels + p),
                      a.in<T>(0) + 2 * (maps_of(s, n) + c * s.pixels + p), a.in<T>(1) + 2 * (n * s.pixels + p), size);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(expand_coils)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {

// One thread per pixel of one image: x in registers, then coil after coil; neighbours touch neighbouring pairs.
// Bytes: S, x and y once. Bound by memory.
template <class T>
__global__ void expand_pixels(CoilSizes s, const T* maps, const T* x, T* y) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= s.images * s.pixels) return;
    const int64_t n = i / s.pixels, p = i - n * s.pixels;
    const Pair<T> value = pair_at(x, i);
    for (int64_t c = 0; c < s.coils; ++c)
        put_pair(y, (n * s.coils + c) * s.pixels + p, pair_at(maps, maps_of(s, n) + c * s.pixels + p) * value);
}

template <class T>
void expand_coils(const KernelArguments& a) {
    const CoilSizes s = coil_sizes(a.in_view(0), a.out_view(0).shape[0]);
    const int64_t total = s.images * s.pixels;
    if (total == 0) return;
    launch(expand_pixels<T>, dim3(unsigned((total + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0), a.in<T>(1),
           a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(expand_coils)
}  // namespace adjoint::gpu
#endif
