#include "tools/training/mri_task.h"

#include <algorithm>

#include "engine/device.h"
#include "engine/tape.h"
#include "io/picture.h"
#include "io/png.h"

namespace adjoint {

namespace {

// N×H×W complex as the losses take complex images: N×1×H×W×2.
Tensor for_losses(const Complex& x) {
    return reshape(x, Shape{x.size(0), 1, x.size(1), x.size(2)}).data;
}

double largest(const Tensor& x) {
    const std::vector<float> v = x.values<float>();
    return *std::max_element(v.begin(), v.end());
}

// The mode of training, until this ends.
class Training {
public:
    explicit Training(MriModel& model) : model_(model) { model_.set_mode(Mode::training); }
    ~Training() { model_.set_mode(Mode::evaluation); }

private:
    MriModel& model_;
};

MriExample batch_at(const MriExamples& examples, const Order& order, int64_t position) {
    std::vector<MriExample> parts;
    for (const Order::Item& item : order.pass(position)) parts.push_back(examples.training(item.example, item.epoch));
    return stacked(parts);
}

}  // namespace

Tensor magnitude_of(const Complex& x, double scale) {
    const Tensor m = abs(Complex{x.data.to(Device::cpu)}).to(Type::float32);
    std::vector<float> values = m.values<float>();
    for (float& v : values) v = float(v * scale);
    return Tensor::from(values, {x.size(1), x.size(2)});
}

Complex reconstructed(const MriModel& model, const std::vector<Tensor>& weights, const MriExample& e, Device device) {
    const PauseRecording pause;
    return model(weights, Complex{e.y.data.to(device)}, e.encoding(device));
}

MriTask::MriTask(const MriSettings& settings, const MriExamples& training, const MriExamples& validation)
    : settings_(settings),
      training_(training),
      validation_(validation),
      device_(device_named(settings.device)),
      model_(settings, training.coils(), device_),
      loss_(settings.loss),
      order_(training.size(), settings.batch, uint64_t(settings.seed), settings.shuffle),
      batches_([this](int64_t position) { return batch_at(training_, order_, position); }, int(settings.prefetch)),
      fixed_([this](int64_t i) { return validation_.fixed(i % validation_.size()); }, int(settings.prefetch)) {}

std::vector<std::string> MriTask::loss_names() const {
    std::vector<std::string> names = {"loss"};
    for (const std::string& name : loss_.names()) names.push_back("loss." + name);
    return names;
}

Readings MriTask::loss(int64_t position, Parameters* gradient_out) {
    const MriExample batch = batches_.get(position);
    const LossContext context{uint64_t(settings_.seed), uint64_t(position)};
    const Complex y{batch.y.data.to(device_)};
    const CartesianEncoding E = batch.encoding(device_);
    const Tensor target = for_losses(Complex{batch.target.data.to(device_)});
    auto readings = [](const LossValue& value) {
        Readings r = {{"loss", value.total.item()}};
        for (const LossTerm& term : value.terms) r.push_back({"loss." + term.name, term.value.item()});
        return r;
    };
    if (!gradient_out) return readings(loss_.value(for_losses(model_(weights().tensors(), y, E)), target, context));
    const Training training(model_);
    Tape tape;
    const std::vector<Tensor> w = tape.variables(weights().tensors());
    const LossValue value = loss_.value(for_losses(model_(w, y, E)), target, context);
    const Readings r = readings(value);
    model_.set_mode(Mode::training_again);  // what is recomputed has moved the running statistics once already
    gradient_out->gather(gradient(value.total, w));
    return r;
}

Readings MriTask::evaluate() {
    ImageScores mean;
    const double n = double(validation_.size());
    for (int64_t i = 0; i < validation_.size(); ++i) {
        const MriExample e = fixed_.get(i);
        const Tensor target = magnitude_of(e.target);
        const Complex x = reconstructed(model_, weights().tensors(), e, device_);
        const ImageScores s = slice_scores(magnitude_of(x), target, largest(target), e.name);
        mean.psnr += s.psnr / n, mean.ssim += s.ssim / n, mean.nmse += s.nmse / n;
    }
    return {{"psnr", mean.psnr}, {"ssim", mean.ssim}, {"nmse", mean.nmse}};
}

std::vector<Tensor> MriTask::pictures(const MriExample& e) const {
    const Tensor target = magnitude_of(e.target);
    const double top = std::max(largest(target), 1e-30);
    const Tensor zero_filled = magnitude_of(e.encoding(Device::cpu).adjoint(e.y), 1 / top);
    const Tensor x =
        magnitude_of(reconstructed(model_, model_.parameters().tensors(), e, device_), 1 / top);
    const Tensor scaled = magnitude_of(e.target, 1 / top);
    const Shape chw{1, x.size(0), x.size(1)};
    const Tensor error = absolute_error(x.viewed_as(chw), scaled.viewed_as(chw));
    return {zero_filled, x, scaled, colour_mapped(error, 0, 0.1)};
}

void MriTask::draw(const std::filesystem::path& folder, const std::string& name) {
    std::vector<Tensor> rows;
    const int64_t count = std::min(settings_.pictures, validation_.size());
    for (int64_t k = 0; k < count; ++k)
        for (const Tensor& p : pictures(validation_.fixed((2 * k + 1) * validation_.size() / (2 * count))))
            rows.push_back(p);
    write_png(folder / (name + ".png"), mosaic(rows, 4));
}

Description MriTask::description() const {
    Description d = model_.description();
    d["examples"] = std::to_string(training_.size());
    return d;
}

MriTask::Result MriTask::scores(const MriExamples& examples) const {
    Result result;
    const std::vector<Tensor> w = model_.parameters().tensors();
    for (int64_t i = 0; i < examples.size(); ++i) {
        const MriExample e = examples.fixed(i);
        const std::string volume = examples.data().file(e.file).path.filename().string();
        const Tensor target = magnitude_of(e.target, e.scale);
        result.network.add(volume, e.name, magnitude_of(reconstructed(model_, w, e, device_), e.scale), target);
        result.zero_filled.add(volume, e.name,
                               magnitude_of(e.encoding(Device::cpu).adjoint(e.y), e.scale), target);
    }
    result.network.finish();
    result.zero_filled.finish();
    return result;
}

}  // namespace adjoint
