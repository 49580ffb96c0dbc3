#include "tests/io/fuzz.h"
#include "io/npy.h"

std::vector<std::string> fuzz_seeds() {
    std::vector<std::string> seeds;
    for (const char* name :
         {"float32.npy", "int16_fortran.npy", "complex128_big_fortran.npy", "version3.npy", "scalar.npy", "record.npy"})
        seeds.push_back(reference_file(name));
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    expect_refusal_or_success(data, size, [](adjoint::Input& in) { adjoint::read_npy(in); });
    return 0;
}
