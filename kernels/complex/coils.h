// The sizes of expand_coils and combine_coils, in every pass.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {

// Maps S: sets × coils × pixels, sets = images or 1. Images x: images × pixels. Coil images y: images × coils × pixels.
struct CoilSizes {
    int64_t images, coils, pixels;
    bool shared_maps;  // one set of maps for all images
};
ADJOINT_INLINE CoilSizes coil_sizes(const ArrayView& maps, int64_t images) {
    CoilSizes s{images, maps.shape[1], 1, maps.shape[0] == 1};
    for (int i = 2; i < maps.rank - 1; ++i) s.pixels *= maps.shape[i];
    return s;
}
// Where image n's maps begin, in numbers.
ADJOINT_BOTH ADJOINT_INLINE int64_t maps_of(const CoilSizes& s, int64_t n) {
    return s.shared_maps ? 0 : n * s.coils * s.pixels;
}

}  // namespace adjoint
