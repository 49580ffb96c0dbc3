#include "tests/io/fuzz.h"
#include "io/image.h"

std::vector<std::string> fuzz_seeds() {
    std::vector<std::string> seeds;
    for (const char* name :
         {"rgb8.png", "float32.npy", "complex64.npy", "int16.nii", "float64_v2.nii.gz", "numpy.safetensors"})
        seeds.push_back(reference_file(name));
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    expect_refusal_or_success(data, size, [](adjoint::Input& in) { adjoint::read_image(in); });
    expect_refusal_or_success(data, size, [](adjoint::Input& in) {
        adjoint::read_image(in, {adjoint::parse_slices("0:middle"), true});
    });
    return 0;
}
