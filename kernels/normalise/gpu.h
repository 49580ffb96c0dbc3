// normalise on GPU memory: one block per group, three passes over its numbers forward and two backward (the later ones
// come from the cache where a group fits). Sums in float64, in a fixed tree. Bound by memory: 2 arrays forward, 3
// backward. Compiled for GPUs; its rate on one is not measured yet.
#pragma once
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"

namespace adjoint::gpu {
namespace {

constexpr int norm_block = 256;  // the most threads of a block

// Threads for a group of `count` numbers, a power of two: a warp, or about one for every 8 numbers. More would wait for
// one another in the sums, and keep other groups from the multiprocessor.
inline unsigned norm_threads(int64_t count) {
    unsigned threads = 32;
    while (threads < norm_block && 8 * int64_t(threads) < count) threads *= 2;
    return threads;
}

// The sum of v over the block, whose threads are a power of two, in every thread.
__device__ inline double block_sum(double v) {
    GPU_SHARED(part, double[norm_block]);
    const int t = int(threadIdx.x);
    part[t] = v;
    __syncthreads();
    for (int half = int(blockDim.x) / 2; half > 0; half /= 2) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    const double total = part[0];
    __syncthreads();
    return total;
}

template <class T>
__global__ void normalise_groups(NormaliseSizes n, double epsilon, const T* x, const T* gamma, const T* beta, T* y,
                                 T* means, T* variances) {
    const int64_t g = blockIdx.x, count = n.runs * n.length;
    auto place = [&](int64_t k) { return n.at(g, k / n.length) + k % n.length; };
    double part = 0;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) part += double(x[place(k)]);
    const double mean = block_sum(part) / double(count);
    part = 0;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        const double d = double(x[place(k)]) - mean;
        part += d * d;
    }
    const double variance = block_sum(part) / double(count), scale = 1 / sqrt(variance + epsilon);
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        const int64_t e = n.entry(g, k % n.length), at = place(k);
        const double hat = (double(x[at]) - mean) * scale;
        y[at] = T((gamma ? double(gamma[e]) * hat : hat) + (beta ? double(beta[e]) : 0.0));
    }
    if (threadIdx.x == 0) {
        means[g] = T(mean);
        variances[g] = T(variance);
    }
}

// dx, and per group Σ g x̂ and Σ g in sums[0] and sums[groups].
template <class T>
__global__ void normalise_gradient_groups(NormaliseSizes n, double epsilon, const T* x, const T* gamma, const T* dy,
                                          const T* means, const T* variances, T* dx, double* sums) {
    const int64_t g = blockIdx.x, count = n.runs * n.length;
    const double mean = double(means[g]), scale = 1 / sqrt(double(variances[g]) + epsilon);
    auto place = [&](int64_t k) { return n.at(g, k / n.length) + k % n.length; };
    auto weighted = [&](int64_t k, int64_t at) {
        return n.by_column && gamma ? double(gamma[k % n.length]) * double(dy[at]) : double(dy[at]);
    };
    double total = 0, with_hat = 0;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        const int64_t at = place(k);
        const double v = weighted(k, at);
        total += v;
        with_hat += v * ((double(x[at]) - mean) * scale);
    }
    total = block_sum(total);
    with_hat = block_sum(with_hat);
    const double slope = gamma && !n.by_column ? scale * double(gamma[g % n.affine]) : scale;
    for (int64_t k = threadIdx.x; k < count; k += blockDim.x) {
        const int64_t at = place(k);
        const double hat = (double(x[at]) - mean) * scale;
        dx[at] = T(slope * (weighted(k, at) - total / double(count) - hat * (with_hat / double(count))));
    }
    if (threadIdx.x == 0) {
        sums[g] = with_hat;
        sums[n.groups + g] = total;
    }
}

// One thread per entry of γ: the sums of its groups, in order.
template <class T>
__global__ void normalise_entry_sums(NormaliseSizes n, const double* sums, T* d_gamma, T* d_beta) {
    const int64_t e = int64_t(blockIdx.x) * norm_block + threadIdx.x;
    if (e >= n.affine) return;
    double gamma = 0, beta = 0;
    for (int64_t g = e; g < n.groups; g += n.affine) {
        gamma += sums[g];
        beta += sums[n.groups + g];
    }
    d_gamma[e] = T(gamma);
    d_beta[e] = T(beta);
}

// A layer's γ: 32 columns × 8 rows of threads run down all groups; then the eight sums of a column, in order.
template <class T>
__global__ void normalise_column_sums(NormaliseSizes n, double epsilon, const T* x, const T* dy, const T* means,
                                      const T* variances, T* d_gamma, T* d_beta) {
    GPU_SHARED(part, double[2][8][33]);
    const int64_t s = int64_t(blockIdx.x) * 32 + threadIdx.x;
    double gamma = 0, beta = 0;
    if (s < n.length)
        for (int64_t g = threadIdx.y; g < n.groups; g += 8) {
            const double v = double(dy[g * n.length + s]);
            const double scale = 1 / sqrt(double(variances[g]) + epsilon);
            gamma += v * ((double(x[g * n.length + s]) - double(means[g])) * scale);
            beta += v;
        }
    part[0][threadIdx.y][threadIdx.x] = gamma;
    part[1][threadIdx.y][threadIdx.x] = beta;
    __syncthreads();
    if (threadIdx.y > 0 || s >= n.length) return;
    for (int k = 1; k < 8; ++k) {
        gamma += part[0][k][threadIdx.x];
        beta += part[1][k][threadIdx.x];
    }
    d_gamma[s] = T(gamma);
    d_beta[s] = T(beta);
}

template <class T>
void normalise(const KernelArguments& a) {
    const NormaliseSizes n = normalise_sizes(a);
    if (n.groups == 0) return;
    launch(normalise_groups<T>, dim3(unsigned(n.groups)), dim3(norm_threads(n.count())), 0, a.stream, n,
           a.real("epsilon"), a.in<T>(0), a.in<T>(1), a.in<T>(2), a.out<T>(0), a.out<T>(1), a.out<T>(2));
}

template <class T>
void normalise_gradient(const KernelArguments& a) {
    const NormaliseSizes n = normalise_sizes(a);
    const double epsilon = a.real("epsilon");
    GpuScratch<double> sums(2 * n.groups);
    if (n.groups > 0)
        launch(normalise_gradient_groups<T>, dim3(unsigned(n.groups)), dim3(norm_threads(n.count())), 0, a.stream, n,
               epsilon, a.in<T>(0), a.in<T>(1), a.in<T>(2), a.in<T>(3), a.in<T>(4), a.out<T>(0), sums.data());
    if (n.affine == 0) return;
    if (n.by_column)
        launch(normalise_column_sums<T>, dim3(unsigned((n.length + 31) / 32)), dim3(32, 8), 0, a.stream, n, epsilon,
               a.in<T>(0), a.in<T>(2), a.in<T>(3), a.in<T>(4), a.out<T>(1), a.out<T>(2));
    else
        launch(normalise_entry_sums<T>, dim3(unsigned((n.affine + norm_block - 1) / norm_block)), dim3(norm_block), 0,
               a.stream, n, static_cast<const double*>(sums.data()), a.out<T>(1), a.out<T>(2));
}

}  // namespace
ADJOINT_KERNELS(normalise)
ADJOINT_KERNELS(normalise_gradient)
}  // namespace adjoint::gpu
