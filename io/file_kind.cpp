#include "io/file_kind.h"

#include <cstring>

#include "io/gzip.h"

namespace adjoint {

namespace {

// Formats that users have, and that nothing here reads: what to do about each.
struct Foreign {
    const char* start;
    size_t length, offset;
    const char* name;
    const char* advice;
};
constexpr Foreign foreign[] = {
    {"PK\x03\x04", 4, 0, "a zip archive (.npz, .pt, .pth)",
     "save the arrays as .npy, the weights as .safetensors; pickles are never read"},
    {"\x80\x02", 2, 0, "a Python pickle", "pickles are never read: save the weights as .safetensors"},
    {"DICM", 4, 128, "a DICOM file", "convert it to NIfTI, for example with dcm2niix"},
    {"\xff\xd8\xff", 3, 0, "a JPEG picture", "convert it to PNG"},
    {"GIF8", 4, 0, "a GIF picture", "convert it to PNG"},
    {"II*\0", 4, 0, "a TIFF picture", "convert it to PNG"},
    {"MM\0*", 4, 0, "a TIFF picture", "convert it to PNG"},
    {"BM", 2, 0, "a BMP picture", "convert it to PNG"},
    {"%PDF", 4, 0, "a PDF document", "convert the picture to PNG"},
    {"SIMPLE  =", 9, 0, "a FITS file", "extract the image to .npy"},
};

bool is_nifti(const uint8_t* b, size_t n) {
    auto begins = [&](uint8_t b0, uint8_t b1, uint8_t b2, uint8_t b3) {
        return n >= 4 && b[0] == b0 && b[1] == b1 && b[2] == b2 && b[3] == b3;
    };
    return begins(0x5c, 1, 0, 0) || begins(0, 0, 1, 0x5c) || begins(0x1c, 2, 0, 0) || begins(0, 0, 2, 0x1c);
}

}  // namespace

const char* name_of(FileKind kind) {
    constexpr const char* names[] = {"PNG picture", "NumPy array", "NIfTI volume", "safetensors file", "BART array",
                                     "HDF5 file"};
    return names[int(kind)];
}

FileKind kind_of(Input& input) {
    uint8_t b[256] = {};
    const uint64_t size = input.most_left();
    if (size == 0) input.refuse("", "the file is empty", "write it again");
    const size_t n = input.read_some(b, sizeof b);
    input.rewind();
    // A NIfTI-1 header's length is also a possible length of a safetensors header, which '{' follows after eight bytes.
    if (n >= 9 && b[8] == '{' && b[4] == 0 && b[5] == 0 && b[6] == 0 && b[7] == 0) return FileKind::safetensors;
    if (n >= 4 && !std::memcmp(b, "\x89PNG", 4)) return FileKind::png;
    if (n >= 6 && !std::memcmp(b, "\x93NUMPY", 6)) return FileKind::npy;
    if (n >= 8 && !std::memcmp(b, "\x89HDF\r\n\x1a\n", 8)) return FileKind::hdf5;
    if (n >= 12 && !std::memcmp(b, "# Dimensions", 12)) return FileKind::cfl;
    if (is_nifti(b, n)) return FileKind::nifti;
    if (begins_like_gzip(input)) {
        uint8_t inside[4] = {};
        GzipInput decompressed(input);
        decompressed.read(inside, 4, "the first bytes");
        input.rewind();
        if (is_nifti(inside, 4)) return FileKind::nifti;
        input.refuse("", "it is compressed by gzip, and no NIfTI volume", "decompress it first (gunzip)");
    }
    for (const auto& f : foreign)
        if (n >= f.offset + f.length && !std::memcmp(b + f.offset, f.start, f.length))
            input.refuse("", std::string("it is ") + f.name + ", which is not read", f.advice);
    input.refuse("", "its first bytes are those of no format that is read",
                 "give a PNG picture, a NumPy array (.npy), a NIfTI volume (.nii, .nii.gz), safetensors, a "
                 "BART array (.hdr) or HDF5 (.h5)");
}

}  // namespace adjoint
