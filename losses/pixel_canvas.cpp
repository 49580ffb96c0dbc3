#include "losses/pixel_canvas.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/parallel.h"
#include "engine/philox.h"
#include "kernels/layout/layout.h"

namespace adjoint {
namespace {

// One draw per (seed; loss, step; item, block, place): nothing depends on what was drawn before.
class Dice {
public:
    Dice(const CanvasSettings& s, const LossContext& c, int64_t item, int64_t block)
        : random_{c.seed, (s.stream << 48) ^ c.step}, base_(uint64_t(item) << 48 | uint64_t(block) << 34) {}
    // The k-th draw, uniform in 0 … bound − 1. Philox::below, with the generator's last block kept: it holds two draws.
    uint64_t below(int64_t k, int64_t bound) {
        const uint64_t n = base_ + uint64_t(k);
        if (n / 2 != at_) words_ = random_.block(at_ = n / 2);
        const uint64_t word = uint64_t(words_.word[n % 2 * 2 + 1]) << 32 | words_.word[n % 2 * 2];
        return uint64_t((unsigned __int128)(word) * uint64_t(bound) >> 64);
    }

private:
    Philox random_;
    uint64_t base_, at_ = ~uint64_t(0);
    Philox::Block words_{};
};

// The first `count` places of a random order of `list` (Fisher and Yates, stopped early).
void shuffle_first(std::vector<int32_t>& list, int64_t count, Dice dice) {
    const int64_t size = int64_t(list.size());
    for (int64_t k = 0; k < count && k + 1 < size; ++k)
        std::swap(list[size_t(k)], list[size_t(k) + dice.below(k, size - k)]);
}

}  // namespace

std::vector<int64_t> canvas_places(std::vector<int32_t> valid, const CanvasSettings& s, const LossContext& context,
                                   int64_t item) {
    const int64_t drawn = s.n * s.m;
    Dice dice(s, context, item, 0);
    std::vector<int32_t> block(static_cast<size_t>(drawn));
    if (int64_t(valid.size()) >= drawn) {
        shuffle_first(valid, drawn, dice);
        std::copy_n(valid.begin(), drawn, block.begin());
    } else {
        for (int64_t k = 0; k < drawn; ++k) block[size_t(k)] = valid[dice.below(k, int64_t(valid.size()))];
    }

    std::vector<int64_t> places(size_t(drawn * s.shuffles));
    parallel_for(s.shuffles, 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            std::vector<int32_t> order = block;
            if (r > 0) shuffle_first(order, drawn, Dice(s, context, item, r));
            std::copy(order.begin(), order.end(), places.begin() + r * drawn);
        }
    });
    return places;
}

namespace {

// The pixels of item `item` whose target (channel 0) exceeds δ; all where none does.
std::vector<int32_t> valid_pixels(const std::vector<double>& target, int64_t first, int64_t pixels, double prior) {
    std::vector<int32_t> valid;
    if (!target.empty())
        for (int64_t p = 0; p < pixels; ++p)
            if (target[size_t(first + p)] > prior) valid.push_back(int32_t(p));
    if (valid.empty()) {
        valid.resize(size_t(pixels));
        std::iota(valid.begin(), valid.end(), 0);
    }
    return valid;
}

}  // namespace

PixelCanvas::PixelCanvas(const Tensor& target, const CanvasSettings& s, const LossContext& context) : settings_(s) {
    const Shape& shape = target.shape();
    const int64_t pixels = shape[2] * shape[3];
    if (pixels > INT32_MAX)
        fail(ExitCode::usage, "random pixels of an image " + shape.text(), "it has more than 2³¹ pixels");
    const std::vector<double> values =
        s.prior > -INFINITY ? plain_values(slice_axis(target.constant(), 1, 0, 1)) : std::vector<double>();
    for (int64_t i = 0; i < shape[0]; ++i) {
        const std::vector<int64_t> places =
            canvas_places(valid_pixels(values, i * pixels, pixels, s.prior), s, context, i);
        places_.push_back(Tensor::from(places, Shape{int64_t(places.size())}, target.device()));
    }
}

Tensor PixelCanvas::of(const Tensor& x) const {
    const Shape& shape = x.shape();
    const Tensor pixels = reshape(x, Shape{shape[0], shape[1], shape[2] * shape[3]});
    std::vector<Tensor> drawn;
    for (int64_t i = 0; i < shape[0]; ++i)
        drawn.push_back(gather(shape[0] == 1 ? pixels : slice_axis(pixels, 0, i, i + 1), places_[size_t(i)], 2));
    return reshape(shape[0] == 1 ? drawn[0] : concatenate(drawn, 0),
                   Shape{shape[0], shape[1], settings_.n, settings_.shuffles * settings_.m});
}

}  // namespace adjoint
