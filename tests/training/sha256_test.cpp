// SHA-256 against the examples of FIPS 180-2, appendix B, and in pieces.
#include <doctest/doctest.h>

#include "tools/training/sha256.h"

using namespace adjoint;

TEST_SUITE_BEGIN("training");

TEST_CASE("SHA-256 of the standard's examples") {
    auto of = [](const std::string& text) {
        Sha256 hash;
        hash.add(text);
        return hash.hex();
    };
    CHECK(of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(of(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on how the text is cut") {
    const std::string text(1000, 'x');
    Sha256 whole;
    whole.add(text);
    const std::string expected = whole.hex();
    for (size_t cut : {1u, 55u, 56u, 63u, 64u, 65u, 200u}) {
        Sha256 parts;
        for (size_t i = 0; i < text.size(); i += cut) parts.add(text.substr(i, cut));
        CHECK(parts.hex() == expected);
    }
}
