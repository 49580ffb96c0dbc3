// The whole SIREN on GPU memory: layer after layer, with the sine layer's and the matrix product's kernels. Activations
// of all layers are kept (2·rows·Σ width numbers), so the gradient computes nothing twice.
#pragma once
#include "kernels/linear/matmul/gpu.h"
#include "kernels/network/sine_layer/gpu.h"

namespace adjoint::gpu {
namespace {

// Working memory that is given back when it goes out of scope.
template <class T>
class DeviceScratch {
public:
    explicit DeviceScratch(int64_t count) : data_(static_cast<T*>(allocate(size_t(count) * sizeof(T)))) {
        if (!data_) library_failure("the GPU's memory", "working memory of a SIREN", 2);
    }
    ~DeviceScratch() { release(data_); }
    DeviceScratch(const DeviceScratch&) = delete;
    T* data() const { return data_; }

private:
    T* data_;
};

template <class T>
__global__ void add_bias(T* y, const T* b, int64_t count, int64_t out) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k < count) y[k] += b[k % out];
}

template <class T>
__global__ void fill_ones(T* p, int64_t count) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k < count) p[k] = T(1);
}

// g = dL/dy of the mean loss, elementwise; terms: what each element adds to the sum.
template <class T>
__global__ void loss_terms(const T* y, const T* target, T* g, T* terms, int64_t count, T scale, bool l1) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= count) return;
    const T d = y[k] - target[k];
    terms[k] = l1 ? (d < T(0) ? -d : d) : d * d;
    g[k] = l1 ? (d < T(0) ? -scale : d > T(0) ? scale : T(0)) : T(2) * scale * d;
}

// scale · Σ terms by one block, in a fixed order.
template <class T>
__global__ void sum_terms(const T* terms, T* result, int64_t count, T scale) {
    GPU_SHARED(partial, T[256]);
    T total = T(0);
    for (int64_t k = threadIdx.x; k < count; k += 256) total += terms[k];
    partial[threadIdx.x] = total;
    __syncthreads();
    for (unsigned half = 128; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) result[0] = scale * partial[0];
}

inline unsigned blocks_of(int64_t count) { return unsigned((count + 255) / 256); }

ADJOINT_INLINE MatmulSizes product(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b) {
    return {1, m, n, k, 0, 0, transpose_a ? m : k, transpose_b ? k : n, transpose_a, transpose_b};
}

template <class T>
class LayeredSiren {
public:
    // The network whose parameters begin at input `first` of the call; `keep` activations for the way back.
    LayeredSiren(const KernelArguments& a, int first)
        : a_(a), first_(first), s_(siren_shape(a, first)), activations_(activation_count(s_)) {}

    void forward(T* y) {
        const T* h = a_.in<T>(first_ - 1);
        for (int l = 0; l + 1 < s_.layers; ++l) {
            run_sine_layer(s_.rows, s_.widths[l], s_.widths[l + 1], T(s_.omegas[l]), h, weight(l), bias(l), sine(l), cosine(l),
                           a_.stream);
            h = sine(l);
        }
        const int64_t out = s_.widths[s_.layers];
        multiply_matrices(product(s_.rows, out, s_.widths[s_.layers - 1], false, true), h, weight(s_.layers - 1), y, a_.stream);
        if (s_.rows * out > 0)
            launch(add_bias<T>, dim3(blocks_of(s_.rows * out)), dim3(256), 0, a_.stream, y, bias(s_.layers - 1),
                   s_.rows * out, out);
    }

    // dL/dW_l, dL/db_l into outputs from `first_output` on, for g = dL/dy.
    void backward(const T* g, int first_output) {
        int64_t widest = 1;
        for (int l = 0; l <= s_.layers; ++l) widest = widest > s_.widths[l] ? widest : s_.widths[l];
        DeviceScratch<T> current(s_.rows * widest + 1), next(s_.rows * widest + 1), ones(s_.rows * widest + 1);
        // Through ω ȳ ∘ c with ω = 1 and c = 1 the cotangent kernel is a plain column sum, for the linear layer.
        const int64_t out = s_.widths[s_.layers];
        launch(fill_ones<T>, dim3(blocks_of(s_.rows * out + 1)), dim3(256), 0, a_.stream, ones.data(), s_.rows * out);
        run_sine_layer_cotangent(s_.rows, out, T(1), g, static_cast<const T*>(ones.data()), current.data(),
                                 a_.out<T>(first_output + 2 * (s_.layers - 1) + 1), a_.stream);
        for (int l = s_.layers - 1; l >= 0; --l) {
            const int64_t n_in = s_.widths[l], n_out = s_.widths[l + 1];
            const T* h = l > 0 ? sine(l - 1) : a_.in<T>(first_ - 1);
            multiply_matrices(product(n_out, n_in, s_.rows, true, false), static_cast<const T*>(current.data()), h,
                              a_.out<T>(first_output + 2 * l), a_.stream);
            if (l == 0) break;
            multiply_matrices(product(s_.rows, n_in, n_out, false, false), static_cast<const T*>(current.data()), weight(l),
                              next.data(), a_.stream);
            run_sine_layer_cotangent(s_.rows, n_in, T(s_.omegas[l - 1]), static_cast<const T*>(next.data()),
                                     static_cast<const T*>(cosine(l - 1)), current.data(),
                                     a_.out<T>(first_output + 2 * (l - 1) + 1), a_.stream);
        }
        synchronise();  // before the working memory goes
    }

    const SirenShape& shape() const { return s_; }

private:
    static int64_t activation_count(const SirenShape& s) {
        int64_t n = 1;
        for (int l = 0; l + 1 < s.layers; ++l) n += 2 * s.rows * s.widths[l + 1];
        return n;
    }
    const T* weight(int l) const { return a_.in<T>(first_ + 2 * l); }
    const T* bias(int l) const { return a_.in<T>(first_ + 2 * l + 1); }
    T* sine(int l) const {
        T* p = activations_.data();
        for (int k = 0; k < l; ++k) p += 2 * s_.rows * s_.widths[k + 1];
        return p;
    }
    T* cosine(int l) const { return sine(l) + s_.rows * s_.widths[l + 1]; }

    const KernelArguments& a_;
    int first_;
    SirenShape s_;
    DeviceScratch<T> activations_;
};

template <class T>
void siren_network(const KernelArguments& a) {
    LayeredSiren<T> network(a, 1);
    network.forward(a.out<T>(0));
    synchronise();
}

template <class T>
void siren_network_gradient(const KernelArguments& a) {
    LayeredSiren<T> network(a, 2);
    DeviceScratch<T> y(a.in_view(0).size + 1);
    network.forward(y.data());
    network.backward(a.in<T>(0), 0);
}

template <class T>
void siren_step(const KernelArguments& a) {
    LayeredSiren<T> network(a, 2);
    const int64_t count = a.in_view(0).size;
    DeviceScratch<T> y(count), g(count), terms(count);
    network.forward(y.data());
    const T scale = T(1.0 / double(count));
    launch(loss_terms<T>, dim3(blocks_of(count)), dim3(256), 0, a.stream, static_cast<const T*>(y.data()), a.in<T>(0),
           g.data(), terms.data(), count, scale, a.word("loss")[1] == '1');
    launch(sum_terms<T>, dim3(1), dim3(256), 0, a.stream, static_cast<const T*>(terms.data()), a.out<T>(0), count, scale);
    network.backward(g.data(), 1);
}

}  // namespace
ADJOINT_KERNELS(siren_network)
ADJOINT_KERNELS(siren_network_gradient)
ADJOINT_KERNELS(siren_step)
}  // namespace adjoint::gpu
