// conv2d with 3×3 kernels, stride 1 and any small dilation on the CPU by minimal filtering: 16 products instead of 36 for
// each 2×2 square of results (winograd_squares.h: which ones, with dilation). Winograd 1980; Lavin and Gray, "Fast
// algorithms for convolutional neural networks", CVPR 2016 (arXiv 1509.09308), F(2×2, 3×3).
//
//   Y = Aᵀ [Σ_c (G w Gᵀ) ⊙ (Bᵀ d B)] A,  d the 4×4 pixels that a square reads, w the kernel, ⊙ place by place
//        ⎡1  0 −1  0⎤       ⎡ 1   0   0 ⎤
//   Bᵀ = ⎢0  1  1  0⎥,  G = ⎢ ½   ½   ½ ⎥,  Aᵀ = ⎡1  1  1  0⎤
//        ⎢0 −1  1  0⎥       ⎢ ½  −½   ½ ⎥        ⎣0  1 −1 −1⎦
//        ⎣0  1  0 −1⎦       ⎣ 0   0   1 ⎦
//
// For each of the 16 places the sum over channels is a matrix product: (out × in) times (in × squares). Squares are
// numbered through rows and images; work goes in blocks of them whose transforms stay in the second-level cache. The
// weights' transform is computed once per call. Bᵀ and Aᵀ only add, so in float32 the error stays that of the direct sums
// to a small factor. A pixel that is infinite or NaN spoils the whole squares that read it, not only the results that do.
#pragma once
#include "kernels/convolution/conv2d/blocks.h"
#include "kernels/convolution/conv2d/winograd_squares.h"

namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int winograd_places = 16;

// For every pass. The transforms cost about as much as 6 channels' products each way, so few channels are better off
// without; and squares are multiplied 32 at a time, so few of them are, too. Squares that hang over the edges, many where
// the dilation is large and the image small, may eat up a third of the gain.
template <class T>
ADJOINT_INLINE bool fits_winograd(const Conv2dSizes& s) {
    if (!fits_blocks(s) || s.kh != 3 || s.kw != 3 || s.dilation > lanes<T> || s.ci / s.groups < 16 || s.co / s.groups < 16)
        return false;
    const int64_t squares = Squares(s).count;
    return squares >= 32 && 16 * squares <= 6 * s.n * s.ho * s.wo;
}

// How the work is cut up; a function of the sizes alone.
template <class T>
struct WinogradCuts : Squares {
    int64_t block, blocks;          // squares per block
    int64_t channels;               // input channels per pass
    int64_t group_out, out_blocks;  // output channels per block

    explicit WinogradCuts(const Conv2dSizes& s) : Squares(s) {
        const int64_t co = s.co / s.groups;
        channels = smaller<int64_t>(s.ci / s.groups, 64);
        out_blocks = pieces(co, 128);
        group_out = pieces(co, out_blocks);
        // Both transforms of a block beside a pass's weights, in whole tiles and whole groups of d squares.
        const int64_t room = cache_numbers<T> / winograd_places - group_out * channels;
        int64_t unit = tile_columns<T>;
        while (unit % d) unit += tile_columns<T>;
        block = larger<int64_t>(1, room / (channels + group_out) / unit) * unit;
        block = smaller(block, round_up(count, unit));
        blocks = pieces(count, block);
    }
};

// u[place·place_step + o·row_step + c] = (G w Gᵀ)[place] of kernel w[o][c], o = 0 … out − 1; zeros up to row_step.
template <class T>
void transform_weights(const T* w, int64_t out, int64_t in, int64_t row_step, T* u, int64_t place_step) {
    auto rows = [](const Vector<T>* k, int64_t step, Vector<T>* g) __attribute__((always_inline)) {  // G k
        const Vector<T> sum = k[0] + k[2 * step], middle = k[step], half = splat(T(0.5));
        g[0] = k[0], g[1] = half * (sum + middle), g[2] = half * (sum - middle), g[3] = k[2 * step];
    };
    parallel_for(out, larger<int64_t>(1, 2048 / in), [&](int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o)
            for (int64_t c = 0; c < row_step; c += lanes<T>) {
                alignas(64) T kernel[9 * lanes<T>] = {};
                for (int64_t l = 0; l < smaller<int64_t>(lanes<T>, in - c); ++l)
                    for (int64_t k = 0; k < 9; ++k) kernel[k * lanes<T> + l] = w[(o * in + c + l) * 9 + k];
                Vector<T> k[9], vertical[3][4], g[4];
                for (int i = 0; i < 9; ++i) k[i] = load(kernel + i * lanes<T>);
                for (int v = 0; v < 3; ++v) rows(k + v, 3, vertical[v]);
                for (int i = 0; i < 4; ++i) {
                    const Vector<T> line[3] = {vertical[0][i], vertical[1][i], vertical[2][i]};
                    rows(line, 1, g);
                    for (int j = 0; j < 4; ++j) store(u + (4 * i + j) * place_step + o * row_step + c, g[j]);
                }
            }
    });
}

// v[place·place_step + number in the block] = (Bᵀ d B)[place] of one channel's squares [begin, end). Whole vectors are
// stored: up to one lane less than a vector behind the last square is overwritten. lines: 4 of line_length numbers, zeros:
// as many as the image's width.
template <class T, class Image>
void transform_image(const Conv2dSizes& s, const WinogradCuts<T>& k, const SquareColumns<T>& columns, const Image& x,
                     int64_t channel, int64_t begin, int64_t end, T* lines, int64_t line_length, const T* zeros, T* v,
                     int64_t place_step) {
    k.for_lines(begin, end, [&](int64_t n, int64_t i, int64_t j, int64_t squares, int64_t q) {
        const SquaresPixels<T> from(s, x.channel(n, channel), i, j, squares, zeros);
        const int64_t margin = from.margin, behind = margin + from.right - from.left;
        for (int u = 0; u < 4; ++u) {
            T* line = lines + u * line_length;
            for (int64_t c = 0; c < margin; ++c) line[c] = T(0);
            std::memset(line + behind, 0, size_t(line_length - behind) * sizeof(T));
        }
        for_vectors<T>(behind - margin, [&](int64_t c, auto many) __attribute__((always_inline)) {
            const int64_t at = from.left + c;
            const Vector<T> d0 = load_some(from.row[0] + at, many), d1 = load_some(from.row[1] + at, many),
                            d2 = load_some(from.row[2] + at, many), d3 = load_some(from.row[3] + at, many);
            T* to = lines + margin + c;
            store_some(to, d0 - d2, many);
            store_some(to + line_length, d1 + d2, many);
            store_some(to + 2 * line_length, d2 - d1, many);
            store_some(to + 3 * line_length, d1 - d3, many);
        });
        for (int64_t u = 0; u < 4; ++u)
            for (int64_t t = 0; t < squares; t += columns.step) {
                const T* line = lines + u * line_length + 2 * t;
                const Vector<T> d0 = columns.pick(line), d1 = columns.pick(line + k.d), d2 = columns.pick(line + 2 * k.d),
                                d3 = columns.pick(line + 3 * k.d);
                T* to = v + 4 * u * place_step + q - begin + t;
                store(to, d0 - d2);
                store(to + place_step, d1 + d2);
                store(to + 2 * place_step, d2 - d1);
                store(to + 3 * place_step, d1 - d3);
            }
    });
}

// Aᵀ m A of the squares [begin, end) of output channel o, row by row through `finish`. lines: 4 of line_length numbers.
template <class T, class Finish>
void transform_result(const Conv2dSizes& s, const WinogradCuts<T>& k, const SquareColumns<T>& columns, const T* m,
                      int64_t place_step, int64_t o, int64_t begin, int64_t end, T* lines, int64_t line_length, T* y,
                      const Finish& finish) {
    const int64_t half = line_length / 2;
    k.for_lines(begin, end, [&](int64_t n, int64_t i, int64_t j, int64_t squares, int64_t q) {
        for (int64_t t = 0; t < squares; t += lanes<T>) {
            const T* from = m + q - begin + t;
            Vector<T> upper[4], lower[4];
#pragma GCC unroll 4
            for (int v = 0; v < 4; ++v) {
                const Vector<T> m0 = load(from + v * place_step), m1 = load(from + (4 + v) * place_step),
                                m2 = load(from + (8 + v) * place_step), m3 = load(from + (12 + v) * place_step);
                upper[v] = m0 + m1 + m2;
                lower[v] = m1 - m2 - m3;
            }
            auto put = [&](const Vector<T>* r, T* left) __attribute__((always_inline)) {
                store(left, r[0] + r[1] + r[2]);
                store(left + half, r[1] - r[2] - r[3]);
            };
            put(upper, lines + t);
            put(lower, lines + line_length + t);
        }
        const int64_t pixels = smaller(2 * squares, s.wo - j);
        T* line = lines + 2 * line_length;
        for (int64_t u = 0; u < 2 && i + u * k.d < s.ho; ++u) {
            const T* left = lines + u * line_length;
            columns.merge(left, left + half, pixels, line);
            finish(o, y + ((n * s.co + o) * s.ho + i + u * k.d) * s.wo + j, line, pixels);
        }
    });
}

// y = conv2d(x, w), each row through `finish`. x: images.h. Weights: co × ci/groups × 3 × 3.
template <class T, class Image, class Finish = PlainRow>
void convolve_winograd(const Conv2dSizes& s, const Image& x, const T* w, T* y, const Finish& finish = {}) {
    const int64_t ci = s.ci / s.groups, co = s.co / s.groups;
    const WinogradCuts<T> k(s);
    const SquareColumns<T> columns(k.d);
    // One vector more than needed: rows of weights, and places of a transform, then lie in different sets of the cache.
    const int64_t u_row = round_up(ci, lanes<T>) + lanes<T>, u_place = s.co * u_row;
    const int64_t v_place = k.channels * k.block + lanes<T>, m_place = k.group_out * k.block + lanes<T>;
    const int64_t line_length = line_of_squares<T>(k, smaller(k.columns, k.block));
    Scratch<T> weights(winograd_places * u_place);
    transform_weights(w, s.co, ci, u_row, weights.data(), u_place);
    parallel_for(s.groups * k.out_blocks * k.blocks, 1, [&](int64_t first, int64_t last) {
        Scratch<T> image(winograd_places * v_place), result(winograd_places * m_place), lines(4 * line_length), zeros(s.w);
        std::memset(image.data(), 0, size_t(winograd_places * v_place) * sizeof(T));  // behind the last squares too
        std::memset(zeros.data(), 0, size_t(s.w) * sizeof(T));
        for (int64_t item = first; item < last; ++item) {
            const int64_t g = item / (k.out_blocks * k.blocks);
            const int64_t o0 = item / k.blocks % k.out_blocks * k.group_out, o1 = smaller(co, o0 + k.group_out);
            const int64_t begin = item % k.blocks * k.block, end = smaller(k.count, begin + k.block);
            const int64_t tile_count = pieces(o1 - o0, tile_rows);
            for (int64_t c0 = 0; c0 < ci; c0 += k.channels) {
                const int64_t c1 = smaller(ci, c0 + k.channels);
                for (int64_t c = c0; c < c1; ++c)
                    transform_image(s, k, columns, x, g * ci + c, begin, end, lines.data(), line_length,
                                    zeros.data(), image.data() + (c - c0) * k.block, v_place);
                for (int64_t place = 0; place < winograd_places; ++place)
                    for (int64_t q = 0; q < end - begin; q += tile_columns<T>)
                        for (int64_t t = 0; t < tile_count; ++t) {
                            // Tiles of nearly equal height rather than full ones and a small rest.
                            const int64_t m0 = o0 + (o1 - o0) * t / tile_count, m1 = o0 + (o1 - o0) * (t + 1) / tile_count;
                            with_rows(m1 - m0, [&]<int rows>() {
                                product_tile<T, rows>(c1 - c0, weights.data() + place * u_place + (g * co + m0) * u_row + c0,
                                                      u_row, image.data() + place * v_place + q, k.block,
                                                      result.data() + place * m_place + (m0 - o0) * k.block + q, k.block,
                                                      c0 > 0);
                            });
                        }
            }
            for (int64_t o = o0; o < o1; ++o)
                transform_result(s, k, columns, result.data() + (o - o0) * k.block, m_place, g * co + o, begin, end,
                                 lines.data(), line_length, y, finish);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
