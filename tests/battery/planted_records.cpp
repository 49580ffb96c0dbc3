// Wrong shapes, refusals and records.
#include <algorithm>
#include <limits>

#include "tests/battery/planted.h"

namespace adjoint::planted {
namespace {

Operation changed(const char* name, void (*change)(Operation&)) {
    Operation op = operation_named(name);
    change(op);
    return op;
}

std::vector<TensorSpec> shape_of_the_first(const Signature& s) { return {{s.shape(0)}}; }
// One too few along the last axis.
std::vector<TensorSpec> one_too_few(const Signature& s) {
    std::vector<TensorSpec> right = operation_named("sum").infer(s);
    Shape& y = right[0].shape;
    if (y.last() > 0 && y.rank() > 0) y = y.with(y.rank() - 1, y.last() - 1);
    return right;
}
// Axes that are not there are quietly left out.
std::vector<TensorSpec> refuses_nothing(const Signature& s) {
    std::vector<int64_t> sizes = s.shape(0).vector();
    auto from = std::min<size_t>(size_t(s.attributes.integer("first")), sizes.size());
    auto to = std::min<size_t>(from + size_t(s.attributes.integer("count")), sizes.size());
    sizes.erase(sizes.begin() + std::ptrdiff_t(from), sizes.begin() + std::ptrdiff_t(to));
    return {{Shape(sizes)}};
}
std::vector<TensorSpec> says_something_else(const Signature& s) {
    if (s.attributes.integer("first") + s.attributes.integer("count") > s.shape(0).rank()) s.refuse("something is wrong");
    return refuses_nothing(s);
}
std::vector<TensorSpec> throws_something_else(const Signature& s) {
    if (s.attributes.integer("first") + s.attributes.integer("count") > s.shape(0).rank())
        throw std::out_of_range("axes do not all exist");
    return refuses_nothing(s);
}
std::vector<TensorSpec> refuses_what_is_right(const Signature& s) {
    if (s.shape(0).rank() == 2) s.refuse("two axes are not supported");
    return refuses_nothing(s);
}

}  // namespace

std::vector<Bug> record_bugs() {
    return {
        {"broadcasting from one side only", changed("add", [](Operation& op) { op.infer = shape_of_the_first; }), "shapes"},
        {"a wrong output shape", changed("sum", [](Operation& op) { op.infer = one_too_few; }), "guard words"},
        {"wrong inputs are not refused", changed("sum", [](Operation& op) { op.infer = refuses_nothing; }), "wrong inputs"},
        {"a refusal without its sentence", changed("sum", [](Operation& op) { op.infer = says_something_else; }), "wrong inputs"},
        {"a refusal that is no usage error", changed("sum", [](Operation& op) { op.infer = throws_something_else; }), "wrong inputs"},
        {"right inputs are refused", changed("sum", [](Operation& op) { op.infer = refuses_what_is_right; }), "runs"},
        {"no gradient and no reason", changed("exp", [](Operation& op) { op.gradient = nullptr; }), "record"},
        {"no kernel for float32", changed("exp", [](Operation& op) { op.cpu[0] = nullptr; }), "record"},
        {"no equation", changed("exp", [](Operation& op) { op.equation = ""; }), "record"},
        {"a single sample", changed("exp", [](Operation& op) { op.samples.resize(1); }), "record"},
        {"no wrong inputs where some exist", changed("add", [](Operation& op) { op.wrong.clear(); }), "record"},
        {"flops that are not a number",
         changed("exp", [](Operation& op) { op.flops = [](const Signature&) { return std::numeric_limits<double>::quiet_NaN(); }; }),
         "flops and bytes"},
    };
}

}  // namespace adjoint::planted
