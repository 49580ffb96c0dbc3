#include "tests/io/fuzz.h"
#include "io/nifti.h"

std::vector<std::string> fuzz_seeds() {
    std::vector<std::string> seeds;
    for (const char* name :
         {"int16.nii", "float32_big.nii", "rgb.nii", "scaled.nii", "float64_v2.nii.gz", "complex64.nii.gz"})
        seeds.push_back(reference_file(name));
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    expect_refusal_or_success(data, size, [](adjoint::Input& in) { adjoint::read_nifti(in); });
    expect_refusal_or_success(data, size,
                              [](adjoint::Input& in) { adjoint::read_nifti(in, adjoint::parse_slices("z:middle")); });
    return 0;
}
