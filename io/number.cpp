#include "io/number.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/error.h"

namespace adjoint {

static_assert(std::endian::native == std::endian::little, "files are read as on little-endian machines");

size_t size_of(Number n) {
    switch (n) {
        case Number::boolean:
        case Number::int8:
        case Number::uint8: return 1;
        case Number::int16:
        case Number::uint16:
        case Number::float16:
        case Number::bfloat16: return 2;
        case Number::int32:
        case Number::uint32:
        case Number::float32: return 4;
        case Number::int64:
        case Number::uint64:
        case Number::float64: return 8;
    }
    return 0;
}

const char* name_of(Number n) {
    constexpr const char* names[] = {"bool",   "int8",   "uint8",   "int16",    "uint16",  "int32",  "uint32",
                                     "int64",  "uint64", "float16", "bfloat16", "float32", "float64"};
    return names[int(n)];
}

bool is_integer(Number n) { return n < Number::float16; }

Type exact_type(Number n) {
    if (is_integer(n)) return Type::int64;
    return n == Number::float64 ? Type::float64 : Type::float32;
}

float half_to_float(uint16_t bits) {
    const uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = bits >> 10 & 31, mantissa = bits & 1023;
    if (exponent == 0) return std::copysign(float(mantissa) * 0x1p-24f, std::bit_cast<float>(sign | 0x3f800000u));
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

namespace {

template <class Stored>
Stored load(const uint8_t* p, bool big_endian) {
    uint8_t bytes[sizeof(Stored)];
    std::memcpy(bytes, p, sizeof bytes);
    if (big_endian) std::reverse(bytes, bytes + sizeof bytes);
    Stored value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

template <class Stored, class T, class Convert>
void decode_as(const uint8_t* from, bool big_endian, int64_t count, T* to, Convert convert) {
    for (int64_t i = 0; i < count; ++i) to[i] = T(convert(load<Stored>(from + size_t(i) * sizeof(Stored), big_endian)));
}

// False: a value that T does not hold.
template <class T>
bool decode(Number number, const uint8_t* from, bool big_endian, int64_t count, T* to) {
    auto same = [](auto x) { return x; };
    switch (number) {
        case Number::boolean: decode_as<uint8_t>(from, false, count, to, [](uint8_t x) { return x != 0; }); break;
        case Number::int8: decode_as<int8_t>(from, false, count, to, same); break;
        case Number::uint8: decode_as<uint8_t>(from, false, count, to, same); break;
        case Number::int16: decode_as<int16_t>(from, big_endian, count, to, same); break;
        case Number::uint16: decode_as<uint16_t>(from, big_endian, count, to, same); break;
        case Number::int32: decode_as<int32_t>(from, big_endian, count, to, same); break;
        case Number::uint32: decode_as<uint32_t>(from, big_endian, count, to, same); break;
        case Number::int64: decode_as<int64_t>(from, big_endian, count, to, same); break;
        case Number::uint64:
            if constexpr (std::is_same_v<T, int64_t>)
                for (int64_t i = 0; i < count; ++i)
                    if (load<uint64_t>(from + size_t(i) * 8, big_endian) > uint64_t(INT64_MAX)) return false;
            decode_as<uint64_t>(from, big_endian, count, to, same);
            break;
        default:
            if constexpr (!std::is_same_v<T, int64_t>) {
                if (number == Number::float16)
                    decode_as<uint16_t>(from, big_endian, count, to, half_to_float);
                else if (number == Number::bfloat16)
                    decode_as<uint16_t>(from, big_endian, count, to, bfloat16_to_float);
                else if (number == Number::float32)
                    decode_as<float>(from, big_endian, count, to, same);
                else
                    decode_as<double>(from, big_endian, count, to, same);
            }
    }
    return true;
}

}  // namespace

void read_numbers(Input& input, Number number, bool big_endian, Tensor& to, int64_t first, int64_t count,
                  std::string_view field) {
    if (to.type() == Type::int64 && !is_integer(number))
        fail(ExitCode::usage, "reading " + input.name() + " as int64",
             std::string("its numbers are ") + name_of(number), "read them as float32 or float64");
    const size_t width = size_of(number);
    if (!big_endian && width == size_of(to.type()) && exact_type(number) == to.type() && number != Number::uint64) {
        input.read(static_cast<char*>(to.mutable_bytes("read_numbers")) + size_t(first) * width, size_t(count) * width,
                   field);
        return;
    }
    constexpr int64_t portion = 1 << 16;
    std::vector<uint8_t> bytes(size_t(std::min(count, portion)) * width);
    for (int64_t done = 0; done < count; done += portion) {
        const int64_t n = std::min(portion, count - done);
        input.read(bytes.data(), size_t(n) * width, field);
        const int64_t at = first + done;
        bool fits = true;
        if (to.type() == Type::float32)
            decode(number, bytes.data(), big_endian, n, to.mutable_data<float>("read_numbers") + at);
        else if (to.type() == Type::float64)
            decode(number, bytes.data(), big_endian, n, to.mutable_data<double>("read_numbers") + at);
        else
            fits = decode(number, bytes.data(), big_endian, n, to.mutable_data<int64_t>("read_numbers") + at);
        if (!fits) input.refuse(field, "holds a uint64 above 2^63 - 1", "store it in a smaller type");
    }
}

}  // namespace adjoint
