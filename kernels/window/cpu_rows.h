// The two steps of every window operation on the CPU, on rows of float64:
//   down the columns   a row of sums that slides from one target row to the next: one source row enters, one leaves
//   along the row      prefix sums, and the difference of two of them
// so that neither cost depends on the window's size. Gaussian windows weight their rows and columns one by one instead.
#pragma once
#include "engine/cpu_vector.h"
#include "engine/scratch.h"
#include "kernels/window/taps.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Target rows that one chunk of a parallel loop computes. A chunk begins with a fresh sum: rounding errors of sliding
// sums stay within it. (Its cost, about size/10 rows of work, is what is left of the window's size.)
constexpr int64_t strip_rows = 48;

// A row of float64 that vectors may overrun.
struct Row {
    Scratch<double> memory;
    double* data;
    explicit Row(int64_t count, int64_t margin = 0)
        : memory(size_t(count + 2 * margin + 2 * lanes<double>)), data(memory.data() + margin) {
        for (int64_t i = 0; i < count + 2 * margin + 2 * lanes<double>; ++i) memory.data()[i] = 0;
    }
};

// The weights of one axis. `total` is their sum.
struct Taps {
    Scratch<double> memory;
    const double* weight;
    double total;
    Taps(int64_t size, double sigma)
        : memory(size_t(size)), weight(memory.data()), total(window_taps(size, sigma, memory.data())) {}
};

// Brings the sums of a column over target row i about: calls add(source row, weight), on top of the sums of row i − 1,
// or, for the first row of a strip and for Gaussian weights, of zeros after clear().
template <class Clear, class Add>
ADJOINT_INLINE void slide_down(const WindowAxis& rows, bool uniform, const Taps& taps, int64_t i, bool first,
                               const Clear& clear, const Add& add) {
    if (!uniform) {
        clear();
        for (int64_t s = rows.first(i); s < rows.end(i); ++s) add(s, taps.weight[rows.tap(i, s)]);
    } else if (first || rows.first(i) >= rows.end(i - 1)) {
        clear();
        for (int64_t s = rows.first(i); s < rows.end(i); ++s) add(s, 1.0);
    } else {
        for (int64_t s = rows.end(i - 1); s < rows.end(i); ++s) add(s, 1.0);
        for (int64_t s = rows.first(i - 1); s < rows.first(i); ++s) add(s, -1.0);
    }
}

// Lane i of the result is lane i − by, or 0.
template <int by>
ADJOINT_INLINE Vector<double> lanes_up(const Vector<double>& v) {
    typedef int64_t Places __attribute__((vector_size(vector_bytes)));
    Places from;
    for (int i = 0; i < lanes<double>; ++i) from[i] = i < by ? lanes<double> : i - by;
    return __builtin_shuffle(v, Vector<double>{}, from);
}
template <int by = 1>
ADJOINT_INLINE Vector<double> lane_prefix(Vector<double> v) {
    if constexpr (by < lanes<double>) {
        v += lanes_up<by>(v);
        return lane_prefix<2 * by>(v);
    } else {
        return v;
    }
}
ADJOINT_INLINE Vector<double> last_lane(const Vector<double>& v) {
    typedef int64_t Places __attribute__((vector_size(vector_bytes)));
    Places from;
    for (int i = 0; i < lanes<double>; ++i) from[i] = lanes<double> - 1;
    return __builtin_shuffle(v, from);
}

// p[j] = Σ_{i<j} s[i] for j = 0…n. Both rows are overrun by a vector.
inline void prefix_sums(const double* s, int64_t n, double* p) {
    Vector<double> carry{};
    p[0] = 0;
    for (int64_t j = 0; j < n; j += lanes<double>) {
        const Vector<double> v = lane_prefix(load(s + j)) + carry;
        store(p + j + 1, v);
        carry = last_lane(v);
    }
}

// Sums along the columns axis. `prefix` needs a margin of the window's size.
inline void sum_along_uniform(const WindowAxis& c, const double* s, double* prefix, double* out) {
    prefix_sums(s, c.source, prefix);
    if (c.stride == 1) {
        // The windows' ends pass the row's: what is to the left of it sums to 0, to the right to the total.
        const double total = prefix[c.source];
        for (int64_t j = c.source + 1; j <= c.source + c.size; ++j) prefix[j] = total;
        const double* low = prefix + (c.adjoint ? c.padding - c.size + 1 : -c.padding);
        const double* high = low + c.size;
#pragma GCC ivdep
        for (int64_t i = 0; i < c.target; ++i) out[i] = high[i] - low[i];
    } else {
        for (int64_t i = 0; i < c.target; ++i) out[i] = prefix[c.end(i)] - prefix[c.first(i)];
    }
}

// `s` needs a margin of zeros of the window's size.
inline void sum_along_weighted(const WindowAxis& c, const Taps& taps, const double* s, double* out) {
    if (c.stride == 1) {
        const double* low = s + (c.adjoint ? c.padding - c.size + 1 : -c.padding);
        for (int64_t i = 0; i < c.target; i += lanes<double>) {
            Vector<double> total{};
            for (int64_t t = 0; t < c.size; ++t)
                total += taps.weight[c.adjoint ? c.size - 1 - t : t] * load(low + i + t);
            store_first(out + i, total, smaller<int64_t>(c.target - i, lanes<double>));
        }
    } else {
        for (int64_t i = 0; i < c.target; ++i) {
            double total = 0;
            for (int64_t j = c.first(i); j < c.end(i); ++j) total += taps.weight[c.tap(i, j)] * s[j];
            out[i] = total;
        }
    }
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
