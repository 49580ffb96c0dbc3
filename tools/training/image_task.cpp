#include "tools/training/image_task.h"

#include <algorithm>

#include "engine/device.h"
#include "io/image.h"
#include "io/picture.h"
#include "io/png.h"
#include "losses/metrics.h"
#include "tools/training/fit_report.h"
#include "tools/training/siren_render.h"

namespace adjoint {

namespace {

Type type_on(Device device) { return device == Device::reference ? Type::float64 : Type::float32; }

// SSIM's window of scikit-image's default.
bool has_ssim(const FitImage& image) { return std::min(image.picture.height, image.picture.width) >= 7; }

}  // namespace

void ImageTask::check_loss(const FitSettings& settings, const FitImage& image) {
    const Composition loss(settings.loss);
    // Windows that do not fit into the image are found by trying; the value does not matter.
    const Tensor target = image.pixels.viewed_as({1, image.pixels.size(0), image.pixels.size(1), image.pixels.size(2)});
    loss.value(target, target, {});
}

ImageTask::ImageTask(const FitSettings& settings, const FitImage& image)
    : settings_(settings),
      image_(image),
      network_(settings.network(image.pixels.size(0)), uint64_t(settings.seed), type_on(device_named(settings.device)),
               device_named(settings.device)),
      loss_(settings.loss) {
    const Device device = device_named(settings.device);
    const Shape& shape = image.pixels.shape();
    coordinates_ = image_coordinates(shape[1], shape[2], type_on(device), device);
    target_ = image.pixels.to(type_on(device)).viewed_as({1, shape[0], shape[1], shape[2]}).to(device);
    pixels_ = image_to_pixels(target_);
    pointwise_ = loss_.text() == "l1" || loss_.text() == "l2";
    const ValueRange values = value_range(image.pixels);
    data_range_ = values.high > values.low ? values.high - values.low : 1;
}

std::vector<std::string> ImageTask::loss_names() const {
    std::vector<std::string> names = {"loss"};
    for (const std::string& name : loss_.names()) names.push_back("loss." + name);
    return names;
}

std::vector<std::string> ImageTask::metric_names() const {
    return has_ssim(image_) ? std::vector<std::string>{"psnr", "ssim"} : std::vector<std::string>{"psnr"};
}

const Tensor& ImageTask::prediction() {
    if (!prediction_)
        prediction_ =
            pixels_to_image(evaluate_rows(network_, coordinates_), image_.picture.height, image_.picture.width);
    return prediction_;
}

Readings ImageTask::loss(int64_t step, Parameters* gradient_out) {
    const LossContext context{uint64_t(settings_.seed), uint64_t(step)};
    auto readings = [](const LossValue& value) {
        Readings r = {{"loss", value.total.item()}};
        for (const LossTerm& term : value.terms) r.push_back({"loss." + term.name, term.value.item()});
        return r;
    };
    if (!gradient_out) return readings(loss_.value(prediction(), target_, context));

    if (pointwise_) {
        // The same as below for these two losses, by the kernel that keeps blocks of rows in cache.
        std::vector<Tensor> found = network_.step(coordinates_, pixels_, loss_.text());
        const double value = found[0].item();
        found.erase(found.begin());
        gradient_out->gather(found);
        prediction_ = Tensor();  // the caller changes the weights next
        return {{"loss", value}, {"loss." + loss_.text(), value}};
    }
    Tape tape;
    std::vector<Tensor> w;
    for (const Tensor& weight : network_.parameters.tensors()) w.push_back(tape.variable(weight));
    const Tensor values = network_(w, coordinates_);
    const LossValue value =
        loss_.value(pixels_to_image(values, image_.picture.height, image_.picture.width), target_, context);
    gradient_out->gather(gradient(value.total, w));
    prediction_ = Tensor();
    return readings(value);
}

Readings ImageTask::evaluate() {
    const Tensor fitted = prediction().to(Device::cpu), target = target_.to(Device::cpu);
    Readings metrics = {{"psnr", psnr(fitted, target, data_range_)}};
    if (has_ssim(image_)) metrics.push_back({"ssim", ssim_metric(fitted, target, data_range_)});
    return metrics;
}

std::map<std::string, std::string> ImageTask::description() const {
    Description d = describe(network_.settings, image_.picture);
    d["loss"] = loss_.text();
    d["seed"] = std::to_string(settings_.seed);
    return d;
}

void ImageTask::draw(const std::filesystem::path& folder, const std::string& name) {
    const Shape& shape = image_.pixels.shape();
    write_png(folder / (name + ".png"), prediction().to(Device::cpu).viewed_as({shape[0], shape[1], shape[2]}));
}

void ImageTask::draw_result(const RunFolder& folder) {
    const Tensor fitted = prediction().to(Device::cpu).to(Type::float32).viewed_as(image_.pixels.shape());
    write_picture(folder.path() / "fitted.png", fitted, image_.picture);
    // A tenth of the range is the brightest colour: errors of a good fit are visible, and pictures are comparable.
    const Tensor error = colour_mapped(absolute_error(fitted, image_.pixels), 0, 0.1 * data_range_);
    write_png(folder.path() / "error.png", error);
    write_png(folder.path() / "overview.png", mosaic({image_.pixels, fitted, error}, 3));
}

}  // namespace adjoint
