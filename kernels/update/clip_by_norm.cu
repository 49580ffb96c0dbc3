// clip_by_norm: g ← g · min(1, max_norm / (‖g‖ + 1e−6)), in place, and ‖g‖ = √Σ g² from before.
//
// g is one block of all gradients, so ‖g‖ is the norm over all of them together. The form with 1e−6 is the customary
// one of deep-learning libraries. The squares are summed in double precision: no overflow and no loss for any block.
// R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013, algorithm 1.
#include <cmath>

#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

// From the norm to the factor; NaN stays NaN, ∞ gives 0.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S clip_factor(S norm, double max_norm) {
    const S factor = S(max_norm) / (norm + S(1e-6));
    return factor > S(1.0) ? S(1.0) : factor;
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/math.h"
#include "kernels/update/rule.h"
#include "kernels/update/update.h"
namespace adjoint {

template <class S>
static void clip_by_norm_definition(const KernelArguments& a) {
    S* g = a.out<S>(0);
    S squares(0.0);
    for (int64_t i = 0; i < a.in_view(0).size; ++i) squares += g[i] * g[i];
    const S norm = math::sqrt(squares), factor = clip_factor(norm, a.real("max_norm"));
    for (int64_t i = 0; i < a.in_view(0).size; ++i) g[i] *= factor;
    a.out<S>(1)[0] = norm;
}

static std::vector<TensorSpec> infer_clip_by_norm(const Signature& s) {
    require_setting(s, s.attributes.real("max_norm") >= 0, "max_norm", "0 or more");
    return {{s.shape(0)}, {Shape{}}};
}

ADJOINT_DECLARE_KERNELS(clip_by_norm)

ADJOINT_OPERATION(clip_by_norm) {
    return {
        .name = "clip_by_norm",
        .equation = "g ← g · min(1, max_norm / (‖g‖ + 1e−6))",
        .kind = Kind::update,
        .infer = infer_clip_by_norm,
        .definition = ADJOINT_DEFINITION(clip_by_norm_definition),
        .cpu = ADJOINT_CPU_KERNELS(clip_by_norm),
        .gpu = ADJOINT_GPU_KERNELS(clip_by_norm),
        .aliases = {0},
        .writes = true,
        .not_differentiable = "it changes its inputs in place",
        .flops = [](const Signature& s) { return 3.0 * double(s.shape(0).count()); },
        .bytes = [](const Signature& s) {  // read twice, written once
            return (3.0 * double(s.shape(0).count()) + 1) * double(size_of(s.inputs[0].type));
        },
        .samples = {{{{.shape = {3, 5}}}, {{"max_norm", 1.0}}},
                    {{{.shape = {3, 5}}}, {{"max_norm", 100.0}}},
                    {{{.shape = {40001}}}, {{"max_norm", 1.0}}},
                    {{{.shape = {300007}}}, {{"max_norm", 0.0}}},
                    {{{.shape = {1}}}, {{"max_norm", 0.01}}},
                    {{{.shape = {0}}}, {{"max_norm", 1.0}}}},
        .wrong = {{{{{.shape = {3}}}, {{"max_norm", -1.0}}}, "max_norm is out of range"}},
    };
}

Tensor clip_by_norm(const Tensor& gradient, double max_norm) {
    return clip_by_norm_operation().apply({gradient}, {{"max_norm", max_norm}})[1];
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "engine/scratch.h"
namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int64_t slab = 16384;  // numbers summed in one go; a function of nothing, so the bits depend on no thread

// Σ x² of n neighbouring numbers in 32 fixed lanes, then a fixed tree.
template <class T>
double squares_of_run(const T* x, int64_t n) {
    constexpr int width = 32;
    double lane[width] = {};
    int64_t i = 0;
    for (; i + width <= n; i += width)
        for (int k = 0; k < width; ++k) lane[k] += double(x[i + k]) * double(x[i + k]);
    for (int k = 0; i + k < n; ++k) lane[k] += double(x[i + k]) * double(x[i + k]);
    for (int half = width / 2; half > 0; half /= 2)
        for (int k = 0; k < half; ++k) lane[k] += lane[k + half];
    return lane[0];
}

template <class T>
void clip_by_norm(const KernelArguments& a) {
    const int64_t n = a.in_view(0).size, slabs = (n + slab - 1) / slab;
    T* g = a.out<T>(0);
    Scratch<double> partial(size_t(slabs > 0 ? slabs : 1));
    double* p = partial.data();
    parallel_for(slabs, 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const int64_t left = n - k * slab;
            p[k] = squares_of_run(g + k * slab, left < slab ? left : slab);
        }
    });
    double squares = 0;
    for (int64_t k = 0; k < slabs; ++k) squares += p[k];
    const double norm = ::sqrt(squares), factor = clip_factor(norm, a.real("max_norm"));
    a.out<T>(1)[0] = T(norm);
    if (factor == 1) return;
    const T f = T(factor);
    parallel_for(n, slab, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) g[i] *= f;
    });
}

}  // namespace
ADJOINT_KERNELS(clip_by_norm)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
namespace adjoint::gpu {
namespace {

constexpr int block = 256, most_blocks = 1024;

// Σ over all 256 threads of a block, in a fixed tree; every thread gets it.
__device__ inline double sum_of_block(double mine, double (&partial)[block]) {
    partial[threadIdx.x] = mine;
    __syncthreads();
    for (unsigned half = block / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    return partial[0];
}

// Each block strides over g and leaves one partial sum: g is read once, at the rate of memory.
template <class T>
__global__ void squares_of_blocks(const T* g, int64_t n, double* sums) {
    GPU_SHARED(partial, double[block]);
    double mine = 0;
    for (int64_t i = int64_t(blockIdx.x) * block + threadIdx.x; i < n; i += int64_t(gridDim.x) * block)
        mine += double(g[i]) * double(g[i]);
    const double sum = sum_of_block(mine, partial);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// Every block adds the partial sums again (at most 8 KB, from cache), in the same order, and scales its part of g: no
// round trip to the host, and no third kernel.
template <class T>
__global__ void scale_by_norm(T* g, int64_t n, const double* sums, int count, double max_norm, T* norm_out) {
    GPU_SHARED(partial, double[block]);
    double mine = 0;
    for (int k = int(threadIdx.x); k < count; k += block) mine += sums[k];
    const double norm = sqrt(sum_of_block(mine, partial));
    if (blockIdx.x == 0 && threadIdx.x == 0) norm_out[0] = T(norm);
    const T factor = T(clip_factor(norm, max_norm));
    for (int64_t i = int64_t(blockIdx.x) * block + threadIdx.x; i < n; i += int64_t(gridDim.x) * block) g[i] *= factor;
}

template <class T>
void clip_by_norm(const KernelArguments& a) {
    const int64_t n = a.in_view(0).size, wanted = (n + block - 1) / block;
    const int blocks = int(wanted < 1 ? 1 : wanted > most_blocks ? most_blocks : wanted);
    const GpuScratch<double> sums(blocks);
    launch(squares_of_blocks<T>, dim3(unsigned(blocks)), dim3(block), 0, a.stream, a.in<T>(0), n, sums.data());
    launch(scale_by_norm<T>, dim3(unsigned(blocks)), dim3(block), 0, a.stream, a.out<T>(0), n, sums.data(), blocks,
           a.real("max_norm"), a.out<T>(1));
}

}  // namespace
ADJOINT_KERNELS(clip_by_norm)
}  // namespace adjoint::gpu
#endif
