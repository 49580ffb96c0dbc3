#include "io/fastmri.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "io/mri_header.h"

namespace adjoint {

FastmriWriter::FastmriWriter(const std::filesystem::path& path, const FastmriLayout& layout)
    : layout_(layout), file_(path), path_(path.string()), written_(size_t(std::max<int64_t>(layout.slices, 0)), false) {
    const FastmriLayout& l = layout_;
    if (l.slices < 1 || l.coils < 1 || l.height < 1 || l.width < 1 || (l.single_coil && l.coils != 1) ||
        (l.target_height > 0) != (l.target_width > 0) || l.target_height < 0)
        fail(ExitCode::usage, "writing " + path_, "its sizes are not those of k-space",
             "sizes are positive, and a single coil is one");
    const std::vector<int64_t> shape = l.single_coil ? std::vector<int64_t>{l.slices, l.height, l.width}
                                                     : std::vector<int64_t>{l.slices, l.coils, l.height, l.width};
    file_.create("kspace", shape, true);
    if (l.target_height > 0)
        file_.create(l.single_coil ? "reconstruction_esc" : "reconstruction_rss",
                     {l.slices, l.target_height, l.target_width}, false);
    const auto spacing = [&](size_t axis) {
        return axis < l.geometry.spacing.size() && l.geometry.spacing[axis] > 0 ? l.geometry.spacing[axis] : 1.0;
    };
    MriHeader header;
    header.encoded = {l.height, l.width, 1, double(l.height) * spacing(1), double(l.width) * spacing(0), spacing(2)};
    const int64_t h = l.target_height > 0 ? l.target_height : l.height;
    const int64_t w = l.target_width > 0 ? l.target_width : l.width;
    header.reconstructed = {h, w, 1, double(h) * spacing(1), double(w) * spacing(0), spacing(2)};
    header.centre1 = l.width / 2;
    header.most1 = l.width - 1;
    file_.text("ismrmrd_header", mri_header_text(header, l.coils));
    file_.attribute("acquisition", l.acquisition);
    file_.attribute("patient_id", l.patient_id);
}

void FastmriWriter::write(int64_t slice, const Tensor& kspace, const Tensor& target) {
    const FastmriLayout& l = layout_;
    const Shape expected{l.coils, l.height, l.width, 2};
    if (kspace.shape() != expected)
        fail(ExitCode::usage, "writing " + path_, "a slice is " + kspace.shape().text() + " instead of " +
             expected.text());
    if (bool(target) != (l.target_height > 0))
        fail(ExitCode::usage, "writing " + path_, target ? "a target was not announced" : "a target is missing");
    file_.write("kspace", slice, l.single_coil ? kspace.viewed_as({l.height, l.width, 2}) : kspace);
    if (target) {
        file_.write(l.single_coil ? "reconstruction_esc" : "reconstruction_rss", slice, target);
        for (const float x : target.values<float>()) {
            largest_ = std::max(largest_, double(x));
            squares_ += double(x) * double(x);
        }
    }
    written_[size_t(slice)] = true;
}

void FastmriWriter::mask(const Tensor& sampled) {
    if (sampled.shape() != Shape{layout_.width})
        fail(ExitCode::usage, "writing " + path_, "a mask is " + sampled.shape().text() + " instead of " +
             std::to_string(layout_.width) + " columns");
    file_.create("mask", {layout_.width}, false);
    file_.write("mask", sampled);
}

void FastmriWriter::commit() {
    const auto missing = std::find(written_.begin(), written_.end(), false);
    if (missing != written_.end())
        fail(ExitCode::usage, "writing " + path_,
             "slice " + std::to_string(missing - written_.begin()) + " was not written");
    if (layout_.target_height > 0) {
        file_.attribute("max", largest_);
        file_.attribute("norm", std::sqrt(squares_));
    }
    file_.commit();
}

}  // namespace adjoint
