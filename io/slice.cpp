#include "io/slice.h"

#include <charconv>
#include <cstring>
#include <sstream>

#include "engine/error.h"

namespace adjoint {

namespace {

[[noreturn]] void not_a_slice(const std::string& text) {
    fail(ExitCode::usage, "slice '" + text + "'", "it is not of the form AXIS:INDEX",
         "for example 2:90 or z:90 (the 91st plane across the third axis), z:middle, or 2:90,3:0 for two axes");
}

template <class T>
bool whole_number(const std::string& text, T& value) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

Slice parse_slice(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) not_a_slice(text);
    const std::string axis = text.substr(0, colon), index = text.substr(colon + 1);
    Slice slice;
    const size_t letter = axis.size() == 1 ? std::string("xyzt").find(axis) : std::string::npos;
    if (letter != std::string::npos)
        slice.axis = int(letter);
    else if (!whole_number(axis, slice.axis) || slice.axis < 0)
        not_a_slice(text);
    slice.middle = index == "middle";
    if (!slice.middle && !whole_number(index, slice.index)) not_a_slice(text);
    return slice;
}

}  // namespace

std::vector<Slice> parse_slices(const std::string& text) {
    std::vector<Slice> slices;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) slices.push_back(parse_slice(part));
    if (!text.empty() && text.back() == ',') not_a_slice(text);
    return slices;
}

std::vector<int64_t> fixed_indices(const std::vector<Slice>& slices, const std::vector<int64_t>& sizes,
                                   const std::string& who) {
    std::vector<int64_t> fixed(sizes.size(), -1);
    for (const Slice& s : slices) {
        const std::string asked = who + ", slice " + std::to_string(s.axis) + ":" +
                                  (s.middle ? "middle" : std::to_string(s.index));
        if (s.axis < 0 || size_t(s.axis) >= sizes.size())
            fail(ExitCode::usage, asked, "there is no axis " + std::to_string(s.axis),
                 "the array has " + std::to_string(sizes.size()) + " axes, counted from 0");
        const int64_t size = sizes[size_t(s.axis)];
        const int64_t index = s.middle ? size / 2 : s.index < 0 ? s.index + size : s.index;
        if (index < 0 || index >= size)
            fail(ExitCode::usage, asked, "the axis has " + std::to_string(size) + " planes",
                 "give an index from 0 to " + std::to_string(size - 1));
        if (fixed[size_t(s.axis)] >= 0) fail(ExitCode::usage, asked, "the axis is fixed twice");
        fixed[size_t(s.axis)] = index;
    }
    return fixed;
}

Tensor sliced(const Tensor& array, const std::vector<Slice>& slices, const std::string& who) {
    if (slices.empty()) return array;
    const auto fixed = fixed_indices(slices, array.shape().vector(), who);
    // One axis after the other, from the last on, so that the numbers of those before stay valid.
    Tensor part = array;
    for (int axis = array.rank() - 1; axis >= 0; --axis) {
        if (fixed[size_t(axis)] < 0) continue;
        const Shape& shape = part.shape();
        int64_t outer = 1, inner = 1;
        for (int a = 0; a < axis; ++a) outer *= shape[a];
        for (int a = axis + 1; a < shape.rank(); ++a) inner *= shape[a];
        Tensor next = Tensor::empty(shape.without(axis), part.type());
        const size_t block = size_t(inner) * size_of(part.type());
        const char* from = static_cast<const char*>(part.bytes_data()) + size_t(fixed[size_t(axis)]) * block;
        char* to = static_cast<char*>(next.mutable_bytes("sliced"));
        for (int64_t o = 0; o < outer; ++o)
            std::memcpy(to + size_t(o) * block, from + size_t(o * shape[axis]) * block, block);
        part = next;
    }
    return part;
}

}  // namespace adjoint
