#include "io/slices/writers.h"

#include "engine/error.h"
#include "io/cfl.h"
#include "io/image.h"
#include "io/npy.h"
#include "io/png.h"

namespace adjoint {

namespace {

bool has_ending(const std::filesystem::path& path, std::initializer_list<const char*> endings) {
    for (const char* ending : endings)
        if (path.extension() == ending) return true;
    return false;
}
bool is_hdf5(const std::filesystem::path& path) { return has_ending(path, {".h5", ".hdf5"}); }
bool is_cfl(const std::filesystem::path& path) { return has_ending(path, {".cfl", ".hdr"}); }
bool is_nifti(const std::filesystem::path& path) {
    return has_ending(path, {".nii"}) || (has_ending(path, {".gz"}) && has_ending(path.stem(), {".nii"}));
}

// ... × H × W × 2 to ... × W × H × 2: BART's readout is the fastest axis.
Tensor readout_last(const Tensor& x) {
    std::vector<int64_t> sizes = x.shape().vector();
    const size_t n = sizes.size();
    const int64_t h = sizes[n - 3], w = sizes[n - 2], planes = x.size() / (h * w * 2);
    std::swap(sizes[n - 3], sizes[n - 2]);
    Tensor y = Tensor::empty(Shape(sizes));
    const float* in = x.data<float>();
    float* out = y.mutable_data<float>("readout_last");
    for (int64_t p = 0; p < planes; ++p)
        for (int64_t r = 0; r < h; ++r)
            for (int64_t c = 0; c < w; ++c)
                for (int64_t part = 0; part < 2; ++part)
                    out[((p * w + c) * h + r) * 2 + part] = in[((p * h + r) * w + c) * 2 + part];
    return y;
}

Tensor complex_of(const Tensor& real) {
    std::vector<int64_t> sizes = real.shape().vector();
    sizes.push_back(2);
    Tensor y = Tensor::zeros(Shape(sizes));
    const float* in = real.data<float>();
    float* out = y.mutable_data<float>("complex_of");
    for (int64_t i = 0; i < real.size(); ++i) out[2 * i] = in[i];
    return y;
}

}  // namespace

bool KspaceWriter::writes(const std::filesystem::path& path) {
    return is_hdf5(path) || is_cfl(path) || has_ending(path, {".npy"});
}

bool KspaceWriter::takes_targets(const std::filesystem::path& path) { return is_hdf5(path); }

KspaceWriter::KspaceWriter(const std::filesystem::path& path, const FastmriLayout& layout)
    : path_(path), layout_(layout) {
    if (!writes(path))
        fail(ExitCode::usage, "writing " + path.string(), "its ending is none of a format for k-space",
             "choose .h5 (fastMRI's layout), .cfl (BART) or .npy");
    if (layout.target_height > 0 && !takes_targets(path))
        fail(ExitCode::usage, "writing " + path.string(), "this format holds no targets beside k-space",
             "write them to a file of their own, or choose .h5");
    if (is_hdf5(path))
        hdf5_ = std::make_unique<FastmriWriter>(path, layout);
    else
        all_ = Tensor::zeros({layout.slices, layout.coils, layout.height, layout.width, 2});
}

void KspaceWriter::write(int64_t slice, const Tensor& kspace, const Tensor& target) {
    if (hdf5_) {
        hdf5_->write(slice, kspace, target);
        return;
    }
    const Shape expected{layout_.coils, layout_.height, layout_.width, 2};
    if (kspace.shape() != expected || slice < 0 || slice >= layout_.slices || target)
        fail(ExitCode::usage, "writing " + path_.string(), "slice " + std::to_string(slice) + " is " +
             kspace.shape().text() + " instead of " + expected.text());
    all_.slice_of_memory(slice * expected.count(), expected).copy_from(kspace);
}

void KspaceWriter::mask(const Tensor& sampled) {
    if (!hdf5_)
        fail(ExitCode::usage, "writing " + path_.string(), "this format holds no mask beside k-space",
             "write it to a file of its own, or choose .h5");
    hdf5_->mask(sampled);
}

void KspaceWriter::commit() {
    if (hdf5_)
        hdf5_->commit();
    else if (is_cfl(path_))
        write_cfl(path_, readout_last(all_), {13, 3, 1, 0});
    else
        write_npy(path_, all_, true);
}

void write_maps(const std::filesystem::path& path, const Tensor& maps) {
    if (is_cfl(path)) return write_cfl(path, readout_last(maps), {3, 1, 0});
    if (path.extension() == ".npy") return write_npy(path, maps, true);
    fail(ExitCode::usage, "writing " + path.string(), "its ending is none of a format for coil maps",
         "choose .cfl or .npy");
}

bool writes_images(const std::filesystem::path& path) {
    return is_nifti(path) || is_cfl(path) || has_ending(path, {".npy", ".png"});
}

void write_images(const std::filesystem::path& path, const Tensor& stack, bool complex, const NiftiHeader& geometry,
                  std::optional<ImageRange> range) {
    const std::string who = "writing " + path.string();
    if (stack.rank() != (complex ? 4 : 3) || stack.type() != Type::float32)
        fail(ExitCode::usage, who, "a tensor " + stack.shape().text() + " is no stack of images");
    if (!writes_images(path))
        fail(ExitCode::usage, who, "its ending is none of a format for images",
             "choose .nii.gz, .nii, .npy, .cfl or .png");
    if (is_nifti(path)) return write_nifti(path, stack, geometry, complex);
    if (is_cfl(path)) return write_cfl(path, readout_last(complex ? stack : complex_of(stack)), {13, 1, 0});
    if (path.extension() == ".npy") return write_npy(path, stack, complex);
    if (complex)
        fail(ExitCode::usage, who, "a picture cannot show complex numbers", "write their magnitude");
    if (stack.shape()[0] != 1)
        fail(ExitCode::usage, who, "a picture holds one slice, and there are " + std::to_string(stack.shape()[0]),
             "choose one of them");
    const Tensor plane = stack.viewed_as({stack.shape()[1], stack.shape()[2]});
    write_png(path, range ? normalised(plane, range->low, range->high) : normalised(plane));
}

}  // namespace adjoint
