#include "tests/io/fuzz.h"
#include "io/safetensors.h"

std::vector<std::string> fuzz_seeds() {
    const std::string header =
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[0,3],"data_offsets":[8,8]}})";
    return {reference_file("numpy.safetensors"),
            std::string(1, char(header.size())) + std::string(7, '\0') + header + std::string(8, '\0')};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    expect_refusal_or_success(data, size, [](adjoint::Input& in) { adjoint::read_safetensors(in); });
    return 0;
}
