// The sizes of a tensor's axes, slowest first (row-major), at most 8 of them. A scalar has no axes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace adjoint {

class Shape {
public:
    static constexpr int max_rank = 8;

    Shape() = default;
    Shape(std::initializer_list<int64_t> sizes);
    explicit Shape(const std::vector<int64_t>& sizes);  // errors: more than 8 axes, a negative size, overflow
    Shape(const int64_t* sizes, int rank);

    int rank() const { return rank_; }
    int64_t operator[](int axis) const { return sizes_[axis]; }
    const int64_t* data() const { return sizes_; }
    const int64_t* begin() const { return sizes_; }
    const int64_t* end() const { return sizes_ + rank_; }
    int64_t count() const { return count_; }  // number of elements; 1 for a scalar
    int64_t last() const { return rank_ ? sizes_[rank_ - 1] : 1; }

    // An axis given from the front (0, 1, …) or from the back (−1, −2, …) as one from the front; `who` opens the error.
    int axis(int64_t a, const std::string& who) const;
    Shape with(int axis, int64_t size) const;  // the same shape with one size changed
    Shape without(int axis) const;
    std::vector<int64_t> vector() const { return {begin(), end()}; }

    bool operator==(const Shape& other) const;
    std::string text() const;  // "3×224×224", "scalar"

private:
    void set(const int64_t* sizes, int rank);
    int rank_ = 0;
    int64_t count_ = 1;
    int64_t sizes_[max_rank] = {};
};

// The shape of a and b together under NumPy's rules: aligned at the last axis, size 1 repeats.
// Errors: sizes that are neither equal nor 1.
Shape broadcast(const Shape& a, const Shape& b, const std::string& who);

}  // namespace adjoint
