// What the window operations share on the host: attributes, shapes, samples.
#include "kernels/window/window.h"

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/window/statistics.h"

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
        s.refuse("an image of this size has maps of " + maps.text(),
                 "give the size of the image that the maps came from");
    return {{image}};
}

namespace {

struct Trial {
    Shape image;
    Window window;
};
// Padded and not, strided, even and odd; vector tails; more rows than a strip; windows larger than the image.
std::vector<Trial> linear_trials() {
    return {{{2, 3, 9, 11}, {4, 4, 1, 1, 1, 1}},   {{1, 2, 8, 7}, {3, 2, 2, 3, 0, 1}},
            {{1, 1, 110, 21}, {5, 7, 1, 1, 2, 3}}, {{1, 2, 4, 40}, {7, 16, 1, 1, 3, 7}},
            {{1, 1, 3, 5}, {5, 9, 1, 1, 4, 8}},    {{2, 1, 13, 70}, {4, 4, 4, 4, 1, 1}},
            {{1, 2, 10, 10}, {2, 2, 3, 5, 0, 0}},  {{1, 1, 5, 6}, {1, 1, 1, 1, 0, 0}}};
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

Shape checked_statistics_maps(const Signature& s) {
    for (int i = 0; i < 2; ++i)
        if (s.shape(i).rank() != 4)
            s.refuse("an image has " + std::to_string(s.shape(i).rank()) + " axes", "four are needed: N×C×H×W");
    if (!(s.shape(0) == s.shape(1))) s.refuse("the images differ in shape");
    const bool joint = s.attributes.integer("joint") != 0;
    if (joint && s.shape(0)[1] == 0) s.refuse("joint windows over no channels");
    const Shape maps = maps_of(s, s.shape(0));
    return joint ? maps.with(1, 1) : maps;
}

std::vector<Sample> statistics_samples(const std::vector<std::pair<const char*, Attribute>>& more) {
    struct Case {
        Trial trial;
        double sigma;
        bool joint;
    };
    std::vector<Case> cases;
    for (const Trial& t : linear_trials())
        if (t.window.height > 1) cases.push_back({t, 0, t.image[1] > 1 && t.image[0] == 1});
    cases.push_back({{{2, 2, 9, 12}, {4, 4, 1, 1, 1, 1}}, 1.5, false});
    cases.push_back({{{1, 3, 12, 9}, {5, 6, 1, 1, 2, 3}}, 1.5, true});
    cases.push_back({{{1, 2, 13, 10}, {4, 4, 4, 4, 1, 1}}, 1.5, false});
    std::vector<Sample> all;
    for (const Case& c : cases) {
        Sample s = sample_of(c.trial, c.sigma, false);
        s.inputs.push_back(s.inputs[0]);
        s.attributes.set("joint", int64_t(c.joint));
        for (const auto& [name, value] : more) s.attributes.set(name, value);
        all.push_back(s);
    }
    return all;
}

Shape statistics_maps_shape(const Sample& s) {
    const std::vector<int64_t>&k = s.attributes.list("window"), &t = s.attributes.list("stride"),
          &p = s.attributes.list("padding");
    const Shape x = s.inputs[0].shape;
    return {x[0], s.attributes.integer("joint") != 0 ? 1 : x[1], (x[2] + 2 * p[0] - k[0]) / t[0] + 1,
            (x[3] + 2 * p[1] - k[1]) / t[1] + 1};
}

Attributes statistics_attributes(const Attributes& a) {
    return {{"window", a.list("window")}, {"stride", a.list("stride")}, {"padding", a.list("padding")},
            {"sigma", a.real("sigma")}, {"joint", a.integer("joint")}};
}

std::vector<WrongSample> statistics_wrongs(const std::vector<std::pair<const char*, Attribute>>& more) {
    Sample good = sample_of({{1, 1, 8, 8}, {4, 4, 1, 1, 0, 0}}, 0, false);
    good.inputs.push_back(good.inputs[0]);
    good.attributes.set("joint", int64_t(0));
    for (const auto& [name, value] : more) good.attributes.set(name, value);
    Sample axes = good, differ = good, size = good;
    axes.inputs[1].shape = {8, 8};
    differ.inputs[1].shape = {1, 1, 8, 9};
    for (InputSample& i : size.inputs) i.shape = {1, 1, 8, 3};
    return {{axes, "has 2 axes"}, {differ, "differ in shape"}, {size, "reaches over 4 columns"}};
}

namespace {

// g of the maps' shape → Σ_{windows} w/Σw g of the image's: the adjoint of the window's average.
Tensor average_adjoint(const Attributes& settings, const Tensor& g, const Shape& image) {
    Attributes a = {{"window", settings.list("window")}, {"stride", settings.list("stride")},
                    {"padding", settings.list("padding")}, {"sigma", settings.real("sigma")},
                    {"height", image[2]}, {"width", image[3]}};
    const bool uniform = settings.real("sigma") == 0;
    Tensor spread = operation_named(uniform ? "window_spread" : "gaussian_spread")({g}, a);
    double weight = uniform ? double(settings.list("window")[0] * settings.list("window")[1]) : 1;
    if (settings.integer("joint") != 0) weight *= double(image[1]);
    return broadcast_to(spread / weight, image);
}

}  // namespace

Tensor gradient_through_statistics(const Attributes& a, const Tensor& x, const Tensor& y, const Tensor& mean_x,
                                   const Tensor& mean_y, const Tensor& g_mean, const Tensor& g_var,
                                   const Tensor& g_cov) {
    Tensor of_mean = g_mean, dL_dx;
    auto subtract_from = [](Tensor& total, const Tensor& t) { total = total ? total - t : -t; };
    if (g_var) subtract_from(of_mean, 2.0 * g_var * mean_x);
    if (g_cov) subtract_from(of_mean, g_cov * mean_y);
    auto add_to = [](Tensor& total, const Tensor& t) { total = total ? total + t : t; };
    if (of_mean) add_to(dL_dx, average_adjoint(a, of_mean, x.shape()));
    if (g_var) add_to(dL_dx, 2.0 * x * average_adjoint(a, g_var, x.shape()));
    if (g_cov) add_to(dL_dx, y * average_adjoint(a, g_cov, x.shape()));
    return dL_dx ? dL_dx : x.like(0.0);
}

}  // namespace adjoint
