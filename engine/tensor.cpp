#include "engine/tensor.h"

#include <cmath>
#include <cstring>

#include "engine/error.h"

namespace adjoint {
namespace {

[[noreturn]] void wrong_type(const Tensor& t, Type asked) {
    fail(ExitCode::usage, "the values of a tensor " + t.shape().text() + " as " + name_of(asked),
         std::string("its elements are ") + name_of(t.type()), "convert with to(Type)");
}

// Calls f with a value of the element type.
template <class F>
void with_type(Type type, F&& f) {
    switch (type) {
        case Type::float32: return f(float());
        case Type::float64: return f(double());
        case Type::int64: return f(int64_t());
        case Type::dual1: return f(Dual1());
        case Type::dual2: return f(Dual2());
        case Type::dual3: return f(Dual3());
    }
}

template <class To, class From>
To convert(const From& x) {
    if constexpr (std::is_arithmetic_v<From> && std::is_arithmetic_v<To>)
        return To(x);
    else if constexpr (std::is_arithmetic_v<From>)
        return To(double(x));
    else if constexpr (std::is_arithmetic_v<To>)
        return To(plain(x));
    else if constexpr (std::is_same_v<To, From>)
        return x;
    else
        return To(plain(x));
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, Type type, Device device) {
    require_device(device);
    if (is_dual(type) && device != Device::reference)
        fail(ExitCode::usage, std::string("a tensor of dual numbers on ") + name_of(device),
             "dual numbers live on the reference device");
    Tensor t;
    t.shape_ = shape;
    t.type_ = type;
    t.storage_ = std::make_shared<Storage>(device, t.bytes());
    return t;
}

Tensor Tensor::zeros(const Shape& shape, Type type, Device device) {
    Tensor t = empty(shape, type, device);
    fill_bytes(t.mutable_bytes("zeros"), device, 0, t.bytes());  // all-zero bytes are 0 in every type
    return t;
}

Tensor Tensor::full(const Shape& shape, double value, Type type, Device device) {
    if (value == 0 && !std::signbit(value)) return zeros(shape, type, device);
    Tensor host = empty(shape, type, on_host(device) ? device : Device::cpu);
    with_type(type, [&](auto zero) {
        using T = decltype(zero);
        T* p = host.mutable_data<T>("full");
        for (int64_t i = 0; i < host.size(); ++i) p[i] = T(value);
    });
    return host.to(device);
}

Tensor Tensor::scalar(double value, Type type, Device device) { return full(Shape{}, value, type, device); }

template <class T>
Tensor Tensor::from(const std::vector<T>& values, const Shape& shape, Device device) {
    if (int64_t(values.size()) != shape.count())
        fail(ExitCode::usage, "a tensor " + shape.text() + " from " + std::to_string(values.size()) + " values",
             "the shape holds " + std::to_string(shape.count()));
    Tensor t = empty(shape, type_of<T>(), device);
    copy_bytes(t.mutable_bytes("from"), device, values.data(), Device::cpu, t.bytes());
    return t;
}

// to() is not an operation: see tensor.h.
static void refuse_recorded(const Tensor& t, const char* target) {
    if (t.slot() >= 0)
        fail(ExitCode::usage, std::string("a tensor of a tape to ") + target, "no gradient flows through the conversion",
             "convert before tape.variable, or say constant() where the gradient is to stop");
}

Tensor Tensor::to(Device device) const {
    refuse_recorded(*this, name_of(device));
    if (device == this->device()) return constant();
    Tensor t = empty(shape_, type_, device);
    copy_bytes(t.mutable_bytes("to"), device, bytes_data(), this->device(), bytes());
    return t;
}

Tensor Tensor::to(Type type) const {
    refuse_recorded(*this, name_of(type));
    if (type == type_) return constant();
    if (!on_host(device())) return to(Device::cpu).to(type).to(device());
    Tensor t = empty(shape_, type, device());
    with_type(type_, [&](auto from_zero) {
        with_type(type, [&](auto to_zero) {
            using From = decltype(from_zero);
            using To = decltype(to_zero);
            const From* x = data<From>();
            To* y = t.mutable_data<To>("to");
            for (int64_t i = 0; i < size(); ++i) y[i] = convert<To>(x[i]);
        });
    });
    return t;
}

Tensor Tensor::copy() const {
    Tensor t = empty(shape_, type_, device());
    t.copy_from(*this);
    return t;
}

Tensor Tensor::slice_of_memory(int64_t offset, const Shape& shape) const {
    if (offset < 0 || offset + shape.count() > size())
        fail(ExitCode::usage, "a view of " + shape.text() + " at element " + std::to_string(offset),
             "the tensor has " + std::to_string(size()) + " elements");
    Tensor t = constant();
    t.offset_ = offset_ + size_t(offset) * size_of(type_);
    t.shape_ = shape;
    return t;
}

Tensor Tensor::viewed_as(const Shape& shape) const {
    if (shape.count() != size())
        fail(ExitCode::usage, "reshape of " + shape_.text() + " to " + shape.text(),
             "they hold " + std::to_string(size()) + " and " + std::to_string(shape.count()) + " elements");
    Tensor t = constant();
    t.shape_ = shape;
    return t;
}

Tensor Tensor::at(uint64_t tape, int64_t slot) const {
    Tensor t = *this;
    t.tape_ = tape;
    t.slot_ = slot;
    return t;
}

template <class T>
std::vector<T> Tensor::values() const {
    if (type_of<T>() != type_) wrong_type(*this, type_of<T>());
    synchronise(device());
    std::vector<T> v(size_t(size()), T{});
    copy_bytes(v.data(), Device::cpu, bytes_data(), device(), bytes());
    return v;
}

double Tensor::item() const {
    if (size() != 1)
        fail(ExitCode::usage, "the single value of a tensor " + shape_.text(),
             "it has " + std::to_string(size()) + " elements", "reduce it first, for example with mean");
    double value = 0;
    with_type(type_, [&](auto zero) {
        using T = decltype(zero);
        value = convert<double>(values<T>()[0]);
    });
    return value;
}

const void* Tensor::bytes_data() const { return static_cast<const char*>(storage_->data) + offset_; }

template <class T>
const T* Tensor::data() const {
    if (type_of<T>() != type_) wrong_type(*this, type_of<T>());
    return static_cast<const T*>(bytes_data());
}

void* Tensor::mutable_bytes(const char* writer) {
    if (storage_->saved > 0)
        fail(ExitCode::usage, std::string(writer) + " writes into a tensor " + shape_.text(),
             std::string(storage_->saved_by) + " saved its value for a gradient that has not been computed yet",
             "write into a copy, or compute the gradient (or end the tape) first");
    return static_cast<char*>(storage_->data) + offset_;
}

template <class T>
T* Tensor::mutable_data(const char* writer) {
    if (type_of<T>() != type_) wrong_type(*this, type_of<T>());
    return static_cast<T*>(mutable_bytes(writer));
}

void Tensor::copy_from(const Tensor& o) {
    if (!(o.shape_ == shape_) || o.type_ != type_)
        fail(ExitCode::usage, "copying a tensor " + o.shape_.text() + " of " + name_of(o.type_),
             "the destination is " + shape_.text() + " of " + name_of(type_));
    copy_bytes(mutable_bytes("copy_from"), device(), o.bytes_data(), o.device(), bytes());
}

#define ADJOINT_FOR_TYPE(T)                                                               \
    template Tensor Tensor::from<T>(const std::vector<T>&, const Shape&, Device);         \
    template std::vector<T> Tensor::values<T>() const;                                    \
    template const T* Tensor::data<T>() const;                                            \
    template T* Tensor::mutable_data<T>(const char*);
ADJOINT_FOR_TYPE(float)
ADJOINT_FOR_TYPE(double)
ADJOINT_FOR_TYPE(int64_t)
ADJOINT_FOR_TYPE(Dual1)
ADJOINT_FOR_TYPE(Dual2)
ADJOINT_FOR_TYPE(Dual3)

}  // namespace adjoint
