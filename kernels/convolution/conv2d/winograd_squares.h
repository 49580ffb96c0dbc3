// Minimal filtering's squares (winograd.h): four results, two rows × two columns, and the 4×4 pixels that they read.
//
// With dilation d the rows of a square lie d apart, and so do its columns: every d-th row and column is an image of its own,
// convolved without dilation. Along each axis, square t begins at result ⌊t/d⌋·2d + t mod d and has its other half d further:
//
//   d = 2, results 0 1 2 3 4 5 6 7:   of squares 0 1 0 1 2 3 2 3
//
// So rows are a matter of pointers, and the columns of a line of squares are sorted as they are read and written, a vector
// at a time. A line holds whole groups of d squares; the halves that lie outside y are computed for nothing.
#pragma once
#include "engine/cpu_vector.h"
#include "kernels/convolution/conv2d/images.h"
#include "kernels/convolution/conv2d/turn.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// The squares of an output, numbered through rows, lines and images.
struct Squares {
    int64_t d, lines, columns;  // dilation; lines of squares of an image; squares of a line, a multiple of d
    int64_t count;              // of all images

    ADJOINT_INLINE explicit Squares(const Conv2dSizes& s)
        : d(s.dilation), lines(s.ho / (2 * d) * d + smaller(s.ho % (2 * d), d)), columns(pieces(s.wo, 2 * d) * d),
          count(s.n * lines * columns) {}

    // The first row or column of results of square t; the second one lies d further.
    ADJOINT_INLINE int64_t first_result(int64_t t) const { return t / d * 2 * d + t % d; }

    // Calls f(image, first row of results, first column, number of squares, first square) for the lines, or their parts,
    // that the squares [begin, end) are made of; begin and end are multiples of d.
    template <class F>
    ADJOINT_INLINE void for_lines(int64_t begin, int64_t end, const F& f) const {
        for (int64_t q = begin; q < end;) {
            const int64_t line = q / columns, column = q % columns, squares = smaller(columns - column, end - q);
            f(line / lines, first_result(line % lines), 2 * column, squares, q);
            q += squares;
        }
    }
};

// The pixels of a channel that `squares` squares from result (i, j) on read: four rows, zeros where the image has none, and
// of their columns those that the image has, [left, right); margin: how many zeros are read before them.
template <class T>
struct SquaresPixels {
    const T* row[4];
    int64_t left, right, margin;

    ADJOINT_INLINE SquaresPixels(const Conv2dSizes& s, const T* channel, int64_t i, int64_t j, int64_t squares, const T* zeros) {
        for (int64_t u = 0; u < 4; ++u) {
            const int64_t at = i + u * s.dilation - s.padding;
            row[u] = at < 0 || at >= s.h ? zeros : channel + at * s.w;
        }
        const int64_t origin = j - s.padding;
        left = larger<int64_t>(0, origin);
        right = larger(left, smaller(s.w, origin + 2 * (squares + s.dilation)));
        margin = left - origin;
    }
};

// Numbers of a line that the columns of `squares` squares, or half of it those of the left and of the right half, fill as
// whole vectors are read and written.
template <class T>
ADJOINT_INLINE int64_t line_of_squares(const Squares& k, int64_t squares) {
    return 2 * (round_up(squares, lanes<T>) + 2 * k.d + lanes<T>);
}

// Numbers of a line in the order of squares, for dilations up to `lanes`.
template <class T>
class SquareColumns {
public:
    // Squares from one vector to the next. A vector begins with a whole group of d squares: then the first columns of its
    // squares lie less than two vectors apart. Its lanes behind the last whole group are to be overwritten.
    const int64_t step;

    explicit SquareColumns(int64_t dilation) : step(lanes<T> / dilation * dilation), d(dilation) {
        for (int64_t l = 0; l < lanes<T>; ++l) sorted[l] = l / d * 2 * d + l % d;
        for (int64_t phase = 0; phase < 2 * d; ++phase)
            for (int64_t l = 0; l < lanes<T>; ++l) {
                const int64_t at = (phase + l) / (2 * d) * d, r = (phase + l) % (2 * d);
                merged[phase][l] = r < d ? at + r - first_left(phase) : lanes<T> + at + r - d - first_right(phase);
            }
    }

    // pick(line + 2 t + k d): column k of the squares from t on, t the first of a group.
    ADJOINT_INLINE Vector<T> pick(const T* line) const {
        return __builtin_shuffle(load(line), load(line + lanes<T>), sorted);
    }

    // line[0 … n) = the columns of squares, from the first ones of each (left) and the second ones (right).
    ADJOINT_INLINE void merge(const T* left, const T* right, int64_t n, T* line) const {
        int64_t phase = 0, square = 0;
        for (int64_t c = 0; c < n; c += lanes<T>) {
            store(line + c, Vector<T>(__builtin_shuffle(load(left + square + first_left(phase)),
                                                        load(right + square + first_right(phase)), merged[phase])));
            phase += lanes<T> % (2 * d);
            square += lanes<T> / (2 * d) * d;
            if (phase >= 2 * d) phase -= 2 * d, square += d;
        }
    }

private:
    // The squares whose left and right columns come next at this place in a group of 2d columns.
    ADJOINT_INLINE int64_t first_left(int64_t phase) const { return smaller(phase, d); }
    ADJOINT_INLINE int64_t first_right(int64_t phase) const { return larger<int64_t>(phase - d, 0); }

    const int64_t d;
    LaneIndices<T> sorted, merged[2 * lanes<T>];
};

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
