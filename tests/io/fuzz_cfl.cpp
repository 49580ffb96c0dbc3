#include <algorithm>

#include "io/cfl.h"
#include "tests/io/fuzz.h"

// Header and data in one input, divided by the first zero byte.
std::vector<std::string> fuzz_seeds() {
    return {"# Dimensions\n3 2 1 2 1 1 1 1 1 1 1 1 1 1 1 1 \n# Creator\nBART\n" + std::string(97, '\0'),
            "# Dimensions\n1\n" + std::string(9, '\0')};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const uint8_t* end = std::find(data, data + size, 0);
    const size_t header_size = size_t(end - data), rest = std::min(size, header_size + 1);
    adjoint::MemoryInput header("header", data, header_size);
    expect_refusal_or_success(data + rest, size - rest, [&](adjoint::Input& in) { adjoint::read_cfl(header, in); });
    return 0;
}
