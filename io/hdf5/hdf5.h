// HDF5 files: what is in them, and arrays from them. https://support.hdfgroup.org (File Format Specification).
//
// The library does the reading (io/hdf5/library, the one place that knows it), each call in a child process
// (io/hdf5/child.h). Nothing is followed out of the file: external and soft links, external storage, virtual data sets
// and filter plug-ins are refused; of the filters only deflate, shuffle and Fletcher's checksum are let in. A data set
// whose shape needs more bytes than are stored for it (deflate: 1032 times as many) is refused before memory is asked
// for. In builds without HDF5 all of this is an Error that says so.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "io/number.h"

namespace adjoint {

bool hdf5_in_build();

struct Hdf5Dataset {
    std::string path;            // "/kspace"
    std::vector<int64_t> shape;  // slowest first; empty: one value
    std::string type;            // for people: "complex of float32", "text", "records of head, traj, data"
    bool numbers = false;        // read_hdf5 reads it
    bool complex = false;        // records of two floats (r, i; real, imag): as h5py and MATLAB store complex numbers
    bool text = false;           // read_hdf5_text reads it
    bool integer = false;
};

struct Hdf5Contents {
    std::vector<Hdf5Dataset> datasets;              // depth first, by name
    std::map<std::string, std::string> attributes;  // of the root: texts and numbers, as texts

    const Hdf5Dataset* find(const std::string& path) const;  // null: there is none
};

// Errors (invalid_input): no HDF5 file, truncated, damaged.
Hdf5Contents read_hdf5_contents(const std::filesystem::path&);

// The entries first to first + count − 1 of the first axis (count −1: all), as float32, float64 or int64 (of integers);
// complex numbers get a last axis of 2. Only these are read, or the chunks that hold them.
// Errors: invalid_input (no such data set, nothing that holds numbers, damaged); usage (entries outside).
Tensor read_hdf5(const std::filesystem::path&, const std::string& dataset, Type type = Type::float32, int64_t first = 0,
                 int64_t count = -1);

// Refuses what read_hdf5 would refuse before it reads: links, foreign storage and filters, too few bytes for the shape.
void check_hdf5(const std::filesystem::path&, const std::string& dataset);

// One text, of at most 16 MB.
std::string read_hdf5_text(const std::filesystem::path&, const std::string& dataset);

// --- ISMRMRD's acquisitions (io/ismrmrd.h)
struct AcquisitionHead {
    uint64_t flags = 0;
    uint32_t samples = 0, channels = 0, discard_before = 0, discard_after = 0, centre = 0, space = 0;
    uint32_t step1 = 0, step2 = 0, average = 0, slice = 0, contrast = 0, phase = 0, repetition = 0, set = 0;
    uint32_t segment = 0;
};
std::vector<AcquisitionHead> read_acquisition_heads(const std::filesystem::path&, const std::string& dataset);
// The samples of some acquisitions: channel by channel, each number as real and imaginary part.
std::vector<std::vector<float>> read_acquisition_samples(const std::filesystem::path&, const std::string& dataset,
                                                         const std::vector<uint64_t>& which);

// --- Writing. A file that is written slice by slice, and is there as a whole after commit() or not at all.
// Errors: resources (folder, disk), usage (a name twice, a wrong shape), invalid use of a committed file.
class Hdf5Writer {
public:
    explicit Hdf5Writer(const std::filesystem::path&);
    ~Hdf5Writer();
    Hdf5Writer(const Hdf5Writer&) = delete;
    Hdf5Writer& operator=(const Hdf5Writer&) = delete;

    // float32 numbers; complex ones as records of r and i. `shape` has no axis for the parts.
    void create(const std::string& name, const std::vector<int64_t>& shape, bool complex);
    // The entry `index` of the first axis, or all of it.
    void write(const std::string& name, int64_t index, const Tensor& values);
    void write(const std::string& name, const Tensor& values);
    void text(const std::string& name, const std::string& value);
    void attribute(const std::string& name, const std::string& value);
    void attribute(const std::string& name, double value);
    void commit();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace adjoint
