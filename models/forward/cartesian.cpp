#include "models/forward/cartesian.h"

#include "engine/error.h"
#include "engine/operation.h"
#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {
namespace {

void check_mask(const Tensor& mask, const char* who) {
    if (!mask || mask.rank() != 3)
        fail(ExitCode::mismatch, who, "the mask is " + (mask ? mask.shape().text() : "missing"),
             "it must be N×H×W with axes of 1 where it repeats, as in 1×1×W");
}

// F⁻¹ diag(w) F on coil images N×coils×H×W, w: N×1×H×W with axes of 1 where it repeats. The transform along the last
// axis of the way there, the weights, and the first one of the way back are one pass over memory.
Complex filtered(const Complex& y, const Tensor& w) {
    if (w.size(2) == 1) return filter_lines(y, w, -1);
    return ifft(filter_lines(fft(y, {-1}), w, -2), {-1});
}

Tensor with_coils(const Tensor& mask) { return reshape(mask, Shape{mask.size(0), 1, mask.size(1), mask.size(2)}); }

// N×H×W as N×1×H×W.
Complex one_coil(const Complex& x) {
    if (x.rank() != 3)
        fail(ExitCode::mismatch, "an image " + x.shape().text(), "images of the forward model are N×H×W complex");
    return reshape(x, {x.size(0), 1, x.size(1), x.size(2)});
}

}  // namespace

CartesianEncoding::CartesianEncoding(const Complex& maps_, const Tensor& mask_) : maps(maps_), mask(mask_) {
    check_mask(mask, "a Cartesian encoding");
    if (!maps) return;
    if (maps.rank() != 4)
        fail(ExitCode::mismatch, "a Cartesian encoding", "the coil maps are " + maps.shape().text(),
             "they must be N×coils×H×W complex");
    broadcast(Shape{maps.size(0), maps.size(2), maps.size(3)}, mask.shape(), "coil maps and mask");
}

Complex CartesianEncoding::expand(const Complex& x) const { return maps ? expand_coils(maps, x) : one_coil(x); }
Complex CartesianEncoding::combine(const Complex& y) const {
    if (maps) return combine_coils(maps, y);
    if (y.rank() != 4 || y.size(1) != 1)
        fail(ExitCode::mismatch, "a single-coil encoding", "the k-space is " + y.shape().text(),
             "it must be N×1×H×W, or give coil maps");
    return reshape(y, {y.size(0), y.size(2), y.size(3)});
}
Tensor CartesianEncoding::mask_of_coils() const { return with_coils(mask); }

Complex CartesianEncoding::forward(const Complex& x) const { return fft2(expand(x)) * mask_of_coils(); }

Complex CartesianEncoding::adjoint(const Complex& y) const { return combine(ifft2(y * mask_of_coils())); }

// F⁻¹ M F on coil images; M² = M. Its own adjoint.
Complex CartesianEncoding::project(const Complex& y) const { return filtered(y, mask_of_coils()); }

// The tape keeps the image and the maps of a normal operator, not the coil images in between: conjugate gradients that
// are unrolled apply it tens of times. y = Σ_c conj(S_c) P (S_c x), P = F⁻¹ M F:
//   dL/dx = Eᴴ E g,  dL/dS_c = conj(g) P (S_c x) + conj(x) P (S_c g), summed over images that share the maps.
Complex CartesianEncoding::normal_gradient(const Complex& x, const Complex& g) const {
    const Complex of_x = project(expand_coils(maps, x)), of_g = project(expand_coils(maps, g));
    const Complex sum = multiply(of_x, one_coil(g), {.b = true}) + multiply(of_g, one_coil(x), {.b = true});
    return {sum_to(sum.data, maps.data.shape())};
}

static std::vector<Tensor> gradient_of_normal(const GradientCall& c) {
    const CartesianEncoding E(Complex{c.input(0)}, c.input(2));
    const Complex g{c.cotangent()};
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = E.normal_gradient(Complex{c.input(1)}, g).data;
    if (c.needs(1)) dL_d[1] = E.normal(g).data;
    return dL_d;
}

static const Operation& normal_node() {
    static const Operation op = {
        .name = "encoding_normal",
        .equation = "y = Eᴴ E x",
        .kind = Kind::linear,
        .optional_inputs = {0},
        .saved_inputs = {0, 1, 2},
        .gradient = gradient_of_normal,
    };
    return op;
}

Complex CartesianEncoding::normal(const Complex& x) const {
    const Tape* tape = Tape::recording();
    // A mask that is itself to be learned gets its gradient step by step.
    if (!tape || (mask.tape() == tape->id() && mask.slot() >= 0)) return combine(project(expand(x)));
    std::vector<Tensor> y(1);
    {
        PauseRecording pause;
        y[0] = combine(project(expand(x))).data;
    }
    Tape::recording()->record(normal_node(), {}, {maps.data, x.data, mask}, y, 0);
    return {y[0]};
}

Complex add_noise(const Complex& y, const Tensor& mask, double sigma, uint64_t seed) {
    check_mask(mask, "noise on k-space");
    if (y.rank() != 4)
        fail(ExitCode::mismatch, "noise on k-space", "it is " + y.shape().text(), "it must be N×coils×H×W");
    if (!(sigma >= 0)) fail(ExitCode::usage, "noise on k-space", "its deviation must be at least 0");
    const Philox random{seed, 0x6e6f6973};
    std::vector<double> n(size_t(y.data.size()));
    for (size_t i = 0; i < n.size(); ++i) n[i] = sigma * random.normal(i);
    const Complex noise{Tensor::from(n, y.data.shape(), Device::reference).to(y.data.type()).to(y.data.device())};
    return y + noise * with_coils(mask);
}

DataConsistency::DataConsistency(const Complex& y, const Tensor& mask) {
    check_mask(mask, "data consistency");
    if (y.rank() != 4)
        fail(ExitCode::mismatch, "data consistency", "the k-space is " + y.shape().text(), "it must be N×coils×H×W");
    set(y, with_coils(mask));
}

DataConsistency::DataConsistency(const Complex& y, const Tensor& mask, const Tensor& v) : DataConsistency(y, mask) {
    if (v.size() != 1)
        fail(ExitCode::usage, "data consistency", "the weight has " + std::to_string(v.size()) + " elements");
    const Tensor one = reshape(v, Shape{});
    set(y, with_coils(mask) * (one / (one + 1)));
}

void DataConsistency::set(const Complex& y, const Tensor& weight) {
    measured_ = ifft2(y * weight);
    keep_ = 1 - weight;
}

Complex DataConsistency::operator()(const Complex& x) const {
    const Complex coils = x.rank() == 4 ? x : one_coil(x);
    if (!(coils.shape() == measured_.shape()))
        fail(ExitCode::mismatch, "data consistency",
             "images " + x.shape().text() + " and k-space " + measured_.shape().text() + " do not go together");
    const Complex consistent = filtered(coils, keep_) + measured_;
    return x.rank() == 4 ? consistent : reshape(consistent, x.shape());
}

}  // namespace adjoint
