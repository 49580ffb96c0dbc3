// The ordinary product: B packed once, C cut into blocks of rows (and, if there are few rows, of columns), each computed
// by one thread over the whole depth in order.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/linear/matmul/blocking.h"

namespace adjoint::ADJOINT_ISA {

constexpr int64_t block_tiles = 8;  // 112 rows × 256 of A: 112 KB, in L2 together with what comes next

// What happens to a finished block of C, rows r0…r1 and columns c0…c1, while it is in cache: by default nothing.
struct NoFinish {
    ADJOINT_INLINE void operator()(int64_t, int64_t, int64_t, int64_t) const {}
};

template <class T, class Finish = NoFinish>
class ProductByRows {
public:
    explicit ADJOINT_INLINE ProductByRows(const MatmulProblem<T>& problem, const Finish& finish = {})
        : p_(problem), finish_(finish), tiles_(tiles_of(problem.m)), slices_(slices_of(problem.k)),
          b_{problem},
          // Rows a multiple of 2 KB apart share few lines of L1; worth a copy when it is used by several panels.
          copy_a_(!problem.transpose_a && problem.lda * sizeof(T) % 2048 == 0 && b_.count >= 4),
          rows_{tiles_.parts, pieces(tiles_.parts, block_tiles), 1},
          columns_{b_.count, smaller(b_.count, pieces(enough_items, rows_.parts)), 1} {}

    inline void run() const {
        Scratch<T> packed(slices_.parts * b_.packed_size(deepest()));
        pack(packed.data());
        const int64_t items = rows_.parts * columns_.parts;
        // Threads take runs of neighbouring blocks, so that what one prefetches is what it needs next.
        const int64_t grain = small() ? items : larger<int64_t>(items / enough_items, 1);
        parallel_for(items, grain, [&](int64_t begin, int64_t end) {
            Scratch<T> own(a_size());
            for (int64_t i = begin; i < end; i++)
                block(i % rows_.parts, i / rows_.parts, packed.data(), own.data(), i + 1 < end);
        });
    }

private:
    static constexpr int64_t enough_items = 32;
    ADJOINT_INLINE bool small() const { return p_.m * p_.n * p_.k < 64 * 1024; }

    ADJOINT_INLINE int64_t deepest() const { return slices_.count / slices_.parts + slices_.multiple; }
    ADJOINT_INLINE int64_t a_size() const {
        return p_.transpose_a ? block_tiles * a_panel_stride<T>(deepest())
             : copy_a_        ? block_tiles * tile_rows * (deepest() + 16) : 0;
    }

    // By slices and groups of panels.
    inline void pack(T* packed) const {
        const int64_t each = b_.count - b_.first_packed;
        if (each == 0) return;
        const Partition groups{each, pieces(each, 4), 1};
        const int64_t items = slices_.parts * groups.parts, grain = small() ? items : 1;
        parallel_for(items, grain, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) {
                const int64_t s = i / groups.parts, g = i % groups.parts;
                pack_panels(b_, slices_.begin(s), slices_.length(s), b_.first_packed + groups.begin(g),
                            b_.first_packed + groups.begin(g + 1), packed + s * b_.packed_size(deepest()));
            }
        });
    }

    inline void block(int64_t row_block, int64_t column_block, const T* packed, T* own, bool goes_on) const {
        const int64_t t0 = rows_.begin(row_block), t1 = rows_.begin(row_block + 1);
        const int64_t r0 = tiles_.begin(t0), r1 = tiles_.begin(t1);
        for (int64_t s = 0; s < slices_.parts; s++) {
            const int64_t k0 = slices_.begin(s), depth = slices_.length(s);
            ASlice<T> a{p_.a + r0 * p_.lda + k0, p_.lda, Layout::rows};
            Ahead ahead;
            if (p_.transpose_a) {
                a = {own, a_panel_stride<T>(depth), Layout::panels};
                pack_a_panels(p_.a + k0 * p_.lda, p_.lda, depth, tiles_, t0, t1, own, a.stride);
            } else if (copy_a_) {
                a = {own, depth + 16, Layout::rows};
                copy_a_rows(p_.a + r0 * p_.lda + k0, p_.lda, r1 - r0, depth, own, a.stride);
            } else if (goes_on && slices_.parts == 1 && p_.lda == p_.k) {
                // The next block of rows, which is as long as this one or a row shorter or longer.
                ahead = {reinterpret_cast<const char*>(p_.a + r1 * p_.lda), (r1 - r0) * p_.lda * int64_t(sizeof(T))};
            }
            block_product(tiles_, t0, t1, columns_.begin(column_block), columns_.begin(column_block + 1), a,
                          slice_of(b_, packed + s * b_.packed_size(deepest()), k0, depth), p_.c, p_.ldc, p_.n,
                          p_.accumulate || s > 0, ahead);
        }
        finish_(r0, r1, columns_.begin(column_block) * tile_width<T>,
                smaller(columns_.begin(column_block + 1) * tile_width<T>, p_.n));
    }

    const MatmulProblem<T>& p_;
    const Finish finish_;
    const Partition tiles_, slices_;
    const BPanels<T> b_;
    const bool copy_a_;
    const Partition rows_, columns_;  // blocks of tiles, blocks of panels
};

}  // namespace adjoint::ADJOINT_ISA
