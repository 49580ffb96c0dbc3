#include "losses/metrics.h"

#include <algorithm>
#include <cmath>

#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {
namespace {

struct Pair {
    Tensor x, y;  // float64 constants
};
Pair as_float64(const Tensor& prediction, const Tensor& target, const char* who) {
    if (!(prediction.shape() == target.shape()))
        fail(ExitCode::mismatch,
             std::string(who) + " of a prediction " + prediction.shape().text() + " and a target " +
                 target.shape().text(),
             "the shapes differ");
    return {prediction.to(Type::float64).constant(), target.to(Type::float64).to(prediction.device()).constant()};
}
double squared_norm(const Tensor& x) { return sum(square(x)).item(); }

}  // namespace

double psnr(const Tensor& prediction, const Tensor& target, double data_range) {
    const Pair p = as_float64(prediction, target, "psnr");
    return 10 * std::log10(data_range * data_range / mean(square(p.x - p.y)).item());
}

double ssim_metric(const Tensor& prediction, const Tensor& target, double data_range, SsimSettings s) {
    const Pair p = as_float64(prediction, target, "ssim");
    s.range = data_range;
    return ssim(p.x, p.y, s).item();
}

double nrmse(const Tensor& prediction, const Tensor& target, Normalisation normalisation) {
    const Pair p = as_float64(prediction, target, "nrmse");
    const double rmse = std::sqrt(mean(square(p.x - p.y)).item());
    if (normalisation == Normalisation::norm) return rmse / std::sqrt(mean(square(p.y)).item());
    if (normalisation == Normalisation::mean) return rmse / mean(p.y).item();
    const std::vector<double> y = plain_values(p.y);
    const auto [low, high] = std::minmax_element(y.begin(), y.end());
    return rmse / (*high - *low);
}

double nmse(const Tensor& prediction, const Tensor& target) {
    const Pair p = as_float64(prediction, target, "nmse");
    return squared_norm(p.x - p.y) / squared_norm(p.y);
}

}  // namespace adjoint
