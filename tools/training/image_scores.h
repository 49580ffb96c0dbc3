// How near reconstructed images are to their targets: per slice, per volume, and as a table.
#pragma once
#include <string>
#include <vector>

#include "engine/tensor.h"

namespace adjoint {

struct ImageScores {
    double psnr = 0, ssim = 0, nmse = 0;
};

// Of a slice H×W of magnitudes. PSNR (dB) and SSIM (7×7 windows, losses/metrics.h) take `range` as the data range.
// Errors: mismatch (other shapes); usage (smaller than 7×7); numerical (a target of zeros, whose errors have no scale).
ImageScores slice_scores(const Tensor& image, const Tensor& target, double range, const std::string& name);

// Slice by slice with the slice's own maximum as the range; of a volume as fastMRI's evaluation does: PSNR and NMSE
// over all its voxels and the mean of its slices' SSIM, with the volume's maximum.
class ScoreTable {
public:
    struct Row {
        std::string name;
        ImageScores scores;
    };
    // Slices of one volume follow each other.
    void add(const std::string& volume, const std::string& slice, const Tensor& image, const Tensor& target);
    void finish();  // closes the last volume

    const std::vector<Row>& slices() const { return slices_; }
    const std::vector<Row>& volumes() const { return volumes_; }
    ImageScores mean() const;       // over slices
    ImageScores deviation() const;  // over slices, the sample's

    std::string text() const;  // aligned columns
    std::string csv() const;   // kind (slice, volume, mean), name, psnr, ssim, nmse; every digit

private:
    std::string volume_;
    std::vector<std::pair<Tensor, Tensor>> open_;  // of the volume at hand
    std::vector<Row> slices_, volumes_;
};

}  // namespace adjoint
