// Reductions over any axes, from the kernels that reduce neighbouring ones.
#include "kernels/reduction/reduction.h"

#include <algorithm>

#include "kernels/reduction/axes.h"
#include "kernels/reduction/extremum.h"

namespace adjoint {

const Operation& centre_operation();

Axes sorted_axes(const Shape& shape, const Axes& axes, const std::string& who) {
    Axes all;
    for (int64_t a : axes) all.push_back(shape.axis(a, who));
    if (axes.empty())
        for (int i = 0; i < shape.rank(); ++i) all.push_back(i);
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end())
        fail(ExitCode::usage, who + " of " + shape.text(), "an axis is given twice");
    return all;
}

int64_t reduced_count(const Shape& shape, const Axes& axes) {
    int64_t n = 1;
    for (int64_t a : sorted_axes(shape, axes, "reduction")) n *= shape[int(a)];
    return n;
}

// A scalar is reduced as a vector of one.
static Tensor at_least_vector(const Tensor& x) { return x.rank() == 0 ? reshape(x, Shape{1}) : x; }

Tensor reduce_groups(const Operation& op, const Tensor& x, const Axes& axes) {
    Tensor y = at_least_vector(x);
    const Axes a = sorted_axes(y.shape(), axes, op.name);
    // From the last group of neighbouring axes to the first, so that the earlier axes keep their numbers.
    for (size_t end = a.size(); end > 0;) {
        size_t begin = end - 1;
        while (begin > 0 && a[begin - 1] + 1 == a[begin]) --begin;
        y = op({y}, {{"first", a[begin]}, {"count", int64_t(end - begin)}});
        end = begin;
    }
    return y;
}

Tensor reduce_at_once(const Operation& op, const Tensor& x, const Axes& axes, Attributes settings) {
    Tensor y = at_least_vector(x);
    const Axes a = sorted_axes(y.shape(), axes, op.name);
    const int64_t count = int64_t(a.size());
    int64_t first = a[0];
    if (a.back() - first + 1 != count) {
        std::vector<int64_t> order;
        for (int64_t k = 0; k < y.rank(); ++k)
            if (!std::binary_search(a.begin(), a.end(), k)) order.push_back(k);
        order.insert(order.end(), a.begin(), a.end());
        y = permute(y, order);
        first = y.rank() - count;
    }
    settings.set("first", first);
    settings.set("count", count);
    return op({y}, settings);
}

Tensor keep_axes(const Tensor& g, const Shape& shape, const Axes& axes) {
    std::vector<int64_t> kept = shape.vector();
    for (int64_t a : sorted_axes(shape, axes, "reduction")) kept[size_t(a)] = 1;
    return reshape(g, Shape(kept));
}

Tensor spread(const Tensor& g, const Shape& shape, const Axes& axes) {
    return broadcast_to(keep_axes(g, shape, axes), shape);
}

Axes reduced_axes(const GradientCall& c) {
    Axes axes;
    for (int64_t k = 0; k < c.attributes().integer("count"); ++k) axes.push_back(c.attributes().integer("first") + k);
    return axes;
}

std::vector<TensorSpec> infer_reduction(const Signature& s) {
    int64_t first = s.attributes.integer("first"), count = s.attributes.integer("count");
    const Shape& x = s.shape(0);
    if (first < 0 || count < 1 || first + count > x.rank())
        s.refuse("axes " + std::to_string(first) + " to " + std::to_string(first + count - 1) + " do not all exist");
    std::vector<int64_t> sizes = x.vector();
    sizes.erase(sizes.begin() + first, sizes.begin() + first + count);
    return {{Shape(sizes)}};
}

double flops_of_reduction(const Signature& s) { return double(s.shape(0).count()); }

int64_t reduced_by(const Signature& s) {
    int64_t n = 1;
    for (int64_t k = 0; k < s.attributes.integer("count"); ++k) n *= s.shape(0)[int(s.attributes.integer("first") + k)];
    return n;
}

std::vector<TensorSpec> infer_extremum(const Signature& s) {
    auto y = infer_reduction(s);
    if (reduced_by(s) == 0 && y[0].shape.count() > 0) s.refuse("there is nothing to choose from", "an axis is empty");
    return y;
}

std::vector<Tensor> gradient_of_extremum(const GradientCall& c) {
    const Shape& shape = c.input_spec(0).shape;
    const Axes axes = reduced_axes(c);
    // Masks are constants: 1 where x is the extremum, and how many of them there are.
    const Tensor taken = equal(stop_gradient(c.input(0)), keep_axes(stop_gradient(c.output()), shape, axes));
    return {taken * keep_axes(c.cotangent() / sum(taken, axes), shape, axes)};
}

// Not neighbouring axes: the projection over all of them is not a composition; turned, centred and turned back.
Tensor centre(const Tensor& x, const Axes& axes) {
    const Tensor v = at_least_vector(x);
    const Axes a = sorted_axes(v.shape(), axes, "centre");
    const int64_t count = int64_t(a.size()), rank = v.rank();
    const Attributes last{{"first", rank - count}, {"count", count}};
    if (a.back() - a[0] + 1 == count)
        return reshape(centre_operation()({v}, {{"first", a[0]}, {"count", count}}), x.shape());
    std::vector<int64_t> order, back(static_cast<size_t>(rank));
    for (int64_t k = 0; k < rank; ++k)
        if (!std::binary_search(a.begin(), a.end(), k)) order.push_back(k);
    order.insert(order.end(), a.begin(), a.end());
    for (int64_t k = 0; k < rank; ++k) back[size_t(order[size_t(k)])] = k;
    return permute(centre_operation()({permute(v, order)}, last), back);
}

static Attributes along(int64_t first, int64_t count) { return {{"first", first}, {"count", count}}; }

// Runs and columns, short and long, on both sides of every width and slab that the kernels know.
std::vector<Sample> nonempty_reduction_samples() {
    return {{{{.shape = {3, 4, 5}}}, along(0, 3)},     {{{.shape = {3, 4, 5}}}, along(1, 1)},
            {{{.shape = {4, 2, 3}}}, along(0, 2)},     {{{.shape = {3, 70, 37}}}, along(1, 1)},
            {{{.shape = {2, 5000}}}, along(1, 1)},     {{{.shape = {9, 33}}}, along(1, 1)},
            {{{.shape = {40, 1030}}}, along(1, 1)},    {{{.shape = {3, 1500}}}, along(0, 1)},
            {{{.shape = {2, 263, 3}}}, along(1, 1)},   {{{.shape = {700, 300}}}, along(0, 1)},
            {{{.shape = {150001}}}, along(0, 1)},      {{{.shape = {5, 7, 0}}}, along(1, 1)}};
}

std::vector<Sample> reduction_samples(std::vector<double> kinks) {
    std::vector<Sample> all = nonempty_reduction_samples();
    all.push_back({{{.shape = {2, 0, 5}}}, along(1, 1)});
    all.push_back({{{.shape = {6, 1}}}, along(1, 1)});
    for (Sample& s : all)
        if (s.inputs[0].shape.count() < 100) s.inputs[0].kinks = kinks;
    return all;
}

std::vector<WrongSample> wrong_reductions() {
    return {{{{{.shape = {3, 4}}}, along(1, 2)}, "do not all exist"},
            {{{{.shape = {3, 4}}}, along(-1, 1)}, "do not all exist"}};
}

std::vector<WrongSample> wrong_selections() {
    std::vector<WrongSample> all = wrong_reductions();
    all.push_back({{{{.shape = {3, 0, 2}}}, along(1, 1)}, "nothing to choose from"});
    return all;
}

}  // namespace adjoint
