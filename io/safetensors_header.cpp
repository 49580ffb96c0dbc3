#include "io/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "engine/error.h"

namespace adjoint {

namespace {

using json = nlohmann::json;

std::optional<Number> number_named(const std::string& dtype) {
    static const std::map<std::string, Number> known = {
        {"BOOL", Number::boolean}, {"I8", Number::int8},     {"U8", Number::uint8},     {"I16", Number::int16},
        {"U16", Number::uint16},   {"I32", Number::int32},   {"U32", Number::uint32},   {"I64", Number::int64},
        {"U64", Number::uint64},   {"F16", Number::float16}, {"BF16", Number::bfloat16}, {"F32", Number::float32},
        {"F64", Number::float64}};
    const auto found = known.find(dtype);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

// Reads the header event by event and refuses at once what its grammar does not allow, so that a hostile header can
// neither nest deeply nor fill memory with a document tree.
class HeaderParser : public json::json_sax_t {
public:
    explicit HeaderParser(const Input& input) : input_(input) {}
    SafetensorsHeader header;

    bool null() override { return unexpected("null"); }
    bool boolean(bool) override { return unexpected("true or false"); }
    bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
    bool number_float(number_float_t, const string_t&) override { return unexpected("a fraction"); }
    bool binary(binary_t&) override { return unexpected("binary data"); }

    bool number_unsigned(number_unsigned_t value) override {
        if (depth_ != 2 || !list_) return unexpected("a number");
        if (field_ == "shape") {
            if (sizes_.size() == size_t(Shape::max_rank)) refuse("has more than 8 axes");
            if (value > uint64_t(INT64_MAX)) refuse("has an axis of size " + std::to_string(value));
            sizes_.push_back(int64_t(value));
        } else {
            if (offsets_.size() == 2) refuse("has more than two data_offsets");
            offsets_.push_back(value);
        }
        return true;
    }
    bool string(string_t& value) override {
        if (depth_ == 2 && in_metadata_ && !list_) {
            header.metadata[field_] = value;
        } else if (depth_ == 2 && !list_ && field_ == "dtype") {
            type_ = number_named(value);
            if (!type_) refuse("is of type " + value + ", which is not read", "convert it to F32");
        } else {
            return unexpected("a text");
        }
        return true;
    }
    bool start_object(size_t) override {
        if (depth_ == 2 || list_) return unexpected("an object");
        ++depth_;
        type_.reset();
        sizes_.clear();
        offsets_.clear();
        fields_.clear();
        in_metadata_ = depth_ == 2 && name_ == "__metadata__";
        return true;
    }
    bool key(string_t& key) override {
        if (depth_ == 1) {
            name_ = key;
            if (!names_.insert(key).second) refuse("is there twice");
            return true;
        }
        field_ = key;
        if (!fields_.insert(key).second) refuse("has the field '" + key + "' twice");
        if (!in_metadata_ && key != "dtype" && key != "shape" && key != "data_offsets")
            refuse("has the unknown field '" + key + "'");
        return true;
    }
    bool end_object() override {
        if (depth_-- == 2 && !in_metadata_) add_entry();
        return true;
    }
    bool start_array(size_t) override {
        if (depth_ != 2 || list_ || in_metadata_ || field_ == "dtype") return unexpected("a list");
        list_ = true;
        return true;
    }
    bool end_array() override {
        list_ = false;
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
        input_.refuse("the header", "is not valid JSON at its byte " + std::to_string(position),
                      "is this a safetensors file?");
    }

private:
    [[noreturn]] void refuse(const std::string& found, const std::string& advice = "write the file again") const {
        input_.refuse("tensor '" + name_ + "'", found, advice);
    }
    bool unexpected(const std::string& what) const {
        if (depth_ == 0 || name_.empty()) input_.refuse("the header", "has " + what + " where an object is expected");
        input_.refuse("'" + name_ + "'" + (depth_ == 2 ? ", field '" + field_ + "'," : ""), "has " + what +
                      " in the header, where none is expected", "write the file again with a safetensors library");
    }
    void add_entry() {
        for (const char* field : {"dtype", "shape", "data_offsets"})
            if (!fields_.count(field)) refuse(std::string("has no field '") + field + "'");
        if (offsets_.size() != 2) refuse("has " + std::to_string(offsets_.size()) + " data_offsets instead of two");
        const std::string field = "the size of tensor '" + name_ + "'";
        uint64_t bytes = size_of(*type_);
        for (int64_t size : sizes_) bytes = checked_product(input_, bytes, uint64_t(size), field);
        if (offsets_[1] < offsets_[0] || offsets_[1] - offsets_[0] != bytes)
            refuse("spans the bytes " + std::to_string(offsets_[0]) + " to " + std::to_string(offsets_[1]) +
                   ", but its shape and type need " + std::to_string(bytes));
        // A zero beside huge sizes: the product is small, but Shape's own arithmetic would overflow.
        uint64_t nonzero = size_of(*type_);
        for (int64_t size : sizes_)
            nonzero = checked_product(input_, nonzero, uint64_t(std::max<int64_t>(size, 1)), field);
        header.entries.push_back({name_, *type_, Shape(sizes_), offsets_[0], offsets_[1]});
    }

    const Input& input_;
    int depth_ = 0;  // 1: the header; 2: one tensor, or the metadata
    bool list_ = false, in_metadata_ = false;
    std::string name_, field_;
    std::set<std::string> names_, fields_;
    std::optional<Number> type_;
    std::vector<int64_t> sizes_;
    std::vector<uint64_t> offsets_;
};

std::string quoted(const std::string& who, const std::string& text) {
    try {
        return json(text).dump();
    } catch (const json::exception&) {
        fail(ExitCode::usage, "writing " + who, "a name or a text of the metadata is not valid UTF-8");
    }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(const Input& input, const std::string& text) {
    if (text.empty() || text[0] != '{')
        input.refuse("the header", "does not begin with '{'", "is this a safetensors file?");
    HeaderParser parser(input);
    json::sax_parse(text, &parser);
    return std::move(parser.header);
}

std::string safetensors_header_text(const std::string& who, const std::vector<const NamedTensor*>& order,
                                    const std::map<std::string, std::string>& metadata) {
    std::string text = "{", separator;
    if (!metadata.empty()) {
        text += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata) {
            text += separator + quoted(who, key) + ":" + quoted(who, value);
            separator = ",";
        }
        text += "}";
    }
    uint64_t begin = 0;
    for (const NamedTensor* t : order) {
        if (t->name == "__metadata__") fail(ExitCode::usage, "writing " + who, "a tensor is named __metadata__");
        const uint64_t end = begin + t->tensor.bytes();
        const Type type = t->tensor.type();
        std::string sizes;
        for (int64_t size : t->tensor.shape()) {
            if (!sizes.empty()) sizes += ',';
            sizes += std::to_string(size);
        }
        text += separator + quoted(who, t->name) + ":{\"dtype\":\"" +
                (type == Type::float32 ? "F32" : type == Type::float64 ? "F64" : "I64") + "\",\"shape\":[" + sizes +
                "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
        separator = ",";
        begin = end;
    }
    text += "}";
    while (text.size() % 8) text += ' ';
    return text;
}

}  // namespace adjoint
