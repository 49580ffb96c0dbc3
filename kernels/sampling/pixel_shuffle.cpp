// Pixel shuffle: one permutation of axes between two views.
#include "kernels/layout/layout.h"
#include "kernels/sampling/sampling.h"

#include "engine/error.h"

namespace adjoint {

static void check(const char* who, const Tensor& x, int64_t r) {
    const std::string asked = std::string(who) + " of " + x.shape().text() + " by " + std::to_string(r);
    if (x.rank() != 4) fail(ExitCode::usage, asked, "an image must have four axes", "give it as N×C×H×W");
    if (r < 1) fail(ExitCode::usage, asked, "the factor must be at least 1");
}

Tensor pixel_shuffle(const Tensor& x, int64_t r) {
    check("pixel_shuffle", x, r);
    const int64_t n = x.size(0), c = x.size(1) / (r * r), h = x.size(2), w = x.size(3);
    if (c * r * r != x.size(1))
        fail(ExitCode::usage, "pixel_shuffle of " + x.shape().text() + " by " + std::to_string(r),
             "its " + std::to_string(x.size(1)) + " channels are no multiple of " + std::to_string(r * r));
    // [n, c, u, v, i, j] → [n, c, i, u, j, v]
    return reshape(permute(reshape(x, Shape{n, c, r, r, h, w}), {0, 1, 4, 2, 5, 3}), Shape{n, c, h * r, w * r});
}

Tensor pixel_unshuffle(const Tensor& y, int64_t r) {
    check("pixel_unshuffle", y, r);
    const int64_t n = y.size(0), c = y.size(1), h = y.size(2) / r, w = y.size(3) / r;
    if (h * r != y.size(2) || w * r != y.size(3))
        fail(ExitCode::usage, "pixel_unshuffle of " + y.shape().text() + " by " + std::to_string(r),
             "its height and width must be multiples of the factor");
    return reshape(permute(reshape(y, Shape{n, c, h, r, w, r}), {0, 1, 3, 5, 2, 4}), Shape{n, c * r * r, h, w});
}

}  // namespace adjoint
