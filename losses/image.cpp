#include "losses/image.h"

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {
namespace {

// √(re² + im² + ε) over axis `axis` of length 2.
Tensor magnitude(const Tensor& x, int axis, double epsilon) { return safe_sqrt(sum(square(x), {axis}), epsilon); }

template <class S>
std::vector<double> plain_of(const Tensor& x) {
    std::vector<double> v;
    for (const S& value : x.values<S>()) v.push_back(plain(value));
    return v;
}

}  // namespace

Tensor real_image(const Tensor& x, const Magnitude& m) {
    if (x.rank() == 5) return magnitude(x, 4, m.epsilon);
    if (!m.pairs) return x;
    const Shape& s = x.shape();
    if (s[1] % 2)
        fail(ExitCode::usage, "the magnitude of an image " + s.text(),
             "its channels do not come in pairs of re and im");
    return magnitude(reshape(x, Shape{s[0], s[1] / 2, 2, s[2], s[3]}), 2, m.epsilon);
}

void check_images(const Tensor& prediction, const Tensor& target, const std::string& who) {
    const std::string asked =
        who + " of a prediction " + prediction.shape().text() + " and a target " + target.shape().text();
    if (!(prediction.shape() == target.shape())) fail(ExitCode::mismatch, asked, "the shapes differ");
    if (prediction.type() != target.type() || prediction.device() != target.device())
        fail(ExitCode::mismatch, asked,
             std::string("one is ") + name_of(prediction.type()) + " on " + name_of(prediction.device()) +
                 ", the other " + name_of(target.type()) + " on " + name_of(target.device()),
             "convert with to(Type), move with to(Device)");
    const Shape& s = prediction.shape();
    if (s.rank() != 4 && !(s.rank() == 5 && s[4] == 2))
        fail(ExitCode::usage, asked, "they have " + std::to_string(s.rank()) + " axes",
             "images are N×C×H×W, or N×C×H×W×2 for complex ones");
    if (s.count() == 0) fail(ExitCode::usage, asked, "there are no pixels");
}

std::vector<double> plain_values(const Tensor& x) {
    switch (x.type()) {
        case Type::float32: return plain_of<float>(x);
        case Type::float64: return x.values<double>();
        case Type::dual1: return plain_of<Dual1>(x);
        case Type::dual2: return plain_of<Dual2>(x);
        case Type::dual3: return plain_of<Dual3>(x);
        case Type::int64: break;
    }
    fail(ExitCode::usage, "the values of a tensor", "it holds whole numbers", "convert it with to(Type)");
}

}  // namespace adjoint
