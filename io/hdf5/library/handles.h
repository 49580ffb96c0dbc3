// The HDF5 library's identifiers as values that close themselves, its errors as Errors, and what is let in. For the
// child process (io/hdf5/child.h): no tensors here.
#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

namespace adjoint::hdf5 {

template <herr_t (*close)(hid_t)>
class Handle {
public:
    Handle() = default;
    explicit Handle(hid_t id) : id_(id) {}
    Handle(Handle&& other) noexcept : id_(other.id_) { other.id_ = -1; }
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        return *this;
    }
    ~Handle() {
        if (id_ >= 0) close(id_);
    }
    operator hid_t() const { return id_; }
    bool ok() const { return id_ >= 0; }

private:
    hid_t id_ = -1;
};
using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Attribute = Handle<H5Aclose>;
using Datatype = Handle<H5Tclose>;
using Dataspace = Handle<H5Sclose>;
using Properties = Handle<H5Pclose>;

// The reader's view of one file.
class Reader {
public:
    explicit Reader(const std::string& path);  // read-only, with nothing followed out of it

    // Errors (invalid_input): "reading FILE: FIELD FOUND; ADVICE", with the library's own reason where it has one.
    [[noreturn]] void refuse(const std::string& field, const std::string& found, const std::string& advice = "") const;
    [[noreturn]] void damaged(const std::string& field) const;

    hid_t file() const { return file_; }
    uint64_t bytes() const { return bytes_; }

    // A data set by its path, each step a hard link; its storage is in this file, and enough for its shape.
    Dataset open(const std::string& path) const;
    void check_storage(hid_t dataset, const std::string& path) const;

private:
    std::string path_;
    uint64_t bytes_ = 0;
    File file_;
};

std::vector<hsize_t> shape_of(const Reader&, hid_t dataset, const std::string& path);

// What a stored type is to us.
struct Kind {
    enum Is { integer, floating, complex, text, other } is = other;
    size_t bytes = 0;       // of one number (of one part, for complex ones; of a fixed text)
    bool is_signed = true;
    bool boolean = false;   // h5py's: an enumeration of FALSE and TRUE
    std::string names[2];   // of the parts of complex numbers
    std::string description;
};
Kind kind_of_type(hid_t type);

// The type in memory that numbers of this kind are read into: "float32", "float64" or "int64"; complex ones in pairs.
Datatype memory_type(const Kind&, hid_t stored, hid_t part);

// a · b, or a refusal.
uint64_t product(const Reader&, uint64_t a, uint64_t b, const std::string& field);

}  // namespace adjoint::hdf5
