// What the records of expand_coils and combine_coils share.
#pragma once
#include "kernels/complex/record.h"

namespace adjoint {

inline void check_maps(const Signature& s) {
    for (int i : {0, 1}) shape_of_numbers(s, i, true);
    if (s.shape(0).rank() < 3) s.refuse("maps have at least the axes of sets and of coils", "they are N×coils×H×W");
}
inline void check_sets(const Signature& s, int64_t images) {
    if (s.shape(0)[0] != images && s.shape(0)[0] != 1)
        s.refuse(std::to_string(s.shape(0)[0]) + " sets of maps for " + std::to_string(images) + " images",
                 "give one set, or one for every image");
}
// N×… as N×1×…
inline Complex with_coil_axis(const Complex& x) {
    std::vector<int64_t> sizes = x.shape().vector();
    sizes.insert(sizes.begin() + 1, 1);
    return reshape(x, Shape(sizes));
}

}  // namespace adjoint
