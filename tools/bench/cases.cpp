// What `adjoint bench` measures: the shapes of the project's networks, losses and reconstructions.
#include <cmath>

#include "engine/tape.h"
#include "kernels/fourier/fourier.h"
#include "kernels/linear/linear.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/composition.h"
#include "models/siren.h"
#include "tools/bench/image_cases.h"
#include "tools/bench/measure.h"
#include "tools/bench/mri_cases.h"

namespace adjoint::bench {

namespace {

// Numbers that differ, so that no kernel is favoured by zeros.
Tensor pattern(const Shape& shape, double low = 0.1, double high = 0.9) {
    std::vector<float> v(static_cast<size_t>(shape.count()));
    uint32_t state = 1;
    for (float& x : v) {
        state = state * 1664525u + 1013904223u;
        x = float(low + (high - low) * double(state >> 8) * 0x1p-24);
    }
    return Tensor::from(v, shape);
}

std::string by(std::initializer_list<int64_t> sizes) { return Shape(sizes).text(); }

struct Visitor {
    const std::string& filter;
    const std::function<void(const Case&)>& visit;

    bool wanted(const std::string& group, const std::string& name) const {
        return filter.empty() || group.find(filter) != std::string::npos || name.find(filter) != std::string::npos;
    }
};

void products(const Visitor& v) {
    auto product = [&](const std::string& name, Shape a, Shape b, Transposed t, double m, double n, double k, int runs) {
        if (!v.wanted("matmul", name)) return;
        Tensor A = pattern(a), B = pattern(b);
        v.visit({"matmul", name, Bound::arithmetic, 2 * m * n * k, [&] { matmul(A, B, t); }, runs});
    };
    product("A B   50176×256×256", {50176, 256}, {256, 256}, {}, 50176, 256, 256, 15);
    product("C Bᵀ  50176×256×256", {50176, 256}, {256, 256}, {.b = true}, 50176, 256, 256, 15);
    product("Aᵀ C  256×256, k = 50176", {50176, 256}, {50176, 256}, {.a = true}, 256, 256, 50176, 15);
    product("512×370×370", {512, 370}, {370, 370}, {}, 512, 370, 370, 41);
    product("1024×1024×1024", {1024, 1024}, {1024, 1024}, {}, 1024, 1024, 1024, 15);
}

void transforms(const Visitor& v) {
    for (int64_t n : {128, 256, 320}) {
        const std::string name = "8×" + by({n, n});
        if (!v.wanted("fft2", name)) continue;
        Tensor x = pattern({8, n, n, 2});
        v.visit({"fft2", name, Bound::arithmetic, 5 * 8 * double(n * n) * std::log2(double(n * n)), [&] { fft2(x); }, 21});
    }
}

// Arrays of 64 MB, beyond every cache of the machines at hand.
void memory_bound(const Visitor& v) {
    const int64_t n = int64_t(16) << 20;
    const double array = 4.0 * double(n);
    Tensor a, b;
    auto one = [&](const char* group, const char* name, double arrays, const std::function<Tensor()>& f) {
        if (!v.wanted(group, name)) return;
        if (!a) a = pattern({n}), b = pattern({n});
        v.visit({group, name, Bound::memory, arrays * array, [&] { f(); }, 9});
    };
    one("pointwise", "a + b", 3, [&] { return a + b; });
    one("pointwise", "a · b", 3, [&] { return a * b; });
    one("pointwise", "relu", 2, [&] { return relu(a); });
    one("pointwise", "exp", 2, [&] { return exp(a); });
    one("pointwise", "sin", 2, [&] { return sin(a); });
    one("pointwise", "tanh", 2, [&] { return tanh(a); });
    one("pointwise", "gelu", 2, [&] { return gelu(a); });
    one("reduction", "sum", 1, [&] { return sum(a); });
    one("reduction", "norm", 1, [&] { return norm(a); });
    one("reduction", "max", 1, [&] { return max(a); });
    one("reduction", "sum of rows 4096×4096", 1, [&] { return sum(a.viewed_as({4096, 4096}), {1}); });
    one("reduction", "sum of columns 4096×4096", 1, [&] { return sum(a.viewed_as({4096, 4096}), {0}); });
}

// SIREN for a 224×224 RGB image: matrix products forward, and twice that backward but for the gradient of the coordinates.
double siren_flops(double rows) {
    const double first = 2 * 256, hidden = 3 * 256 * 256, last = 256 * 3;
    return 2 * rows * (3 * (first + hidden + last) - first);
}

void training_steps(const Visitor& v) {
    const int64_t n = 224;
    if (v.wanted("siren step", "l2, 224×224 RGB")) {
        Siren siren(SirenSettings{}, 1);
        Tensor x = image_coordinates(n, n), target = pattern({n * n, 3});
        v.visit({"siren step", "l2, 224×224 RGB, in blocks", Bound::arithmetic, siren_flops(double(n * n)),
                 [&] { siren.step(x, target, "l2"); }, 9});
        v.visit({"siren step", "l2, 224×224 RGB, layer by layer", Bound::arithmetic, siren_flops(double(n * n)), [&] {
                     Tape tape;
                     auto w = tape.variables(siren.parameters.tensors());
                     gradient(mean(square(siren(w, x) - target)), w);
                 }, 9});
    }
    for (const char* window : {"4", "8", "16", "32"}) {
        const std::string name = std::string("ms-glance, window ") + window + ", 224×224 RGB, value and gradient";
        if (!v.wanted("loss", name)) continue;
        Tensor prediction = pattern({1, 3, n, n}), target = pattern({1, 3, n, n}, 0.2, 0.8);
        Composition loss(std::string("ms-glance{window=") + window + "}");
        uint64_t step = 0;
        v.visit({"loss", name, Bound::time, 0, [&] {
                     Tape tape;
                     Tensor p = tape.variable(prediction);
                     gradient(loss.value(p, target, {1, step++}).total, {p});
                 }, 41});
    }
}

}  // namespace

void for_each_case(const std::string& filter, const std::function<void(const Case&)>& visit) {
    const Visitor v{filter, visit};
    products(v);
    image_cases([&](const std::string& group, const std::string& name) { return v.wanted(group, name); },
                [](const Shape& shape) { return pattern(shape); }, visit);
    transforms(v);
    training_steps(v);
    mri_cases([&](const std::string& group, const std::string& name) { return v.wanted(group, name); },
              [](const Shape& shape) { return pattern(shape); }, visit);
    memory_bound(v);
}

}  // namespace adjoint::bench
