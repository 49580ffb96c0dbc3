// conv2d_weight with 3×3 kernels, stride 1 and any small dilation on the CPU by minimal filtering, F(3×3, 2×2): the adjoint
// of winograd.h with respect to the kernel, and as that 16 products instead of 36 for each 2×2 square of y.
//
//   dw = Gᵀ [Σ_squares (A e Aᵀ) ⊙ (Bᵀ d B)] G,  e the square of y, d the 4×4 pixels that it reads, A, B, G as there
//
// For each of the 16 places the sum over squares is a matrix product: (out × squares) times (squares × in). So y's squares
// lie next to one another and x's are turned, channels next to one another. A block of both stays in the second-level
// cache; the blocks are dealt to slabs, a function of the sizes alone, each slab has its own sums, and these are added in
// slab order: the same bits for every number of threads. Bytes: x once per 64 output channels, y once per 64 input channels.
//
// Error in float32, of 64 → 64 channels of 320² normal numbers, beside the same in float64: 3.3e-7 of the gradient's norm,
// 0.36 of the direct kernel's 9.1e-7 (weight.h), which sums far more products in a row than a block has squares.
#pragma once
#include "kernels/convolution/conv2d/winograd.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// How the work is cut up; a function of the sizes alone.
template <class T>
struct WinogradWeightCuts : Squares {
    int64_t panels, channels, column_blocks;  // panels of tile_columns input channels per block; input channels per block
    int64_t group_out, out_blocks;            // output channels per block
    int64_t block, blocks;                    // squares per block
    int64_t slabs;
    int64_t place_sums, sums;                 // sums of a place, of a slab's block of channels: [place][out][in]

    explicit WinogradWeightCuts(const Conv2dSizes& s) : Squares(s) {
        const int64_t co = s.co / s.groups, all_panels = pieces(s.ci / s.groups, tile_columns<T>);
        column_blocks = pieces(all_panels * tile_columns<T>, 64);
        panels = pieces(all_panels, column_blocks);
        column_blocks = pieces(all_panels, panels);
        channels = panels * tile_columns<T>;
        out_blocks = pieces(co, 64);
        group_out = pieces(co, out_blocks);
        // Both transforms of a block beside their sums. More channels than 64 per block would save transforms, but leave room
        // for fewer squares: a few per cent faster or slower, as the sizes are.
        const int64_t room = cache_numbers<T> / winograd_places - group_out * channels;
        blocks = pieces(count, larger<int64_t>(32, room / (channels + group_out)));
        block = round_up(pieces(count, blocks), d);
        blocks = pieces(count, block);
        // About 16 pieces of work in all, as many channels give without slabs.
        slabs = smaller(blocks, pieces(16, s.groups * out_blocks * column_blocks));
        place_sums = group_out * channels;
        sums = winograd_places * place_sums;
    }
};

// v[place·place_step + number in the block·columns + channel] = (Bᵀ d B)[place] of the squares [begin, end) and of
// `channels` channels, at most `lanes`; zeros for the others. line: a vector for each pixel that a line of squares reads.
template <class T>
void transform_image_turned(const Conv2dSizes& s, const Squares& k, const T* x, int64_t channel, int64_t channels,
                            int64_t begin, int64_t end, T* line, const T* zeros, T* v, int64_t place_step) {
    constexpr int64_t columns = tile_columns<T>;
    constexpr int64_t first[4] = {0, 1, 2, 1}, second[4] = {2, 2, 1, 3};  // the two numbers in each row of Bᵀ
    k.for_lines(begin, end, [&](int64_t n, int64_t i, int64_t j, int64_t squares, int64_t q) {
        const SquaresPixels<T> from(s, one_image(s, x).channel(n, channel), i, j, squares, zeros);
        const int64_t behind = from.margin + from.right - from.left;
        for (int64_t u = 0; u < 4; ++u) {
            const T *a = from.row[first[u]], *b = from.row[second[u]];
            const int64_t a_step = a == zeros ? 0 : s.h * s.w, b_step = b == zeros ? 0 : s.h * s.w;
            const Vector<T> sign = splat(T(u == 1 ? 1 : -1));
            std::memset(line, 0, size_t(from.margin * lanes<T>) * sizeof(T));
            for_vectors<T>(from.right - from.left, [&](int64_t p, auto many) __attribute__((always_inline)) {
                const T *a_at = a + from.left + p, *b_at = b + from.left + p;
                Vector<T> square[lanes<T>];
#pragma GCC unroll 16
                for (int64_t c = 0; c < lanes<T>; ++c)
                    square[c] = c >= channels ? Vector<T>{}
                                              : fma<T>(sign, load_some(b_at + c * b_step, many),
                                                       load_some(a_at + c * a_step, many));
                turn_square<T>(square);
                T* to = line + (from.margin + p) * lanes<T>;
#pragma GCC unroll 16
                for (int64_t l = 0; l < lanes<T>; ++l) store(to + l * lanes<T>, square[l]);
            });
            for (int64_t p = behind; p < 2 * (squares + k.d); ++p) store(line + p * lanes<T>, Vector<T>{});
            T* to = v + 4 * u * place_step + (q - begin) * columns;
            for (int64_t group = 0; group < squares; group += k.d)
                for (int64_t phase = 0; phase < k.d; ++phase, to += columns) {
                    const T* at = line + (2 * group + phase) * lanes<T>;
                    const Vector<T> d0 = load(at), d1 = load(at + k.d * lanes<T>), d2 = load(at + 2 * k.d * lanes<T>),
                                    d3 = load(at + 3 * k.d * lanes<T>);
                    store(to, d0 - d2);
                    store(to + place_step, d1 + d2);
                    store(to + 2 * place_step, d2 - d1);
                    store(to + 3 * place_step, d1 - d3);
                }
        }
    });
}

// e[place·place_step + number in the block] = (A e Aᵀ)[place] of one channel's squares [begin, end). Whole vectors are
// stored: up to one lane less than a vector behind the last square is overwritten. lines: 2 of line_length numbers.
template <class T>
void transform_cotangent(const Conv2dSizes& s, const Squares& k, const SquareColumns<T>& columns, const T* y, int64_t o,
                         int64_t begin, int64_t end, T* lines, int64_t line_length, T* e, int64_t place_step) {
    k.for_lines(begin, end, [&](int64_t n, int64_t i, int64_t j, int64_t squares, int64_t q) {
        for (int64_t u = 0; u < 2; ++u) {
            const int64_t row = i + u * k.d, pixels = row < s.ho ? smaller(2 * squares, s.wo - j) : 0;
            T* line = lines + u * line_length;
            if (pixels > 0) std::memcpy(line, y + ((n * s.co + o) * s.ho + row) * s.wo + j, size_t(pixels) * sizeof(T));
            std::memset(line + pixels, 0, size_t(line_length - pixels) * sizeof(T));
        }
        for (int64_t t = 0; t < squares; t += columns.step) {
            const T *upper = lines + 2 * t, *lower = upper + line_length;
            const Vector<T> e00 = columns.pick(upper), e01 = columns.pick(upper + k.d), e10 = columns.pick(lower),
                            e11 = columns.pick(lower + k.d);
            auto put = [&](const Vector<T>& left, const Vector<T>& right, T* to) __attribute__((always_inline)) {
                store(to, left);
                store(to + place_step, left + right);
                store(to + 2 * place_step, left - right);
                store(to + 3 * place_step, -right);
            };
            T* to = e + q - begin + t;
            put(e00, e01, to);
            put(e00 + e10, e01 + e11, to + 4 * place_step);
            put(e00 - e10, e01 - e11, to + 8 * place_step);
            put(-e10, -e11, to + 12 * place_step);
        }
    });
}

// w = Gᵀ m G of `in` kernels next to one another, m the sums of `slabs` slabs at m + slab·slab_step + place·place_step.
template <class T>
void transform_sums(const T* m, int64_t in, int64_t slabs, int64_t slab_step, int64_t place_step, T* w) {
    auto rows = [](const Vector<T>* g, int64_t step, Vector<T>* k) __attribute__((always_inline)) {  // Gᵀ g
        const Vector<T> half = splat(T(0.5)), middle = half * (g[step] + g[2 * step]);
        k[0] = g[0] + middle, k[1] = half * (g[step] - g[2 * step]), k[2] = middle + g[3 * step];
    };
    for (int64_t c = 0; c < in; c += lanes<T>) {
        Vector<T> g[16], vertical[4][3], k[3];
#pragma GCC unroll 16
        for (int place = 0; place < winograd_places; ++place) {
            g[place] = load(m + place * place_step + c);
            for (int64_t slab = 1; slab < slabs; ++slab) g[place] += load(m + slab * slab_step + place * place_step + c);
        }
        alignas(64) T kernel[9 * lanes<T>];
        for (int v = 0; v < 4; ++v) rows(g + v, 4, vertical[v]);
        for (int u = 0; u < 3; ++u) {
            const Vector<T> line[4] = {vertical[0][u], vertical[1][u], vertical[2][u], vertical[3][u]};
            rows(line, 1, k);
            for (int v = 0; v < 3; ++v) store(kernel + (3 * u + v) * lanes<T>, k[v]);
        }
        for (int64_t l = 0; l < smaller<int64_t>(lanes<T>, in - c); ++l)
            for (int64_t place = 0; place < 9; ++place) w[(c + l) * 9 + place] = kernel[place * lanes<T> + l];
    }
}

// w = conv2d_weight(x, y): co × ci/groups × 3 × 3.
template <class T>
void convolve_weight_winograd(const Conv2dSizes& s, const T* x, const T* y, T* w) {
    constexpr int64_t columns = tile_columns<T>;
    const int64_t ci = s.ci / s.groups, co = s.co / s.groups;
    const WinogradWeightCuts<T> k(s);
    const SquareColumns<T> square_columns(k.d);
    // A vector more than needed: rows of y, and places of a transform, then lie in different sets of the cache.
    const int64_t v_panel = k.block * columns, v_place = k.panels * v_panel + lanes<T>;
    const int64_t e_row = round_up(k.block, lanes<T>) + lanes<T>, e_place = k.group_out * e_row + lanes<T>;
    const int64_t longest = smaller(k.columns, k.block), line_length = line_of_squares<T>(k, longest);
    const int64_t channel_blocks = s.groups * k.out_blocks * k.column_blocks;
    Scratch<T> partial(k.slabs * channel_blocks * k.sums);
    parallel_for(k.slabs * channel_blocks, 1, [&](int64_t first, int64_t last) {
        Scratch<T> image(winograd_places * v_place), cotangent(winograd_places * e_place);
        Scratch<T> turned((2 * (longest + k.d) + lanes<T>) * lanes<T>), lines(2 * line_length), zeros(s.w);
        std::memset(zeros.data(), 0, size_t(s.w) * sizeof(T));
        for (int64_t item = first; item < last; ++item) {
            const int64_t slab = item / channel_blocks, g = item / (k.out_blocks * k.column_blocks) % s.groups;
            const int64_t o0 = item / k.column_blocks % k.out_blocks * k.group_out, o1 = smaller(co, o0 + k.group_out);
            const int64_t c0 = item % k.column_blocks * k.channels, c1 = smaller(ci, c0 + k.channels);
            const int64_t tile_count = pieces(o1 - o0, tile_rows), panels = pieces(c1 - c0, columns);
            const int64_t first_block = k.blocks * slab / k.slabs, last_block = k.blocks * (slab + 1) / k.slabs;
            for (int64_t block = first_block; block < last_block; ++block) {
                const int64_t begin = block * k.block, end = smaller(k.count, begin + k.block);
                for (int64_t c = 0; c < panels * columns; c += lanes<T>)
                    transform_image_turned(s, k, x, g * ci + c0 + c, c1 - c0 - c, begin, end, turned.data(), zeros.data(),
                                           image.data() + c / columns * v_panel + c % columns, v_place);
                for (int64_t o = o0; o < o1; ++o)
                    transform_cotangent(s, k, square_columns, y, g * co + o, begin, end, lines.data(), line_length,
                                        cotangent.data() + (o - o0) * e_row, e_place);
                for (int64_t place = 0; place < winograd_places; ++place)
                    for (int64_t panel = 0; panel < panels; ++panel)
                        for (int64_t t = 0; t < tile_count; ++t) {
                            const int64_t m0 = (o1 - o0) * t / tile_count, m1 = (o1 - o0) * (t + 1) / tile_count;
                            with_rows(m1 - m0, [&]<int rows>() {
                                product_tile<T, rows>(end - begin, cotangent.data() + place * e_place + m0 * e_row, e_row,
                                                      image.data() + place * v_place + panel * v_panel, columns,
                                                      partial.data() + item * k.sums + place * k.place_sums +
                                                          m0 * k.channels + panel * columns,
                                                      k.channels, block > first_block);
                            });
                        }
            }
        }
    });
    parallel_for(s.co, larger<int64_t>(1, 2048 / ci), [&](int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o)
            for (int64_t b = 0; b < k.column_blocks; ++b) {
                const int64_t item = (o / co * k.out_blocks + o % co / k.group_out) * k.column_blocks + b;
                const int64_t c0 = b * k.channels;
                transform_sums(partial.data() + item * k.sums + o % co % k.group_out * k.channels,
                               smaller(k.channels, ci - c0), k.slabs, channel_blocks * k.sums, k.place_sums,
                               w + (o * ci + c0) * 9);
            }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
