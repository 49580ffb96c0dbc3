#include "tools/commands/slices_options.h"

#include <charconv>
#include <tuple>

#include "engine/error.h"

namespace adjoint::commands {

namespace {

// The whole numbers between separators; an empty one is `missing`.
std::vector<int64_t> numbers(const std::string& option, const std::string& text, char separator, int64_t missing) {
    std::vector<int64_t> result;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(separator, at), text.size());
        int64_t value = missing;
        if (end > at) {
            const auto parsed = std::from_chars(text.data() + at, text.data() + end, value);
            if (parsed.ec != std::errc() || parsed.ptr != text.data() + end)
                fail(ExitCode::usage, option + " " + text, "'" + text.substr(at, end - at) + "' is no whole number",
                     "for example --slices 5:-5 or --size 320x320");
        }
        result.push_back(value);
        at = end + 1;
    }
    return result;
}

}  // namespace

std::pair<int64_t, int64_t> size_of_option(const std::string& option, const std::string& text) {
    const auto parts = numbers(option, text, 'x', 0);
    if (parts.size() > 2 || parts[0] < 1 || parts.back() < 1 || parts[0] > 65536 || parts.back() > 65536)
        fail(ExitCode::usage, option + " " + text, "it is not of the form HxW", "for example " + option + " 320x320");
    return {parts[0], parts.back()};
}

void SlicesOptions::add(CLI::App& command) {
    command.add_option("--slices", slices, "BEGIN:END[:STEP] or one NUMBER, of each file; negative: from the end");
    command.add_option("--size", size, "HxW, cropped or padded about the centre");
    command.add_option("--axis", dataset.axis, "Across which NIfTI volumes are sliced: x, y or z")
        ->capture_default_str();
    command.add_option("--as", content, "kspace or image, where a file may be either")
        ->check(CLI::IsMember({"kspace", "image"}));
    command.add_option("--dataset", dataset.hdf5_dataset, "In HDF5 files")->capture_default_str();
    command.add_option("--target-dataset", dataset.hdf5_target, "In HDF5 files; else reconstruction_rss or _esc");
    command.add_flag("--keep-oversampling", dataset.keep_oversampling, "Of ISMRMRD's readout");
}

void SlicesOptions::resolve() {
    if (content == "kspace") dataset.content = Content::kspace;
    if (content == "image") dataset.content = Content::image;
    if (!slices.empty()) {
        const auto parts = numbers("--slices", slices, ':', 0);
        if (parts.size() > 3)
            fail(ExitCode::usage, "--slices " + slices, "it has more than three parts", "give BEGIN:END[:STEP]");
        dataset.begin = parts[0];
        dataset.end = parts.size() > 1 ? parts[1] : parts[0] + 1;
        if (parts.size() > 2) dataset.every = parts[2];
    }
    if (!size.empty()) std::tie(dataset.height, dataset.width) = size_of_option("--size", size);
}

Dataset SlicesOptions::open() {
    resolve();
    return Dataset(files, dataset);
}

}  // namespace adjoint::commands
