// What the window operations share on the host: attributes, shapes, samples.
#include "kernels/window/window.h"

#include "kernels/window/linear.h"

namespace adjoint {

Attributes attributes_of(const Window& w) {
    return {{"window", std::vector<int64_t>{w.height, w.width}},
            {"stride", std::vector<int64_t>{w.stride_height, w.stride_width}},
            {"padding", std::vector<int64_t>{w.padding_height, w.padding_width}},
            {"sigma", w.sigma}};
}

namespace {

// The shape of the maps over an image of shape `x`; refuses what does not fit.
Shape maps_of(const Signature& s, const Shape& x) {
    const std::vector<int64_t>&size = s.attributes.list("window"), &stride = s.attributes.list("stride"),
          &padding = s.attributes.list("padding");
    Shape maps = x;
    for (int axis : {0, 1}) {
        const char* what = axis == 0 ? "rows" : "columns";
        const int64_t n = x[2 + axis], k = size[size_t(axis)], p = padding[size_t(axis)];
        if (k < 1 || stride[size_t(axis)] < 1) s.refuse("windows and strides have at least one pixel");
        if (p < 0 || p >= k)
            s.refuse("a padding of " + std::to_string(p) + " goes with windows of " + std::to_string(k) + " " + what,
                     "it must be at least 0 and less than the window's size");
        if (n < 1 || n + 2 * p < k)
            s.refuse("the window reaches over " + std::to_string(k) + " " + what + ", the image with its padding has " +
                         std::to_string(n + 2 * p),
                     "use a smaller window, a larger image or more padding");
        maps = maps.with(2 + axis, (n + 2 * p - k) / stride[size_t(axis)] + 1);
    }
    return maps;
}

void check_four_axes(const Signature& s) {
    for (int i = 0; i < s.count(); ++i)
        if (s.present[size_t(i)] && s.shape(i).rank() != 4)
            s.refuse("an input has " + std::to_string(s.shape(i).rank()) + " axes", "four are needed: N×C×H×W");
}

}  // namespace

Shape window_maps(const Signature& s, const Shape& image) { return maps_of(s, image); }

std::vector<TensorSpec> infer_window_maps(const Signature& s) {
    check_four_axes(s);
    return {{maps_of(s, s.shape(0))}};
}

std::vector<TensorSpec> infer_window_image(const Signature& s) {
    check_four_axes(s);
    const Shape image = s.shape(0).with(2, s.attributes.integer("height")).with(3, s.attributes.integer("width"));
    const Shape maps = maps_of(s, image);
    if (!(maps == s.shape(0)))
        s.refuse("an image of this size has maps of " + maps.text(), "give the size of the image that the maps came from");
    return {{image}};
}

namespace {

struct Trial {
    Shape image;
    Window window;
};
// Padded and not, strided, even and odd; vector tails; more rows than a strip; windows larger than the image.
std::vector<Trial> linear_trials() {
    return {{{2, 3, 9, 11}, {4, 4, 1, 1, 1, 1}}, {{1, 2, 8, 7}, {3, 2, 2, 3, 0, 1}}, {{1, 1, 110, 21}, {5, 7, 1, 1, 2, 3}},
            {{1, 2, 4, 40}, {7, 16, 1, 1, 3, 7}}, {{1, 1, 3, 5}, {5, 9, 1, 1, 4, 8}}, {{2, 1, 13, 70}, {4, 4, 4, 4, 1, 1}},
            {{1, 2, 10, 10}, {2, 2, 3, 5, 0, 0}}, {{1, 1, 5, 6}, {1, 1, 1, 1, 0, 0}}};
}

Sample sample_of(const Trial& t, double sigma, bool adjoint) {
    Window w = t.window;
    w.sigma = sigma;
    Attributes a = attributes_of(w);
    if (!adjoint) return {{{.shape = t.image}}, a};
    a.set("height", t.image[2]);
    a.set("width", t.image[3]);
    auto places = [](int64_t n, int64_t k, int64_t s, int64_t p) { return (n + 2 * p - k) / s + 1; };
    Shape maps = t.image.with(2, places(t.image[2], w.height, w.stride_height, w.padding_height))
                     .with(3, places(t.image[3], w.width, w.stride_width, w.padding_width));
    return {{{.shape = maps}}, a};
}

}  // namespace

std::vector<Sample> linear_window_samples(double sigma, bool adjoint) {
    std::vector<Sample> all;
    for (const Trial& t : linear_trials()) all.push_back(sample_of(t, sigma, adjoint));
    return all;
}

std::vector<WrongSample> linear_window_wrongs(double sigma, bool adjoint) {
    Trial good{{1, 1, 8, 8}, {4, 4, 1, 1, 0, 0}};
    if (adjoint) {
        Sample s = sample_of(good, sigma, true);
        s.inputs[0].shape = {1, 1, 5, 6};
        return {{s, "has maps of 1×1×5×5"}};
    }
    Sample axes = sample_of(good, sigma, false), size = axes;
    axes.inputs[0].shape = {8, 8};
    size.inputs[0].shape = {1, 1, 3, 8};
    Trial padding{{1, 1, 8, 8}, {4, 4, 1, 1, 4, 0}}, stride{{1, 1, 8, 8}, {4, 4, 0, 1, 0, 0}};
    return {{axes, "has 2 axes"},
            {size, "reaches over 4 rows, the image with its padding has 3"},
            {sample_of(padding, sigma, false), "a padding of 4"},
            {sample_of(stride, sigma, false), "at least one pixel"}};
}

}  // namespace adjoint
