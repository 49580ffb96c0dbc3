// The losses' values on a pair of images given by a formula, to the digits that independent float64 programs gave.
#include <doctest/doctest.h>

#include <cmath>

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/window/window.h"
#include "losses/losses.h"
#include "losses/metrics.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

const Tensor& A() {
    static const Tensor a = check_image(false);
    return a;
}
const Tensor& B() {
    static const Tensor b = check_image(true);
    return b;
}
// Equal to all ten digits after the point that are given.
bool agrees(double got, double want) {
    CAPTURE(got);
    CAPTURE(want);
    return std::abs(got - want) <= 0.51e-10;
}

}  // namespace

TEST_CASE("L1 and L2") {
    CHECK(std::abs(l2(A(), B()).item() - 0.00125027299834) < 1e-14);
    CHECK(std::abs(l1(A(), B()).item() - 0.03183329688181) < 1e-14);
}

TEST_CASE("local Glance: border, constant, joint and separate channels") {
    GlanceSettings s;
    CHECK(local_glance_map(A(), B(), s).shape() == Shape{1, 3, 31, 31});
    CHECK(agrees(mean(local_glance_map(A(), B(), s)).item(), 0.9883680538));
    s.zero_border = false;
    CHECK(local_glance_map(A(), B(), s).shape() == Shape{1, 3, 17, 17});
    CHECK(agrees(mean(local_glance_map(A(), B(), s)).item(), 0.9773673910));
    s.constant = 0.03;
    CHECK(agrees(mean(local_glance_map(A(), B(), s)).item(), 0.9891736703));
    s.joint = true;
    CHECK(local_glance_map(A(), B(), s).shape() == Shape{1, 1, 17, 17});
    CHECK(agrees(mean(local_glance_map(A(), B(), s)).item(), 0.9891725382));
    s.constant = 4.5e-4;
    CHECK(agrees(mean(local_glance_map(A(), B(), s)).item(), 0.9773680603));
    CHECK(agrees(local_glance_loss(A(), B(), GlanceSettings::code()).item(), 1 - 0.9883680538));
    CHECK(agrees(local_glance_loss(A(), B(), GlanceSettings::paper()).item(), 1 - 0.9891725382));
}

TEST_CASE("global Glance in identity order: the local code form on pixels times 255") {
    CHECK(agrees(mean(local_glance_map(255.0 * A(), 255.0 * B(), GlanceSettings::code())).item(), 0.9882154233));
}

TEST_CASE("SSIM: every named variant") {
    CHECK(ssim_map(A(), B(), SsimSettings::pytorch_ssim(16)).shape() == Shape{1, 3, 33, 33});
    CHECK(agrees(ssim(A(), B(), SsimSettings::pytorch_ssim()).item(), 0.9640087642));
    CHECK(agrees(ssim(A(), B(), SsimSettings::pytorch_ssim(16)).item(), 0.9659148573));
    CHECK(agrees(ssim(A(), B(), SsimSettings::scikit_image()).item(), 0.9657971744));
    CHECK(agrees(ssim_metric(A(), B(), 1), 0.9657971744));
    SsimSettings fastmri = SsimSettings::fastmri();
    fastmri.range = 1;
    CHECK(agrees(ssim(slice_axis(A(), 1, 0, 1), slice_axis(B(), 1, 0, 1), fastmri).item(), 0.9659086073));
}

TEST_CASE("S3IM's window in identity order") {
    const Tensor map = window_similarity(A(), B(), Window::square(4, 1, 4, 1.5), SimilarityTerms::ssim(1));
    CHECK(map.shape() == Shape{1, 3, 8, 8});
    CHECK(agrees(mean(map).item(), 0.9335472460));
}

TEST_SUITE_END();
