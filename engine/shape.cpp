#include "engine/shape.h"

#include <algorithm>

#include "engine/error.h"

namespace adjoint {

void Shape::set(const int64_t* sizes, int rank) {
    if (rank > max_rank)
        fail(ExitCode::usage, "a tensor of " + std::to_string(rank) + " axes", "at most 8 are supported",
             "merge axes with reshape");
    rank_ = rank;
    count_ = 1;
    bool empty = std::any_of(sizes, sizes + rank, [](int64_t n) { return n == 0; });
    for (int i = 0; i < rank; ++i) {
        sizes_[i] = sizes[i];
        if (sizes[i] < 0)
            fail(ExitCode::usage, "a tensor with size " + std::to_string(sizes[i]) + " along axis " + std::to_string(i),
                 "sizes cannot be negative");
        // Half the address range in bytes leaves room for 16-byte elements.
        if (!empty && sizes[i] > 0 && count_ > (int64_t(1) << 58) / sizes[i])
            fail(ExitCode::usage, "a tensor with more than 2^58 elements", "its size does not fit the address space",
                 "check the sizes");
        count_ = empty ? 0 : count_ * sizes[i];
    }
}

Shape::Shape(std::initializer_list<int64_t> sizes) { set(sizes.begin(), int(sizes.size())); }
Shape::Shape(const std::vector<int64_t>& sizes) { set(sizes.data(), int(sizes.size())); }
Shape::Shape(const int64_t* sizes, int rank) { set(sizes, rank); }

int Shape::axis(int64_t a, const std::string& who) const {
    int64_t found = a < 0 ? a + rank_ : a;
    if (found < 0 || found >= rank_)
        fail(ExitCode::usage, who + " along axis " + std::to_string(a),
             "the tensor " + text() + " has " + std::to_string(rank_) + " axes",
             rank_ ? "give an axis from " + std::to_string(-rank_) + " to " + std::to_string(rank_ - 1) : "");
    return int(found);
}

Shape Shape::with(int axis, int64_t size) const {
    std::vector<int64_t> s = vector();
    s[axis] = size;
    return Shape(s);
}

Shape Shape::without(int axis) const {
    std::vector<int64_t> s = vector();
    s.erase(s.begin() + axis);
    return Shape(s);
}

bool Shape::operator==(const Shape& other) const {
    return rank_ == other.rank_ && std::equal(begin(), end(), other.begin());
}

std::string Shape::text() const {
    if (!rank_) return "scalar";
    std::string s;
    for (int i = 0; i < rank_; ++i) s += (i ? "×" : "") + std::to_string(sizes_[i]);
    return s;
}

Shape broadcast(const Shape& a, const Shape& b, const std::string& who) {
    int rank = std::max(a.rank(), b.rank());
    std::vector<int64_t> sizes(rank);
    for (int i = 1; i <= rank; ++i) {
        int64_t m = i <= a.rank() ? a[a.rank() - i] : 1, n = i <= b.rank() ? b[b.rank() - i] : 1;
        if (m != n && m != 1 && n != 1)
            fail(ExitCode::usage, who + " of " + a.text() + " and " + b.text(),
                 "sizes " + std::to_string(m) + " and " + std::to_string(n) + " do not go together",
                 "sizes, counted from the last axis, must be equal or 1");
        sizes[rank - i] = m == 1 ? n : m;
    }
    return Shape(sizes);
}

}  // namespace adjoint
