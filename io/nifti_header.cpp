#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/nifti.h"

namespace adjoint {

namespace {

struct Datatype {
    int code, bits;
    Number number;
    int parts;
};
constexpr Datatype datatypes[] = {
    {2, 8, Number::uint8, 1},     {4, 16, Number::int16, 1},      {8, 32, Number::int32, 1},
    {16, 32, Number::float32, 1}, {32, 64, Number::float32, 2},   {64, 64, Number::float64, 1},
    {128, 24, Number::uint8, 3},  {256, 8, Number::int8, 1},      {512, 16, Number::uint16, 1},
    {768, 32, Number::uint32, 1}, {1024, 64, Number::int64, 1},   {1280, 64, Number::uint64, 1},
    {1792, 128, Number::float64, 2}, {2304, 32, Number::uint8, 4}};

// Where the fields of the two versions lie.
struct Layout {
    size_t size, magic, dim, datatype, bits, spacing, offset, slope, intercept, high, low, description, qform, sform,
        quaternion, shift, rows, units, intent_name;
};
constexpr Layout layout1 = {348, 344, 40, 70, 72, 76, 108, 112, 116, 124, 128, 148, 252, 254, 256, 268, 280, 123, 328};
constexpr Layout layout2 = {540, 4, 16, 12, 14, 104, 168, 176, 184, 192, 200, 240, 344, 348, 352, 376, 400, 500, 508};

// The bytes of a header, and their numbers in its byte order.
struct RawHeader {
    uint8_t bytes[540] = {};
    bool big_endian = false;
    int version = 1;

    template <class T>
    T at(size_t offset) const {
        uint8_t b[sizeof(T)];
        std::memcpy(b, bytes + offset, sizeof(T));
        if (big_endian) std::reverse(b, b + sizeof(T));
        T value;
        std::memcpy(&value, b, sizeof(T));
        return value;
    }
    // Number `i` of a field that is float in version 1 and double in version 2; int16 and int64; int16 and int32.
    double real(size_t offset, size_t i = 0) const {
        return version == 1 ? double(at<float>(offset + 4 * i)) : at<double>(offset + 8 * i);
    }
    int64_t whole(size_t offset, size_t i = 0) const {
        return version == 1 ? at<int16_t>(offset + 2 * i) : at<int64_t>(offset + 8 * i);
    }
    int code(size_t offset) const { return version == 1 ? at<int16_t>(offset) : at<int32_t>(offset); }
    std::string text(size_t offset, size_t length) const {
        std::string t(reinterpret_cast<const char*>(bytes) + offset, length);
        t.resize(std::min(t.find('\0'), t.size()));
        for (char& c : t)
            if (c < 32 || c > 126) c = '?';
        t.erase(t.find_last_not_of(' ') + 1);
        return t;
    }
};

void read_raw(Input& input, RawHeader& raw) {
    input.read(raw.bytes, 348, "the header");
    const int32_t size = raw.at<int32_t>(0);
    raw.big_endian = size == 0x5c010000 || size == 0x1c020000;
    const int32_t length = raw.at<int32_t>(0);
    if (length != 348 && length != 540)
        input.refuse("field 'sizeof_hdr'", "is " + std::to_string(size) + "; it is 348 or 540 in NIfTI files",
                     "is this a .nii file?");
    raw.version = length == 348 ? 1 : 2;
    if (raw.version == 2) input.read(raw.bytes + 348, 192, "the header");
    const char* magic = reinterpret_cast<const char*>(raw.bytes) + (raw.version == 1 ? layout1.magic : layout2.magic);
    const bool one_file = raw.version == 1 ? !std::memcmp(magic, "n+1", 4) : !std::memcmp(magic, "n+2\0\r\n\032\n", 8);
    const bool pair = magic[0] == 'n' && magic[1] == 'i' && (magic[2] == '1' || magic[2] == '2');
    if (!one_file)
        input.refuse("field 'magic'", pair ? "says that the voxels are in another file (.img)" : "is not that of NIfTI "
                     "(an ANALYZE file, perhaps)", "convert it to one .nii file");
}

void read_sizes(const Input& input, const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    const int64_t axes = raw.whole(at.dim);
    if (axes < 1 || axes > 7)
        input.refuse("field 'dim[0]'", "is " + std::to_string(axes) + "; 1 to 7 axes are possible",
                     "the header is damaged");
    uint64_t bytes = 16;
    for (size_t i = 1; i <= size_t(axes); ++i) {
        const std::string field = "field 'dim[" + std::to_string(i) + "]'";
        const int64_t size = raw.whole(at.dim, i);
        if (size < 1)
            input.refuse(field, "is " + std::to_string(size) + "; sizes are 1 or more", "the header is damaged");
        bytes = checked_product(input, bytes, uint64_t(size), field);
        header.size.push_back(size);
        const double spacing = raw.real(at.spacing, i);
        header.spacing.push_back(std::isfinite(spacing) ? std::fabs(spacing) : 0);
    }
}

void read_type(const Input& input, const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    header.datatype = raw.at<int16_t>(at.datatype);
    const int bits = raw.at<int16_t>(at.bits);
    const Datatype* found = nullptr;
    for (const auto& type : datatypes)
        if (type.code == header.datatype) found = &type;
    if (!found)
        input.refuse("field 'datatype'", "is " + std::to_string(header.datatype) + ", which is not read" +
                     (header.datatype == 1536 || header.datatype == 2048 ? " (numbers of 128 bits)" : ""),
                     "convert it, for example to float32 (16)");
    if (bits != found->bits)
        input.refuse("field 'bitpix'",
                     "is " + std::to_string(bits) + ", but datatype " + std::to_string(header.datatype) + " has " +
                         std::to_string(found->bits) + " bits",
                     "the header is damaged");
    header.number = found->number;
    header.parts = found->parts;
}

void read_scaling(const Input& input, const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    const double slope = raw.real(at.slope), intercept = raw.real(at.intercept);
    if (slope == 0 || !std::isfinite(slope) || header.parts > 2) return;  // no scaling, says the standard of slope 0
    if (!std::isfinite(intercept))
        input.refuse("field 'scl_inter'", "is not finite", "repair the header");
    header.slope = slope;
    header.intercept = intercept;
}

// The quaternion (a, b, c, d) of the qform as a rotation, times the spacing; z is mirrored where pixdim[0] < 0.
void qform(const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    const double b = raw.real(at.quaternion), c = raw.real(at.quaternion, 1), d = raw.real(at.quaternion, 2);
    const double a = std::sqrt(std::max(0.0, 1 - b * b - c * c - d * d));
    const double rotation[3][3] = {{a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
                                   {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
                                   {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b}};
    const double mirror = raw.real(at.spacing) < 0 ? -1 : 1;
    for (size_t i = 0; i < 3; ++i) {
        for (size_t j = 0; j < 3; ++j)
            header.affine[i][j] = rotation[i][j] * std::fabs(raw.real(at.spacing, j + 1)) * (j == 2 ? mirror : 1);
        header.affine[i][3] = raw.real(at.shift, i);
    }
}

void read_geometry(const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    header.qform_code = raw.code(at.qform);
    header.sform_code = raw.code(at.sform);
    if (header.sform_code > 0) {
        header.affine_from = "sform";
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 4; ++j) header.affine[i][j] = raw.real(at.rows, 4 * i + j);
    } else if (header.qform_code > 0) {
        header.affine_from = "qform";
        qform(raw, at, header);
    } else {
        header.affine_from = "spacing";
        for (size_t i = 0; i < 3; ++i) header.affine[i][i] = i < header.spacing.size() ? header.spacing[i] : 1;
    }
    const int units = raw.version == 1 ? raw.bytes[at.units] : raw.at<int32_t>(at.units);
    if ((units & 7) <= 3) header.space_unit = nifti_space_units[units & 7];
    if ((units & 56) <= 48) header.time_unit = nifti_time_units[(units & 56) / 8];
}

void read_offset(const Input& input, const RawHeader& raw, const Layout& at, NiftiHeader& header) {
    const double offset = raw.version == 1 ? raw.real(at.offset) : double(raw.at<int64_t>(at.offset));
    header.data_offset = at.size + 4;
    if (offset == 0) return;  // seen in the wild, meaning: right after the header
    if (!(offset >= double(at.size)) || offset != std::floor(offset) || offset > 0x1p53)
        input.refuse("field 'vox_offset'", "is " + std::to_string(offset), "the header is damaged");
    header.data_offset = uint64_t(offset);
}

}  // namespace

NiftiHeader read_nifti_header(Input& input) {
    RawHeader raw;
    read_raw(input, raw);
    const Layout& at = raw.version == 1 ? layout1 : layout2;
    NiftiHeader header;
    header.version = raw.version;
    header.big_endian = raw.big_endian;
    read_sizes(input, raw, at, header);
    read_type(input, raw, at, header);
    read_scaling(input, raw, at, header);
    read_geometry(raw, at, header);
    read_offset(input, raw, at, header);
    header.description = raw.text(at.description, 80);
    header.intent_name = raw.text(at.intent_name, 16);
    header.display_high = raw.real(at.high);
    header.display_low = raw.real(at.low);
    return header;
}

}  // namespace adjoint
