#include "engine/recompute.h"

#include <memory>

#include "engine/operation.h"
#include "engine/tape.h"

namespace adjoint {
namespace {

// An input's other name on the tape, so that a derivative can be taken with respect to this use of it alone.
const Operation& alias_operation() {
    static const Operation op = {
        .name = "alias",
        .equation = "y = x",
        .kind = Kind::linear,
        .gradient = [](const GradientCall& c) { return std::vector<Tensor>{c.cotangent()}; },
    };
    return op;
}

Tensor alias(const Tensor& x) {
    std::vector<Tensor> y = {x.constant()};
    Tape::recording()->record(alias_operation(), {}, {x}, y, 0);
    return y[0];
}

std::vector<Tensor> gradient_of_recomputed(const GradientCall& c) {
    const auto block = std::static_pointer_cast<const RecomputedBlock>(c.attributes().held("block"));
    const bool create_graph = Tape::recording();
    std::vector<int> wanted;
    for (int i = 0; i < c.input_count(); ++i)
        if (c.needs(i)) wanted.push_back(i);

    ResumeRecording resume;
    std::unique_ptr<Tape> own = create_graph ? nullptr : std::make_unique<Tape>();
    std::vector<Tensor> inputs, variables;
    for (int i = 0; i < c.input_count(); ++i) inputs.push_back(c.present(i) ? c.input(i) : Tensor());
    for (int i : wanted) {
        inputs[size_t(i)] = create_graph ? alias(inputs[size_t(i)]) : own->variable(inputs[size_t(i)]);
        variables.push_back(inputs[size_t(i)]);
    }
    const Tensor y = (*block)(inputs);
    const std::vector<Tensor> found =
        gradient(y, variables, {.create_graph = create_graph, .cotangent = c.cotangent()});
    std::vector<Tensor> dL_d(size_t(c.input_count()));
    for (size_t k = 0; k < wanted.size(); ++k) dL_d[size_t(wanted[k])] = found[k];
    return dL_d;
}

// The record says which inputs are saved: all, so there is one record per number of inputs.
const Operation& recomputed_operation(size_t inputs) {
    static const std::vector<std::unique_ptr<const Operation>> all = [] {
        std::vector<std::unique_ptr<const Operation>> records;
        std::vector<int> saved;
        for (int n = 0; n <= 1024; ++n) {
            records.push_back(std::make_unique<const Operation>(Operation{
                .name = "recompute",
                .equation = "y = block(x)",
                .optional_inputs = saved,
                .saved_inputs = saved,
                .gradient = gradient_of_recomputed,
            }));
            saved.push_back(n);
        }
        return records;
    }();
    if (inputs >= all.size())
        fail(ExitCode::usage, "a recomputed block of " + std::to_string(inputs) + " inputs", "there can be 1024",
             "make smaller blocks");
    return *all[inputs];
}

}  // namespace

Tensor recompute(const RecomputedBlock& block, const std::vector<Tensor>& inputs) {
    Tape* tape = Tape::recording();
    if (!tape) return block(inputs);
    std::vector<Tensor> constants;
    for (const Tensor& x : inputs) constants.push_back(x ? x.constant() : x);
    // With constants for inputs nothing is recorded, unless the block reaches for other tensors of the tape.
    const size_t before = tape->nodes().size();
    std::vector<Tensor> y = {block(constants)};
    if (tape->nodes().size() != before || y[0].slot() >= 0)
        fail(ExitCode::usage, "a recomputed block", "it uses a tensor of the tape that is not among its inputs",
             "their gradients would be lost: hand it in");
    for (const Tensor& x : constants)
        if (x && y[0].shares_memory_with(x))
            fail(ExitCode::usage, "a recomputed block", "it gives one of its inputs as it is", "there is nothing to save");
    tape->record(recomputed_operation(inputs.size()), {{"block", std::make_shared<const RecomputedBlock>(block)}},
                 inputs, y, 0);
    return y[0];
}

}  // namespace adjoint
