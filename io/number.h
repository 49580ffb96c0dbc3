// The number types that files store, and their conversion to the element types of tensors.
#pragma once
#include <cstdint>
#include <string>

#include "engine/tensor.h"
#include "io/input.h"

namespace adjoint {

enum class Number {
    boolean, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, bfloat16, float32, float64
};

size_t size_of(Number);           // bytes
const char* name_of(Number);      // "float16"
bool is_integer(Number);          // booleans too

// The tensor type that holds every value exactly (uint64 beyond 2^63 − 1 apart, which is refused when it occurs):
// int64 for integers, float64 for float64, float32 for the other floating-point types.
Type exact_type(Number);

// Reads the next `count` numbers into `to` from element `first` on; `to` is float32, float64 or int64 in host memory.
// Integers beyond the precision of the floating-point type are rounded to nearest; floating-point numbers are never
// read into int64 (usage). Errors (invalid_input): the input ends; a uint64 that int64 does not hold.
void read_numbers(Input&, Number, bool big_endian, Tensor& to, int64_t first, int64_t count, std::string_view field);

float half_to_float(uint16_t bits);        // IEEE 754 binary16
float bfloat16_to_float(uint16_t bits);

}  // namespace adjoint
