#include "io/dataset.h"

#include <glob.h>

#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "kernels/fourier/fourier.h"

namespace adjoint {

namespace fs = std::filesystem;

std::vector<fs::path> expand_pattern(const std::string& pattern) {
    const std::string who = "reading " + pattern;
    std::error_code ignored;
    std::vector<fs::path> paths;
    if (fs::exists(pattern, ignored)) {  // a name may hold the characters of patterns
        paths.push_back(pattern);
    } else {
        glob_t found = {};
        const int result = ::glob(pattern.c_str(), 0, nullptr, &found);
        for (size_t i = 0; result == 0 && i < found.gl_pathc; ++i) paths.push_back(found.gl_pathv[i]);
        ::globfree(&found);
        // BART's own tools name an array without an ending.
        if (paths.empty() && fs::exists(pattern + ".hdr", ignored)) paths.push_back(pattern + ".hdr");
    }
    for (fs::path& path : paths) {
        if (fs::is_directory(path, ignored))
            fail(ExitCode::invalid_input, "reading " + path.string(), "it is a folder",
                 "give its files, for example '" + (path / "*.h5").string() + "'");
        if (path.extension() == ".cfl") path.replace_extension(".hdr");
    }
    if (paths.empty())
        fail(ExitCode::invalid_input, who, "there is no such file",
             "check the name and the folder; *, ? and [a-z] stand for parts of names");
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

namespace {

std::vector<std::unique_ptr<SliceFile>> open_all(const std::vector<std::string>& patterns,
                                                 const SliceFileOptions& options) {
    std::vector<std::unique_ptr<SliceFile>> files;
    for (const std::string& pattern : patterns)
        for (const fs::path& path : expand_pattern(pattern)) files.push_back(open_slices(path, options));
    return files;
}

// [begin, end) of `slices`, negative numbers counted from the end.
std::pair<int64_t, int64_t> chosen_slices(const SliceFile& file, const DatasetOptions& o) {
    const int64_t n = file.slices, begin = o.begin < 0 ? n + o.begin : o.begin, end = o.end <= 0 ? n + o.end : o.end;
    if (begin < 0 || begin >= std::min(end, n))
        fail(ExitCode::usage, "reading " + file.path.string(),
             "of its " + std::to_string(n) + " slices, none lies from " + std::to_string(o.begin) + " to " +
                 std::to_string(o.end),
             "choose another range of slices");
    return {begin, std::min(end, n)};
}

// coils × H × W × 2 of a real or complex image.
Tensor complex_of(const Tensor& image) {
    const int64_t h = image.shape()[0], w = image.shape()[1];
    if (image.rank() == 3) return image.viewed_as({1, h, w, 2});
    Tensor y = Tensor::zeros({1, h, w, 2});
    const float* in = image.data<float>();
    float* out = y.mutable_data<float>("k-space of an image");
    for (int64_t i = 0; i < h * w; ++i) out[2 * i] = in[i];
    return y;
}

}  // namespace

Tensor centred(const Tensor& x, int64_t height, int64_t width, int64_t parts) {
    std::vector<int64_t> sizes = x.shape().vector();
    const size_t row_axis = sizes.size() - (parts == 2 ? 3 : 2);
    const int64_t h = sizes[row_axis], w = sizes[row_axis + 1];
    if (h == height && w == width) return x;
    sizes[row_axis] = height;
    sizes[row_axis + 1] = width;
    Tensor y = Tensor::zeros(Shape(sizes));
    const float* in = x.data<float>();
    float* out = y.mutable_data<float>("centred");
    // Index ⌊n/2⌋ of one is that of the other.
    const int64_t down = height / 2 - h / 2, right = width / 2 - w / 2;
    const int64_t first = std::max<int64_t>(0, -right), last = std::min(w, width - right);
    const int64_t planes = x.size() / (h * w * parts);
    for (int64_t p = 0; p < planes; ++p)
        for (int64_t r = std::max<int64_t>(0, -down); r < std::min(h, height - down); ++r)
            std::memcpy(out + ((p * height + r + down) * width + first + right) * parts,
                        in + ((p * h + r) * w + first) * parts, size_t((last - first) * parts) * sizeof(float));
    return y;
}

Dataset::Dataset(const std::vector<std::string>& patterns, const DatasetOptions& options) : options_(options) {
    if (options.every < 1 || options.height < 0 || options.width < 0)
        fail(ExitCode::usage, "opening a data set", "a step below 1, or a negative size",
             "every is at least 1; height and width are 0 or positive");
    if (patterns.empty())
        fail(ExitCode::usage, "opening a data set", "no files are given", "give files or globs");
    SliceFileOptions of_files;
    of_files.content = options.content;
    of_files.axis = options.axis;
    of_files.dataset = options.hdf5_dataset;
    of_files.target_dataset = options.hdf5_target;
    of_files.keep_oversampling = options.keep_oversampling;
    of_files.cache = std::make_shared<VolumeCache>(options.cache_bytes);
    files_ = open_all(patterns, of_files);
    of_files.content = Content::image;
    targets_ = open_all(options.targets, of_files);
    if (!targets_.empty() && targets_.size() != files_.size())
        fail(ExitCode::usage, "opening a data set",
             std::to_string(files_.size()) + " files have " + std::to_string(targets_.size()) + " targets",
             "give one file of targets for each file, in the same order");
    for (size_t f = 0; f < files_.size(); ++f) {
        if (!targets_.empty() && targets_[f]->slices != files_[f]->slices)
            fail(ExitCode::usage, "opening a data set",
                 files_[f]->path.string() + " has " + std::to_string(files_[f]->slices) + " slices, and its target " +
                     targets_[f]->path.string() + " " + std::to_string(targets_[f]->slices),
                 "give targets of the same slices");
        const auto [begin, end] = chosen_slices(*files_[f], options);
        begin_.push_back(begin);
        for (int64_t s = begin; s < end; s += options.every) samples_.push_back({f, s});
    }
}

const Dataset::Sample& Dataset::sample(int64_t i) const {
    if (i < 0 || i >= size())
        fail(ExitCode::usage, "sample " + std::to_string(i) + " of a data set",
             "there are " + std::to_string(size()), "samples are counted from 0");
    return samples_[size_t(i)];
}

std::string Dataset::name(int64_t i) const {
    const Sample& s = sample(i);
    return files_[s.file]->path.filename().string() + ", slice " + std::to_string(s.slice);
}

Dataset::Size Dataset::size_of_sample(int64_t i) const {
    const SliceFile& file = *files_[sample(i).file];
    return {file.coils, options_.height ? options_.height : file.height, options_.width ? options_.width : file.width};
}

bool Dataset::has_targets() const {
    if (!targets_.empty()) return true;
    return std::all_of(files_.begin(), files_.end(),
                       [](const auto& f) { return f->has_target || f->content == Content::image; });
}

Tensor Dataset::kspace(int64_t i) const {
    const Sample& s = sample(i);
    const SliceFile& file = *files_[s.file];
    const Size size = size_of_sample(i);
    const Tensor slice = file.read(s.slice);
    if (file.content == Content::image) return fft2(centred(complex_of(slice), size.height, size.width, 2));
    if (size.height == file.height && size.width == file.width) return slice;
    return fft2(centred(ifft2(slice), size.height, size.width, 2));
}

Tensor Dataset::target(int64_t i) const {
    const Sample& s = sample(i);
    const SliceFile& file = targets_.empty() ? *files_[s.file] : *targets_[s.file];
    const Tensor image = file.content == Content::image ? file.read(s.slice) : file.target(s.slice);
    if (!image) return image;
    return centred(image, options_.height ? options_.height : image.shape()[0],
                   options_.width ? options_.width : image.shape()[1], image.rank() == 3 ? 2 : 1);
}

Tensor Dataset::mask(int64_t i) const {
    const Sample& s = sample(i);
    const SliceFile& file = *files_[s.file];
    if (!file.has_mask) return {};
    const Size size = size_of_sample(i);
    if (size.height != file.height || size.width != file.width)
        fail(ExitCode::usage, "the mask of " + name(i), "its images are cropped or padded, which changes k-space",
             "keep the file's height and width where its own mask is used");
    return file.mask(s.slice);
}

NiftiHeader Dataset::geometry(size_t f) const {
    const SliceFile& file = *files_[f];
    NiftiHeader g = file.geometry;
    const auto of_file = [&](const Sample& s) { return s.file == f; };
    g.size[2] = std::count_if(samples_.begin(), samples_.end(), of_file);
    // What was cropped, padded and passed over moves the first voxel.
    const int64_t height = options_.height ? options_.height : file.height;
    const int64_t width = options_.width ? options_.width : file.width;
    const double first[3] = {double(file.width / 2 - width / 2), double(file.height / 2 - height / 2),
                             double(begin_[f])};
    g.size[0] = width;
    g.size[1] = height;
    g.size.resize(3);
    g.spacing.resize(3, 1);
    g.spacing[2] *= double(options_.every);
    for (auto& row : g.affine) {
        for (size_t a = 0; a < 3; ++a) row[3] += first[a] * row[a];
        row[2] *= double(options_.every);
    }
    return g;
}

}  // namespace adjoint
