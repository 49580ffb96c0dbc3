#include "tools/training/siren_render.h"

#include <algorithm>

namespace adjoint {

Tensor evaluate_rows(const Siren& network, const Tensor& rows) {
    const int64_t n = rows.size(0), in = rows.size(1), out = network.settings.out, part = 1 << 14;
    PauseRecording pause;
    Tensor y = Tensor::empty({n, out}, rows.type(), rows.device());
    for (int64_t first = 0; first < n; first += part) {
        const int64_t count = std::min(part, n - first);
        const Tensor x = rows.slice_of_memory(first * in, {count, in});
        y.slice_of_memory(first * out, {count, out}).copy_from(network.in_blocks(network.parameters.tensors(), x));
    }
    return y;
}

Tensor render(const Siren& network, int64_t height, int64_t width) {
    const Tensor block = network.parameters.block();
    const Tensor rows = image_coordinates(height, width, block.type(), block.device());
    return pixels_to_image(evaluate_rows(network, rows), height, width)
        .viewed_as({network.settings.out, height, width})
        .to(Device::cpu);
}

}  // namespace adjoint
