// Numbers and texts of data sets.
#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "io/hdf5/child.h"
#include "io/hdf5/hdf5.h"
#include "io/hdf5/library/handles.h"
#include "io/input.h"

namespace adjoint {

using namespace hdf5;

namespace {

constexpr uint64_t longest_text = uint64_t(16) << 20;

void send_numbers(const std::string& file, const std::string& name, Type type, int64_t first, int64_t count,
                  ChildOutput& out) {
    const Reader reader(file);
    const std::string field = "data set '" + name + "'";
    const Dataset dataset = reader.open(name);
    const Datatype stored(H5Dget_type(dataset));
    const Kind kind = kind_of_type(stored);
    if (kind.is != Kind::integer && kind.is != Kind::floating && kind.is != Kind::complex)
        reader.refuse(field, "holds " + kind.description + " instead of numbers",
                      "adjoint inspect lists what there is");
    if (type == Type::int64 && kind.is != Kind::integer)
        reader.refuse(field, "holds " + kind.description + ", and integers were asked for", "");

    std::vector<hsize_t> shape = shape_of(reader, dataset, name);
    if (shape.empty() ? first != 0 || count > 1
                      : uint64_t(first) > shape[0] || (count >= 0 && uint64_t(count) > shape[0] - uint64_t(first)))
        fail(ExitCode::usage, "reading " + file, field + " has no entries " + std::to_string(first) + " to " +
             std::to_string(first + count - 1), "adjoint inspect tells its shape");
    const Dataspace in_file(H5Dget_space(dataset));
    if (!shape.empty()) {
        std::vector<hsize_t> start(shape.size(), 0);
        start[0] = hsize_t(first);
        shape[0] = count < 0 ? shape[0] - hsize_t(first) : hsize_t(count);
        if (H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr) < 0)
            reader.damaged(field);
    }
    const Dataspace in_memory(shape.empty() ? H5Screate(H5S_SCALAR)
                                            : H5Screate_simple(int(shape.size()), shape.data(), nullptr));
    const hid_t part = type == Type::float32   ? H5T_NATIVE_FLOAT
                       : type == Type::float64 ? H5T_NATIVE_DOUBLE
                                               : H5T_NATIVE_INT64;
    const Datatype memory = memory_type(kind, stored, part);
    uint64_t values = 1;
    for (const hsize_t n : shape) values = product(reader, values, n, field);
    const uint64_t width = std::max<uint64_t>(H5Tget_size(memory), 8);
    std::vector<char> numbers(size_t(product(reader, values, width, field)));
    if (values > 0 && H5Dread(dataset, memory, in_memory, in_file, H5P_DEFAULT, numbers.data()) < 0)
        reader.damaged(field);

    out.number(uint8_t(kind.is == Kind::complex));
    out.number(uint8_t(kind.boolean));
    out.number(uint32_t(shape.size()));
    for (const hsize_t n : shape) out.number(uint64_t(n));
    out.write(numbers.data(), size_t(values) * H5Tget_size(memory));
}

}  // namespace

Tensor read_hdf5(const std::filesystem::path& path, const std::string& name, Type type, int64_t first, int64_t count) {
    const std::string who = "reading " + path.string();
    if (first < 0 || count < -1 || is_dual(type))
        fail(ExitCode::usage, who, "entries " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
             " of '" + name + "' were asked for", "entries are counted from 0; types are float32, float64 and int64");
    const std::string answer = in_child(path.string(), limits_for(path), [&](ChildOutput& out) {
        send_numbers(path.string(), name, type, first, count, out);
    });
    MemoryInput in(path.string(), answer.data(), answer.size());
    const bool complex = number_from<uint8_t>(in), boolean = number_from<uint8_t>(in);
    std::vector<int64_t> sizes(number_from<uint32_t>(in) & 7);
    uint64_t bytes = complex ? 2 : 1;
    for (int64_t& n : sizes) {
        n = number_from<int64_t>(in);
        bytes = checked_product(in, bytes, uint64_t(n), "data set '" + name + "'");
    }
    if (complex) sizes.push_back(2);
    bytes = checked_product(in, bytes, boolean ? 1 : size_of(type), "data set '" + name + "'");
    if (bytes != in.most_left()) in.refuse("data set '" + name + "'", "came back incomplete", "try again");
    Tensor tensor = Tensor::empty(Shape(sizes), type);
    read_numbers(in, boolean               ? Number::boolean
                     : type == Type::int64 ? Number::int64
                     : type == Type::float32 ? Number::float32
                                             : Number::float64,
                 false, tensor, 0, tensor.size(), "data set '" + name + "'");
    return tensor;
}

void check_hdf5(const std::filesystem::path& path, const std::string& name) {
    in_child(path.string(), limits_for(path), [&](ChildOutput&) { Reader(path.string()).open(name); });
}

std::string read_hdf5_text(const std::filesystem::path& path, const std::string& name) {
    return in_child(path.string(), limits_for(path), [&](ChildOutput& out) {
        const Reader reader(path.string());
        const std::string field = "data set '" + name + "'";
        const Dataset dataset = reader.open(name);
        const Datatype stored(H5Dget_type(dataset));
        const Kind kind = kind_of_type(stored);
        uint64_t count = 1;
        for (const hsize_t n : shape_of(reader, dataset, name)) count = product(reader, count, n, field);
        if (kind.is != Kind::text || count != 1)
            reader.refuse(field, "holds " + kind.description + " instead of one text", "");
        if (H5Tis_variable_str(stored) > 0) {
            const Datatype memory(H5Tcopy(H5T_C_S1));
            H5Tset_size(memory, H5T_VARIABLE);
            H5Tset_cset(memory, H5Tget_cset(stored));
            char* text = nullptr;
            if (H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0) reader.damaged(field);
            const size_t size = text ? strnlen(text, size_t(longest_text) + 1) : 0;
            if (size > longest_text) reader.refuse(field, "is longer than 16 MB", "the file is damaged");
            out.write(text, size);
            return;
        }
        if (kind.bytes > longest_text) reader.refuse(field, "is longer than 16 MB", "the file is damaged");
        std::string text(kind.bytes, '\0');
        if (H5Dread(dataset, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0) reader.damaged(field);
        out.write(text.data(), strnlen(text.data(), text.size()));
    });
}

}  // namespace adjoint
