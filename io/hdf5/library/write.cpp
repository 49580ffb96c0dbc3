// The writer: what we write is ours, so the library runs in this process.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "engine/error.h"
#include "io/hdf5/child.h"
#include "io/hdf5/hdf5.h"
#include "io/hdf5/library/handles.h"

namespace adjoint {

using namespace hdf5;

namespace {

Datatype pair_type(hid_t part) {
    const size_t size = H5Tget_size(part);
    Datatype pair(H5Tcreate(H5T_COMPOUND, 2 * size));
    H5Tinsert(pair, "r", 0, part);
    H5Tinsert(pair, "i", size, part);
    return pair;
}

Datatype text_type(size_t bytes) {
    Datatype type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type, bytes ? bytes : 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

}  // namespace

struct Hdf5Writer::State {
    std::filesystem::path path, temporary;
    File file;
    struct Entry {
        Dataset dataset;
        std::vector<hsize_t> shape;
        bool complex;
    };
    std::map<std::string, Entry> entries;

    const Entry& entry(const std::string& name) const;
    void write(const std::string& name, const std::vector<hsize_t>& start, const std::vector<hsize_t>& count,
               const Tensor& values);

    [[noreturn]] void usage(const std::string& found, const std::string& advice = "") const {
        fail(ExitCode::usage, "writing " + path.string(), found, advice);
    }
    [[noreturn]] void give_up(int error) const {
        fail(ExitCode::resources, "writing " + path.string(),
             error ? std::strerror(error) : "the disk takes no more", "check the folder, its permissions and the disk");
    }
    // The library leaves the reason of a failed write in errno.
    void check(herr_t result) const {
        if (result < 0) give_up(errno);
    }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    // At the program's end the library would try again to write what a full disk did not take, and crash.
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    state_->path = path;
    state_->temporary = path.string() + ".tmp";
    errno = 0;
    state_->file = File(H5Fcreate(state_->temporary.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    if (!state_->file.ok()) state_->give_up(errno);
}

Hdf5Writer::~Hdf5Writer() {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    const bool abandoned = state_->file.ok();
    const std::filesystem::path temporary = state_->temporary;
    state_.reset();
    if (abandoned) ::unlink(temporary.c_str());
}

void Hdf5Writer::create(const std::string& name, const std::vector<int64_t>& shape, bool complex) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    if (state_->entries.count(name)) state_->usage("the data set '" + name + "' is written twice");
    if (shape.empty() || Shape(shape).count() == 0)
        state_->usage("the data set '" + name + "' has nothing to write: " + Shape(shape).text());
    State::Entry entry;
    entry.shape.assign(shape.begin(), shape.end());
    entry.complex = complex;
    const Dataspace space(H5Screate_simple(int(shape.size()), entry.shape.data(), nullptr));
    const Datatype type = complex ? pair_type(H5T_IEEE_F32LE) : Datatype(H5Tcopy(H5T_IEEE_F32LE));
    errno = 0;
    entry.dataset = Dataset(H5Dcreate2(state_->file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    if (!entry.dataset.ok()) state_->give_up(errno);
    state_->entries.emplace(name, std::move(entry));
}

// `start` and `count`: of the file's axes.
void Hdf5Writer::State::write(const std::string& name, const std::vector<hsize_t>& start,
                              const std::vector<hsize_t>& count, const Tensor& values) {
    const Entry& entry = entries.at(name);
    const Dataspace in_file(H5Dget_space(entry.dataset)),
        in_memory(H5Screate_simple(int(count.size()), count.data(), nullptr));
    H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    const Datatype memory = entry.complex ? pair_type(H5T_NATIVE_FLOAT) : Datatype(H5Tcopy(H5T_NATIVE_FLOAT));
    const Tensor host = values.to(Device::cpu);
    errno = 0;
    check(H5Dwrite(entry.dataset, memory, in_memory, in_file, H5P_DEFAULT, host.bytes_data()));
}

const Hdf5Writer::State::Entry& Hdf5Writer::State::entry(const std::string& name) const {
    const auto found = entries.find(name);
    if (found == entries.end()) usage("there is no data set '" + name + "'");
    return found->second;
}

void Hdf5Writer::write(const std::string& name, int64_t index, const Tensor& values) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    const State::Entry& entry = state_->entry(name);
    std::vector<int64_t> expected(entry.shape.begin() + 1, entry.shape.end());
    if (entry.complex) expected.push_back(2);
    if (index < 0 || uint64_t(index) >= entry.shape[0] || values.shape() != Shape(expected) ||
        values.type() != Type::float32)
        state_->usage("entry " + std::to_string(index) + " of '" + name + "' is " + values.shape().text() + " of " +
                      name_of(values.type()) + " instead of " + Shape(expected).text() + " of float32");
    std::vector<hsize_t> start(entry.shape.size(), 0), count = entry.shape;
    start[0] = hsize_t(index);
    count[0] = 1;
    state_->write(name, start, count, values);
}

void Hdf5Writer::write(const std::string& name, const Tensor& values) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    const State::Entry& entry = state_->entry(name);
    std::vector<int64_t> expected(entry.shape.begin(), entry.shape.end());
    if (entry.complex) expected.push_back(2);
    if (values.shape() != Shape(expected) || values.type() != Type::float32)
        state_->usage("'" + name + "' is " + values.shape().text() + " of " + name_of(values.type()) + " instead of " +
                      Shape(expected).text() + " of float32");
    state_->write(name, std::vector<hsize_t>(entry.shape.size(), 0), entry.shape, values);
}

void Hdf5Writer::text(const std::string& name, const std::string& value) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    // Variable length, as ISMRMRD and h5py write texts.
    const Datatype type = text_type(1);
    H5Tset_size(type, H5T_VARIABLE);
    const Dataspace space(H5Screate(H5S_SCALAR));
    errno = 0;
    const Dataset dataset(H5Dcreate2(state_->file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    if (!dataset.ok()) state_->give_up(errno);
    const char* pointer = value.c_str();
    state_->check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer));
}

void Hdf5Writer::attribute(const std::string& name, const std::string& value) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    const Datatype type = text_type(1);
    H5Tset_size(type, H5T_VARIABLE);
    const Dataspace space(H5Screate(H5S_SCALAR));
    errno = 0;
    const Attribute attribute(H5Acreate2(state_->file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
    if (!attribute.ok()) state_->give_up(errno);
    const char* pointer = value.c_str();
    state_->check(H5Awrite(attribute, type, &pointer));
}

void Hdf5Writer::attribute(const std::string& name, double value) {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    const Dataspace space(H5Screate(H5S_SCALAR));
    errno = 0;
    const Attribute attribute(
        H5Acreate2(state_->file, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT));
    if (!attribute.ok()) state_->give_up(errno);
    state_->check(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value));
}

void Hdf5Writer::commit() {
    const std::lock_guard<std::mutex> lock(hdf5_mutex());
    if (!state_->file.ok()) state_->usage("the file is committed twice");
    errno = 0;
    state_->entries.clear();
    state_->check(H5Fflush(state_->file, H5F_SCOPE_GLOBAL));
    state_->file = File();
    const char* temporary = state_->temporary.c_str();
    const int fd = ::open(temporary, O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (synced && ::rename(temporary, state_->path.c_str()) == 0) return;
    const int failed = synced ? errno : error;
    ::unlink(temporary);
    state_->give_up(failed);
}

}  // namespace adjoint
