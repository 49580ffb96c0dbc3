// wavelet_level: y = W x, one level of a separable orthogonal wavelet transform. Linear; its adjoint inverts it.
//
// Daubechies: "Orthonormal bases of compactly supported wavelets", CPAM 41, 1988: 4 taps h, g_k = (−1)^k h_{3−k}.
//   low_i = Σ_k h_k x_{(2i+k) mod m},  high_i = Σ_k g_k x_{(2i+k) mod m},  i < m/2,  periodic over m
// along both axes, m the even part of the block's n. The last sample of an odd n goes to the low frequencies as it is,
// which keeps the transform orthogonal (and costs sparsity at that edge).
// x: outer×H×W×inner, the block h×w of H×W; the rest is copied. Flops 8 per number and axis; bytes: x and y once, and
// the block once between the axes, in cache.
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct WaveletSizes {
    int64_t outer, H, W, inner;  // of the array
    int64_t h, w;                // of the block
    bool inverse;
};
ADJOINT_INLINE WaveletSizes wavelet_sizes(const KernelArguments& a) {
    const ArrayView& x = a.in_view(0);
    const int64_t axis = a.integer("axis");
    WaveletSizes s{1, x.shape[axis], x.shape[axis + 1], 1, a.integer("height"), a.integer("width"),
                   a.integer("inverse") != 0};
    for (int64_t i = 0; i < axis; ++i) s.outer *= x.shape[i];
    for (int64_t i = axis + 2; i < x.rank; ++i) s.inner *= x.shape[i];
    return s;
}

// Tap k of the low-pass (which = 0) and high-pass (1) filter.
ADJOINT_BOTH ADJOINT_INLINE double tap(int which, int k) {
    const double h[4] = {0.48296291314453414337, 0.83651630373780790557, 0.22414386804201338103,
                         -0.12940952255126038117};  // (1±√3)/4√2, (3±√3)/4√2
    return which == 0 ? h[k] : k % 2 ? -h[3 - k] : h[3 - k];
}

// Element `to` of the transform of a line of n numbers: line(i) is number i. One formula for every pass.
template <class S, class Line>
ADJOINT_BOTH ADJOINT_INLINE S wavelet_element(int64_t to, int64_t n, bool inverse, const Line& line) {
    const int64_t m = n - n % 2, half = m / 2, low = n - half;  // low frequencies: an odd sample is the last of them
    if (n % 2 && to == (inverse ? n - 1 : low - 1)) return line(inverse ? low - 1 : n - 1);
    S sum = S(0.0);
    if (!inverse) {
        const int which = to >= low;
        const int64_t i = which ? to - low : to;
        for (int k = 0; k < 4; ++k) sum += S(tap(which, k)) * line((2 * i + k) % m);
    } else {
        for (int k = int(to % 2); k < 4; k += 2) {
            const int64_t i = ((to - k) / 2 + m) % half;
            sum += S(tap(0, k)) * line(i) + S(tap(1, k)) * line(low + i);
        }
    }
    return sum;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <vector>

#include "engine/operation.h"
#include "kernels/wavelet/wavelet.h"
namespace adjoint {

template <class S>
static void wavelet_level_definition(const KernelArguments& a) {
    const WaveletSizes s = wavelet_sizes(a);
    const int64_t plane = s.H * s.W * s.inner;
    std::vector<S> between(size_t(s.h * s.w));
    for (int64_t o = 0; o < s.outer; ++o)
        for (int64_t c = 0; c < s.inner; ++c) {
            const S* x = a.in<S>(0) + o * plane + c;
            S* y = a.out<S>(0) + o * plane + c;
            for (int64_t k = 0; k < s.H * s.W; ++k) y[k * s.inner] = x[k * s.inner];
            for (int64_t i = 0; i < s.h; ++i)
                for (int64_t j = 0; j < s.w; ++j)
                    between[size_t(i * s.w + j)] = wavelet_element<S>(
                        j, s.w, s.inverse, [&](int64_t p) { return x[(i * s.W + p) * s.inner]; });
            for (int64_t i = 0; i < s.h; ++i)
                for (int64_t j = 0; j < s.w; ++j)
                    y[(i * s.W + j) * s.inner] = wavelet_element<S>(
                        i, s.h, s.inverse, [&](int64_t p) { return between[size_t(p * s.w + j)]; });
        }
}

static std::vector<TensorSpec> infer_wavelet_level(const Signature& s) {
    const int64_t axis = s.attributes.integer("axis"), h = s.attributes.integer("height"),
                  w = s.attributes.integer("width");
    const Shape& x = s.shape(0);
    if (axis < 0 || axis + 1 >= x.rank()) s.refuse("there are no two axes from " + std::to_string(axis) + " on");
    if (h < 0 || w < 0 || h > x[int(axis)] || w > x[int(axis) + 1])
        s.refuse("the block " + std::to_string(h) + "×" + std::to_string(w) + " is larger than the array");
    return {{x}};
}

static Attributes block_of(int64_t axis, int64_t h, int64_t w, bool inverse) {
    return {{"axis", axis}, {"height", h}, {"width", w}, {"inverse", int64_t(inverse)}};
}

static std::vector<Tensor> gradient_of_wavelet_level(const GradientCall& c) {
    const Attributes& a = c.attributes();
    return {wavelet_level(c.cotangent(), a.integer("axis"), a.integer("height"), a.integer("width"),
                          !a.integer("inverse"))};
}

ADJOINT_DECLARE_KERNELS(wavelet_level)

ADJOINT_OPERATION(wavelet_level) {
    Operation r = {
        .name = "wavelet_level",
        .equation = "y = W x",
        .kind = Kind::linear,
        .infer = infer_wavelet_level,
        .definition = ADJOINT_DEFINITION(wavelet_level_definition),
        .cpu = ADJOINT_CPU_KERNELS(wavelet_level),
        .gpu = ADJOINT_GPU_KERNELS(wavelet_level),
        .gradient = gradient_of_wavelet_level,
        .flops = [](const Signature& s) { return 16.0 * double(s.shape(0).count()); },
        .wrong = {{{{{.shape = {4}}}, block_of(0, 1, 1, false)}, "no two axes"},
                  {{{{.shape = {4, 4}}}, block_of(0, 4, 5, false)}, "larger than the array"}},
    };
    for (bool inverse : {false, true}) {
        r.samples.push_back({{{.shape = {2, 8, 6, 2}}}, block_of(1, 8, 6, inverse)});
        r.samples.push_back({{{.shape = {2, 7, 10, 2}}}, block_of(1, 5, 6, inverse)});
        r.samples.push_back({{{.shape = {5, 3}}}, block_of(0, 5, 3, inverse)});
        r.samples.push_back({{{.shape = {3, 1, 2, 1}}}, block_of(1, 1, 2, inverse)});
        r.samples.push_back({{{.shape = {34, 70, 2}}}, block_of(0, 34, 69, inverse)});
    }
    return r;
}

Tensor wavelet_level(const Tensor& x, int64_t axis, int64_t height, int64_t width, bool inverse) {
    return wavelet_level_operation()({x}, block_of(x.shape().axis(axis, "wavelet"), height, width, inverse));
}

// The blocks of all levels, the largest first.
static std::vector<std::pair<int64_t, int64_t>> levels(const Tensor& x, int64_t axis, int64_t smallest) {
    std::vector<std::pair<int64_t, int64_t>> blocks;
    int64_t h = x.size(int(axis)), w = x.size(int(axis) + 1);
    while ((h + 1) / 2 >= smallest && (w + 1) / 2 >= smallest && h > 1 && w > 1) {
        blocks.push_back({h, w});
        h = (h + 1) / 2;
        w = (w + 1) / 2;
    }
    return blocks;
}

Tensor wavelet(const Tensor& x, int64_t axis, int64_t smallest) {
    axis = x.shape().axis(axis, "wavelet");
    Tensor y = x;
    for (auto [h, w] : levels(x, axis, smallest)) y = wavelet_level(y, axis, h, w);
    return y;
}
Tensor inverse_wavelet(const Tensor& y, int64_t axis, int64_t smallest) {
    axis = y.shape().axis(axis, "wavelet");
    Tensor x = y;
    const auto blocks = levels(y, axis, smallest);
    for (size_t k = blocks.size(); k-- > 0;) x = wavelet_level(x, axis, blocks[k].first, blocks[k].second, true);
    return x;
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include <cstring>

#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "engine/scratch.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// The transform of n rows of `width` numbers, row i at from + i·from_step: along columns it is vector code over a row.
// `line` numbers stand for one sample, so the transform along a row of complex numbers has width = 2.
template <class T>
inline void transform_rows(const T* from, int64_t from_step, T* to, int64_t to_step, int64_t n, int64_t width,
                           bool inverse) {
    const int64_t m = n - n % 2, half = m / 2, low = n - half;
    if (n % 2) {
        const T* odd = from + (inverse ? low - 1 : n - 1) * from_step;
        T* place = to + (inverse ? n - 1 : low - 1) * to_step;
        for (int64_t c = 0; c < width; ++c) place[c] = odd[c];
    }
    for (int64_t i = 0; i < half; ++i) {
        // Forward: samples 2i … 2i+3 give low and high number i. Inverse: low and high numbers i−1 and i give samples
        // 2i and 2i+1. Both are two sums over the same four rows.
        const T* row[4];
        T *y0, *y1;
        T t0[4], t1[4];
        if (!inverse) {
            for (int k = 0; k < 4; ++k) {
                row[k] = from + (2 * i + k < m ? 2 * i + k : (2 * i + k) % m) * from_step;
                t0[k] = T(tap(0, k));
                t1[k] = T(tap(1, k));
            }
            y0 = to + i * to_step;
            y1 = to + (low + i) * to_step;
        } else {
            const int64_t before = i ? i - 1 : half - 1;
            row[0] = from + i * from_step;
            row[1] = from + (low + i) * from_step;
            row[2] = from + before * from_step;
            row[3] = from + (low + before) * from_step;
            for (int k = 0; k < 4; ++k) {
                t0[k] = T(tap(k % 2, k < 2 ? 0 : 2));
                t1[k] = T(tap(k % 2, k < 2 ? 1 : 3));
            }
            y0 = to + 2 * i * to_step;
            y1 = to + (2 * i + 1) * to_step;
        }
#pragma GCC ivdep
        for (int64_t c = 0; c < width; ++c) {
            const T a = row[0][c], b = row[1][c], d = row[2][c], e = row[3][c];
            y0[c] = t0[0] * a + t0[1] * b + t0[2] * d + t0[3] * e;
            y1[c] = t1[0] * a + t1[1] * b + t1[2] * d + t1[3] * e;
        }
    }
}

template <class T>
void wavelet_level(const KernelArguments& a) {
    const WaveletSizes s = wavelet_sizes(a);
    const int64_t plane = s.H * s.W * s.inner, step = s.W * s.inner;
    if (s.outer * plane == 0) return;
    const T* in = a.in<T>(0);
    T* out = a.out<T>(0);
    if (s.h < s.H || s.w < s.W)
        parallel_for(s.outer * plane, 65536, [&](int64_t begin, int64_t end) {
            std::memcpy(out + begin, in + begin, size_t(end - begin) * sizeof(T));
        });
    // Along the rows into a block of its own, then along its columns, strips of columns at a time.
    const int64_t width = s.w * s.inner;
    Scratch<T> between(s.outer * s.h * width);
    parallel_for(s.outer * s.h, larger<int64_t>(1, 4096 / larger<int64_t>(1, width)), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            transform_rows(in + r / s.h * plane + r % s.h * step, s.inner, between.data() + r * width, s.inner, s.w,
                           s.inner, s.inverse);
    });
    constexpr int64_t strip = 64;
    const int64_t strips = pieces(width, strip);
    parallel_for(s.outer * strips, 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const int64_t o = k / strips, c = k % strips * strip;
            transform_rows(between.data() + o * s.h * width + c, width, out + o * plane + c, step, s.h,
                           smaller(strip, width - c), s.inverse);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(wavelet_level)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {
namespace {

// One thread per number of the block; neighbours are neighbouring numbers of a row. Bytes: four numbers are read for
// each written, three of them from L1.
template <class T>
__global__ void wavelet_rows(WaveletSizes s, const T* x, T* between) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.h * s.w * s.inner) return;
    const int64_t c = e % s.inner, j = e / s.inner % s.w, i = e / (s.inner * s.w) % s.h, o = e / (s.inner * s.w * s.h);
    const T* row = x + ((o * s.H + i) * s.W) * s.inner + c;
    between[e] = wavelet_element<T>(j, s.w, s.inverse, [&](int64_t p) { return row[p * s.inner]; });
}
template <class T>
__global__ void wavelet_columns(WaveletSizes s, const T* x, const T* between, T* y) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.H * s.W * s.inner) return;
    const int64_t c = e % s.inner, j = e / s.inner % s.W, i = e / (s.inner * s.W) % s.H, o = e / (s.inner * s.W * s.H);
    if (i >= s.h || j >= s.w) {
        y[e] = x[e];
        return;
    }
    const T* column = between + (o * s.h * s.w + j) * s.inner + c;
    y[e] = wavelet_element<T>(i, s.h, s.inverse, [&](int64_t p) { return column[p * s.w * s.inner]; });
}

template <class T>
void wavelet_level(const KernelArguments& a) {
    const WaveletSizes s = wavelet_sizes(a);
    const int64_t block = s.outer * s.h * s.w * s.inner, all = s.outer * s.H * s.W * s.inner;
    if (all == 0) return;
    GpuScratch<T> between(block);
    if (block)
        launch(wavelet_rows<T>, dim3(unsigned((block + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0),
               between.data());
    launch(wavelet_columns<T>, dim3(unsigned((all + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(0),
           static_cast<const T*>(between.data()), a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(wavelet_level)
}  // namespace adjoint::gpu
#endif
