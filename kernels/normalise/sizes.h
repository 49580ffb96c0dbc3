// How the numbers of x fall into groups; for every pass. Number s of run r of group g lies at (r·groups + g)·length + s.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct NormaliseSizes {
    int64_t groups, runs, length;
    int64_t affine;  // entries of γ and β
    bool by_column;  // entry s belongs to place s of a run; else entry g % affine to group g

    ADJOINT_BOTH ADJOINT_INLINE int64_t at(int64_t g, int64_t r) const { return (r * groups + g) * length; }
    ADJOINT_BOTH ADJOINT_INLINE double count() const { return double(runs * length); }
    ADJOINT_BOTH ADJOINT_INLINE int64_t entry(int64_t g, int64_t s) const { return by_column ? s : g % affine; }
};

// over: "batch", "instance", "layer".
ADJOINT_INLINE NormaliseSizes normalise_sizes(const char* over, const int64_t* shape, int rank) {
    if (over[0] == 'l') {
        int64_t rows = 1;
        for (int k = 0; k + 1 < rank; ++k) rows *= shape[k];
        return {rows, 1, shape[rank - 1], shape[rank - 1], true};
    }
    int64_t pixels = 1;
    for (int k = 2; k < rank; ++k) pixels *= shape[k];
    if (over[0] == 'b') return {shape[1], shape[0], pixels, shape[1], false};
    return {shape[0] * shape[1], 1, pixels, shape[1], false};
}
ADJOINT_INLINE NormaliseSizes normalise_sizes(const KernelArguments& a) {
    return normalise_sizes(a.word("over"), a.in_view(0).shape, a.in_view(0).rank);
}

}  // namespace
}  // namespace adjoint
