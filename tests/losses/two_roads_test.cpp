// Two roads to the gradient of whole losses: reverse mode through the kernels on the CPU, and dual numbers through the
// definitions on the reference device. First order through both gradient rules, second order through the differentiable
// one.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/composition.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

constexpr LossContext context{3, 8};
const Shape shape{2, 3, 14, 17};

const std::vector<std::string>& cases() {
    static const std::vector<std::string> all = {
        "l1",
        "l2",
        "ssim",
        "ssim{variant=wang2004}",
        "ssim{variant=uniform,window=5}",
        "ssim{variant=fastmri}",
        "ssim{variant=scikit-image,range=0.7}",
        "s3im{n=7,m=5,shuffles=3}",
        "local-glance{window=6}",
        "local-glance{window=5,stride=2,kernel=gaussian,drop=none,constant=0.03}",
        "local-glance{form=paper,window=4,drop=S}",
        "global-glance{window=4,n=7,m=5,shuffles=3,prior=0.3}",
        "ms-glance{window=4,n=7,m=5,shuffles=3}",
        "ms-glance{form=paper,window=4,n=7,m=5,shuffles=3}",
        "l2+0.01*ms-glance{window=4,n=6,m=9,shuffles=2,layout=notebook}",
    };
    return all;
}

struct Place {
    std::vector<double> x, y, u, v;  // prediction, target; directions
};
Place place() {
    return {noise(shape.count(), 1, 0.05, 0.95), noise(shape.count(), 2, 0.05, 0.95), noise(shape.count(), 3),
            noise(shape.count(), 4)};
}

// ⟨∇L, (u, v)⟩ by dual numbers; with D = Dual2 also its derivative along (v, u).
template <class D>
D forward(const Composition& loss, const Place& p) {
    auto seeded = [&](const std::vector<double>& at, const std::vector<double>& first,
                      const std::vector<double>& second) {
        std::vector<D> d(at.size());
        for (size_t i = 0; i < at.size(); ++i) {
            if constexpr (std::is_same_v<D, Dual1>)
                d[i] = D(at[i], first[i]);
            else
                d[i] = D(Dual1(at[i], first[i]), Dual1(second[i]));
        }
        return Tensor::from(d, shape, Device::reference);
    };
    return loss.value(seeded(p.x, p.u, p.v), seeded(p.y, p.v, p.u), context).total.template values<D>()[0];
}

double inner(const std::vector<double>& a, const Tensor& b) {
    const std::vector<double> values = b.values<double>();
    double total = 0;
    for (size_t i = 0; i < a.size(); ++i) total += a[i] * values[i];
    return total;
}
double size_of_terms(const std::vector<double>& a, const Tensor& b) {
    const std::vector<double> values = b.values<double>();
    double total = 0;
    for (size_t i = 0; i < a.size(); ++i) total += std::abs(a[i] * values[i]);
    return total;
}

}  // namespace

TEST_CASE("reverse mode equals dual numbers, in both images") {
    const Place p = place();
    for (const std::string& name : cases()) {
        CAPTURE(name);
        const Composition loss(name);
        const double want = forward<Dual1>(loss, p).tangent;
        for (bool create_graph : {false, true}) {
            Tape tape;
            const Tensor x = tape.variable(Tensor::from(p.x, shape)), y = tape.variable(Tensor::from(p.y, shape));
            const std::vector<Tensor> g =
                gradient(loss.value(x, y, context).total, {x, y}, {.create_graph = create_graph});
            const double scale = size_of_terms(p.u, g[0]) + size_of_terms(p.v, g[1]);
            CHECK(scale > 0);
            CHECK(std::abs(inner(p.u, g[0]) + inner(p.v, g[1]) - want) < 1e-12 * scale);
        }
    }
}

TEST_CASE("second derivatives equal those of dual numbers") {
    const Place p = place();
    for (const std::string& name : cases()) {
        if (name == "l1") continue;  // 0
        CAPTURE(name);
        const Composition loss(name);
        const double want = forward<Dual2>(loss, p).tangent.tangent;
        Tape tape;
        const Tensor x = tape.variable(Tensor::from(p.x, shape)), y = tape.variable(Tensor::from(p.y, shape));
        const std::vector<Tensor> g = gradient(loss.value(x, y, context).total, {x, y}, {.create_graph = true});
        const Tensor along = sum(Tensor::from(p.u, shape) * g[0]) + sum(Tensor::from(p.v, shape) * g[1]);
        const std::vector<Tensor> h = gradient(along, {x, y});
        const double scale = size_of_terms(p.v, h[0]) + size_of_terms(p.u, h[1]);
        CHECK(std::abs(inner(p.v, h[0]) + inner(p.u, h[1]) - want) < 1e-11 * scale);
    }
}

TEST_CASE("float32 follows float64") {
    const Place p = place();
    for (const std::string& name : cases()) {
        CAPTURE(name);
        const Composition loss(name);
        std::vector<double> values[2];
        for (Type type : {Type::float64, Type::float32}) {
            Tape tape;
            const Tensor x = tape.variable(Tensor::from(p.x, shape).to(type)), y = Tensor::from(p.y, shape).to(type);
            const Tensor value = loss.value(x, y, context).total;
            std::vector<double>& v = values[type == Type::float32];
            v = gradient(value, {x})[0].to(Type::float64).values<double>();
            v.push_back(value.item());
        }
        double worst = 0, largest = 0;
        for (size_t i = 0; i < values[0].size(); ++i) {
            worst = std::max(worst, std::abs(values[1][i] - values[0][i]));
            largest = std::max(largest, std::abs(values[0][i]));
        }
        // Contrast without structure has derivatives σ_y/σ_x − k: both near 1, so a digit more is lost.
        CHECK(worst < (name.find("drop=S") != std::string::npos ? 1e-5 : 2e-6) * largest);
    }
}

// The same kernels as CUDA has, on small images: value and gradient of every loss.
TEST_CASE("other devices follow the CPU") {
    const Place p = place();
    for (Device device : {Device::emulated, Device::cuda}) {
        if (!device_present(device)) continue;
        for (const std::string& name : cases()) {
            CAPTURE(name);
            const Composition loss(name);
            std::vector<double> values[2];
            for (Device d : {Device::cpu, device}) {
                Tape tape;
                const Tensor x = tape.variable(Tensor::from(p.x, shape).to(d)), y = Tensor::from(p.y, shape).to(d);
                const Tensor value = loss.value(x, y, context).total;
                std::vector<double>& v = values[d == device];
                v = gradient(value, {x})[0].values<double>();
                v.push_back(value.item());
            }
            for (size_t i = 0; i < values[0].size(); ++i) CHECK(std::abs(values[1][i] - values[0][i]) < 1e-12);
        }
    }
}

TEST_SUITE_END();
