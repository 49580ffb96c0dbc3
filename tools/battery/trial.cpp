#include "tools/battery/trial.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "engine/philox.h"

#ifdef __SANITIZE_THREAD__
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace adjoint::battery {
namespace {

uint64_t hash(const char* text, uint64_t h) {
    for (; *text; ++text) h = (h ^ uint64_t(static_cast<unsigned char>(*text))) * 0x100000001B3u;
    return h;
}

double away_from_kinks(double x, const InputSample& s) {
    for (double kink : s.kinks)
        if (std::fabs(x - kink) < s.margin) {
            bool up = x >= kink;
            if (kink + s.margin > s.high) up = false;
            if (kink - s.margin < s.low) up = true;
            x = up ? kink + s.margin : kink - s.margin;
        }
    return x;
}

}  // namespace

Draw::Draw(const Operation& op, int sample) : seed_(hash(op.name, 0xCBF29CE484222325u) + uint64_t(sample)) {}

std::vector<double> Draw::uniform(const char* what, int k, int64_t n) const {
    Philox random{seed_, hash(what, uint64_t(k))};
    std::vector<double> v(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) v[size_t(i)] = random.uniform(uint64_t(i), -1, 1);
    return v;
}

std::vector<double> Draw::input(const InputSample& s, int k) const {
    Philox random{seed_, hash("input", uint64_t(k))};
    int64_t n = s.shape.count();
    std::vector<double> v(static_cast<size_t>(n));
    if (!s.integer) {
        for (int64_t i = 0; i < n; ++i)
            v[size_t(i)] = away_from_kinks(random.uniform(uint64_t(i), s.low, s.high), s);
        return v;
    }
    uint64_t range = uint64_t(s.high - s.low);
    if (!s.distinct) {
        for (int64_t i = 0; i < n; ++i) v[size_t(i)] = s.low + double(random.below(uint64_t(i), range));
        return v;
    }
    std::vector<double> all(range);
    for (uint64_t i = 0; i < range; ++i) all[i] = s.low + double(i);
    for (uint64_t i = 0; i + 1 < range; ++i) std::swap(all[i], all[i + random.below(i, range - i)]);
    std::copy_n(all.begin(), std::min<size_t>(all.size(), v.size()), v.begin());
    return v;
}

void Report::fail(const char* check, const std::string& detail) {
    if (seen_.insert({check, int(type_)}).second)
        failures_.push_back({op_.name, device_, type_, check, sample_, detail});
}

std::vector<Tensor> Trial::fresh_inputs() const {
    std::vector<Tensor> copies;
    for (const Tensor& t : inputs) copies.push_back(t ? t.copy() : Tensor());
    return copies;
}

Tensor Trial::on_device(const std::vector<double>& values, const Shape& shape) const {
    return Tensor::from(values, shape, Device::reference).to(type).to(device);
}

std::vector<std::vector<double>> Trial::cotangents(int k) const {
    std::vector<std::vector<double>> v;
    for (int i : real_outputs) v.push_back(draw.uniform("cotangent", 16 * k + i, outputs[size_t(i)].size()));
    return v;
}

std::vector<std::vector<double>> Trial::directions(int k) const {
    std::vector<std::vector<double>> u;
    for (int i : real_inputs) u.push_back(draw.uniform("direction", 16 * k + i, inputs[size_t(i)].size()));
    return u;
}

bool prepare(Trial& t) {
    for (size_t i = 0; i < t.sample.inputs.size(); ++i) {
        const InputSample& s = t.sample.inputs[i];
        if (s.missing) {
            t.inputs.emplace_back();
            t.exact.emplace_back();
            continue;
        }
        std::vector<double> values = t.draw.input(s, int(i));
        t.elements = std::max<int64_t>(t.elements, s.shape.count());
        Tensor exact = Tensor::from(values, s.shape, Device::reference);
        if (s.integer) {
            exact = exact.to(Type::int64);
        } else {
            t.real_inputs.push_back(int(i));
            exact = exact.to(t.type).to(Type::float64);  // the numbers that the type can hold
        }
        t.exact.push_back(exact);
        // A copy also where nothing has to change: an operation that writes must not reach the exact numbers.
        t.inputs.push_back((s.integer ? exact : exact.to(t.type)).to(t.device).copy());
    }
    try {
        t.outputs = t.apply(t.fresh_inputs());
    } catch (const Error& e) {
        if (e.code == ExitCode::usage) return false;
        throw;
    }
    for (size_t i = 0; i < t.outputs.size(); ++i) {
        t.elements = std::max(t.elements, t.outputs[i].size());
        if (t.outputs[i].type() != Type::int64) t.real_outputs.push_back(int(i));
    }
    return true;
}

OneThread::OneThread() {
#ifdef __SANITIZE_THREAD__
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
}
OneThread::~OneThread() {
#ifdef __SANITIZE_THREAD__
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
}

std::string describe(const Sample& s) {
    std::string text;
    for (const InputSample& i : s.inputs)
        text += (text.empty() ? "" : ", ") + (i.missing ? std::string("nothing") : i.shape.text());
    if (s.attributes.begin() != s.attributes.end()) text += " with " + s.attributes.text();
    return text;
}

std::vector<double> numbers(const Tensor& t) {
    Tensor host = t.constant().to(Device::reference).to(Type::float64);
    return host.values<double>();
}

bool same_bits(const Tensor& a, const Tensor& b) {
    if (!(a.shape() == b.shape()) || a.type() != b.type()) return false;
    synchronise(a.device());
    Tensor x = a.constant().to(Device::reference), y = b.constant().to(Device::reference);
    return a.bytes() == 0 || std::memcmp(x.bytes_data(), y.bytes_data(), a.bytes()) == 0;
}

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
        if (bool(a[i]) != bool(b[i]) || (a[i] && !same_bits(a[i], b[i]))) return false;
    return true;
}

bool close(const std::vector<double>& got, const std::vector<double>& want, double tolerance, std::string* detail) {
    if (got.size() != want.size()) {
        *detail = std::to_string(got.size()) + " numbers instead of " + std::to_string(want.size());
        return false;
    }
    double largest = 0;
    for (double w : want)
        if (std::isfinite(w)) largest = std::max(largest, std::fabs(w));
    double worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        if (got[i] == want[i]) continue;
        double error = std::fabs(got[i] - want[i]) / std::max(largest, 1e-300);
        if (!(error <= worst)) {  // NaN as well
            worst = std::isnan(error) ? HUGE_VAL : error;
            where = i;
        }
    }
    if (worst <= tolerance) return true;
    *detail = "element " + std::to_string(where) + " of " + std::to_string(want.size()) + " is " + digits(got[where]) +
              " instead of " + digits(want[where]) + ": error " + digits(worst) + " of the largest, allowed " +
              digits(tolerance);
    return false;
}

std::string digits(double x) {
    char s[40];
    std::snprintf(s, sizeof s, std::fabs(x) < 1e-3 || std::fabs(x) > 1e6 ? "%.6g" : "%.12g", x);
    return s;
}

}  // namespace adjoint::battery
