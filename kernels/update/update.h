// Optimiser steps and gradient clipping, in place: the table of contents. Meant for whole blocks of parameters
// (engine/parameters.h), but any tensors do. Nothing here has a gradient.
// Errors: different shapes, types or devices; settings outside of their range; memory that a recorded operation saved.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct AdamSettings {
    double learning_rate = 1e-3;   // ≥ 0
    double beta1 = 0.9;            // decay of the mean of the gradient, in [0, 1)
    double beta2 = 0.999;          // decay of the mean of its square, in [0, 1)
    double epsilon = 1e-8;         // > 0, added after the root
    double weight_decay = 0;       // ≥ 0
};

// One step of Adam (Kingma and Ba 2015, algorithm 1) with bias correction; weight decay is λ p added to the gradient.
// m and v start as zeros; `step` counts from 1.
void adam(const Tensor& parameters, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamSettings&,
          int64_t step);
// The same with decoupled weight decay: p ← p (1 − learning rate · λ) first (Loshchilov and Hutter 2019, algorithm 2).
void adamw(const Tensor& parameters, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamSettings&,
           int64_t step);

struct SgdSettings {
    double learning_rate = 1e-2;   // ≥ 0
    double weight_decay = 0;       // λ ≥ 0, λ p is added to the gradient
    double momentum = 0;           // in [0, 1)
    bool nesterov = false;         // look ahead along the momentum (Sutskever et al. 2013)
};

void sgd(const Tensor& parameters, const Tensor& gradient, const SgdSettings&);  // without momentum
// `velocity` starts as zeros: u ← μ u + g, p ← p − learning rate · u.
void sgd_momentum(const Tensor& parameters, const Tensor& gradient, const Tensor& velocity, const SgdSettings&);

// g ← g · min(1, max_norm / (‖g‖₂ + 1e−6)). Returns ‖g‖₂ from before, a scalar on the same device. A norm that is not
// finite makes g NaN: look at it.
Tensor clip_by_norm(const Tensor& gradient, double max_norm);
void clip_by_value(const Tensor& gradient, double limit);  // g ← min(max(g, −limit), limit)

}  // namespace adjoint
