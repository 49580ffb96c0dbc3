// conv2d_weight with stride 1 on the CPU: for every place (u, v) of the kernel, dw[o, c] = Σ_pixels y[o] x[c, shifted], a
// matrix product with very many products per result. 3×3 kernels of many channels: winograd_weight.h.
//
// The image block is turned so that pixels come first and a block of channels is the fast axis ([pixel][channels]); the
// same padded line as in blocks.h makes the shift by (u, v) a fixed distance. y's rows are copied with zeros in the gaps.
// Images and rows are cut into slabs, a function of the sizes alone; each slab has its own sums, added in slab order.
// Bytes, per 32 input channels: x once, y once (turning x costs a few per cent of the products, so it is done once for all
// output channels), and the sums twice per block of rows: 512 → 512 channels of 3×3 have 9.4 MB of them.
#pragma once
#include "kernels/convolution/conv2d/blocks.h"
#include "kernels/convolution/conv2d/turn.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// to[(pixel of the padded line)·columns + channel] from rows [first, last) of channels [c0, c0 + count).
template <class T>
void copy_turned(const T* image, int64_t count, const Conv2dSizes& s, int64_t first, int64_t last, int64_t width, T* to,
                 int64_t total) {
    constexpr int columns = tile_columns<T>;
    std::memset(to, 0, size_t(total * columns) * sizeof(T));
    for (int64_t row = larger<int64_t>(first, 0); row < smaller(last, s.h); ++row) {
        T* line = to + ((row - first) * width + s.padding) * columns;
        for (int64_t c0 = 0; c0 < count; c0 += lanes<T>)
            for (int64_t x0 = 0; x0 < s.w; x0 += lanes<T>) {
                const int64_t pixels = smaller<int64_t>(lanes<T>, s.w - x0);
                Vector<T> square[lanes<T>];
#pragma GCC unroll 16
                for (int c = 0; c < lanes<T>; ++c) {
                    const T* from = image + ((c0 + c) * s.h + row) * s.w + x0;
                    square[c] = c0 + c >= count ? Vector<T>{} : pixels == lanes<T> ? load(from) : load_first(from, pixels);
                }
                turn_square<T>(square);
                T* p = line + x0 * columns + c0;
                if (pixels == lanes<T>) {
#pragma GCC unroll 16
                    for (int x = 0; x < lanes<T>; ++x) store(p + x * columns, square[x]);
                } else {
                    for (int64_t x = 0; x < pixels; ++x) store(p + x * columns, square[x]);
                }
            }
    }
}

template <class T>
void convolve_weight_blocks(const Conv2dSizes& s, const T* x, const T* y, T* w) {
    constexpr int columns = tile_columns<T>;
    const int64_t ci = s.ci / s.groups, co = s.co / s.groups, halo = s.dilation * (s.kh - 1), kernel = s.kh * s.kw;
    const int64_t width = larger(s.w + s.padding, s.wo);
    const int64_t column_blocks = pieces(ci, columns), padded = column_blocks * columns;
    // Rows per pass, as many as keep both blocks in the second-level cache: the sums are loaded and stored once per pass,
    // and for many channels they lie far away. So the output channels are cut until most rows of a small image fit.
    int64_t group_out = co;
    auto most_rows = [&] {
        const int64_t room = cache_numbers<T> / width - columns * halo;
        return smaller(s.ho, larger<int64_t>(2, room / (columns + group_out)));
    };
    while (group_out > 32 && most_rows() < smaller<int64_t>(s.ho, 32)) group_out = pieces(group_out, 2);
    const int64_t row_blocks = pieces(s.ho, most_rows()), rows = pieces(s.ho, row_blocks);
    const int64_t units = s.n * row_blocks;          // (image, row block), dealt to slabs in order
    // About 16 pieces of work in all: many channels need no slabs, and their sums would not fit in any cache.
    const int64_t slabs = smaller(units, pieces(16, s.groups * column_blocks));
    const int64_t sums = kernel * co * padded;       // per slab and group: [place][o][c]
    Scratch<T> partial(size_t(slabs * s.groups * sums));

    const int64_t x_line = (rows + halo) * width + s.dilation * (s.kw - 1) + 8;
    int64_t y_line = round_up(rows * width, 16) + 16;
    if (y_line * int64_t(sizeof(T)) % 4096 < 256) y_line += 256 / int64_t(sizeof(T));
    parallel_for(slabs * s.groups * column_blocks, 1, [&](int64_t begin, int64_t end) {
        Scratch<T> turned(size_t(x_line * columns)), spread(size_t(y_line * group_out));
        for (int64_t item = begin; item < end; ++item) {
            const int64_t slab = item / (s.groups * column_blocks), g = item / column_blocks % s.groups;
            const int64_t c0 = item % column_blocks * columns;
            T* sum = partial.data() + (slab * s.groups + g) * sums;
            bool first = true;
            for (int64_t unit = units * slab / slabs; unit < units * (slab + 1) / slabs; ++unit) {
                const int64_t n = unit / row_blocks, row0 = unit % row_blocks * rows;
                const int64_t row1 = smaller(s.ho, row0 + rows), pixels = (row1 - row0) * width;
                // The rows shared with the block above are there already: turning is dear, moving is not.
                const int64_t kept = !first && row0 > 0 ? halo : 0, kept_line = kept * width;
                std::memmove(turned.data(), turned.data() + rows * width * columns, size_t(kept_line * columns) * sizeof(T));
                copy_turned(x + (n * s.ci + g * ci + c0) * s.h * s.w, smaller<int64_t>(columns, ci - c0), s,
                            row0 + kept - s.padding, row1 + halo - s.padding, width, turned.data() + kept_line * columns,
                            x_line - kept_line);
                for (int64_t o0 = 0; o0 < co; o0 += group_out) {
                    const int64_t o1 = smaller(co, o0 + group_out), tiles = pieces(o1 - o0, tile_rows);
                    for (int64_t o = o0; o < o1; ++o) {
                        T* to = spread.data() + (o - o0) * y_line;
                        for (int64_t row = row0; row < row1; ++row, to += width) {
                            std::memcpy(to, y + ((n * s.co + g * co + o) * s.ho + row) * s.wo, size_t(s.wo) * sizeof(T));
                            std::memset(to + s.wo, 0, size_t(width - s.wo) * sizeof(T));
                        }
                    }
                    for (int64_t u = 0; u < s.kh; ++u)
                        for (int64_t t = 0; t < tiles; ++t)
                            for (int64_t v = 0; v < s.kw; ++v) {
                                const int64_t m0 = (o1 - o0) * t / tiles, m1 = (o1 - o0) * (t + 1) / tiles;
                                const T* b = turned.data() + (u * s.dilation * width + v * s.dilation) * columns;
                                T* c = sum + ((u * s.kw + v) * co + o0 + m0) * padded + c0;
                                with_rows(m1 - m0, [&]<int n_rows>() {
                                    product_tile<T, n_rows>(pixels, spread.data() + m0 * y_line, y_line, b, columns, c, padded,
                                                            !first);
                                });
                            }
                }
                first = false;
            }
        }
    });
    parallel_for(s.co, 1, [&](int64_t begin, int64_t end) {
        Scratch<T> line(padded);
        for (int64_t o = begin; o < end; ++o)
            for (int64_t k = 0; k < kernel; ++k) {
                T* __restrict__ total = line.data();
                const T* __restrict__ p = partial.data() + o / co * sums + (k * co + o % co) * padded;
                for (int64_t c = 0; c < padded; ++c) total[c] = p[c];
                for (int64_t slab = 1; slab < slabs; ++slab)
                    for (int64_t c = 0; c < padded; ++c) total[c] += p[slab * s.groups * sums + c];
                for (int64_t c = 0; c < ci; ++c) w[(o * ci + c) * kernel + k] = total[c];
            }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
