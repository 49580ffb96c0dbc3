#include "models/forward/cartesian.h"

#include "engine/error.h"
#include "engine/philox.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {
namespace {

void check_mask(const Tensor& mask, const char* who) {
    if (!mask || mask.rank() != 3)
        fail(ExitCode::mismatch, who, "the mask is " + (mask ? mask.shape().text() : "missing"),
             "it must be N×H×W with axes of 1 where it repeats, as in 1×1×W");
}

// Does M depend on the column alone? Then F⁻¹ M F is the identity along the columns (axis −2).
bool by_columns(const Tensor& mask) { return mask.size(1) == 1; }
std::vector<int64_t> transformed_axes(const Tensor& mask) {
    return by_columns(mask) ? std::vector<int64_t>{-1} : std::vector<int64_t>{-2, -1};
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

Complex CartesianEncoding::normal(const Complex& x) const {
    const std::vector<int64_t> axes = transformed_axes(mask);
    return combine(ifft(fft(expand(x), axes) * mask_of_coils(), axes));  // mask² = mask
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
    axes_ = transformed_axes(mask);
    y_ = by_columns(mask) ? ifft(y, {-2}) : y;
    weight_ = with_coils(mask);
}

DataConsistency::DataConsistency(const Complex& y, const Tensor& mask, const Tensor& v) : DataConsistency(y, mask) {
    if (v.size() != 1)
        fail(ExitCode::usage, "data consistency", "the weight has " + std::to_string(v.size()) + " elements");
    const Tensor one = reshape(v, Shape{});
    weight_ = weight_ * (one / (one + 1));
}

Complex DataConsistency::operator()(const Complex& x) const {
    const Complex coils = x.rank() == 4 ? x : one_coil(x);
    if (!(coils.shape() == y_.shape()))
        fail(ExitCode::mismatch, "data consistency",
             "images " + x.shape().text() + " and k-space " + y_.shape().text() + " do not go together");
    const Complex consistent = ifft(blend(fft(coils, axes_), y_, weight_), axes_);
    return x.rank() == 4 ? consistent : reshape(consistent, x.shape());
}

}  // namespace adjoint
