// Recomputed blocks: the same values and gradients as without, less kept, and refusals.
#include "engine/recompute.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/tape.h"
#include "kernels/linear/linear.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

using namespace adjoint;

namespace {

Tensor numbers(const Shape& shape, double step) {
    std::vector<double> v;
    for (int64_t i = 0; i < shape.count(); ++i) v.push_back(std::sin(step * double(i + 1)));
    return Tensor::from(v, shape);
}

// Two layers, the second one's weights made from the first one's: the inputs depend on each other. Returns L, dL/d(x, w),
// and the gradient of Σ (dL/dw)².
std::vector<Tensor> run(bool recomputed, size_t* nodes) {
    auto layer = [](const std::vector<Tensor>& v) { return tanh(matmul(tanh(matmul(v[0], v[1])), v[1])); };
    auto apply = [&](const std::vector<Tensor>& v) { return recomputed ? recompute(layer, v) : layer(v); };
    Tape tape;
    const Tensor x = tape.variable(numbers({4, 5}, 0.7)), w = tape.variable(numbers({5, 5}, 1.3));
    const Tensor y = apply({apply({x, w}), sin(w) + w});
    *nodes = tape.nodes().size();
    const Tensor L = sum(square(y));
    std::vector<Tensor> found = {L};
    const std::vector<Tensor> plain = gradient(L, {x, w}, {.keep = true}),
                              recorded = gradient(L, {x, w}, {.create_graph = true});
    for (const Tensor& g : plain) found.push_back(g);
    for (const Tensor& g : gradient(sum(square(recorded[1])), {x, w})) found.push_back(g);
    return found;
}

}  // namespace

TEST_SUITE_BEGIN("engine");

TEST_CASE("a recomputed block has the values and gradients of the block, to second order") {
    size_t kept, all;
    const std::vector<Tensor> want = run(false, &all), got = run(true, &kept);
    CHECK(kept == 4);  // the blocks, sin, +
    CHECK(all == 10);
    REQUIRE(got.size() == want.size());
    CHECK(got[0].item() == want[0].item());
    CHECK(got[1].values<double>() == want[1].values<double>());  // x is used once: to the bit
    for (size_t i = 2; i < got.size(); ++i)
        CHECK(norm(got[i] - want[i]).item() < 1e-13 * norm(want[i]).item());
}

TEST_CASE("a recomputed block is a plain call without a tape, and takes inputs that are not there") {
    const Tensor x = numbers({3}, 1);
    auto block = [](const std::vector<Tensor>& v) { return v[1] ? v[0] * v[1] : square(v[0]); };
    CHECK(recompute(block, {x, {}}).values<double>() == square(x).values<double>());
    Tape tape;
    const Tensor v = tape.variable(x);
    CHECK(gradient(sum(recompute(block, {v, {}})), {v})[0].values<double>() == (2 * x).values<double>());
}

TEST_CASE("a block that uses other tensors of the tape is refused: their gradients would be lost") {
    Tape tape;
    const Tensor x = tape.variable(numbers({3}, 1)), hidden = tape.variable(numbers({3}, 2));
    CHECK_THROWS_WITH_AS(recompute([&](const std::vector<Tensor>& v) { return v[0] * hidden; }, {x}),
                         doctest::Contains("not among its inputs"), Error);
    CHECK_THROWS_WITH_AS(recompute([&](const std::vector<Tensor>& v) { return v[0]; }, {x}),
                         doctest::Contains("as it is"), Error);
}

TEST_SUITE_END();
