// One layer of the network prepared for a pass over blocks of rows: its weights packed in both directions, and the places
// of a block's activations and of a slab's gradients.
#pragma once
#include "kernels/network/blocks.h"
#include "kernels/network/siren/passes.h"

namespace adjoint::ADJOINT_ISA {

template <class T>
struct SirenLayer {
    int64_t in, out;
    int64_t stride;                // of its output rows
    const T* bias;
    T omega;                       // 0 for the last, linear layer
    PackedWeight<T> forward, backward;
    WeightGradient<T> weight_gradient;
    int64_t weight_at, bias_at;    // in a slab's gradients
    // In a block's activations: h = sin(…) and its derivative, later dL/d(h W ᵀ + b); of the last layer y, later dL/dy.
    int64_t h_at, derivative_at;
};

}  // namespace adjoint::ADJOINT_ISA
