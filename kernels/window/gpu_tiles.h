// The tile behind every window operation on the GPU.
//
// A block of 256 threads makes a strip of 48 target rows × `tile` columns, `batch` rows at a time: (1) every thread
// takes a source column and slides its sums down (one row enters, one leaves; the sums stay in shared memory),
// neighbouring threads read neighbouring pixels; (2) every thread takes four neighbouring targets of one quantity and
// slides along the row of column sums; (3) every thread takes a target and hands its window's sums to `put`. Per target
// of a uniform window of k columns: 2 loads of the source, k/4 + 2 reads of shared memory per quantity. The bound is
// shared memory. Rates on a GPU have not been measured.
#pragma once
#include "engine/gpu.h"
#include "kernels/window/taps.h"

namespace adjoint::gpu {
namespace {

constexpr int window_strip = 48, window_block = 256, window_run = 4;

struct WindowTile {
    int planes;  // source planes that go into one target plane
    int batch, tile, span;  // target rows at a time; target columns; source columns they reach over
    int tiles, strips;
};

// Rows: quantities; load(source plane, place in it, double q[quantities]); put(target plane, place in it, sums,
// missing), where `missing` is the weight of the window that lies beyond the image's border.
template <class Rows>
__global__ void window_tiles(Rows rows, WindowSizes n, WindowTile t) {
    constexpr int Q = Rows::quantities;
    GPU_DYN_SHARED(double, memory);
    double* columns = memory;                                 // batch × Q × span
    double* windows = columns + t.batch * Q * t.span;         // batch × Q × tile
    double* down = windows + t.batch * Q * t.tile;            // weights
    double* along = down + n.rows.size;
    GPU_SHARED(total, double[2]);
    const bool uniform = n.sigma == 0;
    if (threadIdx.x == 0) total[0] = window_taps(n.rows.size, n.sigma, down);
    if (threadIdx.x == 32) total[1] = window_taps(n.columns.size, n.sigma, along);

    const int64_t plane = int64_t(blockIdx.x) / (t.tiles * t.strips);
    const int64_t begin = int64_t(blockIdx.x) / t.tiles % t.strips * window_strip;
    const int64_t end = begin + window_strip < n.rows.target ? begin + window_strip : n.rows.target;
    const int64_t j0 = int64_t(blockIdx.x) % t.tiles * t.tile;
    const int tile = int(n.columns.target - j0 < t.tile ? n.columns.target - j0 : t.tile);
    const int64_t c0 = n.columns.first(j0);
    const int span = int(n.columns.end(j0 + tile - 1) - c0);
    __syncthreads();

    for (int64_t i0 = begin; i0 < end; i0 += t.batch) {
        const int count = int(end - i0 < t.batch ? end - i0 : t.batch);
        for (int c = int(threadIdx.x); c < span; c += window_block)
            for (int r = 0; r < count; ++r) {
                const int64_t i = i0 + r;
                double sums[Q];
                auto add = [&](int64_t from, int64_t to, double sign) {
                    for (int64_t s = from; s < to; ++s) {
                        const double weight = uniform ? sign : down[n.rows.tap(i, s)];
                        for (int p = 0; p < t.planes; ++p) {
                            double q[Q];
                            rows.load(plane * t.planes + p, s * n.columns.source + c0 + c, q);
                            for (int k = 0; k < Q; ++k) sums[k] += weight * q[k];
                        }
                    }
                };
                if (!uniform || i == begin || n.rows.first(i) >= n.rows.end(i - 1)) {
                    for (int k = 0; k < Q; ++k) sums[k] = 0;
                    add(n.rows.first(i), n.rows.end(i), 1);
                } else {
                    const int before = r == 0 ? t.batch - 1 : r - 1;  // where the row above left its sums
                    for (int k = 0; k < Q; ++k) sums[k] = columns[(before * Q + k) * t.span + c];
                    add(n.rows.end(i - 1), n.rows.end(i), 1);
                    add(n.rows.first(i - 1), n.rows.first(i), -1);
                }
                for (int k = 0; k < Q; ++k) columns[(r * Q + k) * t.span + c] = sums[k];
            }
        __syncthreads();

        const int runs = (t.tile + window_run - 1) / window_run;
        for (int e = int(threadIdx.x); e < count * Q * runs; e += window_block) {
            const int line = e / runs, first = e % runs * window_run;
            const double* s = columns + line * t.span;
            double total = 0;
            for (int j = first; j < first + window_run && j < tile; ++j) {
                const int64_t from = n.columns.first(j0 + j), to = n.columns.end(j0 + j);
                if (!uniform) {
                    total = 0;
                    for (int64_t c = from; c < to; ++c) total += along[n.columns.tap(j0 + j, c)] * s[c - c0];
                } else if (j == first || from >= n.columns.end(j0 + j - 1)) {
                    total = 0;
                    for (int64_t c = from; c < to; ++c) total += s[c - c0];
                } else {
                    for (int64_t c = n.columns.end(j0 + j - 1); c < to; ++c) total += s[c - c0];
                    for (int64_t c = n.columns.first(j0 + j - 1); c < from; ++c) total -= s[c - c0];
                }
                windows[line * t.tile + j] = total;
            }
        }
        __syncthreads();

        for (int e = int(threadIdx.x); e < count * tile; e += window_block) {
            const int r = e / tile, j = e % tile;
            double sums[Q];
            for (int k = 0; k < Q; ++k) sums[k] = windows[(r * Q + k) * t.tile + j];
            const double missing = total[0] * total[1] - weight_inside(n.rows, down, total[0], i0 + r) *
                                                             weight_inside(n.columns, along, total[1], j0 + j);
            rows.put(plane, (i0 + r) * n.columns.target + j0 + j, sums, missing);
        }
    }
}

// `planes` source planes go into each of `targets` target planes.
template <class Rows>
void launch_window_tiles(const Rows& rows, const WindowSizes& n, int64_t targets, int planes, void* stream) {
    if (targets == 0 || n.rows.target == 0 || n.columns.target == 0) return;
    WindowTile t{planes, 4, n.columns.stride > 1 ? 32 : 128, 0, 0, 0};
    if (t.tile > n.columns.target) t.tile = int(n.columns.target);
    t.tiles = int((n.columns.target + t.tile - 1) / t.tile);
    t.strips = int((n.rows.target + window_strip - 1) / window_strip);
    for (int64_t j = 0; j < n.columns.target; j += t.tile) {
        const int64_t last = j + t.tile < n.columns.target ? j + t.tile - 1 : n.columns.target - 1;
        const int span = int(n.columns.end(last) - n.columns.first(j));
        if (span > t.span) t.span = span;
    }
    auto bytes = [&] {
        return size_t(t.batch * Rows::quantities * (t.span + t.tile) + n.rows.size + n.columns.size) * sizeof(double);
    };
    while (t.batch > 1 && bytes() > 48 * 1024) t.batch /= 2;
    launch(window_tiles<Rows>, dim3(unsigned(targets * t.strips * t.tiles)), dim3(window_block), bytes(), stream, rows,
           n, t);
}

}  // namespace
}  // namespace adjoint::gpu
