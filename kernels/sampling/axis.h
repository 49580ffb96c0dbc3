// One axis of a linear sampling of an image: target index o takes Σ_i weight(o, i) · source[i] over first(o) ≤ i ≤ last(o).
// first and last never decrease with o, so the targets that read one source index stand side by side as well: the adjoint
// is a sampling of the same kind. For every pass.
#pragma once
#include <cmath>

#include "engine/kernel_arguments.h"
#include "engine/portable.h"

#define ADJOINT_AXIS ADJOINT_BOTH ADJOINT_INLINE

namespace adjoint {
namespace {

// The mean of a window.
struct AverageAxis {
    int64_t source, target, kernel, stride, padding;
    bool include_padding;

    ADJOINT_AXIS int64_t first(int64_t o) const {
        const int64_t at = o * stride - padding;
        return at < 0 ? 0 : at;
    }
    ADJOINT_AXIS int64_t last(int64_t o) const {
        const int64_t at = o * stride - padding + kernel - 1;
        return at < source ? at : source - 1;
    }
    ADJOINT_AXIS double weight(int64_t o, int64_t) const {
        return 1 / double(include_padding ? kernel : last(o) - first(o) + 1);
    }
    ADJOINT_AXIS int64_t reader_near(int64_t i) const { return (i + padding) / stride; }
};

// A copy of one pixel. ratio: source pixels per target pixel; 0: source/target, in whole numbers.
struct NearestAxis {
    int64_t source, target;
    double ratio;

    ADJOINT_AXIS int64_t first(int64_t o) const {
        const int64_t i = ratio > 0 ? int64_t(double(o) * ratio) : o * source / target;
        return i < source ? i : source - 1;
    }
    ADJOINT_AXIS int64_t last(int64_t o) const { return first(o); }
    ADJOINT_AXIS double weight(int64_t, int64_t) const { return 1; }
    ADJOINT_AXIS int64_t reader_near(int64_t i) const {
        return ratio > 0 ? int64_t(double(i) / ratio) : i * target / source;
    }
};

// Between two neighbouring pixels. ratio: source pixels per target pixel; 0 where there is only one of either.
struct BilinearAxis {
    int64_t source, target;
    double ratio;
    bool corners;

    ADJOINT_AXIS double position(int64_t o) const {
        const double at = corners ? double(o) * ratio : (double(o) + 0.5) * ratio - 0.5;
        return at > 0 ? at : 0;
    }
    ADJOINT_AXIS int64_t first(int64_t o) const {
        const int64_t i = int64_t(position(o));
        return i < source ? i : source - 1;
    }
    ADJOINT_AXIS int64_t last(int64_t o) const {
        const int64_t i = first(o);
        return i + 1 < source ? i + 1 : i;
    }
    ADJOINT_AXIS double weight(int64_t o, int64_t i) const {
        const int64_t a = first(o);
        if (last(o) == a) return 1;
        const double t = position(o) - double(a);
        return i == a ? 1 - t : t;
    }
    ADJOINT_AXIS int64_t reader_near(int64_t i) const {
        if (ratio <= 0) return 0;
        return int64_t(corners ? double(i) / ratio : (double(i) + 0.5) / ratio - 0.5);
    }
};

// The targets begin ≤ o < end that read source index i; none: begin = end.
struct Readers {
    int64_t begin, end;
};
template <class Axis>
ADJOINT_AXIS Readers readers_of(const Axis& a, int64_t i) {
    int64_t o = a.reader_near(i);
    if (o >= a.target) o = a.target - 1;
    if (o < 0) o = 0;
    while (o > 0 && a.last(o - 1) >= i) --o;
    while (o < a.target && a.last(o) < i) ++o;
    Readers r{o, o};
    while (r.end < a.target && a.first(r.end) <= i) ++r.end;
    return r;
}

// Both axes, as sampling (result = target, from source) or as its adjoint (result = source, from target).
template <class Axis, bool adjoint>
struct Direction {
    Axis axis;

    ADJOINT_AXIS int64_t results() const { return adjoint ? axis.source : axis.target; }
    ADJOINT_AXIS int64_t inputs() const { return adjoint ? axis.target : axis.source; }
    // The inputs that result i is made of.
    ADJOINT_AXIS Readers terms(int64_t i) const {
        if (adjoint) return readers_of(axis, i);
        return {axis.first(i), axis.last(i) + 1};
    }
    ADJOINT_AXIS double weight(int64_t result, int64_t input) const {
        return adjoint ? axis.weight(input, result) : axis.weight(result, input);
    }
};

}  // namespace
}  // namespace adjoint
