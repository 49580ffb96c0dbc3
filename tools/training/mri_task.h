// Learned MRI reconstruction as a task of the training loop.
#pragma once
#include "losses/composition.h"
#include "tools/training/image_scores.h"
#include "tools/training/mri_model.h"
#include "tools/training/mri_preparation.h"
#include "tools/training/prefetch.h"
#include "tools/training/run_folder.h"
#include "tools/training/shuffle.h"

namespace adjoint {

// |x| of one slice as H×W float32 on the cpu, times `scale`.
Tensor magnitude_of(const Complex& x, double scale = 1);
// x of one example, 1×H×W, without recording.
Complex reconstructed(const MriModel&, const std::vector<Tensor>& weights, const MriExample&, Device);

// Minimised is the mean of loss(x(y), x*) over the slices, x* the fully sampled, coil-combined image.
class MriTask : public Task {
public:
    // Both sets must outlive the task. Errors: usage (the loss or the network), mismatch (coils).
    MriTask(const MriSettings&, const MriExamples& training, const MriExamples& validation);

    Parameters& weights() override { return model_.parameters(); }
    CheckpointParts statistics() const override { return model_.statistics(); }
    Readings loss(int64_t position, Parameters* gradient) override;
    std::vector<std::string> loss_names() const override;
    Place place(int64_t position) const override { return order_.place(position); }
    Readings evaluate() override;  // means over the validation slices: psnr, ssim, nmse
    std::vector<std::string> metric_names() const override { return {"psnr", "ssim", "nmse"}; }
    // Validation slices in rows: zero-filled, reconstruction, target, error.
    void draw(const std::filesystem::path& folder, const std::string& name) override;
    Description description() const override;

    // Scores of the present weights on any set, and beside them those of the zero-filled images.
    struct Result {
        ScoreTable network, zero_filled;
    };
    Result scores(const MriExamples&) const;
    // One row of pictures of an example: zero-filled, reconstruction, target, and the error in colours up to a tenth of
    // the target's maximum.
    std::vector<Tensor> pictures(const MriExample&) const;

private:
    MriSettings settings_;
    const MriExamples& training_;
    const MriExamples& validation_;
    Device device_;
    MriModel model_;
    Composition loss_;
    Order order_;
    Prefetch<MriExample> batches_;
    mutable Prefetch<MriExample> fixed_;  // of the validation set
};

}  // namespace adjoint
