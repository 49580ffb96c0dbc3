// ISMRMRD's raw data as slices: acquisitions (lines of k-space) sorted on the Cartesian grid of their header.
//
// Each acquisition names its place: step 1 (W), slice, contrast, phase, repetition, set; its samples run along H with
// the centre of k-space at center_sample. Lines acquired more than once are averaged, missing ones stay 0 (the
// mask says which), the readout's oversampling is removed in the image. Format: https://ismrmrd.readthedocs.io.
#include <algorithm>
#include <array>

#include "engine/error.h"
#include "io/hdf5/hdf5.h"
#include "io/mri_header.h"
#include "io/slices/slice_file.h"
#include "kernels/fourier/fourier.h"

namespace adjoint {

namespace {

const char* const acquisitions = "/dataset/data";

// Flags, counted from 1 as in ISMRMRD's documentation.
constexpr int noise = 19, calibration = 20, reversed = 22, navigation = 23, phase_correction = 24, feedback = 26,
              dummy = 27, real_time_feedback = 28, coil_correction = 29;
bool has(const AcquisitionHead& head, int flag) { return head.flags >> (flag - 1) & 1; }

// Lines that are no part of the image's k-space.
bool is_imaging(const AcquisitionHead& head) {
    for (const int flag : {noise, calibration, navigation, phase_correction, feedback, dummy, real_time_feedback,
                           coil_correction})
        if (has(head, flag)) return false;
    return head.space == 0;
}

using Place = std::array<uint32_t, 5>;
Place place_of(const AcquisitionHead& h) { return {h.slice, h.contrast, h.phase, h.repetition, h.set}; }

class IsmrmrdSlices : public SliceFile {
public:
    std::vector<AcquisitionHead> heads;
    std::map<Place, std::vector<uint64_t>> lines;  // of each slice
    std::vector<Place> places;
    int64_t readout = 0, shift1 = 0;  // samples of the encoded grid; what is added to step 1

    int64_t row(const AcquisitionHead& head) const { return int64_t(head.step1) + shift1; }

    Tensor read(int64_t s) const override {
        const std::vector<uint64_t>& which = lines.at(places[size_t(s)]);
        const auto samples = read_acquisition_samples(path, acquisitions, which);
        Tensor grid = Tensor::zeros({coils, readout, width, 2});
        float* to = grid.mutable_data<float>("sorting acquisitions");
        std::vector<int64_t> count(size_t(width), 0);
        for (size_t i = 0; i < which.size(); ++i) {
            const AcquisitionHead& head = heads[which[i]];
            if (samples[i].size() != size_t(coils) * head.samples * 2)
                fail(ExitCode::invalid_input, "reading " + path.string(),
                     "acquisition " + std::to_string(which[i]) + " has " + std::to_string(samples[i].size()) +
                         " numbers, and its head says " + std::to_string(size_t(coils) * head.samples * 2),
                     "the file is damaged");
            ++count[size_t(row(head))];
            add(head, samples[i].data(), to);
        }
        for (int64_t w = 0; w < width; ++w)
            if (count[size_t(w)] > 1)
                for (int64_t ch = 0; ch < coils * readout; ++ch)
                    for (int64_t part = 0; part < 2; ++part) to[(ch * width + w) * 2 + part] /= float(count[size_t(w)]);
        expect_finite(grid, path, s);
        if (height == readout) return grid;
        const Tensor image = ifft(grid, {1});
        Tensor middle = Tensor::empty({coils, height, width, 2});
        const int64_t first = readout / 2 - height / 2;
        for (int64_t c = 0; c < coils; ++c) {
            const Tensor part = image.slice_of_memory((c * readout + first) * width * 2, {height, width, 2});
            middle.slice_of_memory(c * height * width * 2, {height, width, 2}).copy_from(part);
        }
        return fft(middle, {1});
    }

    Tensor mask(int64_t s) const override {
        Tensor sampled = Tensor::zeros({width});
        for (const uint64_t i : lines.at(places[size_t(s)]))
            sampled.mutable_data<float>("a mask")[row(heads[i])] = 1;
        return sampled;
    }

private:
    void add(const AcquisitionHead& head, const float* from, float* to) const {
        const int64_t n = head.samples, w = row(head);
        for (int64_t c = 0; c < coils; ++c)
            for (int64_t i = head.discard_before; i < n - int64_t(head.discard_after); ++i) {
                const int64_t stored = has(head, reversed) ? n - 1 - i : i;
                const int64_t h = i - int64_t(head.centre) + readout / 2;
                for (int64_t part = 0; part < 2; ++part)
                    to[((c * readout + h) * width + w) * 2 + part] += from[(c * n + stored) * 2 + part];
            }
    }
};

}  // namespace

std::unique_ptr<SliceFile> open_ismrmrd_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    const FileInput input(path);
    const std::string who = "reading " + path.string();
    const MriHeader header = parse_mri_header(read_hdf5_text(path, "/dataset/xml"), who);
    if (options.content == Content::image)
        fail(ExitCode::usage, who, "ISMRMRD's acquisitions are k-space, and images were asked for", "leave it away");
    if (!header.trajectory.empty() && header.trajectory != "cartesian")
        input.refuse("the trajectory", "is " + header.trajectory.substr(0, 40), "Cartesian ones are read");
    if (header.encoded.z > 1)
        input.refuse("", "it is encoded in three dimensions (" + std::to_string(header.encoded.z) + " partitions)",
                     "transform it along one of them, and give planes");
    auto file = std::make_unique<IsmrmrdSlices>();
    file->heads = read_acquisition_heads(path, acquisitions);
    // Sizes of the grid: the header's, or what the acquisitions reach.
    uint32_t channels = 0;
    int64_t most_samples = 0, most_steps = 0;
    for (size_t i = 0; i < file->heads.size(); ++i) {
        const AcquisitionHead& h = file->heads[i];
        if (!is_imaging(h)) continue;
        if (channels == 0) channels = h.channels;
        if (h.channels != channels || channels == 0)
            input.refuse("acquisition " + std::to_string(i),
                         "has " + std::to_string(h.channels) + " channels, and others " + std::to_string(channels), "");
        if (h.step2 != 0)
            input.refuse("acquisition " + std::to_string(i), "is encoded in three dimensions (step 2)",
                         "transform the data along one of them, and give planes");
        most_samples = std::max(most_samples, int64_t(h.samples));
        most_steps = std::max(most_steps, int64_t(h.step1) + 1);
        file->lines[place_of(h)].push_back(i);
    }
    if (file->lines.empty()) input.refuse("", "it has no acquisitions of an image", "");
    file->format = "ISMRMRD HDF5 file";
    file->content = Content::kspace;
    file->coils = channels;
    file->readout = header.encoded.x > 0 ? header.encoded.x : most_samples;
    file->width = header.encoded.y > 0 ? header.encoded.y : most_steps;
    file->shift1 = header.centre1 >= 0 ? file->width / 2 - header.centre1 : 0;
    for (auto& [place, which] : file->lines) {
        file->places.push_back(place);
        for (const uint64_t i : which) {
            const AcquisitionHead& h = file->heads[i];
            const int64_t first = int64_t(h.discard_before) - int64_t(h.centre) + file->readout / 2;
            const int64_t count = int64_t(h.samples) - int64_t(h.discard_before) - int64_t(h.discard_after);
            const int64_t row = file->row(h);
            if (row < 0 || row >= file->width || first < 0 || count < 1 || first + count > file->readout)
                input.refuse("acquisition " + std::to_string(i),
                             "lies outside of k-space " + std::to_string(file->readout) + "×" +
                                 std::to_string(file->width) + ": step " + std::to_string(h.step1) + ", " +
                                 std::to_string(h.samples) + " samples about " + std::to_string(h.centre),
                             "the header and the acquisitions do not belong together");
        }
    }
    file->slices = int64_t(file->places.size());
    const uint64_t grid = checked_product(input, uint64_t(file->readout), uint64_t(file->width), "the header");
    // A small file must not ask for a large grid: at least one line in 256 is there.
    if (checked_product(input, grid, channels, "the header") / 256 > input.most_left())
        input.refuse("the header", "asks for a k-space of " + std::to_string(grid) + " samples and " +
                     std::to_string(channels) + " coils, of which the file holds next to nothing",
                     "the file is truncated or damaged");
    const int64_t smaller = header.reconstructed.x;
    const bool oversampled = smaller > 0 && smaller < file->readout && !options.keep_oversampling;
    file->height = oversampled ? smaller : file->readout;
    // Missing lines are a mask; a complete k-space has none.
    for (const Place& place : file->places) {
        std::vector<bool> there(size_t(file->width), false);
        for (const uint64_t i : file->lines[place]) there[size_t(file->row(file->heads[i]))] = true;
        file->has_mask = file->has_mask || std::count(there.begin(), there.end(), false) > 0;
    }
    file->geometry = geometry_of(header, file->slices, file->height, file->width);
    return file;
}

}  // namespace adjoint
