// conv2d_layer_cotangent: g = ȳ (y > 0 ? 1 : s) and b̄ = Σ_{n, pixels} g, in one reading: the first step of conv2d_layer's
// fast gradient. As s ≥ 0, y > 0 exactly where the activation's input was, so y's sign is all that is needed.
//
//   ȳ, y, g: N×C×H×W,  b̄: C
#include "engine/kernel_pass.h"
#include "engine/portable.h"

#if ADJOINT_HOST
#include "engine/operation.h"

namespace adjoint {

template <class S>
static void conv2d_layer_cotangent_definition(const KernelArguments& a) {
    const int64_t channels = a.in_view(0).dim(1), pixels = a.in_view(0).dim(2) * a.in_view(0).dim(3);
    for (int64_t o = 0; o < channels; ++o) a.out<S>(1)[o] = S(0.0);
    for (int64_t k = 0; k < a.in_view(0).size; ++k) {
        const S v = a.in<S>(0)[k], g = a.in<S>(1)[k] > S(0.0) ? v : S(a.real("slope")) * v;
        a.out<S>(0)[k] = g;
        a.out<S>(1)[k / pixels % channels] += g;
    }
}

static std::vector<TensorSpec> infer_conv2d_layer_cotangent(const Signature& s) {
    if (s.shape(0).rank() != 4 || !(s.shape(0) == s.shape(1))) s.refuse("both must be images of one shape");
    if (!(s.attributes.real("slope") >= 0)) s.refuse("the slope is below 0");
    return {{s.shape(0)}, {{s.shape(0)[1]}}};
}

ADJOINT_DECLARE_KERNELS(conv2d_layer_cotangent)

ADJOINT_OPERATION(conv2d_layer_cotangent) {
    const InputSample image{.shape = {2, 3, 6, 7}}, large{.shape = {2, 2, 40, 41}}, other{.shape = {2, 3, 7, 6}};
    const Attributes leaky = {{"slope", 0.2}};
    return {
        .name = "conv2d_layer_cotangent",
        .equation = "g = ȳ (y>0 ? 1 : s), b̄ = Σ g",
        .kind = Kind::fused,
        .infer = infer_conv2d_layer_cotangent,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(conv2d_layer_cotangent_definition),
        .cpu = ADJOINT_CPU_KERNELS(conv2d_layer_cotangent),
        .gpu = ADJOINT_GPU_KERNELS(conv2d_layer_cotangent),
        .not_differentiable = "it is a step of conv2d_layer's fast gradient, which is used when no second derivative is wanted",
        .samples = {{{image, image}, leaky}, {{image, image}, {{"slope", 0.0}}}, {{large, large}, leaky}},
        .wrong = {{{{image, other}, leaky}, "images of one shape"}, {{{image, image}, {{"slope", -1.0}}}, "the slope is below 0"}},
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

// Plane by plane, its sum in 32 float64 lanes; then the planes of a channel in order.
template <class T>
void conv2d_layer_cotangent(const KernelArguments& a) {
    const ArrayView& y = a.in_view(0);
    const int64_t images = y.shape[0], channels = y.shape[1], pixels = y.shape[2] * y.shape[3];
    const T slope = T(a.real("slope"));
    Scratch<double> sums(images * channels);
    parallel_for(images * channels, larger<int64_t>(1, 16384 / (pixels + 1)), [&](int64_t begin, int64_t end) {
        constexpr int64_t wide = 32;
        for (int64_t p = begin; p < end; ++p) {
            const T* __restrict__ v = a.in<T>(0) + p * pixels;
            const T* __restrict__ out = a.in<T>(1) + p * pixels;
            T* __restrict__ g = a.out<T>(0) + p * pixels;
            double lane[wide] = {};
            for (int64_t k0 = 0; k0 < pixels; k0 += wide) {
                const int64_t count = smaller(wide, pixels - k0);
                for (int64_t l = 0; l < count; ++l) {
                    const T value = out[k0 + l] > T(0) ? v[k0 + l] : slope * v[k0 + l];
                    g[k0 + l] = value;
                    lane[l] += double(value);
                }
            }
            for (int64_t half = wide / 2; half > 0; half /= 2)
                for (int64_t l = 0; l < half; ++l) lane[l] += lane[l + half];
            sums.data()[p] = lane[0];
        }
    });
    for (int64_t o = 0; o < channels; ++o) {
        double total = 0;
        for (int64_t n = 0; n < images; ++n) total += sums.data()[n * channels + o];
        a.out<T>(1)[o] = T(total);
    }
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer_cotangent)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {
namespace {

// A block of 256 threads per plane; its sum in float64, in a fixed tree. Bytes: three arrays, once each.
template <class T>
__global__ void layer_cotangent_planes(const T* v, const T* y, T slope, T* g, double* sums, int64_t pixels) {
    GPU_SHARED(part, double[256]);
    const int t = int(threadIdx.x);
    const int64_t at = int64_t(blockIdx.x) * pixels;
    double total = 0;
    for (int64_t k = t; k < pixels; k += 256) {
        const T value = y[at + k] > T(0) ? v[at + k] : slope * v[at + k];
        g[at + k] = value;
        total += double(value);
    }
    part[t] = total;
    __syncthreads();
    for (int half = 128; half > 0; half /= 2) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t == 0) sums[blockIdx.x] = part[0];
}

template <class T>
__global__ void layer_bias_sums(const double* sums, T* db, int64_t images, int64_t channels) {
    const int64_t o = int64_t(blockIdx.x) * 256 + threadIdx.x;
    if (o >= channels) return;
    double total = 0;
    for (int64_t n = 0; n < images; ++n) total += sums[n * channels + o];
    db[o] = T(total);
}

template <class T>
void conv2d_layer_cotangent(const KernelArguments& a) {
    const ArrayView& y = a.in_view(0);
    const int64_t images = y.shape[0], channels = y.shape[1], pixels = y.shape[2] * y.shape[3];
    if (channels == 0) return;
    GpuScratch<double> sums(images * channels);
    if (images > 0)
        launch(layer_cotangent_planes<T>, dim3(unsigned(images * channels)), dim3(256), 0, a.stream, a.in<T>(0), a.in<T>(1),
               T(a.real("slope")), a.out<T>(0), sums.data(), pixels);
    launch(layer_bias_sums<T>, dim3(unsigned((channels + 255) / 256)), dim3(256), 0, a.stream,
           static_cast<const double*>(sums.data()), a.out<T>(1), images, channels);
}

}  // namespace
ADJOINT_KERNELS(conv2d_layer_cotangent)
}  // namespace adjoint::gpu
#endif
