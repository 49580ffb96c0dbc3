#include "io/mri_header.h"

#include <charconv>
#include <cmath>

#include "engine/error.h"
#include "io/xml.h"

namespace adjoint {

namespace {

struct Fields {
    std::map<std::string, std::string> texts;
    std::string who;

    const std::string* find(const std::string& name) const {
        const auto found = texts.find("ismrmrdHeader/encoding/" + name);
        return found == texts.end() ? nullptr : &found->second;
    }
    template <class T>
    T number(const std::string& name, T missing, T low, T high) const {
        const std::string* text = find(name);
        if (!text) return missing;
        T value = 0;
        const auto result = std::from_chars(text->data(), text->data() + text->size(), value);
        if (result.ec != std::errc() || result.ptr != text->data() + text->size() || !(value >= low && value <= high))
            fail(ExitCode::invalid_input, who, "its XML header has '" + text->substr(0, 40) + "' as " + name,
                 "the header is damaged");
        return value;
    }
    MriHeader::Space space(const std::string& name) const {
        constexpr int64_t largest = 65535;
        const std::string matrix = name + "/matrixSize/", view = name + "/fieldOfView_mm/";
        return {number<int64_t>(matrix + "x", 0, 1, largest), number<int64_t>(matrix + "y", 0, 1, largest),
                number<int64_t>(matrix + "z", 0, 1, largest), number<double>(view + "x", 0, 0, 1e6),
                number<double>(view + "y", 0, 0, 1e6),        number<double>(view + "z", 0, 0, 1e6)};
    }
};

std::string number_text(double value) {
    char text[40];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string space_text(const char* name, const MriHeader::Space& s) {
    return std::string("    <") + name + ">\n      <matrixSize><x>" + std::to_string(s.x) + "</x><y>" +
           std::to_string(s.y) + "</y><z>" + std::to_string(s.z) + "</z></matrixSize>\n      <fieldOfView_mm><x>" +
           number_text(s.width) + "</x><y>" + number_text(s.height) + "</y><z>" + number_text(s.depth) +
           "</z></fieldOfView_mm>\n    </" + name + ">\n";
}

}  // namespace

MriHeader parse_mri_header(const std::string& xml, const std::string& who) {
    const Fields fields{xml_texts(xml, who), who};
    MriHeader header;
    header.encoded = fields.space("encodedSpace");
    header.reconstructed = fields.space("reconSpace");
    header.centre1 = fields.number<int64_t>("encodingLimits/kspace_encoding_step_1/center", -1, 0, 65535);
    header.most1 = fields.number<int64_t>("encodingLimits/kspace_encoding_step_1/maximum", -1, 0, 65535);
    if (const std::string* trajectory = fields.find("trajectory")) header.trajectory = *trajectory;
    for (char& c : header.trajectory)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return header;
}

std::string mri_header_text(const MriHeader& h, int64_t coils) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
           "<ismrmrdHeader xmlns=\"http://www.ismrm.org/ISMRMRD\">\n"
           "  <acquisitionSystemInformation>\n    <receiverChannels>" +
           std::to_string(coils) +
           "</receiverChannels>\n  </acquisitionSystemInformation>\n"
           "  <experimentalConditions>\n    <H1resonanceFrequency_Hz>0</H1resonanceFrequency_Hz>\n"
           "  </experimentalConditions>\n  <encoding>\n" +
           space_text("encodedSpace", h.encoded) + space_text("reconSpace", h.reconstructed) +
           "    <encodingLimits>\n      <kspace_encoding_step_1><minimum>0</minimum><maximum>" +
           std::to_string(h.most1) + "</maximum><center>" + std::to_string(h.centre1) +
           "</center></kspace_encoding_step_1>\n    </encodingLimits>\n    <trajectory>" +
           (h.trajectory.empty() ? "cartesian" : h.trajectory) + "</trajectory>\n  </encoding>\n</ismrmrdHeader>\n";
}

NiftiHeader geometry_of(const MriHeader& header, int64_t slices, int64_t height, int64_t width) {
    NiftiHeader g;
    g.size = {width, height, slices};
    g.spacing = {1, 1, 1};
    const MriHeader::Space& s = header.reconstructed.x > 0 ? header.reconstructed : header.encoded;
    if (s.width <= 0 || s.height <= 0 || s.x <= 0 || s.y <= 0) return g;
    const double thickness = s.depth > 0 && s.z > 0 ? s.depth / double(s.z) : 1;
    g.spacing = {s.height / double(s.y), s.width / double(s.x), thickness};
    g.space_unit = "mm";
    return g;
}

}  // namespace adjoint
