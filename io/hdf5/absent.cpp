// Builds without HDF5: every function says so.
#include "engine/error.h"
#include "io/hdf5/hdf5.h"

namespace adjoint {

namespace {

[[noreturn]] void absent(const std::string& who) {
    fail(ExitCode::invalid_input, who, "it is HDF5, which this build of adjoint does not know",
         "install libhdf5-dev and build again with -DADJOINT_HDF5=ON");
}

}  // namespace

struct Hdf5Writer::State {};

bool hdf5_in_build() { return false; }

Hdf5Contents read_hdf5_contents(const std::filesystem::path& path) { absent("reading " + path.string()); }

Tensor read_hdf5(const std::filesystem::path& path, const std::string&, Type, int64_t, int64_t) {
    absent("reading " + path.string());
}

void check_hdf5(const std::filesystem::path& path, const std::string&) { absent("reading " + path.string()); }

std::string read_hdf5_text(const std::filesystem::path& path, const std::string&) {
    absent("reading " + path.string());
}

std::vector<AcquisitionHead> read_acquisition_heads(const std::filesystem::path& path, const std::string&) {
    absent("reading " + path.string());
}

std::vector<std::vector<float>> read_acquisition_samples(const std::filesystem::path& path, const std::string&,
                                                         const std::vector<uint64_t>&) {
    absent("reading " + path.string());
}

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) { absent("writing " + path.string()); }
Hdf5Writer::~Hdf5Writer() = default;
// There is no writer whose functions could be called.
void Hdf5Writer::create(const std::string&, const std::vector<int64_t>&, bool) {}
void Hdf5Writer::write(const std::string&, int64_t, const Tensor&) {}
void Hdf5Writer::write(const std::string&, const Tensor&) {}
void Hdf5Writer::text(const std::string&, const std::string&) {}
void Hdf5Writer::attribute(const std::string&, const std::string&) {}
void Hdf5Writer::attribute(const std::string&, double) {}
void Hdf5Writer::commit() {}

}  // namespace adjoint
