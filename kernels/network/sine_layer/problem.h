// The sine layer on plain memory: u = ω (x Wᵀ + b), sine = sin u, cosine = cos u (Sitzmann et al. 2020, eq. 5).
#pragma once
#include <cstdint>

namespace adjoint {

// All arrays row-major and dense. x: rows × in, weight: out × in, bias: out or null, sine and cosine: rows × out;
// cosine may be null.
template <class T>
struct SineLayerForward {
    int64_t rows = 0, in = 0, out = 0;
    const T* x = nullptr;
    const T* weight = nullptr;
    const T* bias = nullptr;
    double omega = 1;
    T* sine = nullptr;
    T* cosine = nullptr;
};

// The way back: g = ω ȳ ∘ c with ȳ = dL/dsine and c = cosine, dL/dx = g W, dL/dW = gᵀ x, dL/db = Σ_rows g, in blocks of
// rows that stay in cache, so that g never goes to memory.
// cosine and sine_cotangent: rows × out; x_gradient: rows × in or null.
template <class T>
struct SineLayerBackward {
    int64_t rows = 0, in = 0, out = 0;
    double omega = 1;
    const T* x = nullptr;
    const T* weight = nullptr;
    const T* cosine = nullptr;
    const T* sine_cotangent = nullptr;
    T* x_gradient = nullptr;
    T* weight_gradient = nullptr;
    T* bias_gradient = nullptr;
};

// The CPU kernels, one build per instruction set. The same bits for any number of threads.
#define ADJOINT_DECLARE_SINE_LAYER(isa)                                \
    namespace isa {                                                    \
    void sine_layer_forward_raw(const SineLayerForward<float>&);       \
    void sine_layer_forward_raw(const SineLayerForward<double>&);      \
    void sine_layer_backward_raw(const SineLayerBackward<float>&);     \
    void sine_layer_backward_raw(const SineLayerBackward<double>&);    \
    }
ADJOINT_DECLARE_SINE_LAYER(isa_baseline)
ADJOINT_DECLARE_SINE_LAYER(isa_avx2)
ADJOINT_DECLARE_SINE_LAYER(isa_avx512)
#undef ADJOINT_DECLARE_SINE_LAYER

}  // namespace adjoint
