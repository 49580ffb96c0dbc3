// The raw CPU kernels of the sine layer and of the fused SIREN, in every instruction set: against naive float64 and with
// the same bits for any number of threads.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "engine/isa.h"
#include "engine/parallel.h"
#include "kernels/network/sine_layer/problem.h"
#include "kernels/network/siren/problem.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

std::vector<double> random_numbers(int64_t count, uint32_t seed, double size = 1) {
    std::vector<double> x(static_cast<size_t>(count));
    for (double& v : x) {
        seed = seed * 1664525u + 1013904223u;
        v = size * double(float(int32_t(seed) >> 8) / float(1 << 23));
    }
    return x;
}
template <class T>
std::vector<T> as(const std::vector<double>& x) {
    return std::vector<T>(x.begin(), x.end());
}

// max |x − exact| / max |exact|.
template <class T>
double relative_error(const std::vector<T>& x, const std::vector<double>& exact) {
    double error = 0, size = 1e-300;
    for (size_t i = 0; i < exact.size(); i++) {
        double e = std::abs(double(x[i]) - exact[i]);
        if (!(e <= error)) error = e;
        size = std::max(size, std::abs(exact[i]));
    }
    return error / size;
}

struct Isas {
    std::string name;
    void (*siren_forward)(const SirenProblem<float>&);
    void (*siren_gradient)(const SirenProblem<float>&);
    void (*siren_forward64)(const SirenProblem<double>&);
    void (*siren_gradient64)(const SirenProblem<double>&);
    void (*layer_forward)(const SineLayerForward<float>&);
    void (*layer_backward)(const SineLayerBackward<float>&);
    void (*layer_forward64)(const SineLayerForward<double>&);
    void (*layer_backward64)(const SineLayerBackward<double>&);
};
#define BUILD(isa)                                                                                           \
    Isas { #isa, isa::siren_forward_raw, isa::siren_gradient_raw, isa::siren_forward_raw, isa::siren_gradient_raw, \
           isa::sine_layer_forward_raw, isa::sine_layer_backward_raw, isa::sine_layer_forward_raw,           \
           isa::sine_layer_backward_raw }
std::vector<Isas> builds() {
    std::vector<Isas> all{BUILD(isa_baseline)};
    if (isa() >= Isa::avx2) all.push_back(BUILD(isa_avx2));
    if (isa() >= Isa::avx512) all.push_back(BUILD(isa_avx512));
    return all;
}
void forward(const Isas& b, const SirenProblem<float>& p) { b.siren_forward(p); }
void forward(const Isas& b, const SirenProblem<double>& p) { b.siren_forward64(p); }
void gradient(const Isas& b, const SirenProblem<float>& p) { b.siren_gradient(p); }
void gradient(const Isas& b, const SirenProblem<double>& p) { b.siren_gradient64(p); }
void forward(const Isas& b, const SineLayerForward<float>& p) { b.layer_forward(p); }
void forward(const Isas& b, const SineLayerForward<double>& p) { b.layer_forward64(p); }
void backward(const Isas& b, const SineLayerBackward<float>& p) { b.layer_backward(p); }
void backward(const Isas& b, const SineLayerBackward<double>& p) { b.layer_backward64(p); }

// A network with its naive value and gradients in float64.
struct Network {
    std::vector<int64_t> widths;
    std::vector<double> omegas;
    int64_t rows;
    std::vector<std::vector<double>> weights, biases, weight_gradients, bias_gradients;
    std::vector<double> coordinates, target, output;
    double scale, loss = 0;

    Network(std::vector<int64_t> w, int64_t n, bool narrow = true) : widths(std::move(w)), rows(n) {
        const size_t layers = widths.size() - 1;
        for (size_t l = 0; l < layers; l++) {
            // Numbers that float32 holds exactly are needed for a fair comparison; rounding through float does that.
            double size = l == 0 ? 0.5 : std::sqrt(6.0 / double(widths[l])) / 3;
            weights.push_back(random_numbers(widths[l + 1] * widths[l], uint32_t(l + 1), size));
            biases.push_back(random_numbers(widths[l + 1], uint32_t(l + 100), 0.1));
            if (l + 1 < layers) omegas.push_back(l == 0 ? 5 : 2.5);
        }
        coordinates = random_numbers(rows * widths[0], 7);
        target = random_numbers(rows * widths[layers], 8);
        scale = 1.0 / double(std::max<int64_t>(rows * widths[layers], 1));
        if (narrow)
            for (auto* group : {&weights, &biases})
                for (auto& x : *group)
                    for (double& v : x) v = double(float(v));
        output.resize(size_t(rows * widths[layers]));
    }

    void run(SirenLoss kind) {
        const size_t layers = widths.size() - 1;
        weight_gradients.clear(), bias_gradients.clear(), loss = 0;
        for (size_t l = 0; l < layers; l++) {
            weight_gradients.emplace_back(weights[l].size(), 0.0);
            bias_gradients.emplace_back(biases[l].size(), 0.0);
        }
        for (int64_t r = 0; r < rows; r++) {
            std::vector<std::vector<double>> h{{coordinates.begin() + r * widths[0], coordinates.begin() + (r + 1) * widths[0]}};
            std::vector<std::vector<double>> slope;
            for (size_t l = 0; l < layers; l++) {
                std::vector<double> z = biases[l];
                for (int64_t o = 0; o < widths[l + 1]; o++)
                    for (int64_t i = 0; i < widths[l]; i++) z[size_t(o)] += weights[l][size_t(o * widths[l] + i)] * h[l][size_t(i)];
                slope.push_back(z);
                if (l + 1 < layers)
                    for (size_t o = 0; o < z.size(); o++) {
                        slope[l][o] = omegas[l] * std::cos(omegas[l] * z[o]);
                        z[o] = std::sin(omegas[l] * z[o]);
                    }
                h.push_back(z);
            }
            std::vector<double> dz(static_cast<size_t>(widths[layers]));
            for (size_t o = 0; o < dz.size(); o++) {
                const size_t at = size_t(r) * dz.size() + o;
                output[at] = h[layers][o];
                const double d = h[layers][o] - target[at];
                loss += kind == SirenLoss::l2 ? scale * d * d : scale * std::abs(d);
                dz[o] = kind == SirenLoss::l2 ? 2 * scale * d : kind == SirenLoss::l1 ? scale * (d > 0 ? 1 : -1) : target[at];
            }
            for (size_t l = layers; l-- > 0;) {
                std::vector<double> dh(size_t(widths[l]), 0.0);
                for (size_t o = 0; o < dz.size(); o++) {
                    bias_gradients[l][o] += dz[o];
                    for (size_t i = 0; i < dh.size(); i++) {
                        weight_gradients[l][o * dh.size() + i] += dz[o] * h[l][i];
                        dh[i] += dz[o] * weights[l][o * dh.size() + i];
                    }
                }
                if (l > 0)
                    for (size_t i = 0; i < dh.size(); i++) dh[i] *= slope[l - 1][i];
                dz = dh;
            }
        }
    }
};

// The same through the kernel: outputs, loss, all gradients one after the other.
template <class T>
struct Result {
    std::vector<T> output;
    double loss = 0;
    std::vector<std::vector<T>> gradients;  // weights, then biases
};
template <class T>
Result<T> run_kernel(const Isas& build, const Network& net, SirenLoss kind, bool accumulate = false, bool with_output = true) {
    const int layers = int(net.widths.size()) - 1;
    std::vector<std::vector<T>> parameters;
    for (auto* group : {&net.weights, &net.biases})
        for (auto& x : *group) parameters.push_back(as<T>(x));
    Result<T> result;
    for (auto& x : parameters) result.gradients.emplace_back(x.size(), T(accumulate ? 1 : 77));
    std::vector<const T*> given;
    std::vector<T*> wanted;
    for (auto& x : parameters) given.push_back(x.data());
    for (auto& x : result.gradients) wanted.push_back(x.data());
    const std::vector<T> coordinates = as<T>(net.coordinates), target = as<T>(net.target);
    result.output.assign(net.output.size(), T(77));
    SirenProblem<T> p;
    p.layers = layers, p.widths = net.widths.data(), p.weights = given.data(), p.biases = given.data() + layers;
    p.omegas = net.omegas.data(), p.rows = net.rows, p.coordinates = coordinates.data();
    p.output = with_output ? result.output.data() : nullptr;
    p.loss = kind, p.target = target.data(), p.scale = net.scale, p.loss_value = &result.loss;
    p.weight_gradients = wanted.data(), p.bias_gradients = wanted.data() + layers, p.accumulate = accumulate;
    gradient(build, p);
    return result;
}

template <class T>
void compare(const std::vector<int64_t>& widths, int64_t rows, SirenLoss kind, double tolerance) {
    Network net(widths, rows);
    for (auto* x : {&net.coordinates, &net.target})
        for (double& v : *x) v = double(float(v));
    net.run(kind);
    for (const Isas& build : builds()) {
        INFO(build.name << ", " << int(sizeof(T) * 8) << " bits, rows " << int(rows) << ", layers " << int(widths.size() - 1));
        Result<T> got = run_kernel<T>(build, net, kind);
        CHECK(relative_error(got.output, net.output) <= tolerance);
        if (kind != SirenLoss::given) CHECK(std::abs(got.loss - net.loss) <= tolerance * net.loss);
        for (size_t l = 0; l < net.weights.size(); l++) {
            CHECK(relative_error(got.gradients[l], net.weight_gradients[l]) <= tolerance);
            CHECK(relative_error(got.gradients[l + net.weights.size()], net.bias_gradients[l]) <= tolerance);
        }
    }
}

}  // namespace

TEST_CASE("fused siren: value, loss and gradients against float64") {
    const std::vector<std::vector<int64_t>> shapes{{2, 64, 64, 3}, {2, 40, 33, 1}, {3, 17, 50, 19, 2}, {1, 5, 1}, {2, 3},
                                                   {20, 30, 25}, {2, 300, 20, 40}};
    for (auto& widths : shapes)
        for (SirenLoss kind : {SirenLoss::l2, SirenLoss::l1, SirenLoss::given}) {
            compare<float>(widths, 523, kind, 2e-5);
            compare<double>(widths, 523, kind, 1e-12);
        }
    for (int64_t rows : {1, 5, 63, 2011}) {
        compare<float>({2, 64, 64, 3}, rows, SirenLoss::l2, 2e-5);
        compare<double>({2, 64, 64, 3}, rows, SirenLoss::l2, 1e-12);
    }
}

template <class T>
void check_variants() {
    Network net({2, 40, 33, 3}, 700);
    for (const Isas& build : builds()) {
        INFO(build.name);
        Result<T> written = run_kernel<T>(build, net, SirenLoss::l2);
        Result<T> added = run_kernel<T>(build, net, SirenLoss::l2, true, false);
        for (size_t i = 0; i < written.gradients.size(); i++)
            for (size_t k = 0; k < written.gradients[i].size(); k++)
                CHECK(added.gradients[i][k] == T(1) + written.gradients[i][k]);

        std::vector<std::vector<T>> parameters;
        std::vector<const T*> pointers;
        for (auto* group : {&net.weights, &net.biases})
            for (auto& x : *group) parameters.push_back(as<T>(x));
        for (auto& x : parameters) pointers.push_back(x.data());
        const std::vector<T> coordinates = as<T>(net.coordinates);
        std::vector<T> output(net.output.size());
        SirenProblem<T> p;
        p.layers = 3, p.widths = net.widths.data(), p.weights = pointers.data(), p.biases = pointers.data() + 3;
        p.omegas = net.omegas.data(), p.rows = net.rows, p.coordinates = coordinates.data(), p.output = output.data();
        forward(build, p);
        CHECK(output == written.output);

        Network empty({2, 40, 33, 3}, 0);
        Result<T> nothing = run_kernel<T>(build, empty, SirenLoss::l2);
        CHECK(nothing.loss == 0);
        for (auto& x : nothing.gradients) CHECK(x == std::vector<T>(x.size(), T(0)));
    }
}

TEST_CASE("fused siren: the forward pass alone gives the same bits; gradients add up; no rows give zeros") {
    check_variants<float>();
    check_variants<double>();
}

TEST_CASE("fused siren gives the same bits for 1, 2, 3 and 7 threads") {
    const int before = threads();
    Network net({2, 96, 80, 3}, 3000);
    for (const Isas& build : builds()) {
        set_threads(1);
        Result<float> one = run_kernel<float>(build, net, SirenLoss::l2);
        for (int n : {2, 3, 7}) {
            set_threads(n);
            Result<float> many = run_kernel<float>(build, net, SirenLoss::l2);
            CHECK(one.output == many.output);
            CHECK(one.loss == many.loss);
            CHECK(one.gradients == many.gradients);
        }
    }
    set_threads(before);
}

template <class T>
void check_sine_layer(int64_t rows, int64_t in, int64_t out, double tolerance) {
    const std::vector<double> xd = random_numbers(rows * in, 1), wd = random_numbers(out * in, 2), bd = random_numbers(out, 3);
    const std::vector<double> dyd = random_numbers(rows * out, 4);
    const std::vector<T> x = as<T>(xd), w = as<T>(wd), b = as<T>(bd), dy = as<T>(dyd);
    const double omega = 3.5;
    std::vector<double> sine(dyd.size()), cosine(dyd.size());
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < out; o++) {
            double v = bd[size_t(o)];
            for (int64_t i = 0; i < in; i++) v += double(x[size_t(r * in + i)]) * double(w[size_t(o * in + i)]);
            const size_t at = size_t(r * out + o);
            sine[at] = std::sin(omega * v), cosine[at] = std::cos(omega * v);
        }
    for (const Isas& build : builds()) {
        INFO(build.name << ' ' << int(rows) << 'x' << int(in) << 'x' << int(out));
        std::vector<T> s(sine.size()), c(sine.size()), alone(sine.size());
        SineLayerForward<T> f;
        f.rows = rows, f.in = in, f.out = out, f.x = x.data(), f.weight = w.data(), f.bias = b.data(), f.omega = omega;
        f.sine = s.data(), f.cosine = c.data();
        forward(build, f);
        CHECK(relative_error(s, sine) <= tolerance);
        CHECK(relative_error(c, cosine) <= tolerance);
        f.sine = alone.data(), f.cosine = nullptr;
        forward(build, f);
        CHECK(alone == s);

        std::vector<double> dx(x.size(), 0.0), dw(w.size(), 0.0), db(b.size(), 0.0);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t o = 0; o < out; o++) {
                const double g = omega * double(dy[size_t(r * out + o)]) * double(c[size_t(r * out + o)]);
                db[size_t(o)] += g;
                for (int64_t i = 0; i < in; i++) {
                    dx[size_t(r * in + i)] += g * double(w[size_t(o * in + i)]);
                    dw[size_t(o * in + i)] += g * double(x[size_t(r * in + i)]);
                }
            }
        std::vector<T> x_gradient(x.size()), w_gradient(w.size()), w_alone(w.size()), b_gradient(b.size());
        SineLayerBackward<T> p;
        p.rows = rows, p.in = in, p.out = out, p.omega = omega, p.x = x.data(), p.weight = w.data();
        p.cosine = c.data(), p.sine_cotangent = dy.data();
        p.x_gradient = x_gradient.data(), p.weight_gradient = w_gradient.data(), p.bias_gradient = b_gradient.data();
        backward(build, p);
        CHECK(relative_error(x_gradient, dx) <= tolerance);
        CHECK(relative_error(w_gradient, dw) <= tolerance);
        CHECK(relative_error(b_gradient, db) <= tolerance);
        p.x_gradient = nullptr, p.weight_gradient = w_alone.data();
        backward(build, p);
        CHECK(w_alone == w_gradient);
    }
}

TEST_CASE("sine layer: values and the way back against float64") {
    for (auto [rows, in, out] : std::vector<std::tuple<int64_t, int64_t, int64_t>>{
             {1, 1, 1}, {300, 2, 64}, {77, 33, 41}, {1000, 40, 16}, {5, 500, 70}}) {
        check_sine_layer<float>(rows, in, out, 3e-5);
        check_sine_layer<double>(rows, in, out, 1e-12);
    }
}

TEST_CASE("sine layer gives the same bits for 1, 2, 3 and 7 threads") {
    const int before = threads();
    const int64_t rows = 1500, in = 40, out = 70;
    const std::vector<float> x = as<float>(random_numbers(rows * in, 1)), w = as<float>(random_numbers(out * in, 2));
    const std::vector<float> gs = as<float>(random_numbers(rows * out, 4));
    for (const Isas& build : builds()) {
        std::vector<std::vector<float>> seen;
        for (int n : {1, 2, 3, 7}) {
            set_threads(n);
            std::vector<float> s(gs.size()), c(gs.size()), dx(x.size()), dw(w.size()), db(static_cast<size_t>(out));
            SineLayerForward<float> f;
            f.rows = rows, f.in = in, f.out = out, f.x = x.data(), f.weight = w.data(), f.omega = 2;
            f.sine = s.data(), f.cosine = c.data();
            forward(build, f);
            SineLayerBackward<float> p;
            p.rows = rows, p.in = in, p.out = out, p.omega = 2, p.x = x.data(), p.weight = w.data();
            p.cosine = c.data(), p.sine_cotangent = gs.data();
            p.x_gradient = dx.data(), p.weight_gradient = dw.data(), p.bias_gradient = db.data();
            backward(build, p);
            s.insert(s.end(), dx.begin(), dx.end());
            s.insert(s.end(), dw.begin(), dw.end());
            s.insert(s.end(), db.begin(), db.end());
            seen.push_back(s);
        }
        for (auto& s : seen) CHECK(s == seen[0]);
    }
    set_threads(before);
}

TEST_SUITE_END();
