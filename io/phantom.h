// Pictures that the program makes itself, where no data are at hand.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// An axial section through a head, in the manner of Shepp and Logan (IEEE Trans. Nucl. Sci. 21, 1974), but with what
// real sections have and theirs lacks: folded cortex, textured tissue, uneven illumination, vessels, fine edges.
struct HeadPhantom {
    int64_t height = 256, width = 256;  // pixels; the head fills the frame whatever its size
    bool colour = false;                // three channels, in the colours of a stained section
    uint64_t seed = 0;                  // another seed is another head
};

// C×H×W float32 in [0, 1]. A function of position and seed: the same bits for any number of threads, and the same head
// at any size. Errors (usage): a size below 8 or above 16384.
Tensor head_phantom(const HeadPhantom& = {});

}  // namespace adjoint
