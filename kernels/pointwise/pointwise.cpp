// What all pointwise operations share in the host pass.
#include "kernels/pointwise/pointwise.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "kernels/layout/layout.h"
#include "kernels/pointwise/record.h"
#include "kernels/pointwise/stream.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

std::vector<TensorSpec> infer_pointwise(const Signature& s) {
    Shape shape = s.shape(0);
    for (int i = 1; i < s.count(); ++i) {
        int rank = std::max(shape.rank(), s.shape(i).rank());
        std::vector<int64_t> sizes(static_cast<size_t>(rank));
        for (int k = 1; k <= rank; ++k) {
            const Shape& other = s.shape(i);
            int64_t m = k <= shape.rank() ? shape[shape.rank() - k] : 1;
            int64_t n = k <= other.rank() ? other[other.rank() - k] : 1;
            if (m != n && m != 1 && n != 1)
                s.refuse("sizes " + std::to_string(m) + " and " + std::to_string(n) + " do not go together",
                         "sizes, counted from the last axis, must be equal or 1");
            sizes[size_t(rank - k)] = m == 1 ? n : m;
        }
        shape = Shape(sizes);
    }
    return {{shape}};
}

std::vector<Tensor> zero_gradients(const GradientCall& c) {
    std::vector<Tensor> zeros;
    for (int i = 0; i < c.input_count(); ++i) {
        const TensorSpec& x = c.input_spec(i);
        zeros.push_back(c.needs(i) ? Tensor::zeros(x.shape, x.type, c.cotangent().device()) : Tensor());
    }
    return zeros;
}

std::vector<Sample> pointwise_samples(const std::vector<InputSample>& inputs, const Attributes& attributes) {
    // One list of shapes per sample; an operation with fewer inputs takes the first ones.
    const std::vector<std::vector<Shape>> shapes = {
        {{3, 5}, {3, 5}, {3, 5}}, {{1001}, {1001}, {1}},      {{2, 1, 7}, {4, 1}, {7}}, {{}, {33}, {2, 33}},
        {{5, 1, 3}, {1, 6, 1}, {}}, {{0, 4}, {4}, {0, 1}}};
    std::vector<Sample> samples;
    for (const std::vector<Shape>& s : shapes) {
        samples.push_back({inputs, attributes});
        for (size_t i = 0; i < inputs.size(); ++i) samples.back().inputs[i].shape = s[i];
    }
    return samples;
}

std::vector<WrongSample> pointwise_wrong(int inputs) {
    Sample call;
    for (int i = 0; i < inputs; ++i) call.inputs.push_back({.shape = {3, i == 1 ? 4 : 5}});
    return {{call, "sizes 5 and 4 do not go together"}};
}

static std::atomic<int64_t>& streaming_limit() {
    static std::atomic<int64_t> limit = [] {
        const int64_t last_cache = sysconf(_SC_LEVEL3_CACHE_SIZE), usual = int64_t(64) << 20;
        return last_cache > 0 ? std::min(last_cache, usual) : usual;  // a shared cache of 400 MB is not all ours
    }();
    return limit;
}
bool beyond_caches(int64_t bytes) { return bytes > streaming_limit().load(std::memory_order_relaxed); }
int64_t set_streaming_limit(int64_t bytes) { return streaming_limit().exchange(bytes); }

Tensor scalar_like(const Tensor& x, double value) {
    return affine(Tensor::zeros(Shape{}, x.type(), x.device()), 1, value);
}

Tensor sum_to(const Tensor& g, const Shape& shape) {
    if (g.shape() == shape) return g;
    std::vector<int64_t> axes;
    int extra = g.rank() - shape.rank();
    for (int i = 0; i < g.rank(); ++i)
        if (i < extra || (shape[i - extra] == 1 && g.shape()[i] != 1)) axes.push_back(i);
    return reshape(sum(g, axes), shape);
}

}  // namespace adjoint
