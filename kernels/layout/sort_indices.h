// Sorts indices on the GPU, keeping equal ones in order (least significant digit first, 8 bits at a time), without
// atomics: so that repeated indices can be added in a fixed order.
//
// Three launches per digit: every block counts the digits in its tile of 2048; one block turns the counts of all
// blocks, digit by digit, into places; every block moves its tile. Within a tile, warps take contiguous parts, 32
// numbers at a time; equal digits of a warp find each other by votes. Bytes: 40 m per digit; ⌈log₂₅₆ (n + 1)⌉ digits.
#pragma once
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"

namespace adjoint::gpu {
namespace {

struct SortedIndex {
    uint32_t index, place;  // index_k and k; an index that does not exist counts as n
};

constexpr int sort_block = 256, sort_warps = sort_block / 32, sort_rounds = 8, digits = 256;
constexpr int sort_tile = sort_block * sort_rounds;

__global__ void number_indices(const int64_t* index, int64_t m, int64_t n, SortedIndex* out) {
    const int64_t k = int64_t(blockIdx.x) * sort_block + threadIdx.x;
    if (k < m) out[k] = {index[k] < 0 || index[k] >= n ? uint32_t(n) : uint32_t(index[k]), uint32_t(k)};
}

// How often each digit occurs before this number in its warp's part: for one number per lane, of which `inside` exist.
// `count`: the warp's counter per digit, moved on.
__device__ inline uint32_t rank_in_warp(uint32_t digit, bool inside, uint32_t* count) {
    uint32_t same = __ballot_sync(0xffffffffu, inside);
    for (int bit = 0; bit < 8; ++bit) {
        const uint32_t set = __ballot_sync(0xffffffffu, (digit >> bit) & 1);
        same &= (digit >> bit) & 1 ? set : ~set;
    }
    const uint32_t lane = threadIdx.x % 32, before = same & ((1u << lane) - 1);
    const uint32_t rank = (inside ? count[digit] : 0) + uint32_t(__popc(before));
    __syncwarp();
    if (inside && before == 0) count[digit] += uint32_t(__popc(same));
    __syncwarp();
    return rank;
}

// places[digit · blocks + block]: first how often the digit occurs in the block's tile, then (after place_digits) where
// the first of them goes.
template <bool moving>
__global__ void sort_digit(const SortedIndex* in, int64_t m, int shift, uint32_t* places, SortedIndex* out) {
    GPU_SHARED(count, uint32_t[sort_warps][digits]);
    const int t = int(threadIdx.x), warp = t / 32;
    for (int k = t; k < sort_warps * digits; k += sort_block) count[k / digits][k % digits] = 0;
    __syncthreads();
    const int64_t begin = int64_t(blockIdx.x) * sort_tile + warp * 32 * sort_rounds + t % 32;
    SortedIndex mine[sort_rounds];
    uint32_t rank[sort_rounds];
    for (int r = 0; r < sort_rounds; ++r) {
        const int64_t k = begin + r * 32;
        const bool inside = k < m;
        mine[r] = inside ? in[k] : SortedIndex{0, 0};
        rank[r] = rank_in_warp((mine[r].index >> shift) % digits, inside, count[warp]);
    }
    __syncthreads();
    // One thread per digit: the warps' counts become the places where each warp's begin.
    uint32_t total = moving ? places[int64_t(t) * gridDim.x + blockIdx.x] : 0;
    for (int w = 0; w < sort_warps; ++w) {
        const uint32_t c = count[w][t];
        count[w][t] = total;
        total += c;
    }
    if constexpr (!moving) {
        places[int64_t(t) * gridDim.x + blockIdx.x] = total;
    } else {
        __syncthreads();
        for (int r = 0; r < sort_rounds; ++r)
            if (begin + r * 32 < m) out[count[warp][(mine[r].index >> shift) % digits] + rank[r]] = mine[r];
    }
}

// One block: every count becomes the sum of those before it. Each thread has one digit's row of `blocks` counts.
__global__ void place_digits(uint32_t* places, int blocks) {
    GPU_SHARED(total, uint32_t[digits]);
    const int t = int(threadIdx.x);
    uint32_t* row = places + int64_t(t) * blocks;
    uint32_t mine = 0;
    for (int b = 0; b < blocks; ++b) mine += row[b];
    total[t] = mine;
    __syncthreads();
    for (int distance = 1; distance < digits; distance *= 2) {
        const uint32_t other = t >= distance ? total[t - distance] : 0;
        __syncthreads();
        total[t] += other;
        __syncthreads();
    }
    uint32_t place = total[t] - mine;
    for (int b = 0; b < blocks; ++b) {
        const uint32_t c = row[b];
        row[b] = place;
        place += c;
    }
}

// The m indices, sorted, in one of the two halves of `memory` (2 m); at most 2^31 of them, n < 2^32 − 1.
inline const SortedIndex* sort_indices(const int64_t* index, int64_t m, int64_t n, SortedIndex* memory, void* stream) {
    if (m == 0) return memory;
    const int blocks = int((m + sort_tile - 1) / sort_tile);
    GpuScratch<uint32_t> places(int64_t(digits) * blocks);
    SortedIndex *from = memory, *to = memory + m;
    launch(number_indices, dim3(unsigned((m + sort_block - 1) / sort_block)), dim3(sort_block), 0, stream, index, m, n,
           from);
    for (int shift = 0; shift < 32 && (uint64_t(n) >> shift) > 0; shift += 8) {
        launch(sort_digit<false>, dim3(unsigned(blocks)), dim3(sort_block), 0, stream,
               static_cast<const SortedIndex*>(from), m, shift, places.data(), static_cast<SortedIndex*>(nullptr));
        launch(place_digits, dim3(1), dim3(digits), 0, stream, places.data(), blocks);
        launch(sort_digit<true>, dim3(unsigned(blocks)), dim3(sort_block), 0, stream,
               static_cast<const SortedIndex*>(from), m, shift, places.data(), to);
        SortedIndex* swap = from;
        from = to;
        to = swap;
    }
    return from;
}

}  // namespace
}  // namespace adjoint::gpu
