// conv2d with stride 1 on the CPU, and its adjoint with respect to the image (the same with the kernel turned round).
//
// Work goes in blocks that stay in the second-level cache: some output rows of one image, some output channels. The
// input rows that they need are copied, channel block by channel block, into a padded block whose rows are Wp = W + p
// long, p zeros on the left: the zeros left of a row are also those right of the row above, and the block can be treated
// as one long line. So output pixel q of the line reads its neighbours at fixed distances, rows and all; results
// accumulate in a line of the same layout, and only then are the real pixels copied out.
// Bytes: x once per group of output channels, y once, the weights once per block of rows; everything else stays in cache.
// 512 → 512 channels of 40×40, 3×3: 7.5 GFLOP, 14 ms at 540 GFLOP/s, for 9.4 MB of weights read 4 times and 3.3 MB of x
// read twice; 1×1, 160 → 32 channels of 256×256: 0.67 GFLOP, 1.2 ms, for 42 MB of x, which memory gives in about as long.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/convolution/conv2d/images.h"
#include "kernels/convolution/conv2d/tile.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Numbers that fit in the part of a 1 MB second-level cache that a block may take.
template <class T>
constexpr int64_t cache_numbers = 768 * 1024 / int64_t(sizeof(T));

// Rows [first, last) of one channel into a line of padded rows; what lies outside the image is zero. The same row of the
// next channel, most often the next one to be copied, is fetched meanwhile: rows are too short for the hardware to do it.
template <class T>
void copy_padded(const T* channel, int64_t h, int64_t w, int64_t first, int64_t last, int64_t padding, int64_t padded_width,
                 T* to, int64_t total) {
    const T* end = to + total;
    for (int64_t row = first; row < last; ++row) {
        if (row < 0 || row >= h) {
            std::memset(to, 0, size_t(padded_width) * sizeof(T));
        } else {
            for (int64_t k = 0; k < w; k += 64 / int64_t(sizeof(T))) __builtin_prefetch(channel + (h + row) * w + k, 0, 2);
            std::memset(to, 0, size_t(padding) * sizeof(T));
            std::memcpy(to + padding, channel + row * w, size_t(w) * sizeof(T));
            std::memset(to + padding + w, 0, size_t(padded_width - padding - w) * sizeof(T));
        }
        to += padded_width;
    }
    if (to < end) std::memset(to, 0, size_t(end - to) * sizeof(T));
}

// How a convolution is cut up; a function of its sizes alone.
template <class T>
struct Blocking {
    int64_t width;         // padded row
    int64_t rows;          // output rows per block
    int64_t channels;      // input channels per pass
    int64_t group_out;     // output channels per block
    int64_t out_blocks, row_blocks;

    Blocking(const Conv2dSizes& s, int64_t ci, int64_t co) {
        width = larger(s.w + s.padding, s.wo);
        // A tile's results are loaded and stored once per pass: with 288 products or more, that is a few per cent.
        channels = smaller(ci, larger<int64_t>(32, 288 / (s.kh * s.kw)));
        group_out = co;
        const int64_t halo = s.dilation * (s.kh - 1);
        // What a pass over all pixels of a block uses again and again: the image block, the results, and the weights
        // between them, which for 512 → 512 channels of 40×40 pixels are as many as the rest.
        auto numbers = [&](int64_t r) {
            return (channels * (r + halo) + group_out * r) * width + group_out * channels * s.kh * s.kw;
        };
        while (group_out > 64 && numbers(larger<int64_t>(8, 2 * halo)) > cache_numbers<T>) group_out = pieces(group_out, 2);
        rows = smaller<int64_t>(s.ho, 32);
        while (rows > 4 && numbers(rows) > cache_numbers<T>) --rows;
        out_blocks = pieces(co, group_out);
        row_blocks = pieces(s.ho, rows);
        // At least a few blocks, so that several threads find work.
        if (s.n * s.groups * out_blocks * row_blocks < 8) row_blocks = smaller<int64_t>(s.ho, 8);
        rows = pieces(s.ho, row_blocks);
        row_blocks = pieces(s.ho, rows);
        group_out = pieces(co, out_blocks);
    }
};

// True where the block layout applies: stride 1, and no output pixel that would need more than p zeros on one side.
ADJOINT_INLINE bool fits_blocks(const Conv2dSizes& s) {
    return s.stride == 1 && s.padding <= s.dilation * (s.kw - 1) && s.wo > 0 && s.ho > 0;
}

// What happens to a finished row of output channel o on its way from the cache to y: by default nothing.
struct PlainRow {
    template <class T>
    ADJOINT_INLINE void operator()(int64_t, T* to, const T* from, int64_t n) const {
        std::memcpy(to, from, size_t(n) * sizeof(T));
    }
};

// y = conv2d(x, w), each row through `finish`. x: images.h. Weights: co × ci/groups × kh × kw.
template <class T, class Image, class Finish = PlainRow>
void convolve_blocks(const Conv2dSizes& s, const Image& x, const T* w, T* y, const Finish& finish = {}) {
    const int64_t ci = s.ci / s.groups, co = s.co / s.groups, kernel = s.kh * s.kw, halo = s.dilation * (s.kh - 1);
    const Blocking<T> b(s, ci, co);
    const int64_t per_image = s.groups * b.out_blocks * b.row_blocks;
    // Lines are rounded up to whole tiles; the image line also holds what the last tile's neighbours reach.
    const int64_t out_line = round_up(b.rows * b.width, tile_columns<T>);
    int64_t in_line = round_up(out_line + halo * b.width + s.dilation * (s.kw - 1), lanes<T>) + lanes<T>;
    if (in_line * int64_t(sizeof(T)) % 4096 < 256) in_line += 256 / int64_t(sizeof(T));  // channels off the same cache set
    parallel_for(s.n * per_image, 1, [&](int64_t begin, int64_t end) {
        Scratch<T> image(size_t(in_line * b.channels)), result(size_t(out_line * b.group_out));
        for (int64_t item = begin; item < end; ++item) {
            const int64_t n = item / per_image, g = item / (b.out_blocks * b.row_blocks) % s.groups;
            const int64_t o0 = item / b.row_blocks % b.out_blocks * b.group_out, o1 = smaller(co, o0 + b.group_out);
            const int64_t row0 = item % b.row_blocks * b.rows, row1 = smaller(s.ho, row0 + b.rows);
            const int64_t line = round_up((row1 - row0) * b.width, tile_columns<T>);
            const int64_t tiles = pieces(o1 - o0, tile_rows);
            for (int64_t c0 = 0; c0 < ci; c0 += b.channels) {
                const int64_t c1 = smaller(ci, c0 + b.channels);
                for (int64_t c = c0; c < c1; ++c)
                    copy_padded(x.channel(n, g * ci + c), s.h, s.w, row0 - s.padding,
                                row1 + halo - s.padding, s.padding, b.width, image.data() + (c - c0) * in_line, in_line);
                const Taps taps{c1 - c0, s.kh, s.kw, in_line, s.dilation * b.width, s.dilation};
                for (int64_t q = 0; q < line; q += tile_columns<T>)
                    for (int64_t t = 0; t < tiles; ++t) {
                        // Tiles of nearly equal height rather than full ones and a small rest.
                        const int64_t m0 = o0 + (o1 - o0) * t / tiles, m1 = o0 + (o1 - o0) * (t + 1) / tiles;
                        const T* a = w + ((g * co + m0) * ci + c0) * kernel;
                        with_rows(m1 - m0, [&]<int rows>() {
                            T* to = result.data() + (m0 - o0) * out_line + q;
                            if (kernel == 1)
                                return product_tile<T, rows>(c1 - c0, a, ci, image.data() + q, in_line, to, out_line, c0 > 0);
                            auto tile = s.kh == 3 && s.kw == 3 ? convolution_tile<T, rows, true>
                                                               : convolution_tile<T, rows, false>;
                            tile(taps, a, ci * kernel, image.data() + q, to, out_line, c0 > 0);
                        });
                    }
            }
            for (int64_t o = o0; o < o1; ++o)
                for (int64_t row = row0; row < row1; ++row)
                    finish(g * co + o, y + ((n * s.co + g * co + o) * s.ho + row) * s.wo,
                           result.data() + (o - o0) * out_line + (row - row0) * b.width, s.wo);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
