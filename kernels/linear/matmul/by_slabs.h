// The product with a long depth and a small C, such as a weight's gradient Aᵀ B over all pixels: the depth is cut into
// slabs (how many depends on the shape alone), each slab has a C of its own, and these are added in the order of the slabs.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/linear/matmul/blocking.h"

namespace adjoint::ADJOINT_ISA {

template <class T>
ADJOINT_INLINE bool worth_slabs(const MatmulProblem<T>& p) {
    return p.k >= 2048 && p.k >= 8 * larger(p.m, p.n) && p.m * p.n <= 512 * 1024;
}

template <class T>
class ProductBySlabs {
public:
    // `turned`: the problem is Cᵀ = op(B)ᵀ op(A)ᵀ of the one that was asked, and C is to be written transposed.
    explicit ADJOINT_INLINE ProductBySlabs(const MatmulProblem<T>& problem, bool turned)
        : p_(problem), turned_(turned), tiles_(tiles_of(problem.m)), b_{problem},
          slabs_{problem.k, smaller<int64_t>(problem.k / 512, 16), 8} {}

    inline void run() const {
        Scratch<T> partial(slabs_.parts * c_size());
        parallel_for(slabs_.parts, 1, [&](int64_t begin, int64_t end) {
            Scratch<T> own(a_size() + b_.packed_size(deepest));
            for (int64_t s = begin; s < end; s++) slab(s, own.data(), partial.data() + s * c_size());
        });
        parallel_for(p_.m, larger<int64_t>(4096 / p_.n, 1), [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; row++) add_row(row, partial.data());
        });
    }

private:
    static constexpr int64_t deepest = slice_depth + 8;
    ADJOINT_INLINE int64_t width() const { return b_.count * tile_width<T>; }
    ADJOINT_INLINE int64_t c_size() const { return p_.m * width(); }
    ADJOINT_INLINE int64_t a_size() const { return p_.transpose_a ? tiles_.parts * a_panel_stride<T>(deepest) : 0; }

    inline void slab(int64_t s, T* own, T* c) const {
        const Partition chunks{slabs_.length(s), pieces(slabs_.length(s), slice_depth), 8};
        for (int64_t i = 0; i < chunks.parts; i++) {
            const int64_t k0 = slabs_.begin(s) + chunks.begin(i), depth = chunks.length(i);
            ASlice<T> a{p_.a + k0, p_.lda, Layout::rows};
            if (p_.transpose_a) {
                a = {own, a_panel_stride<T>(depth), Layout::panels};
                pack_a_panels(p_.a + k0 * p_.lda, p_.lda, depth, tiles_, 0, tiles_.parts, own, a.stride);
            }
            T* packed = own + a_size();
            pack_panels(b_, k0, depth, b_.first_packed, b_.count, packed);
            const BSlice<T> b = slice_of(b_, packed, k0, depth);
            // A's next rows are fetched during the first half of the panels, B's during the second.
            const int64_t next = k0 + depth, half = b_.count / 2, deep = i + 1 < chunks.parts ? depth : 0;
            Ahead next_a, next_b;
            if (p_.transpose_a && p_.lda == p_.m)
                next_a = {reinterpret_cast<const char*>(p_.a + next * p_.lda), deep * p_.lda * int64_t(sizeof(T))};
            if (!p_.transpose_b && p_.ldb == p_.n)
                next_b = {reinterpret_cast<const char*>(p_.b + next * p_.ldb), deep * p_.ldb * int64_t(sizeof(T))};
            if (half)
                block_product(tiles_, 0, tiles_.parts, 0, half, a, b, c, width(), width(), i > 0, next_a);
            block_product(tiles_, 0, tiles_.parts, half, b_.count, a, b, c, width(), p_.n, i > 0, next_b);
        }
    }

    inline void add_row(int64_t row, const T* partial) const {
        for (int64_t x = 0; x < p_.n; x += lanes<T>) {
            const int64_t here = smaller<int64_t>(lanes<T>, p_.n - x);
            Vector<T> total = load_first(partial + row * width() + x, here);
            for (int64_t s = 1; s < slabs_.parts; s++) total += load_first(partial + s * c_size() + row * width() + x, here);
            if (!turned_) {
                T* c = p_.c + row * p_.ldc + x;
                store_first(c, p_.accumulate ? Vector<T>(load_first(c, here) + total) : total, here);
            } else {
                for (int i = 0; i < here; i++) {
                    T* c = p_.c + (x + i) * p_.ldc + row;
                    *c = p_.accumulate ? *c + total[i] : total[i];
                }
            }
        }
    }

    const MatmulProblem<T>& p_;
    const bool turned_;
    const Partition tiles_;
    const BPanels<T> b_;
    const Partition slabs_;
};

}  // namespace adjoint::ADJOINT_ISA
