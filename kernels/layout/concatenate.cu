// concatenate: inputs one after the other along one axis. Linear; its adjoint cuts them apart (slices).
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

// Input k as outer × own rows of `width` numbers, which land at `offset` in the output's rows.
struct Piece {
    int64_t outer, width, offset, out_width;
};
ADJOINT_INLINE Piece piece_of(const KernelArguments& a, int input) {
    const int64_t axis = a.integer("axis");
    const ArrayView &x = a.in_view(input), &y = a.out_view(0);
    Piece p{1, 1, 0, 1};
    int64_t inner = 1;
    for (int i = 0; i < x.rank; ++i) {
        if (i < axis) p.outer *= x.shape[i];
        if (i > axis) inner *= x.shape[i];
    }
    p.width = x.shape[axis] * inner;
    p.out_width = y.shape[axis] * inner;
    for (int k = 0; k < input; ++k) p.offset += a.in_view(k).shape[axis] * inner;
    return p;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"

namespace adjoint {

template <class S>
static void concatenate_definition(const KernelArguments& a) {
    for (int k = 0; k < a.input_count; ++k) {
        const Piece p = piece_of(a, k);
        for (int64_t o = 0; o < p.outer; ++o)
            for (int64_t i = 0; i < p.width; ++i)
                a.out<S>(0)[o * p.out_width + p.offset + i] = a.in<S>(k)[o * p.width + i];
    }
}

static std::vector<TensorSpec> infer_concatenate(const Signature& s) {
    const int64_t axis = s.attributes.integer("axis");
    Shape shape = s.shape(0);
    if (axis < 0 || axis >= shape.rank()) s.refuse("there is no axis " + std::to_string(axis));
    int64_t total = 0;
    for (int k = 0; k < s.count(); ++k) {
        if (s.shape(k).rank() != shape.rank() || !(s.shape(k).with(int(axis), 0) == shape.with(int(axis), 0)))
            s.refuse("they differ in other axes than " + std::to_string(axis));
        total += s.shape(k)[int(axis)];
    }
    return {{shape.with(int(axis), total)}};
}

static std::vector<Tensor> gradient_of_concatenate(const GradientCall& c) {
    const int64_t axis = c.attributes().integer("axis");
    std::vector<Tensor> dL_d(size_t(c.input_count()));
    int64_t begin = 0;
    for (int k = 0; k < c.input_count(); ++k) {
        const int64_t n = c.input_spec(k).shape[int(axis)];
        if (c.needs(k)) dL_d[size_t(k)] = slice_axis(c.cotangent(), axis, begin, begin + n);
        begin += n;
    }
    return dL_d;
}

ADJOINT_DECLARE_KERNELS(concatenate)

ADJOINT_OPERATION(concatenate) {
    return {
        .name = "concatenate",
        .equation = "y = (x_1, x_2, …) along an axis",
        .kind = Kind::linear,
        .infer = infer_concatenate,
        .min_inputs = 1,
        .max_inputs = 16,
        .definition = ADJOINT_DEFINITION(concatenate_definition),
        .cpu = ADJOINT_CPU_KERNELS(concatenate),
        .gpu = ADJOINT_GPU_KERNELS(concatenate),
        .gradient = gradient_of_concatenate,
        .samples = {{{{.shape = {2, 3, 4}}, {.shape = {2, 1, 4}}, {.shape = {2, 5, 4}}}, {{"axis", int64_t(1)}}},
                    {{{.shape = {3, 4}}, {.shape = {2, 4}}}, {{"axis", int64_t(0)}}},
                    {{{.shape = {7, 0}}, {.shape = {7, 3}}}, {{"axis", int64_t(1)}}},
                    {{{.shape = {1}}}, {{"axis", int64_t(0)}}},
                    {{{.shape = {3, 170}}, {.shape = {3, 33}}}, {{"axis", int64_t(1)}}}},
        .wrong = {{{{{.shape = {2, 3}}, {.shape = {3, 3}}}, {{"axis", int64_t(1)}}}, "differ in other axes than 1"},
                  {{{{.shape = {2, 3}}}, {{"axis", int64_t(2)}}}, "no axis 2"}},
    };
}

Tensor concatenate(const std::vector<Tensor>& x, int64_t axis) {
    if (x.empty()) fail(ExitCode::usage, "concatenate", "there is nothing to concatenate");
    if (x.size() == 1) return x[0];
    if (x.size() > 16) {  // in two stages
        std::vector<Tensor> parts;
        for (size_t k = 0; k < x.size(); k += 16)
            parts.push_back(
                concatenate({x.begin() + int64_t(k), x.begin() + int64_t(std::min(x.size(), k + 16))}, axis));
        return concatenate(parts, axis);
    }
    return concatenate_operation()(x, {{"axis", int64_t(x[0].shape().axis(axis, "concatenate"))}});
}

Tensor stack(const std::vector<Tensor>& x, int64_t axis) {
    std::vector<Tensor> rows;
    for (const Tensor& t : x) {
        std::vector<int64_t> sizes = t.shape().vector();
        const int64_t k = axis < 0 ? axis + t.rank() + 1 : axis;
        if (k < 0 || k > t.rank())
            fail(ExitCode::usage, "stack of " + t.shape().text() + " along axis " + std::to_string(axis),
                 "there is no such axis");
        sizes.insert(sizes.begin() + k, 1);
        rows.push_back(reshape(t, Shape(sizes)));
    }
    return concatenate(rows, axis);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "kernels/layout/runs.h"
namespace adjoint::ADJOINT_ISA {
namespace {
// Blocks of output rows, so that short pieces that share a cache line are written together.
template <class T>
void concatenate(const KernelArguments& a) {
    Piece piece[16];
    for (int k = 0; k < a.input_count; ++k) piece[k] = piece_of(a, k);
    const int64_t outer = piece[0].outer, out_width = piece[0].out_width;
    if (outer * out_width == 0) return;
    // A long row is shared among threads in parts of each of its pieces.
    const int64_t part = 65536, parts = pieces(out_width, part);
    parallel_for(outer * parts, larger<int64_t>(1, 16384 / smaller(part, out_width)), [&](int64_t begin, int64_t end) {
        while (begin < end) {
            const int64_t o = begin / parts, i = begin % parts;
            const int64_t rows = parts == 1 ? end - begin : 1;
            for (int k = 0; k < a.input_count; ++k) {
                const Piece& p = piece[k];
                const int64_t share = pieces(p.width, parts), from = smaller(p.width, i * share);
                const int64_t n = smaller(share, p.width - from);
                for (int64_t r = o; r < o + rows; ++r)
                    copy_run(a.out<T>(0) + r * p.out_width + p.offset + from, a.in<T>(k) + r * p.width + from, n, 1);
            }
            begin += rows;
        }
    });
}
}  // namespace
ADJOINT_KERNELS(concatenate)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {
template <class T>
__global__ void copy_piece(Piece p, const T* x, T* y) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e < p.outer * p.width) y[e / p.width * p.out_width + p.offset + e % p.width] = x[e];
}
template <class T>
void concatenate(const KernelArguments& a) {
    for (int k = 0; k < a.input_count; ++k) {
        const Piece p = piece_of(a, k);
        const int64_t count = p.outer * p.width;
        if (count == 0) continue;
        launch(copy_piece<T>, dim3(unsigned((count + 255) / 256)), dim3(256), 0, a.stream, p, a.in<T>(k), a.out<T>(0));
    }
}
}  // namespace
ADJOINT_KERNELS(concatenate)
}  // namespace adjoint::gpu
#endif
