// The list of a file's data sets, and its root's attributes.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>

#include "io/hdf5/child.h"
#include "io/hdf5/hdf5.h"
#include "io/hdf5/library/handles.h"
#include "io/input.h"

namespace adjoint {

using namespace hdf5;

namespace {

// A file with more is listed no further.
constexpr size_t most_objects = 2000;
constexpr int deepest = 8;
constexpr hsize_t most_attributes = 500;
constexpr size_t longest_text = 1 << 16;

struct Walk {
    const Reader& reader;
    ChildOutput& out;
    size_t seen = 0;
    std::set<haddr_t> groups;  // so that a circle of links ends

    void group(hid_t group, const std::string& path, int depth) {
        H5G_info_t info;
        if (H5Gget_info(group, &info) < 0) reader.damaged("group '" + path + "/'");
        for (hsize_t i = 0; i < info.nlinks && seen < most_objects; ++i) {
            char name[256] = {};
            H5L_info_t link;
            if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) < 0 ||
                H5Lget_info_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, &link, H5P_DEFAULT) < 0)
                reader.damaged("group '" + path + "/'");
            ++seen;
            if (link.type == H5L_TYPE_HARD) object(group, name, path + "/" + name, depth);
        }
    }

    void object(hid_t parent, const char* name, const std::string& path, int depth) {
        H5O_info_t info;
        if (H5Oget_info_by_name(parent, name, &info, H5P_DEFAULT) < 0) reader.damaged("'" + path + "'");
        if (info.type == H5O_TYPE_GROUP && depth < deepest && groups.insert(info.addr).second) {
            const Group inside(H5Gopen2(parent, name, H5P_DEFAULT));
            if (!inside.ok()) reader.damaged("group '" + path + "'");
            group(inside, path, depth + 1);
        }
        if (info.type == H5O_TYPE_DATASET) dataset(parent, name, path);
    }

    void dataset(hid_t parent, const char* name, const std::string& path) {
        const Dataset d(H5Dopen2(parent, name, H5P_DEFAULT));
        const Datatype type(d.ok() ? H5Dget_type(d) : -1);
        const Dataspace space(d.ok() ? H5Dget_space(d) : -1);
        if (!type.ok() || !space.ok()) reader.damaged("data set '" + path + "'");
        const Kind kind = kind_of_type(type);
        const int rank = H5Sget_simple_extent_ndims(space);
        if (rank < 0 || rank > H5S_MAX_RANK) reader.damaged("data set '" + path + "'");
        std::vector<hsize_t> shape(size_t(rank), 0);
        if (rank > 0) H5Sget_simple_extent_dims(space, shape.data(), nullptr);
        out.number(uint8_t(1));  // one more
        out.text(path);
        out.text(kind.description);
        out.number(uint8_t(kind.is));
        out.number(uint32_t(rank));
        for (const hsize_t n : shape) out.number(uint64_t(n));
    }
};

template <class T>
std::string number_text(T value) {
    char text[40];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// Texts, and up to 16 numbers; anything else is no attribute that we show.
std::string value_of(const Attribute& a, bool& shown) {
    const Datatype type(H5Aget_type(a));
    const Dataspace space(H5Aget_space(a));
    shown = false;
    if (!type.ok() || !space.ok()) return {};
    const Kind kind = kind_of_type(type);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (kind.is == Kind::text && count == 1) {
        shown = true;
        if (H5Tis_variable_str(type) > 0) {
            const Datatype memory(H5Tcopy(H5T_C_S1));
            H5Tset_size(memory, H5T_VARIABLE);
            H5Tset_cset(memory, H5Tget_cset(type));
            char* text = nullptr;
            if (H5Aread(a, memory, &text) < 0 || !text) return {};
            return std::string(text, strnlen(text, longest_text));
        }
        if (kind.bytes > longest_text) return {};
        std::string text(kind.bytes, '\0');
        if (H5Aread(a, type, text.data()) < 0) return {};
        return text.substr(0, text.find('\0'));
    }
    if (count < 1 || count > 16 || (kind.is != Kind::integer && kind.is != Kind::floating) || kind.boolean) return {};
    std::string text;
    std::vector<double> real(size_t(count), 0);
    std::vector<int64_t> whole(size_t(count), 0);
    const bool integer = kind.is == Kind::integer;
    if ((integer ? H5Aread(a, H5T_NATIVE_INT64, whole.data()) : H5Aread(a, H5T_NATIVE_DOUBLE, real.data())) < 0)
        return {};
    for (size_t i = 0; i < size_t(count); ++i)
        text += (i ? ", " : "") + (integer ? number_text(whole[i]) : number_text(real[i]));
    shown = true;
    return text;
}

void send_attributes(const Reader& reader, ChildOutput& out) {
    H5O_info_t info;
    if (H5Oget_info(reader.file(), &info) < 0) reader.damaged("the root's attributes");
    for (hsize_t i = 0; i < std::min(info.num_attrs, most_attributes); ++i) {
        const Attribute a(H5Aopen_by_idx(reader.file(), ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT));
        char name[256] = {};
        if (!a.ok() || H5Aget_name(a, sizeof name, name) < 0) reader.damaged("an attribute of the root");
        bool shown = false;
        const std::string value = value_of(a, shown);
        if (!shown) continue;
        out.number(uint8_t(1));
        out.text(std::string_view(name, strnlen(name, sizeof name)));
        out.text(value);
    }
}

}  // namespace

bool hdf5_in_build() { return true; }

Hdf5Contents read_hdf5_contents(const std::filesystem::path& path) {
    const std::string answer = in_child(path.string(), limits_for(path), [&](ChildOutput& out) {
        const Reader reader(path.string());
        const Group root(H5Gopen2(reader.file(), "/", H5P_DEFAULT));
        if (!root.ok()) reader.damaged("the root group");
        Walk{reader, out}.group(root, "", 0);
        out.number(uint8_t(0));
        send_attributes(reader, out);
        out.number(uint8_t(0));
    });
    MemoryInput in(path.string(), answer.data(), answer.size());
    Hdf5Contents contents;
    while (number_from<uint8_t>(in)) {
        Hdf5Dataset d;
        d.path = text_from(in);
        d.type = text_from(in);
        const auto is = Kind::Is(number_from<uint8_t>(in));
        d.complex = is == Kind::complex;
        d.text = is == Kind::text;
        d.integer = is == Kind::integer;
        d.numbers = d.complex || d.integer || is == Kind::floating;
        for (uint32_t rank = number_from<uint32_t>(in); rank > 0; --rank) {
            const uint64_t n = number_from<uint64_t>(in);
            if (n > uint64_t(INT64_MAX)) in.refuse("data set '" + d.path + "'", "is larger than any file can be", "");
            d.shape.push_back(int64_t(n));
        }
        contents.datasets.push_back(std::move(d));
    }
    while (number_from<uint8_t>(in)) {
        const std::string name = text_from(in);
        contents.attributes[name] = text_from(in);
    }
    return contents;
}

}  // namespace adjoint
