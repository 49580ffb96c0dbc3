// The general path of the CPU convolutions: packs blocks of both factors of the matrix product (problems.h) and multiplies
// them with the same tile as the others. It is for the few strided layers of a network: its packing costs about as much
// as its products.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/convolution/conv2d/problems.h"
#include "kernels/convolution/conv2d/tile.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <class T, class Problem>
void general_products(const Problem& problem) {
    const int64_t rows = problem.rows(), columns = problem.columns(), products = problem.products();
    if (rows == 0 || columns == 0) return;
    constexpr int wide = tile_columns<T>;
    constexpr int64_t slice = 256;  // products at a time: a right panel of 32 KB
    const int64_t blocks = pieces(columns, wide);
    parallel_for(problem.s.groups * blocks, 1, [&](int64_t begin, int64_t end) {
        Scratch<T> left(size_t(tile_rows * slice)), right(size_t(slice * wide)), result(size_t(round_up(rows, tile_rows) * wide));
        for (int64_t item = begin; item < end; ++item) {
            const int64_t g = item / blocks, column0 = item % blocks * wide, count = smaller<int64_t>(wide, columns - column0);
            std::memset(result.data(), 0, size_t(rows * wide) * sizeof(T));
            for (int64_t p0 = 0; p0 < products; p0 += slice) {
                const int64_t n = smaller(slice, products - p0);
                for (int64_t p = 0; p < n; ++p)
                    for (int64_t c = 0; c < wide; ++c)
                        right.data()[p * wide + c] = c < count ? problem.right(g, p0 + p, column0 + c) : T(0);
                for (int64_t row0 = 0; row0 < rows; row0 += tile_rows) {
                    const int64_t m = smaller<int64_t>(tile_rows, rows - row0);
                    for (int64_t r = 0; r < m; ++r)
                        for (int64_t p = 0; p < n; ++p) left.data()[r * slice + p] = problem.left(g, row0 + r, p0 + p);
                    with_rows(m, [&]<int n_rows>() {
                        product_tile<T, n_rows>(n, left.data(), slice, right.data(), wide, result.data() + row0 * wide, wide, true);
                    });
                }
            }
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t c = 0; c < count; ++c) problem.put(g, r, column0 + c, result.data()[r * wide + c]);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
