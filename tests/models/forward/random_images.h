// Random complex arrays, and a check of gradients, for the tests of the MRI models. All in float64.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/complex/complex.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

inline Tensor random_tensor(const Shape& shape, uint64_t stream) {
    Philox numbers{23, stream};
    std::vector<double> v(size_t(shape.count()));
    for (size_t i = 0; i < v.size(); ++i) v[i] = numbers.normal(i);
    return Tensor::from(v, shape);
}
inline Complex random_complex(const Shape& shape, uint64_t stream) {
    std::vector<int64_t> sizes = shape.vector();
    sizes.push_back(2);
    return {random_tensor(Shape(sizes), stream)};
}
// The real inner product Re⟨a, b⟩.
inline double dot(const Complex& a, const Complex& b) { return sum(inner(a, b)).item(); }
// ‖a − b‖ / ‖b‖
inline double distance(const Complex& a, const Complex& b) {
    return norm(a.data - b.data).item() / norm(b.data).item();
}

// The gradient of L at `at` along one random direction per input, against the slope of L along it by central
// differences with Richardson's extrapolation. `tolerance` is relative to the slope's size by norms.
inline void check_gradient(const std::function<Tensor(const std::vector<Tensor>&)>& L, const std::vector<Tensor>& at,
                           double tolerance) {
    std::vector<Tensor> g;
    {
        Tape tape;
        const std::vector<Tensor> v = tape.variables(at);
        g = gradient(L(v), v);
    }
    for (size_t i = 0; i < at.size(); ++i) {
        const Tensor u = random_tensor(at[i].shape(), 100 + i);
        auto slope = [&](double h) {
            std::vector<Tensor> up = at, down = at;
            up[i] = at[i] + h * u;
            down[i] = at[i] - h * u;
            return (L(up).item() - L(down).item()) / (2 * h);
        };
        const double h = 1e-3, want = (4 * slope(h / 2) - slope(h)) / 3, got = sum(g[i] * u).item();
        CAPTURE(i);
        CHECK(std::fabs(got - want) <= tolerance * norm(g[i]).item() * norm(u).item());
        CHECK(norm(g[i]).item() > 0);
    }
}

}  // namespace adjoint
