// A tensor: a shape over shared, contiguous, row-major memory on one device; and, while a tape records, its place there.
//
// Copies of a Tensor share memory. Operations (kernels/) never change their inputs; the few that do (optimiser steps,
// copy_from) say so, and refuse to touch memory that a recorded operation still needs.
#pragma once
#include <memory>
#include <vector>

#include "engine/shape.h"
#include "engine/storage.h"
#include "engine/type.h"

namespace adjoint {

struct TensorSpec {
    Shape shape;
    Type type = Type::float32;
};

class Tensor {
public:
    Tensor() = default;  // no tensor; `if (t)` is false
    explicit operator bool() const { return bool(storage_); }

    static Tensor empty(const Shape&, Type = Type::float32, Device = Device::cpu);  // content undefined
    static Tensor zeros(const Shape&, Type = Type::float32, Device = Device::cpu);
    static Tensor full(const Shape&, double value, Type = Type::float32, Device = Device::cpu);
    template <class T>
    static Tensor from(const std::vector<T>& values, const Shape&, Device = Device::cpu);  // type is that of T
    static Tensor scalar(double value, Type = Type::float32, Device = Device::cpu);
    Tensor like(double value) const { return full(shape_, value, type_, device()); }

    const Shape& shape() const { return shape_; }
    int64_t size() const { return shape_.count(); }
    int64_t size(int axis) const { return shape_[shape_.axis(axis, "size")]; }
    int rank() const { return shape_.rank(); }
    Type type() const { return type_; }
    Device device() const { return storage_->device; }
    TensorSpec spec() const { return {shape_, type_}; }
    size_t bytes() const { return size_t(size()) * size_of(type_); }

    // The same values on another device or in another type. float64 → dual gets tangent 0. No gradient flows through it:
    // errors (usage) for a recorded tensor, whose gradient would be lost without a word; say constant() first.
    Tensor to(Device) const;
    Tensor to(Type) const;
    Tensor copy() const;  // own memory
    // A view of `shape` elements from `offset` on, sharing memory; not recorded. Parameters live in one block this way.
    Tensor slice_of_memory(int64_t offset, const Shape& shape) const;

    template <class T> std::vector<T> values() const;  // copied to the host; T must be the element type
    double item() const;                               // the only element, as double (dual: its value)

    template <class T> const T* data() const;          // in the device's memory; T must be the element type
    const void* bytes_data() const;
    // Memory for writing; `writer` names the operation. Errors: a recorded operation saved this memory.
    template <class T> T* mutable_data(const char* writer);
    void* mutable_bytes(const char* writer);
    void copy_from(const Tensor&);                     // same shape and type; any device

    bool shares_memory_with(const Tensor& o) const { return storage_ && storage_ == o.storage_; }
    bool sole_owner() const { return storage_.use_count() == 1; }

    // --- the tape's side (engine/tape) ---
    int64_t slot() const { return slot_; }             // place on the recording tape; −1: a constant
    uint64_t tape() const { return tape_; }
    Tensor at(uint64_t tape, int64_t slot) const;      // the same memory at another place
    Tensor constant() const { return at(0, -1); }      // stop_gradient
    Tensor viewed_as(const Shape&) const;              // same memory, another shape, a constant
    const std::shared_ptr<Storage>& storage() const { return storage_; }

private:
    std::shared_ptr<Storage> storage_;
    size_t offset_ = 0;  // bytes
    Shape shape_;
    Type type_ = Type::float32;
    uint64_t tape_ = 0;
    int64_t slot_ = -1;
};

// The value of x, through which no gradient flows.
inline Tensor stop_gradient(const Tensor& x) { return x.constant(); }

}  // namespace adjoint
