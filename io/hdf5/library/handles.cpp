#include "io/hdf5/library/handles.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/error.h"

namespace adjoint::hdf5 {

namespace {

// The deepest reason on the library's stack of errors.
herr_t keep_reason(unsigned, const H5E_error2_t* error, void* data) {
    if (error->desc) *static_cast<std::string*>(data) = error->desc;
    return 0;
}

std::string reason() {
    std::string text;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_reason, &text);
    for (char& c : text)
        if (uint8_t(c) < 32 || uint8_t(c) > 126) c = '?';
    return text.substr(0, 120);
}

}  // namespace

Reader::Reader(const std::string& path) : path_(path) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        refuse("", "it is no file that can be read", "check the name and its permissions");
    bytes_ = uint64_t(status.st_size);
    const Properties access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fapl_sec2(access);
    file_ = File(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access));
    if (!file_.ok()) damaged("the file");
}

void Reader::refuse(const std::string& field, const std::string& found, const std::string& advice) const {
    fail(ExitCode::invalid_input, "reading " + path_, (field.empty() ? "" : field + " ") + found, advice);
}

void Reader::damaged(const std::string& field) const {
    const std::string why = reason();
    refuse(field, "cannot be read" + (why.empty() ? "" : " (HDF5: " + why + ")"),
           "the file is truncated or damaged: copy or write it again");
}

uint64_t product(const Reader& reader, uint64_t a, uint64_t b, const std::string& field) {
    uint64_t result;
    if (__builtin_mul_overflow(a, b, &result) || result > uint64_t(INT64_MAX))
        reader.refuse(field, "is larger than any file can be", "the file is damaged: write it again");
    return result;
}

Dataset Reader::open(const std::string& path) const {
    const std::string field = "data set '" + path + "'";
    if (path.size() > 1000 || path.empty() || path[0] != '/') refuse(field, "has no name that is read", "");
    for (size_t at = 1; at <= path.size();) {
        const size_t end = std::min(path.find('/', at), path.size());
        const std::string prefix = path.substr(0, end);
        H5L_info_t link;
        if (H5Lexists(file_, prefix.c_str(), H5P_DEFAULT) <= 0)
            refuse(field, "is not there", "adjoint inspect lists what there is");
        if (H5Lget_info(file_, prefix.c_str(), &link, H5P_DEFAULT) < 0) damaged(field);
        if (link.type != H5L_TYPE_HARD)
            refuse(field, "is a link", "links are not followed: store the data in this file (h5repack, h5copy)");
        at = end + 1;
    }
    Dataset dataset(H5Dopen2(file_, path.c_str(), H5P_DEFAULT));
    if (!dataset.ok()) damaged(field);
    check_storage(dataset, path);
    return dataset;
}

void Reader::check_storage(hid_t dataset, const std::string& path) const {
    const std::string field = "data set '" + path + "'";
    const Properties creation(H5Dget_create_plist(dataset));
    if (!creation.ok()) damaged(field);
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED && layout != H5D_COMPACT)
        refuse(field, "takes its data from other files", "store the data in this file (h5repack)");
    if (H5Pget_external_count(creation) != 0)
        refuse(field, "takes its data from other files", "store the data in this file (h5repack)");
    const int filters = H5Pget_nfilters(creation);
    if (filters < 0 || filters > 8) damaged(field);
    uint64_t expansion = 1;
    for (int i = 0; i < filters; ++i) {
        unsigned flags = 0, values[8] = {};
        size_t count = 8;
        char name[64] = {};
        const H5Z_filter_t filter =
            H5Pget_filter2(creation, unsigned(i), &flags, &count, values, sizeof name, name, nullptr);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
            refuse(field, "is compressed by filter " + std::to_string(filter) + ", which is not read",
                   "store it with gzip or uncompressed (h5repack -f GZIP=4)");
        if (filter == H5Z_FILTER_DEFLATE) expansion = 1032;  // deflate's largest
    }
    const Datatype type(H5Dget_type(dataset));
    const size_t size = type.ok() ? H5Tget_size(type) : 0;
    if (size == 0) damaged(field);
    uint64_t bytes = size;
    for (const hsize_t n : shape_of(*this, dataset, path)) bytes = product(*this, bytes, n, field);
    const uint64_t stored = H5Dget_storage_size(dataset);
    if (stored > bytes_ || bytes > product(*this, std::max<uint64_t>(stored, 1), expansion, field))
        if (bytes > 0)
            refuse(field, "needs " + std::to_string(bytes) + " bytes, and " + std::to_string(stored) +
                              " are stored for it",
                   "the file is truncated or damaged: copy or write it again");
}

std::vector<hsize_t> shape_of(const Reader& reader, hid_t dataset, const std::string& path) {
    const std::string field = "data set '" + path + "'";
    const Dataspace space(H5Dget_space(dataset));
    if (!space.ok()) reader.damaged(field);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL) reader.refuse(field, "holds nothing", "");
    if (rank > 7) reader.refuse(field, "has " + std::to_string(rank) + " axes", "at most 7 are read");
    std::vector<hsize_t> shape(size_t(rank), 0);
    if (rank > 0 && H5Sget_simple_extent_dims(space, shape.data(), nullptr) != rank) reader.damaged(field);
    return shape;
}

namespace {

std::string member_name(hid_t type, unsigned i) {
    char* name = H5Tget_member_name(type, i);
    const std::string text = name ? name : "";
    H5free_memory(name);
    return text;
}

Kind kind_of_compound(hid_t type) {
    Kind kind;
    const int members = H5Tget_nmembers(type);
    kind.description = "records of";
    for (int i = 0; i < std::min(members, 20); ++i)
        kind.description += (i ? ", " : " ") + member_name(type, unsigned(i)).substr(0, 60);
    if (members != 2) return kind;
    const Datatype first(H5Tget_member_type(type, 0)), second(H5Tget_member_type(type, 1));
    if (!first.ok() || !second.ok() || H5Tequal(first, second) <= 0 || H5Tget_class(first) != H5T_FLOAT) return kind;
    const std::string re = member_name(type, 0), im = member_name(type, 1);
    const bool known = (re == "r" && im == "i") || (re == "real" && im == "imag") || (re == "re" && im == "im");
    const size_t size = H5Tget_size(first);
    if (!known || (size != 4 && size != 8)) return kind;
    kind.is = Kind::complex;
    kind.bytes = size;
    kind.names[0] = re;
    kind.names[1] = im;
    kind.description = "complex of float" + std::to_string(8 * size);
    return kind;
}

}  // namespace

Kind kind_of_type(hid_t type) {
    Kind kind;
    kind.bytes = H5Tget_size(type);
    switch (H5Tget_class(type)) {
        case H5T_INTEGER:
            kind.is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
            if (kind.bytes <= 8) kind.is = Kind::integer;
            kind.description = (kind.is_signed ? "int" : "uint") + std::to_string(8 * kind.bytes);
            break;
        case H5T_FLOAT:
            if (kind.bytes == 2 || kind.bytes == 4 || kind.bytes == 8) kind.is = Kind::floating;
            kind.description = "float" + std::to_string(8 * kind.bytes);
            break;
        case H5T_ENUM:
            kind.boolean = kind.bytes == 1 && H5Tget_nmembers(type) == 2;
            if (kind.boolean) kind.is = Kind::integer;
            kind.description = kind.boolean ? "bool" : "an enumeration";
            break;
        case H5T_STRING:
            kind.is = Kind::text;
            kind.description = "text";
            break;
        case H5T_COMPOUND: return kind_of_compound(type);
        case H5T_VLEN: kind.description = "lists"; break;
        case H5T_ARRAY: kind.description = "arrays"; break;
        case H5T_REFERENCE: kind.description = "references"; break;
        default: kind.description = "numbers of no known type";
    }
    return kind;
}

Datatype memory_type(const Kind& kind, hid_t stored, hid_t part) {
    if (kind.boolean) return Datatype(H5Tcopy(stored));
    if (kind.is != Kind::complex) return Datatype(H5Tcopy(part));
    const size_t size = H5Tget_size(part);
    Datatype pair(H5Tcreate(H5T_COMPOUND, 2 * size));
    H5Tinsert(pair, kind.names[0].c_str(), 0, part);
    H5Tinsert(pair, kind.names[1].c_str(), size, part);
    return pair;
}

}  // namespace adjoint::hdf5
