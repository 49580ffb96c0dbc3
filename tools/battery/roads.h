// The two roads to a derivative. With F(x, v) = ⟨v, f(x)⟩, both compute the n-th derivative of F along n directions, one
// number: forward by dual numbers through the definition, reverse by n nested gradients through the kernels. F is
// linear in v, so directions that move v too test that a gradient rule is recorded with respect to its cotangent.
#pragma once
#include "tools/battery/trial.h"

namespace adjoint::battery {

// A point or a direction of (x, v): numbers for each real input, then for each real output.
struct Place {
    std::vector<std::vector<double>> x, v;
};

struct Derivative {
    double value = 0;
    double scale = 0;  // Σ|terms| of the last inner product: the value itself may cancel
};

// `along` holds 1 to 3 directions. The first one moves x only.
Derivative forward_road(const Trial&, const Place& at, const std::vector<Place>& along);
// `create_graph` asks for the differentiable rule even where nothing more is differentiated.
Derivative reverse_road(const Trial&, const Place& at, const std::vector<Place>& along, bool create_graph);

// ⟨u, g⟩; adds Σ|terms| to *scale.
double inner(const std::vector<double>& u, const std::vector<double>& g, double* scale);

// Σ over outputs of ⟨v, y⟩, as operations.
Tensor dot(const std::vector<Tensor>& v, const std::vector<Tensor>& y);

// dL/d(inputs `wanted`) for L = Σ ⟨v, y⟩ over the real outputs of one call; the other inputs are constants.
struct GradientRequest {
    std::vector<int> wanted;                    // places of inputs
    std::vector<std::vector<double>> v;         // one per real output; empty numbers: that output is not used
    bool create_graph = false;
};
std::vector<Tensor> gradient_of_call(const Trial&, const std::vector<Tensor>& inputs, const GradientRequest&);

}  // namespace adjoint::battery
