#include "tools/bench/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "kernels/ceiling.h"

namespace adjoint::bench {

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v.empty() ? 0 : v[v.size() / 2];
}

double peak_megabytes() {
    rusage use;
    getrusage(RUSAGE_SELF, &use);
    return double(use.ru_maxrss) / 1024;
}

Measured measure(const Case& c) {
    auto ceiling = [&] {
        if (c.bound == Bound::arithmetic) return fma_ceiling_gflops(4) * 1e9;
        if (c.bound == Bound::memory) return memory_ceiling_gbytes(int64_t(64) << 20) * 1e9;
        return 0.0;
    };
    c.run();  // warms caches and the memory pool
    std::vector<double> seconds, shares, ceilings;
    double before = ceiling();
    for (int i = 0; i < c.runs; ++i) {
        const double start = seconds_now();
        c.run();
        seconds.push_back(seconds_now() - start);
        const double after = ceiling();
        ceilings.push_back((before + after) / 2);
        if (c.bound != Bound::time) shares.push_back(c.work / seconds.back() / ceilings.back());
        before = after;
    }
    const double s = median(seconds);
    return {s, c.work / s, median(shares), median(ceilings)};
}

}  // namespace adjoint::bench
