// The host side that max_pool and average_pool share.
#include "kernels/sampling/pooling.h"

namespace adjoint {

Attributes pool_attributes(const PoolingSettings& s) {
    auto list = [](const Extent& e) { return std::vector<int64_t>{e.height, e.width}; };
    return {{"kernel", list(s.kernel)}, {"stride", list(s.stride)}, {"padding", list(s.padding)}};
}

Attributes of_image(Attributes a, const Shape& image) {
    a.set("height", image[2]);
    a.set("width", image[3]);
    return a;
}

void check_image(const Signature& s, const Shape& x) {
    if (x.rank() != 4) s.refuse("an image must have four axes", "give it as N×C×H×W");
    if (x[2] < 1 || x[3] < 1) s.refuse("an image without pixels cannot be sampled");
}

Shape pooled_shape(const Signature& s, const Shape& image) {
    const auto &kernel = s.attributes.list("kernel"), &stride = s.attributes.list("stride"),
               &padding = s.attributes.list("padding");
    Shape y = image;
    for (size_t k = 0; k < 2; ++k) {
        if (kernel[k] < 1 || stride[k] < 1) s.refuse("kernel and stride must be at least 1");
        if (padding[k] < 0 || 2 * padding[k] > kernel[k])
            s.refuse("a padding of " + std::to_string(padding[k]) + " is not between 0 and half of the kernel's " +
                         std::to_string(kernel[k]),
                     "a window outside of the image would be empty");
        const int64_t n = image[2 + int(k)] + 2 * padding[k] - kernel[k];
        if (n < 0)
            s.refuse("the window of " + std::to_string(kernel[k]) + " is larger than the padded image's " +
                     std::to_string(image[2 + int(k)] + 2 * padding[k]));
        y = y.with(2 + int(k), n / stride[k] + 1);
    }
    return y;
}

std::vector<TensorSpec> infer_pool(const Signature& s) {
    check_image(s, s.shape(0));
    return {{pooled_shape(s, s.shape(0))}};
}

std::vector<TensorSpec> infer_unpool(const Signature& s) {
    check_image(s, s.shape(0));
    const Shape x = s.shape(0).with(2, s.attributes.integer("height")).with(3, s.attributes.integer("width"));
    check_image(s, x);
    const Shape y = pooled_shape(s, x);
    if (!(y == s.shape(0)))
        s.refuse("a pooled image of " + Shape{x[2], x[3]}.text() + " has " + Shape{y[2], y[3]}.text() + " pixels");
    return {{x}};
}

Shape PoolTrial::pooled() const {
    return x.with(2, (x[2] + 2 * s.padding.height - s.kernel.height) / s.stride.height + 1)
        .with(3, (x[3] + 2 * s.padding.width - s.kernel.width) / s.stride.width + 1);
}

std::vector<PoolTrial> pool_trials() {
    return {{{2, 3, 6, 8}, pooling(2)},
            {{1, 2, 7, 13}, pooling(2)},
            {{1, 2, 8, 9}, {{3, 3}, {2, 2}, {1, 1}}},
            {{2, 1, 9, 7}, {{3, 2}, {1, 2}, {1, 0}}},
            {{1, 1, 11, 10}, {{2, 3}, {4, 5}, {1, 1}}},
            {{1, 2, 5, 40}, {{4, 4}, {3, 1}, {2, 2}}},
            {{1, 1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}}},
            {{0, 2, 4, 4}, pooling(2)},
            {{3, 5, 34, 70}, pooling(2)}};
}

std::vector<WrongSample> pool_wrongs(Attributes (*attributes)(const PoolingSettings&)) {
    const Shape x{1, 2, 8, 8};
    return {{{{{.shape = {2, 8, 8}}}, attributes(pooling(2))}, "four axes"},
            {{{{.shape = {1, 2, 0, 8}}}, attributes(pooling(2))}, "without pixels"},
            {{{{.shape = x}}, attributes({{2, 2}, {0, 2}})}, "at least 1"},
            {{{{.shape = x}}, attributes({{2, 3}, {2, 2}, {0, 2}})}, "half of the kernel"},
            {{{{.shape = x}}, attributes({{9, 2}, {2, 2}})}, "larger than the padded image"}};
}

}  // namespace adjoint
