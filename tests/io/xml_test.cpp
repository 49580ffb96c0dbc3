// Headers in XML: what is read, and what is refused.
#include "io/xml.h"

#include "io/mri_header.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

std::string refusal(const std::string& xml) {
    const auto error = error_of([&] { xml_texts(xml, "reading x"); });
    return error && error->code == ExitCode::invalid_input ? error->what() : "";
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("the texts of an XML document by their paths") {
    const auto texts = xml_texts("<?xml version='1.0'?><!-- <no> --><n:a x=\"1 > 0\" y='<'> <b>&lt;1&amp;gt; </b>"
                                 "<b>2</b><c/><d ></d></n:a >\n",
                                 "reading x");
    CHECK(texts.size() == 4);
    CHECK(texts.at("a/b") == "<1&gt;");
    CHECK(texts.at("a/c") == "");
    CHECK(texts.at("a/d") == "");
    CHECK(texts.at("a") == "");
    CHECK(xml_texts("", "x").empty());
    CHECK(xml_texts("no tags", "x").empty());
}

TEST_CASE("damaged XML is refused") {
    const std::string good = "<a x=\"1\"><!-- c --><b>1</b><c/></a>";
    for (size_t n = 1; n < good.size(); ++n) CHECK(refusal(good.substr(0, n)) != "");
    CHECK(refusal("</a>") != "");
    CHECK(refusal("<a></b>") != "");
    CHECK(refusal("<a></a></a>") != "");
    CHECK(refusal("<>") != "");
    CHECK(refusal("<a x='></a>") != "");
    CHECK(refusal("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>").find("declaration") != std::string::npos);
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "<a>";
    CHECK(refusal(deep).find("too many") != std::string::npos);
    std::string many = "<a>";
    for (int i = 0; i < 20000; ++i) many += "<b/>";
    CHECK(refusal(many + "</a>").find("too many") != std::string::npos);
}

TEST_CASE("a scanner's header: sizes, limits, and numbers that are none") {
    MriHeader h;
    h.encoded = {640, 368, 1, 280, 161, 4.5};
    h.reconstructed = {320, 320, 1, 140, 140, 4.5};
    h.centre1 = 184;
    h.most1 = 367;
    const MriHeader back = parse_mri_header(mri_header_text(h, 15), "reading x");
    CHECK(back.encoded.x == 640);
    CHECK(back.encoded.y == 368);
    CHECK(back.encoded.height == 161);
    CHECK(back.reconstructed.x == 320);
    CHECK(back.reconstructed.depth == 4.5);
    CHECK(back.centre1 == 184);
    CHECK(back.most1 == 367);
    CHECK(back.trajectory == "cartesian");
    CHECK(geometry_of(back, 7, 640, 368).spacing == std::vector<double>{0.4375, 0.4375, 4.5});
    for (const char* x : {"0", "-4", "70000", "1e3", "12a", "", "99999999999999999999"}) {
        const std::string xml = std::string("<ismrmrdHeader><encoding><encodedSpace><matrixSize><x>") + x +
                                "</x></matrixSize></encodedSpace></encoding></ismrmrdHeader>";
        const auto error = error_of([&] { parse_mri_header(xml, "reading x"); });
        REQUIRE(error);
        CHECK(error->code == ExitCode::invalid_input);
    }
    CHECK(parse_mri_header("<ismrmrdHeader/>", "x").encoded.x == 0);
}
