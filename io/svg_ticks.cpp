#include <algorithm>
#include <cmath>

#include "io/svg.h"

namespace adjoint {

std::vector<double> nice_ticks(double low, double high, int count) {
    if (!(high > low) || count < 1) return {low};
    const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= rough * 0.999) step = factor * power;
    std::vector<double> ticks;
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i < 1000 && (first + i) * step <= high + 1e-9 * step; ++i) ticks.push_back((first + i) * step);
    return ticks;
}

std::vector<double> nice_log_ticks(double low, double high) {
    const int first = int(std::floor(std::log10(low))), last = int(std::ceil(std::log10(high)));
    const bool few = std::log10(high / low) < 2.5;
    const int every = std::max(1, (last - first) / 8);  // many decades: not each of them
    std::vector<double> ticks;
    for (int decade = first; decade <= last; ++decade) {
        if ((decade - first) % every) continue;
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double tick = factor * std::pow(10, decade);
            if ((factor == 1 || few) && tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push_back(tick);
        }
    }
    return ticks.size() >= 2 ? ticks : nice_ticks(low, high, 5);
}

}  // namespace adjoint
