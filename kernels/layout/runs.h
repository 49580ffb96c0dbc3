// Runs: along one axis, a move reads the input in a few straight pieces. So rows are copied (or, by the adjoint, added)
// piece by piece, without looking at every index.
#pragma once
#include "engine/cpu_vector.h"
#include "kernels/layout/move_plan.h"

namespace adjoint::ADJOINT_ISA {
namespace {

struct Run {
    int64_t length, from, step;  // output indices i … i + length − 1 read input indices from, from + step, …
    bool nothing;                // they are 0
};

// The run that begins at output index i < size.
inline Run run_at(const Move& m, int k, int64_t i) {
    const int64_t n = m.limit[k], left = m.size[k] - i;
    const int64_t v = m.first[k] + m.step[k] * i;
    auto run = [left](int64_t length, int64_t from, int64_t step) __attribute__((always_inline)) {
        return Run{smaller(length, left), from, step, false};
    };
    switch (m.map[k]) {
        case straight: {
            const int64_t s = m.step[k];
            if (v >= 0 && v < n) return run(s > 0 ? pieces(n - v, s) : v / -s + 1, v, s);
            const bool comes = s > 0 ? v < 0 : v >= n;
            return {comes ? smaller(left, s > 0 ? pieces(-v, s) : pieces(v - n + 1, -s)) : left, 0, 0, true};
        }
        case clamped: return v < 0 ? run(-v, 0, 0) : v < n ? run(n - v, v, 1) : run(left, n - 1, 0);
        case spread_out: {
            const int64_t j = moved(m, k, i);
            return {1, j, 0, j < 0};
        }
        default: break;
    }
    if (n == 1) return run(left, 0, 0);
    const int64_t period = m.map[k] == rolled ? n : m.map[k] == reflected ? 2 * (n - 1) : 2 * n;
    int64_t r = v % period;
    if (r < 0) r += period;
    if (r < n) return run(n - r, r, 1);
    return run(period - r, m.map[k] == reflected ? period - r : period - 1 - r, -1);
}

// y[i] = x[i·step]. Few elements: without a call.
template <class T>
inline void copy_run(T* __restrict__ y, const T* __restrict__ x, int64_t n, int64_t step) {
    switch (step) {
        case 1:
            if (n > 16) {
                std::memcpy(y, x, size_t(n) * sizeof(T));
                return;
            }
            if (n == 4) {
                for (int i = 0; i < 4; ++i) y[i] = x[i];
                return;
            }
            for (int64_t i = 0; i < n; ++i) y[i] = x[i];
            return;
        case -1:
            for (int64_t i = 0; i < n; ++i) y[i] = x[-i];
            return;
        case 2:
            for (int64_t i = 0; i < n; ++i) y[i] = x[2 * i];
            return;
        case 3:
            for (int64_t i = 0; i < n; ++i) y[i] = x[3 * i];
            return;
        default:
            for (int64_t i = 0; i < n; ++i) y[i] = x[i * step];
    }
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
