// What max_pool and average_pool share: sizes (every pass); rules, samples and refusals (host).
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct PoolSizes {
    int64_t planes, h, w, ho, wo, kh, kw, sh, sw, ph, pw;
};
ADJOINT_INLINE PoolSizes pool_sizes(const KernelArguments& a, const ArrayView& image, const ArrayView& pooled) {
    int count;
    const int64_t *kernel = a.list("kernel", &count), *stride = a.list("stride", &count), *padding = a.list("padding", &count);
    return {image.shape[0] * image.shape[1], image.shape[2], image.shape[3], pooled.shape[2], pooled.shape[3],
            kernel[0], kernel[1], stride[0], stride[1], padding[0], padding[1]};
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/sampling/sampling.h"

namespace adjoint {

Attributes pool_attributes(const PoolingSettings&);        // kernel, stride, padding
Attributes of_image(Attributes, const Shape& image);       // and height, width of an image: for an adjoint
Shape pooled_shape(const Signature&, const Shape& image);  // errors: settings that fit no image, or not this one
std::vector<TensorSpec> infer_pool(const Signature&);      // input 0 is the image
std::vector<TensorSpec> infer_unpool(const Signature&);    // input 0 is the pooled image; height and width are settings
void check_image(const Signature&, const Shape&);          // errors: not four axes, no pixels

// Windows that overlap, leave gaps, reach over the border, are not square; tails; one pixel; no image.
struct PoolTrial {
    Shape x;
    PoolingSettings s;
    Shape pooled() const;
};
std::vector<PoolTrial> pool_trials();
std::vector<WrongSample> pool_wrongs(Attributes (*attributes)(const PoolingSettings&));

}  // namespace adjoint
#endif
