#include "io/npy.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/error.h"
#include "io/atomic_file.h"

namespace adjoint {

namespace {

const char magic[] = "\x93NUMPY";

// The dictionary of the header: strings, True, False, and tuples of integers.
class Dictionary {
public:
    Dictionary(const Input& input, const std::string& text, NpyHeader& header)
        : input_(input), text_(text), header_(header) {}

    void parse() {
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key != "descr" && key != "fortran_order" && key != "shape") refuse("has the unknown key '" + key + "'");
            if (!seen_.insert(key).second) refuse("has '" + key + "' twice");
            if (key == "descr") header_.type = element_type();
            if (key == "fortran_order") header_.fortran_order = boolean();
            if (key == "shape") shape();
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        spaces();
        if (at_ != text_.size()) refuse("goes on after its dictionary");
        if (seen_.size() != 3) refuse("lacks 'descr', 'fortran_order' or 'shape'");
    }

private:
    [[noreturn]] void refuse(const std::string& found) const {
        input_.refuse("the header", found, "write the array again with numpy.save");
    }
    void spaces() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
    }
    bool accept(char c) {
        spaces();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) refuse(std::string("has no '") + c + "' at its byte " + std::to_string(at_));
    }
    std::string quoted() {
        const char quote = accept('\'') ? '\'' : accept('"') ? '"' : '\0';
        if (!quote) refuse("has no quoted text at its byte " + std::to_string(at_));
        const size_t end = text_.find(quote, at_);
        if (end == std::string::npos) refuse("has a quoted text without an end");
        const std::string text = text_.substr(at_, end - at_);
        at_ = end + 1;
        return text;
    }
    std::string element_type() {
        spaces();
        if (at_ < text_.size() && text_[at_] == '[')
            input_.refuse("the array", "is one of records", "save each field as an array of its own");
        return quoted();
    }
    bool boolean() {
        spaces();
        for (const bool value : {true, false}) {
            const std::string word = value ? "True" : "False";
            if (text_.compare(at_, word.size(), word) == 0) {
                at_ += word.size();
                return value;
            }
        }
        refuse("has a 'fortran_order' that is neither True nor False");
    }
    void shape() {
        expect('(');
        while (!accept(')')) {
            header_.shape.push_back(integer());
            if (header_.shape.size() > size_t(Shape::max_rank)) refuse("has a shape of more than 8 axes");
            accept('L');  // Python 2 wrote long integers with it
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
    }
    int64_t integer() {
        spaces();
        int64_t value = 0;
        const size_t start = at_;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
            if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[at_] - '0', &value))
                refuse("has a shape with a size beyond 64 bits");
        if (at_ == start) refuse("has a shape with something other than sizes");
        return value;
    }

    const Input& input_;
    const std::string& text_;
    NpyHeader& header_;
    size_t at_ = 0;
    std::set<std::string> seen_;
};

void interpret_type(const Input& input, NpyHeader& header) {
    static const std::map<std::string, std::pair<Number, bool>> known = {
        {"b1", {Number::boolean, false}}, {"i1", {Number::int8, false}},    {"u1", {Number::uint8, false}},
        {"i2", {Number::int16, false}},   {"u2", {Number::uint16, false}},  {"i4", {Number::int32, false}},
        {"u4", {Number::uint32, false}},  {"i8", {Number::int64, false}},   {"u8", {Number::uint64, false}},
        {"f2", {Number::float16, false}}, {"f4", {Number::float32, false}}, {"f8", {Number::float64, false}},
        {"c8", {Number::float32, true}},  {"c16", {Number::float64, true}}};
    const std::string& type = header.type;
    if (type.find('O') != std::string::npos)
        input.refuse("the array", "holds Python objects", "pickles are never read: save numbers (array.astype('f4'))");
    const auto found = type.size() < 2 ? known.end() : known.find(type.substr(1));
    if (found == known.end() || std::string("<>|=").find(type[0]) == std::string::npos)
        input.refuse("the array", "is of type '" + type + "', which is not read", "convert it, for example to float32");
    header.big_endian = type[0] == '>';
    header.number = found->second.first;
    header.complex = found->second.second;
}

// From Fortran's order (first axis fastest) to row-major order.
template <class T>
void reorder(const Tensor& from, Tensor& to, const std::vector<int64_t>& shape, int64_t parts) {
    const T* in = from.data<T>();
    T* out = to.mutable_data<T>("reading an array in Fortran's order");
    const size_t rank = shape.size();
    int64_t index[Shape::max_rank] = {}, stride[Shape::max_rank] = {parts};
    for (size_t a = 1; a < rank; ++a) stride[a] = stride[a - 1] * shape[a - 1];
    int64_t source = 0;
    for (int64_t i = 0; i < to.size(); i += parts) {
        for (int64_t p = 0; p < parts; ++p) out[i + p] = in[source + p];
        for (size_t a = rank; a-- > 0;) {
            source += stride[a];
            if (++index[a] < shape[a]) break;
            source -= stride[a] * shape[a];
            index[a] = 0;
        }
    }
}

}  // namespace

NpyHeader read_npy_header(Input& input) {
    char start[8];
    input.read(start, sizeof start, "the first bytes");
    if (std::string(start, 6) != std::string(magic, 6))
        input.refuse("the first bytes", "are not those of a NumPy array", "is this a .npy file?");
    NpyHeader header;
    header.version = uint8_t(start[6]);
    if (header.version < 1 || header.version > 3 || start[7] != 0)
        input.refuse("the version",
                     "is " + std::to_string(uint8_t(start[6])) + "." + std::to_string(uint8_t(start[7])) +
                         "; 1.0, 2.0 and 3.0 are known",
                     "save the array again with numpy.save");
    uint8_t length_bytes[4] = {};
    input.read(length_bytes, header.version == 1 ? 2 : 4, "the header's length");
    const uint32_t length = uint32_t(length_bytes[0]) | uint32_t(length_bytes[1]) << 8 |
                            uint32_t(length_bytes[2]) << 16 | uint32_t(length_bytes[3]) << 24;
    if (length > 65535)
        input.refuse("the header's length", "is " + std::to_string(length) + " bytes, and at most 65535 are read",
                     "save the array again with numpy.save");
    input.require(length, "the header");
    std::string text(length, '\0');
    input.read(text.data(), length, "the header");
    Dictionary(input, text, header).parse();
    interpret_type(input, header);

    // `widest`: the size without its zeros and in the widest type, which Shape's and Tensor's own arithmetic must hold.
    uint64_t bytes = size_of(header.number) * (header.complex ? 2 : 1), widest = 16;
    for (int64_t size : header.shape) {
        bytes = checked_product(input, bytes, uint64_t(size), "the array's size");
        widest = checked_product(input, widest, uint64_t(std::max<int64_t>(size, 1)), "the array's size");
    }
    input.require(bytes, "the array");
    if (input.size_is_exact() && input.most_left() != bytes)
        input.refuse("the array",
                     "needs " + std::to_string(bytes) + " bytes, but " + std::to_string(input.most_left()) +
                         " follow the header",
                     "one array in a file is read: save others in files of their own");
    return header;
}

Tensor read_npy(Input& input, std::optional<Type> type, NpyHeader* header_out) {
    const NpyHeader header = read_npy_header(input);
    if (header_out) *header_out = header;
    std::vector<int64_t> sizes = header.shape;
    if (header.complex) {
        if (sizes.size() == size_t(Shape::max_rank))
            input.refuse("the array", "has 8 axes of complex numbers", "at most 7 are read: reshape it");
        sizes.push_back(2);
    }
    const Shape shape(sizes);
    Tensor array = Tensor::empty(shape, type ? *type : exact_type(header.number));
    read_numbers(input, header.number, header.big_endian, array, 0, array.size(), "the array");
    if (!header.fortran_order || header.shape.size() < 2) return array;
    Tensor rows = Tensor::empty(shape, array.type());
    const int64_t parts = header.complex ? 2 : 1;
    if (array.type() == Type::float32) reorder<float>(array, rows, header.shape, parts);
    if (array.type() == Type::float64) reorder<double>(array, rows, header.shape, parts);
    if (array.type() == Type::int64) reorder<int64_t>(array, rows, header.shape, parts);
    return rows;
}

Tensor read_npy(const std::filesystem::path& path, std::optional<Type> type) {
    FileInput input(path);
    return read_npy(input, type);
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor, bool complex) {
    const std::string who = "writing " + path.string();
    if (is_dual(tensor.type()))
        fail(ExitCode::usage, who, "the tensor holds dual numbers", "convert it to float64 first");
    if (complex && (tensor.type() == Type::int64 || tensor.rank() == 0 || tensor.shape().last() != 2))
        fail(ExitCode::usage, who, "a tensor " + tensor.shape().text() + " of " + name_of(tensor.type()) +
             " holds no complex numbers", "their real and imaginary parts are a last axis of 2");
    std::vector<int64_t> sizes = tensor.shape().vector();
    if (complex) sizes.pop_back();
    std::string shape;
    for (size_t a = 0; a < sizes.size(); ++a) {
        if (a) shape += ", ";
        shape += std::to_string(sizes[a]);
    }
    if (sizes.size() == 1) shape += ',';
    const char* type = tensor.type() == Type::int64     ? "<i8"
                       : tensor.type() == Type::float32 ? (complex ? "<c8" : "<f4")
                                                        : (complex ? "<c16" : "<f8");
    std::string header = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    // Like numpy.save: room for the growth of the first axis, and numbers that start at a multiple of 64 bytes.
    if (!sizes.empty()) header += std::string(21 - std::min<size_t>(21, std::to_string(sizes[0]).size()), ' ');
    header += std::string(64 - (10 + header.size() + 1) % 64, ' ') + "\n";

    AtomicFile out(path);
    out.write(std::string(magic, 6) + std::string("\x01\0", 2) + char(header.size() & 255) + char(header.size() >> 8));
    out.write(header);
    const Tensor host = tensor.to(Device::cpu);
    out.write(host.bytes_data(), host.bytes());
    out.commit();
}

}  // namespace adjoint
