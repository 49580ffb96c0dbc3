// filter_lines: y = F⁻¹ diag(w) F x along one axis, F centred and orthonormal, w real, in one pass over memory: the
// transform, the mask and the transform back of Cartesian MRI.
//
// x: complex; w: as many axes as x has without its last one, each of x's size or 1 (repeated). F⁻¹ diag(w) F is its own
// adjoint:  dL/dx = F⁻¹ diag(w) F g,  dL/dw = Re(conj(F x) F g), summed over repeated axes.
// Flops two transforms (10 n log₂ n per line) and 2 n; bytes: x, w and y once on the cpu. On the GPU three launches: the
// two transforms and the weights between them.
#include "engine/kernel_pass.h"
#include "engine/portable.h"
#include "kernels/complex/pair.h"

namespace adjoint {
namespace {

struct FilterSizes {
    int rank, axis;
    int64_t size[8], w_stride[8];  // of x's numbers; of w, 0 where it repeats
    int64_t outer, n, inner;       // x as lines of n
};
ADJOINT_INLINE FilterSizes filter_sizes(const KernelArguments& a) {
    const ArrayView &x = a.in_view(0), &w = a.in_view(1);
    FilterSizes s{x.rank - 1, int(a.integer("axis")), {}, {}, 1, 1, 1};
    int64_t step = 1;
    for (int i = s.rank - 1; i >= 0; --i) {
        s.size[i] = x.shape[i];
        s.w_stride[i] = w.shape[i] == 1 ? 0 : step;
        step *= w.shape[i];
        (i < s.axis ? s.outer : i == s.axis ? s.n : s.inner) *= x.shape[i];
    }
    return s;
}
// Where the weights of line `line` (counted over outer × inner) begin.
ADJOINT_BOTH ADJOINT_INLINE int64_t weights_of_line(const FilterSizes& s, int64_t line) {
    int64_t at = 0;
    for (int i = s.rank - 1; i >= 0; --i) {
        if (i == s.axis) continue;
        at += line % s.size[i] * s.w_stride[i];
        line /= s.size[i];
    }
    return at;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include <cmath>
#include <vector>

#include "kernels/complex/record.h"
#include "kernels/fourier/fourier.h"
namespace adjoint {

template <class S>
static void filter_lines_definition(const KernelArguments& a) {
    const FilterSizes s = filter_sizes(a);
    const int64_t c = s.n / 2;
    auto root = [&](int64_t jk, int sign) {
        const double angle = sign * 2 * 3.14159265358979323846 * double(jk % s.n) / double(s.n);
        return Pair<S>{S(std::cos(angle)), S(std::sin(angle))};
    };
    std::vector<Pair<S>> spectrum(static_cast<size_t>(s.n));
    for (int64_t line = 0; line < s.outer * s.inner; ++line) {
        const int64_t base = line / s.inner * s.n * s.inner + line % s.inner;
        const S* w = a.in<S>(1) + weights_of_line(s, line);
        for (int64_t k = 0; k < s.n; ++k) {
            Pair<S> sum{S(0.0), S(0.0)};
            for (int64_t j = 0; j < s.n; ++j)
                sum = sum + root((j - c) * (k - c), -1) * pair_at(a.in<S>(0), base + j * s.inner);
            spectrum[size_t(k)] = w[k * s.w_stride[s.axis]] * sum;
        }
        for (int64_t j = 0; j < s.n; ++j) {
            Pair<S> sum{S(0.0), S(0.0)};
            for (int64_t k = 0; k < s.n; ++k) sum = sum + root((j - c) * (k - c), 1) * spectrum[size_t(k)];
            put_pair(a.out<S>(0), base + j * s.inner, S(1 / double(s.n)) * sum);
        }
    }
}

static std::vector<TensorSpec> infer_filter_lines(const Signature& s) {
    const Shape x = shape_of_numbers(s, 0, true), &w = s.shape(1);
    const int64_t axis = s.attributes.integer("axis");
    if (axis < 0 || axis >= x.rank()) s.refuse("there is no complex axis " + std::to_string(axis));
    bool fits = w.rank() == x.rank();
    for (int i = 0; fits && i < w.rank(); ++i) fits = w[i] == x[i] || w[i] == 1;
    if (!fits) s.refuse("the weights do not fit", "they need the array's axes but the last, each of its size or 1");
    return {{s.shape(0)}};
}

static std::vector<Tensor> gradient_of_filter_lines(const GradientCall& c) {
    const Complex g{c.cotangent()};
    const int64_t axis = c.attributes().integer("axis");
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = filter_lines(g, c.input(1), axis).data;
    if (c.needs(1))
        dL_d[1] = sum_to(inner(fft(Complex{c.input(0)}, {axis}), fft(g, {axis})), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_DECLARE_KERNELS(filter_lines)

ADJOINT_OPERATION(filter_lines) {
    Operation r = {
        .name = "filter_lines",
        .equation = "y = F⁻¹ diag(w) F x",
        .kind = Kind::bilinear,
        .infer = infer_filter_lines,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(filter_lines_definition),
        .cpu = ADJOINT_CPU_KERNELS(filter_lines),
        .gpu = ADJOINT_GPU_KERNELS(filter_lines),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_filter_lines,
        .flops = [](const Signature& s) {
            const double n = double(s.shape(0)[int(s.attributes.integer("axis"))]);
            return n > 0 ? double(s.shape(0).count()) * (5 * std::log2(n) + 1) : 0;
        },
        .wrong = {{{{{.shape = {4, 3}}, {.shape = {4}}}, {{"axis", int64_t(0)}}}, "a last axis of 2"},
                  {{{{.shape = {4, 2}}, {.shape = {4}}}, {{"axis", int64_t(1)}}}, "no complex axis 1"},
                  {{{{.shape = {4, 5, 2}}, {.shape = {5}}}, {{"axis", int64_t(1)}}}, "weights do not fit"},
                  {{{{.shape = {4, 5, 2}}, {.shape = {4, 3}}}, {{"axis", int64_t(1)}}}, "weights do not fit"}},
    };
    auto sample = [&](Shape x, Shape w, int64_t axis) {
        r.samples.push_back({{{.shape = x}, {.shape = w}}, {{"axis", axis}}});
    };
    sample({2, 3, 5, 8, 2}, {1, 1, 1, 8}, 3);   // columns
    sample({2, 3, 6, 20, 2}, {2, 1, 6, 20}, 2); // points, along the rows; neighbouring lines
    sample({2, 2, 6, 7, 2}, {2, 1, 6, 7}, 3);
    sample({3, 4, 2, 2}, {3, 1, 1}, 1);
    sample({11, 3, 2}, {11, 3}, 0);             // Bluestein
    sample({19, 26, 2}, {1, 26}, 1);
    sample({1, 1, 2}, {1, 1}, 0);
    sample({3, 0, 2}, {3, 1}, 0);
    sample({40, 36, 2}, {40, 1}, 0);
    return r;
}

Complex filter_lines(const Complex& x, const Tensor& w, int64_t axis) {
    return {filter_lines_operation()({x.data, w}, {{"axis", x.shape().axis(axis, "filter_lines")}})};
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "kernels/fourier/fft/bluestein.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// The spectra of a group of lines times their weights / √n: frequency k lies at the centred place (k + ⌊n/2⌋) mod n.
template <class T>
void weigh_lines(const FilterSizes& s, const T* w, int64_t first, int64_t count, Vector<T>* spectrum) {
    const int64_t step = s.w_stride[s.axis];
    const T scale = T(1 / std::sqrt(double(s.n)));
    int64_t base[lanes<T>] = {};
    bool same = true;
    for (int64_t i = 0; i < count; ++i) {
        base[i] = weights_of_line(s, first + i);
        same = same && base[i] == base[0];
    }
    for (int64_t k = 0; k < s.n; ++k) {
        const int64_t place = (k + s.n / 2 < s.n ? k + s.n / 2 : k + s.n / 2 - s.n) * step;
        Vector<T> weight;
        if (same)
            weight = splat(w[base[0] + place]);
        else
            for (int i = 0; i < lanes<T>; ++i) weight[i] = w[base[i < count ? i : 0] + place];
        weight *= scale;
        spectrum[2 * k] *= weight;
        spectrum[2 * k + 1] *= weight;
    }
}

template <class T>
void filter_lines(const KernelArguments& a) {
    const FilterSizes s = filter_sizes(a);
    const int64_t lines = s.outer * s.inner;
    if (lines * s.n == 0) return;
    const FftPlan<T> forward(s.n, false), back(s.n, true);
    const int64_t groups = pieces(lines, lanes<T>);
    parallel_for(groups, larger<int64_t>(1, 2048 / s.n), [&](int64_t begin, int64_t end) {
        FftWork<T> work(forward);
        Vector<T>* const start = work.a;
        for (int64_t g = begin; g < end; ++g) {
            const int64_t first = g * lanes<T>, count = smaller<int64_t>(lanes<T>, lines - first);
            LineGroup group(s.n, s.inner, first, count);
            if (work.a != start) {
                work.b = work.a;
                work.a = start;  // where lines are loaded to
            }
            load_lines(a.in<T>(0), group, forward, work);
            transform_lines(forward, work);
            weigh_lines(s, a.in<T>(1), first, count, work.result);
            if (work.result != work.a) {  // the way back begins where the spectra lie
                work.b = work.a;
                work.a = work.result;
            }
            transform_lines(back, work);
            store_lines(a.out<T>(0), group, back, work);
        }
    });
}

}  // namespace
ADJOINT_KERNELS(filter_lines)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/attributes.h"
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {

// The transform's own kernels (kernels/fourier/fft).
void fft_f32(const KernelArguments&);
void fft_f64(const KernelArguments&);

namespace {

// One thread per number.
template <class T>
__global__ void weigh_numbers(FilterSizes s, const T* w, T* spectrum) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= s.outer * s.n * s.inner) return;
    const int64_t i = e % s.inner, k = e / s.inner % s.n, o = e / (s.inner * s.n);
    const T weight = w[weights_of_line(s, o * s.inner + i) + k * s.w_stride[s.axis]];
    put_pair(spectrum, e, weight * pair_at(static_cast<const T*>(spectrum), e));
}

template <class T>
void transform(const KernelArguments& a, const FilterSizes& s, const void* from, void* to, bool inverse) {
    const Attributes attributes{{"axis", int64_t(s.axis)}, {"inverse", int64_t(inverse)}};
    const ArrayView &x = a.in_view(0), in{const_cast<void*>(from), x.shape, x.rank, x.size},
                    out{to, x.shape, x.rank, x.size};
    const KernelArguments call{&in, 1, &out, 1, &attributes, a.stream};
    if constexpr (sizeof(T) == 4)
        fft_f32(call);
    else
        fft_f64(call);
}

template <class T>
void filter_lines(const KernelArguments& a) {
    const FilterSizes s = filter_sizes(a);
    const int64_t total = s.outer * s.n * s.inner;
    if (total == 0) return;
    GpuScratch<T> spectrum(2 * total);
    transform<T>(a, s, a.in<T>(0), spectrum.data(), false);
    launch(weigh_numbers<T>, dim3(unsigned((total + 255) / 256)), dim3(256), 0, a.stream, s, a.in<T>(1),
           spectrum.data());
    transform<T>(a, s, spectrum.data(), a.out<T>(0), true);
}

}  // namespace
ADJOINT_KERNELS(filter_lines)
}  // namespace adjoint::gpu
#endif
