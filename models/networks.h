// The networks that take an image and give an image, by name: what the program, training and unrolled reconstructions
// need to know of them. The networks themselves are one file each.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/attributes.h"
#include "engine/parameters.h"
#include "models/layers.h"

namespace adjoint {

// A network of any architecture.
struct Network {
    std::string architecture;
    Attributes settings;  // all of them, the defaults too: what a model file keeps
    int64_t in = 0, out = 0;  // channels
    Parameters parameters;
    Parameters statistics;  // running means and variances of batch norms, part of a model file; often none
    // The output N×out×H×W for an input N×in×H×W, with the given weights (in the order of `parameters`).
    std::function<Tensor(const std::vector<Tensor>& weights, const Tensor& x, Mode)> function;

    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x, Mode mode = Mode::evaluation) const {
        return function(weights, x, mode);
    }
    Tensor operator()(const Tensor& x) const { return function(parameters.tensors(), x, Mode::evaluation); }
};

// The shape of the tensor of that name in a file of weights; null: there is none.
using ShapeOf = std::function<const Shape*(const std::string& name)>;

struct Architecture {
    std::string name;
    std::string about;  // one line for the help
    // With the settings given (the others have their defaults) and weights drawn from Philox(seed, stream 0).
    // Errors (usage): an unknown setting, one of another kind, or a value that the network refuses.
    Network (*make)(const Attributes& settings, uint64_t seed, Type, Device);
    // The settings that a file of weights alone tells, from the shapes of its tensors. Errors (mismatch): a tensor that
    // the architecture cannot do without is not there, or has another number of axes.
    Attributes (*settings_from_shapes)(const ShapeOf&);
};

const std::vector<Architecture>& architectures();
const Architecture& architecture_named(const std::string& name);  // errors (usage): unknown, with the names there are

}  // namespace adjoint
