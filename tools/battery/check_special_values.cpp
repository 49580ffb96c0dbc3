#include <cmath>
#include <limits>

#include "tools/battery/checks.h"

namespace adjoint::battery {
namespace {

std::vector<double> special_values(Type type) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const bool wide = type == Type::float64;
    const double largest = wide ? std::numeric_limits<double>::max() : double(std::numeric_limits<float>::max());
    const double smallest = wide ? std::numeric_limits<double>::min() : double(std::numeric_limits<float>::min());
    return {nan, infinity, -infinity, 0.0, -0.0, largest, -largest, smallest, -smallest, 1.0, -1.0, 1e4, -1e4, 1e10, -1e10};
}

// Is `got` the number `want` as the type holds it? Infinities and NaN exactly.
bool same_number(double got, double want, Type type) {
    if (type == Type::float32) want = double(float(want));
    if (std::isnan(want)) return std::isnan(got);
    if (std::isinf(want)) return got == want;
    const double tolerance = type == Type::float64 ? 1e-12 : 1e-5;
    const double denormal = type == Type::float64 ? 1e-307 : 1e-37;
    return std::fabs(got - want) <= tolerance * std::fabs(want) + denormal;
}

}  // namespace

// Kind pointwise: NaN, infinities, zeros and the ends of the range, in each input by turns, give what the definition
// gives. A kernel that loses a NaN hides that a computation went wrong. Beyond 10^12 a kernel may answer NaN instead of a
// number (sines need more digits of π there), but never a wrong number.
void check_special_values(Trial& t) {
    if (t.op.kind != Kind::pointwise || t.device == Device::reference) return;
    const std::vector<double> specials = special_values(t.type);
    const int64_t n = int64_t(specials.size());
    for (int moving : t.real_inputs) {
        std::vector<Tensor> in, exact;
        for (size_t k = 0; k < t.sample.inputs.size(); ++k) {
            InputSample s = t.sample.inputs[k];
            s.shape = Shape{n};
            std::vector<double> values = int(k) == moving ? specials : t.draw.input(s, int(k));
            in.push_back(t.on_device(values, s.shape));
            exact.push_back(Tensor::from(numbers(in.back()), s.shape, Device::reference));
        }
        std::vector<double> got = numbers(t.apply(in)[0]), want = numbers(t.op.apply(exact, t.sample.attributes)[0]);
        for (size_t i = 0; i < got.size(); ++i)
            if (!(std::isnan(got[i]) && std::fabs(specials[i]) > 1e12) && !same_number(got[i], want[i], t.type))
                t.report.fail("special values", digits(specials[i]) + " as input " + std::to_string(moving + 1) + " gives " +
                                                    digits(got[i]) + " instead of " + digits(want[i]));
    }
}

}  // namespace adjoint::battery
