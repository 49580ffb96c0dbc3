#include "tools/training/mri_preparation.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "engine/philox.h"
#include "io/npy.h"
#include "kernels/layout/layout.h"
#include "models/forward/coil_maps.h"

namespace adjoint {

namespace {

constexpr size_t maps_kept = size_t(2) << 30;  // bytes of maps that are kept for the next epoch
constexpr uint64_t noise_stream = 0x6e6f6973;

Complex on(Device device, const Complex& z) { return z ? Complex{z.data.to(device)} : z; }

// y with zeros where the mask is 0, 1×coils×H×W.
Complex masked(const Tensor& kspace, const Tensor& mask) {
    const Complex y{kspace.viewed_as({1, kspace.size(0), kspace.size(1), kspace.size(2), 2})};
    return y * mask.viewed_as({1, 1, mask.size(1), mask.size(2)});
}

std::string size_text(const MriExample& e) { return e.name + " is " + e.y.shape().text(); }

Tensor stack(const std::vector<MriExample>& all, const std::function<Tensor(const MriExample&)>& part) {
    std::vector<Tensor> parts;
    for (const MriExample& e : all) {
        if (!part(e)) return {};
        parts.push_back(part(e));
    }
    return concatenate(parts, 0);
}

}  // namespace

bool all_zero(const Tensor& x) {
    const std::vector<float> v = x.values<float>();
    return std::all_of(v.begin(), v.end(), [](float a) { return a == 0; });
}

CartesianEncoding MriExample::encoding(Device device) const {
    return CartesianEncoding(on(device, maps), mask.to(device));
}

Complex coil_maps_for(const PreparationSettings& s, const Complex& y) {
    if (y.size(1) == 1) return {};
    if (s.maps == "espirit") return espirit(y, {.calibration = s.calibration}).maps[0];
    if (s.maps == "low-resolution") return low_resolution_maps(y, {.calibration = s.calibration});
    const Dataset file({s.maps}, {.content = Content::kspace});
    const Tensor maps = file.kspace(0);
    if (!(maps.shape() == Shape{y.size(1), y.size(2), y.size(3), 2}))
        fail(ExitCode::mismatch, "coil maps from " + s.maps,
             "they are " + maps.shape().text() + ", the k-space is " + y.data.shape().text(),
             "they must be coils x H x W of complex numbers");
    return {maps.viewed_as(y.data.shape())};
}

double normalisation_of(const PreparationSettings& s, const Complex& y, const CartesianEncoding& E) {
    if (s.normalise == "none") return 1;
    double scale = 0;
    if (s.normalise == "max") {
        for (float m : abs(E.adjoint(y)).values<float>()) scale = std::max(scale, double(m));
    } else {
        const int64_t w = y.size(3), columns = std::min<int64_t>(24, w);
        std::vector<float> centre(size_t(w), 0.f);
        for (int64_t i = 0; i < columns; ++i) centre[size_t(w / 2 - columns / 2 + i)] = 1;
        std::vector<float> m = root_sum_of_squares(ifft2(y * Tensor::from(centre, {1, 1, 1, w}))).values<float>();
        const size_t place = std::min(m.size() - 1, size_t(std::lround(0.05 * double(m.size()))));
        std::nth_element(m.begin(), m.begin() + int64_t(place), m.end(), std::greater<float>());
        scale = m[place];
    }
    if (!std::isfinite(scale) || (scale == 0 && !all_zero(y.data)))
        fail(ExitCode::numerical, "preparation.normalise = " + s.normalise + " of k-space " + y.shape().text(),
             scale == 0 ? "what would become 1 is 0: the numbers are too small" : "the numbers are too large",
             "multiply the data by a constant, so that its largest numbers are not far from 1");
    return scale > 0 ? scale : 1;
}

MriExample stacked(const std::vector<MriExample>& all) {
    if (all.size() == 1) return all[0];
    for (const MriExample& e : all)
        if (!(e.y.shape() == all[0].y.shape()) || !(e.mask.shape() == all[0].mask.shape()))
            fail(ExitCode::mismatch, "a batch of " + std::to_string(all.size()) + " slices",
                 size_text(all[0]) + ", and " + size_text(e),
                 "set data.height and data.width to one size for all, or training.batch to 1");
    MriExample batch;
    batch.y = {stack(all, [](const MriExample& e) { return e.y.data; })};
    batch.mask = stack(all, [](const MriExample& e) { return e.mask; });
    batch.maps = {stack(all, [](const MriExample& e) { return e.maps.data; })};
    batch.target = {stack(all, [](const MriExample& e) { return e.target.data; })};
    return batch;
}

MriExamples::MriExamples(const std::string& who, const std::vector<std::string>& patterns,
                         const DatasetOptions& options, const MriModelSettings& settings, int64_t chosen)
    : data_(patterns.empty() ? throw Error(ExitCode::usage, who, "no files are given",
                                           "name files or globs in the configuration")
                             : patterns,
            options),
      settings_(settings) {
    const int64_t all = data_.size(), count = chosen > 0 ? std::min(chosen, all) : all;
    for (int64_t i = 0; i < count; ++i) chosen_.push_back((2 * i + 1) * all / (2 * count));
    for (size_t f = 0; f < data_.files(); ++f) {
        if ((data_.file(f).coils == 1) != (coils() == 1))
            fail(ExitCode::mismatch, who,
                 data_.file(f).path.string() + " has " + std::to_string(data_.file(f).coils) +
                     " coils, the first file " + std::to_string(coils()),
                 "train with data of a single coil, or with data of several");
        if (data_.file(f).has_mask)
            fail(ExitCode::mismatch, who, data_.file(f).path.string() + " comes with a mask: it is undersampled",
                 "give fully sampled files, from which masks are drawn and targets made");
    }
}

MriExample MriExamples::training(int64_t i, int64_t epoch) const {
    const int64_t number = (settings_.sampling.redraw ? epoch : 0) * size() + i;
    return make(i, MaskStream::training, uint64_t(number), settings_.sampling.noise);
}

MriExample MriExamples::fixed(int64_t i) const { return make(i, MaskStream::fixed, uint64_t(i), 0); }

Complex MriExamples::maps_of(int64_t i, const Complex& y) const {
    {
        std::lock_guard lock(mutex_);
        const auto found = maps_.find(i);
        if (found != maps_.end()) return found->second;
    }
    Complex maps;
    try {
        maps = coil_maps_for(settings_.preparation, y);
    } catch (const Error& e) {
        fail(e.code, data_.name(chosen_[size_t(i)]) + ": " + e.asked, e.found, e.advice);
    }
    // Such a slice would be learned as zeros, without a word.
    if (maps && all_zero(maps.data) && !all_zero(y.data))
        fail(ExitCode::numerical, "coil maps of " + data_.name(chosen_[size_t(i)]),
             "they are zero everywhere: no pixel reaches the threshold of their method",
             "enlarge preparation.calibration, take preparation.maps = \"low-resolution\", or leave the slice away "
             "(data.begin, data.end)");
    std::lock_guard lock(mutex_);
    if (maps && maps_bytes_ + maps.data.bytes() <= maps_kept && maps_.insert({i, maps}).second)
        maps_bytes_ += maps.data.bytes();
    return maps;
}

MriExample MriExamples::make(int64_t i, MaskStream stream, uint64_t number, double noise) const {
    const int64_t sample = chosen_[size_t(i)];
    const Tensor full = data_.kspace(sample);
    MriExample e;
    e.name = data_.name(sample);
    e.file = data_.sample(sample).file;
    e.mask = draw_mask(settings_.sampling, full.size(1), full.size(2), uint64_t(settings_.seed), stream, number);
    const Complex measured = masked(full, e.mask);
    e.maps = maps_of(i, measured);
    const CartesianEncoding E = e.encoding(Device::cpu);
    e.scale = normalisation_of(settings_.preparation, measured, E);
    e.y = measured * (1 / e.scale);
    if (noise > 0) e.y = add_noise(e.y, e.mask, noise, Philox{uint64_t(settings_.seed), noise_stream}.word64(number));
    const Tensor ones = Tensor::full({1, 1, full.size(2)}, 1);
    const Complex all{full.viewed_as(measured.data.shape())};
    e.target = CartesianEncoding(e.maps, ones).adjoint(all) * (1 / e.scale);
    return e;
}

}  // namespace adjoint
