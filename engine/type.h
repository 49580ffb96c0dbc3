// Element types of tensors. Dual numbers live on the reference device only.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/dual.h"

namespace adjoint {

enum class Type { float32, float64, int64, dual1, dual2, dual3 };

constexpr size_t size_of(Type t) {
    switch (t) {
        case Type::float32: return 4;
        case Type::float64:
        case Type::int64: return 8;
        case Type::dual1: return sizeof(Dual1);
        case Type::dual2: return sizeof(Dual2);
        case Type::dual3: return sizeof(Dual3);
    }
    return 0;
}
constexpr const char* name_of(Type t) {
    constexpr const char* names[] = {"float32", "float64", "int64", "dual1", "dual2", "dual3"};
    return names[int(t)];
}
constexpr bool is_dual(Type t) { return t == Type::dual1 || t == Type::dual2 || t == Type::dual3; }

template <class T> constexpr Type type_of();
template <> constexpr Type type_of<float>() { return Type::float32; }
template <> constexpr Type type_of<double>() { return Type::float64; }
template <> constexpr Type type_of<int64_t>() { return Type::int64; }
template <> constexpr Type type_of<Dual1>() { return Type::dual1; }
template <> constexpr Type type_of<Dual2>() { return Type::dual2; }
template <> constexpr Type type_of<Dual3>() { return Type::dual3; }

}  // namespace adjoint
