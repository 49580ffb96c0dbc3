#include "tools/battery/roads.h"

#include <algorithm>
#include <cmath>

#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint::battery {
namespace {

// x + u₀ ε₀ + u₁ ε₁ + …: the outermost ε belongs to the last direction.
template <class S>
Dual<S> seeded(double x, const double* last_direction, const Dual<S>*) {
    if constexpr (std::is_same_v<S, double>)
        return {x, *last_direction};
    else
        return {seeded(x, last_direction - 1, static_cast<const S*>(nullptr)), S(*last_direction)};
}
// The coefficient of ε₀ ε₁ ….
double top(double x) { return x; }
template <class S>
double top(const Dual<S>& x) {
    return top(x.tangent);
}

template <class D>
Derivative forward(const Trial& t, const Place& at, const std::vector<Place>& along) {
    const OneThread definition;
    const size_t order = along.size();
    auto seed = [&](const std::vector<double>& p, auto component) {
        std::vector<D> d(p.size());
        double u[3];
        for (size_t i = 0; i < p.size(); ++i) {
            for (size_t n = 0; n < order; ++n) u[n] = component(along[n])[i];
            d[i] = seeded(p[i], u + order - 1, static_cast<const D*>(nullptr));
        }
        return d;
    };
    std::vector<Tensor> in = t.exact;
    for (size_t r = 0; r < t.real_inputs.size(); ++r) {
        Tensor& x = in[size_t(t.real_inputs[r])];
        x = Tensor::from(seed(at.x[r], [r](const Place& p) -> const std::vector<double>& { return p.x[r]; }), x.shape(),
                         Device::reference);
    }
    std::vector<Tensor> out = t.op.apply(in, t.sample.attributes);
    D total(0.0);
    Derivative result;
    for (size_t r = 0; r < t.real_outputs.size(); ++r) {
        std::vector<D> y = out[size_t(t.real_outputs[r])].values<D>();
        std::vector<D> v = seed(at.v[r], [r](const Place& p) -> const std::vector<double>& { return p.v[r]; });
        for (size_t i = 0; i < y.size(); ++i) {
            D term = v[i] * y[i];
            total += term;
            // Rounding of the values themselves reaches the derivatives as noise of 1e-16 of them.
            result.scale += std::max(std::fabs(top(term)), 1e-4 * std::fabs(plain(term)));
        }
    }
    result.value = top(total);
    return result;
}

}  // namespace

Derivative forward_road(const Trial& t, const Place& at, const std::vector<Place>& along) {
    switch (along.size()) {
        case 1: return forward<Dual1>(t, at, along);
        case 2: return forward<Dual2>(t, at, along);
        default: return forward<Dual3>(t, at, along);
    }
}

double inner(const std::vector<double>& u, const std::vector<double>& g, double* scale) {
    double total = 0;
    for (size_t i = 0; i < u.size(); ++i) {
        total += u[i] * g[i];
        *scale += std::fabs(u[i] * g[i]);
    }
    return total;
}

Tensor dot(const std::vector<Tensor>& v, const std::vector<Tensor>& y) {
    Tensor total;
    for (size_t k = 0; k < v.size(); ++k) {
        if (!v[k]) continue;
        Tensor term = sum(v[k] * y[k]);
        total = total ? total + term : term;
    }
    return total;
}

Derivative reverse_road(const Trial& t, const Place& at, const std::vector<Place>& along, bool create_graph) {
    const size_t inputs = t.real_inputs.size(), order = along.size();
    Tape tape;
    std::vector<Tensor> in = t.inputs, variables;
    for (size_t r = 0; r < inputs; ++r) {
        Tensor& x = in[size_t(t.real_inputs[r])];
        x = tape.variable(t.on_device(at.x[r], x.shape()));
        variables.push_back(x);
    }
    std::vector<Tensor> all = t.apply(in), out, v;
    for (size_t r = 0; r < t.real_outputs.size(); ++r) {
        out.push_back(all[size_t(t.real_outputs[r])]);
        v.push_back(tape.variable(t.on_device(at.v[r], out[r].shape())));
        variables.push_back(v[r]);
    }

    Derivative result;
    Tensor value = dot(v, out);
    for (size_t n = 0; n < order; ++n) {
        if (value.slot() < 0) return {};  // it no longer depends on anything: all further derivatives are 0
        bool last = n + 1 == order;
        // The first direction moves x only, the others everything.
        size_t count = n == 0 ? inputs : variables.size();
        std::vector<Tensor> x(variables.begin(), variables.begin() + std::ptrdiff_t(count));
        std::vector<Tensor> g = t.options.gradient(value, x, {.create_graph = !last || create_graph});
        auto direction = [&](size_t i) -> const std::vector<double>& {
            return i < inputs ? along[n].x[i] : along[n].v[i - inputs];
        };
        if (last) {
            result = {};
            for (size_t i = 0; i < count; ++i) result.value += inner(direction(i), numbers(g[i]), &result.scale);
        } else {
            std::vector<Tensor> u;
            for (size_t i = 0; i < count; ++i) u.push_back(t.on_device(direction(i), x[i].shape()));
            value = dot(u, g);
        }
    }
    return result;
}

std::vector<Tensor> gradient_of_call(const Trial& t, const std::vector<Tensor>& inputs, const GradientRequest& request) {
    Tape tape;
    std::vector<Tensor> in = inputs, variables;
    for (int i : request.wanted) {
        in[size_t(i)] = tape.variable(in[size_t(i)]);
        variables.push_back(in[size_t(i)]);
    }
    std::vector<Tensor> all = t.apply(in), out, v;
    for (size_t r = 0; r < t.real_outputs.size(); ++r) {
        out.push_back(all[size_t(t.real_outputs[r])]);
        bool used = request.v[r].size() == size_t(out[r].size());
        v.push_back(used ? t.on_device(request.v[r], out[r].shape()) : Tensor());
    }
    // One output: its cotangent is given directly, so that nothing but the rule under test runs.
    if (out.size() == 1) return t.options.gradient(out[0], variables, {.create_graph = request.create_graph, .cotangent = v[0]});
    return t.options.gradient(dot(v, out), variables, {.create_graph = request.create_graph});
}

}  // namespace adjoint::battery
