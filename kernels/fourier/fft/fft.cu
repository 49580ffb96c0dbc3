// fft: y = F x along one axis of a complex array, centred and orthonormal; F⁻¹ = Fᴴ, so the adjoint is the inverse.
//
//   y_k = n^{−1/2} Σ_j x_j exp(∓2πi (j − c)(k − c)/n),  c = ⌊n/2⌋;  − forward, + inverse.
//
// x: …×n×…×2 (re, im last). Any n: factors 2, 3, 4, 5, 7 directly, other sizes by Bluestein's chirp (lines.h).
// Flops 5 n log₂ n per line by custom; bytes: x read, y written once per axis.
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

// The array as outer × n × inner complex numbers.
struct FftSizes {
    int64_t outer, n, inner;
    bool inverse;
};
ADJOINT_INLINE FftSizes fft_sizes(const KernelArguments& a) {
    const ArrayView& x = a.in_view(0);
    const int64_t axis = a.integer("axis");
    FftSizes s{1, x.shape[axis], 1, a.integer("inverse") != 0};
    for (int i = 0; i < x.rank - 1; ++i)
        if (i != axis) (i < axis ? s.outer : s.inner) *= x.shape[i];
    return s;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <cmath>

#include "engine/operation.h"
#include "kernels/fourier/fourier.h"

namespace adjoint {

template <class S>
static void fft_definition(const KernelArguments& a) {
    const FftSizes s = fft_sizes(a);
    const int64_t c = s.n / 2;
    const double scale = 1 / std::sqrt(double(s.n)), turn = (s.inverse ? 2 : -2) * 3.14159265358979323846 / double(s.n);
    for (int64_t o = 0; o < s.outer; ++o)
        for (int64_t i = 0; i < s.inner; ++i)
            for (int64_t k = 0; k < s.n; ++k) {
                S re(0.0), im(0.0);
                for (int64_t j = 0; j < s.n; ++j) {
                    const double angle = turn * double((j - c) * (k - c) % s.n);
                    const S w_re(std::cos(angle)), w_im(std::sin(angle));
                    const S* x = a.in<S>(0) + 2 * ((o * s.n + j) * s.inner + i);
                    re += w_re * x[0] - w_im * x[1];
                    im += w_re * x[1] + w_im * x[0];
                }
                S* y = a.out<S>(0) + 2 * ((o * s.n + k) * s.inner + i);
                y[0] = S(scale) * re;
                y[1] = S(scale) * im;
            }
}

static std::vector<TensorSpec> infer_fft(const Signature& s) {
    const Shape& x = s.shape(0);
    if (x.rank() < 2 || x[x.rank() - 1] != 2) s.refuse("a complex array has a last axis of 2: real and imaginary part");
    const int64_t axis = s.attributes.integer("axis");
    if (axis < 0 || axis >= x.rank() - 1) s.refuse("there is no complex axis " + std::to_string(axis));
    return {{x}};
}

static Attributes along(int64_t axis, int64_t inverse) { return {{"axis", axis}, {"inverse", inverse}}; }

static std::vector<Tensor> gradient_of_fft(const GradientCall& c) {
    const Attributes& a = c.attributes();
    return {operation_named("fft")({c.cotangent()}, along(a.integer("axis"), !a.integer("inverse")))};
}

static double fft_flops(const Signature& s) {
    const double n = double(s.shape(0)[int(s.attributes.integer("axis"))]);
    return n > 0 ? 2.5 * double(s.shape(0).count()) * std::log2(n) : 0;
}

ADJOINT_DECLARE_KERNELS(fft)

ADJOINT_OPERATION(fft) {
    Operation r = {
        .name = "fft",
        .equation = "y = F x, centred and orthonormal",
        .kind = Kind::linear,
        .infer = infer_fft,
        .definition = ADJOINT_DEFINITION(fft_definition),
        .cpu = ADJOINT_CPU_KERNELS(fft),
        .gpu = ADJOINT_GPU_KERNELS(fft),
        .gradient = gradient_of_fft,
        .flops = fft_flops,
        .wrong = {{{{{.shape = {3, 4}}}, along(0, 0)}, "last axis of 2"},
                  {{{{.shape = {3, 2}}}, along(1, 0)}, "no complex axis 1"}},
    };
    // Every radix, mixed ones, primes beyond 7 and their multiples, odd and even, 1 and 0.
    for (int64_t n : {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 22, 30, 35, 49, 64, 97})
        r.samples.push_back({{{.shape = {2, n, 2}}}, along(1, n % 2)});
    r.samples.push_back({{{.shape = {3, 20, 5, 2}}}, along(1, 0)});
    r.samples.push_back({{{.shape = {37, 18, 2}}}, along(0, 1)});
    r.samples.push_back({{{.shape = {12, 21, 2}}}, along(0, 0)});
    return r;
}

static Tensor transform(Tensor x, const std::vector<int64_t>& axes, bool inverse) {
    if (!x || x.rank() < 2 || x.size(-1) != 2)
        fail(ExitCode::usage, "a Fourier transform", "a complex array has a last axis of 2: real and imaginary part");
    const Shape complex_shape(x.shape().data(), x.rank() - 1);
    for (size_t i = 0; i < axes.size(); ++i)
        for (size_t j = 0; j < i; ++j)
            if (complex_shape.axis(axes[i], "fft") == complex_shape.axis(axes[j], "fft"))
                fail(ExitCode::usage, "fft of " + x.shape().text(), "an axis is given twice");
    for (int64_t axis : axes) x = fft_operation()({x}, along(complex_shape.axis(axis, "fft"), inverse));
    return x;
}

Tensor fft(const Tensor& x, const std::vector<int64_t>& axes) { return transform(x, axes, false); }
Tensor ifft(const Tensor& x, const std::vector<int64_t>& axes) { return transform(x, axes, true); }
Tensor fft2(const Tensor& x) { return fft(x, {-2, -1}); }
Tensor ifft2(const Tensor& x) { return ifft(x, {-2, -1}); }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "kernels/fourier/fft/bluestein.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void fft(const KernelArguments& a) {
    const FftSizes s = fft_sizes(a);
    const int64_t lines = s.outer * s.inner;
    if (lines * s.n == 0) return;
    const FftPlan<T> plan(s.n, s.inverse);
    const int64_t groups = pieces(lines, lanes<T>);
    const int64_t grain = larger<int64_t>(1, 4096 / s.n);
    parallel_for(groups, grain, [&](int64_t begin, int64_t end) {
        FftWork<T> work(plan);
        for (int64_t g = begin; g < end; ++g) {
            LineGroup group(s.n, s.inner, g * lanes<T>, smaller<int64_t>(lanes<T>, lines - g * lanes<T>));
            load_lines(a.in<T>(0), group, plan, work);
            transform_lines(plan, work);
            store_lines(a.out<T>(0), group, plan, work);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(fft)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#if defined(__CUDACC__)
#include "kernels/fourier/fft/cufft_lines.h"
#endif
namespace adjoint::gpu {
namespace {

// One block per line, in shared memory: Stockham's passes (see lines.h) with one loop for every radix r, the factors of
// n in turn. A pass costs r complex products per number, so a prime n costs n²: meant for the emulated device and small
// lines; a real card uses cuFFT.
template <class T>
__global__ void fft_line(const T* x, T* y, FftSizes s) {
    GPU_DYN_SHARED(T, buffer);  // two lines of n complex numbers
    T *from = buffer, *to = buffer + 2 * s.n;
    const int64_t line = blockIdx.x, base = line / s.inner * s.n * s.inner + line % s.inner;
    const int64_t c = s.n / 2;
    const double turn = (s.inverse ? 2 : -2) * 3.14159265358979323846;
    for (int64_t j = threadIdx.x; j < s.n; j += blockDim.x) {
        const int64_t k = (j + c) % s.n;  // the centre comes first
        from[2 * j] = x[2 * (base + k * s.inner)];
        from[2 * j + 1] = x[2 * (base + k * s.inner) + 1];
    }
    __syncthreads();
    int64_t rest = s.n, r = 2;
    for (int64_t l = 1; l < s.n; l *= r) {
        while (rest % r) ++r;
        rest /= r;
        const int64_t m = s.n / (l * r);
        for (int64_t e = threadIdx.x; e < s.n; e += blockDim.x) {
            const int64_t j = e % l, k = e / l % r, first = e / (l * r);
            T re = T(0), im = T(0);
            for (int64_t q = 0; q < r; ++q) {
                const T* in = from + 2 * (j + l * (first + m * q));
                const double angle = turn * double(q * (j + l * k) % (l * r)) / double(l * r);
                const T w_re = T(cos(angle)), w_im = T(sin(angle));
                re += w_re * in[0] - w_im * in[1];
                im += w_re * in[1] + w_im * in[0];
            }
            to[2 * e] = re;
            to[2 * e + 1] = im;
        }
        __syncthreads();
        T* t = from;
        from = to;
        to = t;
    }
    const T scale = T(1 / sqrt(double(s.n)));
    for (int64_t j = threadIdx.x; j < s.n; j += blockDim.x) {
        const int64_t k = (j + c) % s.n;
        y[2 * (base + k * s.inner)] = scale * from[2 * j];
        y[2 * (base + k * s.inner) + 1] = scale * from[2 * j + 1];
    }
}

template <class T>
void fft(const KernelArguments& a) {
    const FftSizes s = fft_sizes(a);
    const int64_t lines = s.outer * s.inner;
    if (lines * s.n == 0) return;
#if defined(__CUDACC__)
    cufft_lines<T>(a.in<T>(0), a.out<T>(0), s.outer, s.n, s.inner, s.inverse, a.stream);
#else
    launch(fft_line<T>, dim3(unsigned(lines)), dim3(64), size_t(4 * s.n) * sizeof(T), a.stream, a.in<T>(0), a.out<T>(0), s);
#endif
}

}  // namespace
ADJOINT_KERNELS(fft)
}  // namespace adjoint::gpu
#endif
