#include "tools/battery/derived_samples.h"

#include <algorithm>

namespace adjoint::battery {
namespace {

// The sample with one axis of every input (0: the first, −1: the last) set to `size`.
Sample with_axis(Sample s, int axis, int64_t size) {
    for (InputSample& i : s.inputs)
        if (!i.missing && i.shape.rank() > 0) i.shape = i.shape.with(axis == 0 ? 0 : i.shape.rank() - 1, size);
    return s;
}

Sample with_shapes(Sample s, const std::vector<Shape>& shapes) {
    for (size_t i = 0; i < s.inputs.size(); ++i) s.inputs[i].shape = shapes[i % shapes.size()];
    return s;
}

bool same_shapes(const Sample& a, const Sample& b) {
    return std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(),
                      [](const InputSample& p, const InputSample& q) { return p.shape == q.shape && p.missing == q.missing; });
}

// A pointwise operation takes any shapes: scalars, nothing, around the vector widths, more than one thread's chunk, and
// every way in which an input can be repeated.
void add_pointwise(const Sample& s, std::vector<DerivedSample>* all) {
    for (int64_t n : {0, 1, 3, 15, 16, 17, 63, 65, 255, 257, 70003}) all->push_back({with_shapes(s, {Shape{n}}), false});
    all->push_back({with_shapes(s, {Shape{}}), false});
    all->push_back({with_shapes(s, {Shape{2, 3, 0, 5}}), false});
    if (s.inputs.size() < 2) return;
    all->push_back({with_shapes(s, {Shape{4, 1, 5}, Shape{3, 1}, Shape{5}}), false});
    all->push_back({with_shapes(s, {Shape{1, 17}, Shape{9, 1}, Shape{9, 17}}), false});
    all->push_back({with_shapes(s, {Shape{1}, Shape{2, 19}, Shape{}}), false});
    all->push_back({with_shapes(s, {Shape{2, 1, 3, 1}, Shape{1, 4, 1, 21}, Shape{21}}), false});
    all->push_back({with_shapes(s, {Shape{0, 3}, Shape{1, 3}, Shape{3}}), false});
    all->push_back({with_shapes(s, {Shape{300, 1}, Shape{1, 301}, Shape{300, 301}}), false});
}

}  // namespace

std::vector<DerivedSample> derived_samples(const Operation& op) {
    std::vector<DerivedSample> all;
    std::vector<Sample> seen = op.samples;
    auto add = [&](const Sample& s) {
        for (const Sample& old : seen)
            if (same_shapes(old, s) && old.attributes.text() == s.attributes.text()) return;
        seen.push_back(s);
        all.push_back({s, true});
    };
    for (const Sample& s : op.samples) {
        for (int axis : {0, -1}) add(with_axis(s, axis, 0));
        for (size_t i = 0; i < s.inputs.size(); ++i) {
            Sample without = s;
            without.inputs[i].missing = true;
            if (std::find(op.optional_inputs.begin(), op.optional_inputs.end(), int(i)) != op.optional_inputs.end())
                add(without);
        }
        if (op.index_inputs.empty())  // indices would point outside of a smaller tensor
            for (int axis : {0, -1}) add(with_axis(s, axis, 1));
    }
    if (op.kind == Kind::pointwise && !op.samples.empty()) add_pointwise(op.samples[0], &all);
    return all;
}

}  // namespace adjoint::battery
