// Fitting an image with a SIREN, as a task of the training loop.
#pragma once
#include "losses/composition.h"
#include "tools/training/fit_image.h"
#include "tools/training/run_folder.h"

namespace adjoint {

// x_i are the coordinates of the pixels, I_i their values; minimised is loss(Φ_w(x), I) over the weights w.
class ImageTask : public Task {
public:
    // Errors: usage (the loss), no device.
    ImageTask(const FitSettings&, const FitImage&);
    // Errors: the loss is none, or its windows do not fit into the image (usage).
    static void check_loss(const FitSettings&, const FitImage&);

    Parameters& weights() override { return network_.parameters; }
    Readings loss(int64_t step, Parameters* gradient) override;
    void weights_changed() override { prediction_ = Tensor(); }
    std::vector<std::string> loss_names() const override;
    Readings evaluate() override;  // PSNR; for at least 7×7 pixels also scikit-image's SSIM
    std::vector<std::string> metric_names() const override;
    void draw(const std::filesystem::path& folder, const std::string& name) override;
    std::map<std::string, std::string> description() const override;

    void draw_result(const RunFolder&);  // fitted.png, error.png, and both beside the image: overview.png
    const Siren& network() const { return network_; }
    const FitImage& image() const { return image_; }

private:
    const Tensor& prediction();  // 1×C×H×W at the present weights, kept until they change

    FitSettings settings_;
    FitImage image_;
    Siren network_;
    Composition loss_;
    bool pointwise_;                       // the loss is l1 or l2 alone
    Tensor coordinates_, target_, pixels_;  // target_: 1×C×H×W; pixels_: the same, rows×C
    Tensor prediction_;
    double data_range_;  // of the target: max − min, as scikit-image's users take it
};

}  // namespace adjoint
