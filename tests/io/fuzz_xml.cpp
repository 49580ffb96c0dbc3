#include "io/mri_header.h"
#include "io/xml.h"
#include "tests/io/fuzz.h"

std::vector<std::string> fuzz_seeds() {
    adjoint::MriHeader h;
    h.encoded = {640, 368, 1, 280, 161, 4.5};
    h.reconstructed = {320, 320, 1, 140, 140, 4.5};
    h.centre1 = 184;
    h.most1 = 367;
    return {adjoint::mri_header_text(h, 15), "<?xml version='1.0'?><!-- c --><n:a x=\"1 > 0\"><b>&lt;1</b><c/></n:a>"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    expect_refusal_or_success(data, size, [&](adjoint::Input&) {
        adjoint::parse_mri_header(std::string(reinterpret_cast<const char*>(data), size), "reading fuzz");
    });
    return 0;
}
