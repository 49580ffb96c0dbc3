// Sums of losses from a text.
#include <doctest/doctest.h>

#include "losses/composition.h"
#include "losses/metrics.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

constexpr LossContext context{1, 2};

std::string error_of(const std::string& text) {
    try {
        Composition c(text);
    } catch (const Error& e) {
        CHECK(e.code == ExitCode::usage);
        return e.what();
    }
    return "no error";
}
bool complains(const std::string& text, const std::string& part) {
    const std::string error = error_of(text);
    CAPTURE(text);
    CAPTURE(error);
    const bool found = error.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

}  // namespace

TEST_CASE("a sum is the weighted sum of its terms") {
    const Tensor x = check_image(true), y = check_image(false);
    const Composition sum(" l2 + 0.01 * ms-glance { prior = 0.01 , window=8 } + 2*l1+ssim+0.5*ssim{window=7}");
    const LossValue v = sum.value(x, y, context);
    CHECK(sum.names() ==
          std::vector<std::string>{"l2", "ms-glance", "ms-glance.local", "ms-glance.global", "l1", "ssim", "ssim-2"});
    REQUIRE(v.terms.size() == 7);
    std::vector<double> t;
    for (size_t i = 0; i < 7; ++i) {
        CHECK(v.terms[i].name == sum.names()[i]);
        t.push_back(v.terms[i].value.item());
    }
    CHECK(v.total.shape() == Shape{});
    CHECK(v.total.item() == doctest::Approx(t[0] + 0.01 * t[1] + 2 * t[4] + t[5] + 0.5 * t[6]).epsilon(1e-14));
    CHECK(t[1] == doctest::Approx(t[2] + t[3]).epsilon(1e-14));
    GlanceSettings s;
    s.prior = 0.01;
    s.window = 8;
    CHECK(t[1] == ms_glance_loss(x, y, s, context).total.item());
    CHECK(t[6] == ssim_loss(x, y, SsimSettings::pytorch_ssim(7)).item());
}

TEST_CASE("weights and other names") {
    const Tensor x = check_image(true), y = check_image(false);
    const double l = l2(x, y).item();
    CHECK(Composition("mse").value(x, y, context).total.item() == l);
    CHECK(Composition("1e-2*l2").value(x, y, context).total.item() == doctest::Approx(0.01 * l).epsilon(1e-15));
    CHECK(Composition("0*l1+l2").value(x, y, context).total.item() == l);
    CHECK(Composition("mse").names() == std::vector<std::string>{"l2"});
}

TEST_CASE("text() writes every setting out, and reads back as the same sum") {
    const Composition c("l1+0.1*ms-glance{form=paper,constant=0.02}");
    const std::string text = c.text();
    CHECK(text.rfind("l1+0.1*ms-glance{form=paper,window=16,", 0) == 0);
    CHECK(text.find("constant=0.02") != std::string::npos);
    CHECK(text.find("joint=true") != std::string::npos);
    CHECK(text.find("prior=-inf") != std::string::npos);
    CHECK(Composition(text).text() == text);
    for (const char* t : {"ssim{variant=fastmri}", "ssim{variant=uniform,window=9}", "s3im", "global-glance{n=8}",
                          "ssim{variant=wang2004}"}) {
        const std::string full = Composition(t).text();
        CAPTURE(full);
        CHECK(Composition(full).text() == full);
    }
}

TEST_CASE("mistakes name what is nearest") {
    complains("ms-glanc", "did you mean 'ms-glance'?");
    complains("l2+0.01*SSIM", "loss 'SSIM'");
    complains("zzzzzz", "there are l1, l2, ssim");
    complains("ms-glance{priro=0.01}", "did you mean 'prior'?");
    complains("l2{window=3}", "this loss has none");
    complains("ms-glance{window=big}", "a whole number");
    complains("ms-glance{window=0}", "between 1 and 4096");
    complains("ms-glance{window=16.5}", "a whole number");
    complains("ms-glance{prior=nan}", "between");
    complains("ms-glance{joint=yes}", "true or false");
    complains("ssim{variant=matlab}", "one of wang2004, uniform");
    complains("ms-glance{window=8,window=9}", "given twice");
    complains("l2+", "the name of a loss is missing");
    complains("", "the name of a loss is missing");
    complains("l2 l1", "'+' or the end");
    complains("0.5 l2", "'*' is missing");
    complains("-1*l2", "at least 0");
    complains("ms-glance{window=8", "'}' is missing");
    complains("ms-glance{window}", "'=' is missing");
    complains("ssim{variant=scikit-image,window=1}", "more than one pixel");
}

TEST_CASE("every loss describes itself") {
    const std::string help = losses_help();
    for (const LossEntry& e : all_losses()) {
        CHECK(help.find(e.name) != std::string::npos);
        CHECK_FALSE(e.help.empty());
        CHECK(Composition(e.name).names()[0] == e.name);
    }
    CHECK(help.find("prior=-inf") != std::string::npos);
    for (const LossDescription& d : describe_losses())
        for (const auto& k : d.keys) CHECK_FALSE(k.help.empty());
}

TEST_CASE("metrics by hand") {
    const Tensor y = Tensor::from(std::vector<double>{0, 1, 2, 3}, {4}),
                 x = Tensor::from(std::vector<double>{0.5, 1, 2, 2.5}, {4});
    CHECK(psnr(x, y, 3) == doctest::Approx(10 * std::log10(9 / 0.125)));
    CHECK(std::isinf(psnr(y, y, 3)));
    CHECK(nmse(x, y) == doctest::Approx(0.5 / 14));
    CHECK(nrmse(x, y) == doctest::Approx(std::sqrt(0.5 / 14)));
    CHECK(nrmse(x, y, Normalisation::range) == doctest::Approx(std::sqrt(0.125) / 3));
    CHECK(nrmse(x, y, Normalisation::mean) == doctest::Approx(std::sqrt(0.125) / 1.5));
    CHECK_THROWS_AS(psnr(x, Tensor::from(std::vector<double>{1}, {1}), 1), Error);
}

TEST_SUITE_END();
