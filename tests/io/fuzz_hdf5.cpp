#include <sys/mman.h>
#include <unistd.h>

#include "io/hdf5/hdf5.h"
#include "io/slices/slice_file.h"
#include "tests/io/fuzz.h"

std::vector<std::string> fuzz_seeds() {
    return {reference_file("fastmri_singlecoil.h5"), reference_file("fastmri_multicoil.h5"),
            reference_file("lines.h5"), reference_file("oversampled.h5"), reference_file("kinds.h5")};
}

// HDF5 is read from files: this one is in memory, by a name that the child process knows too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const int file = ::memfd_create("fuzz", 0);
    const bool written = ::write(file, data, size) == ssize_t(size);
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    expect_refusal_or_success(data, size, [&](adjoint::Input& input) {
        if (!written) input.refuse("", "no memory for it");
        for (const adjoint::Hdf5Dataset& d : adjoint::read_hdf5_contents(path).datasets)
            if (d.numbers && d.path != "/kspace") adjoint::read_hdf5(path, d.path, adjoint::Type::float64);
        const auto slices = adjoint::open_hdf5_slices(path, {});
        slices->path = path;
        slices->read(slices->slices - 1);
        slices->target(0);
        slices->mask(0);
    });
    ::close(file);
    return 0;
}
