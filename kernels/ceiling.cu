#include "kernels/ceiling.h"

#include "engine/parallel.h"

#if ADJOINT_CPU
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Independent chains enough to hide the latency of 4 cycles of two FMA units: 24 of 32 registers, or 12 of 16.
template <class T>
double chains(int64_t steps) {
    constexpr int count = vector_bytes == 64 ? 24 : 12;
    Vector<T> a[count], x = splat(T(0.999)), y = splat(T(1e-3));
#pragma GCC unroll 24
    for (int i = 0; i < count; i++) a[i] = splat(T(i) * T(1e-3));
    for (int64_t k = 0; k < steps; k++)
#pragma GCC unroll 24
        for (int i = 0; i < count; i++) a[i] = fma<T>(a[i], x, y);
    Vector<T> total{};
#pragma GCC unroll 24
    for (int i = 0; i < count; i++) total += a[i];
    return double(sum<T>(total));
}

}  // namespace

double fma_chains(int64_t steps, bool float64) { return float64 ? chains<double>(steps) : chains<float>(steps); }
double fma_chains_flops(bool float64) {
    return 2.0 * (vector_bytes == 64 ? 24 : 12) * (float64 ? lanes<double> : lanes<float>);
}
void copy_floats(const float* from, float* to, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes<float>) store(to + i, load(from + i));
}

}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_HOST
#include <chrono>
#include <vector>

#include "engine/isa.h"

namespace adjoint {

#define ADJOINT_DECLARE_CEILINGS(isa)                      \
    namespace isa {                                        \
    double fma_chains(int64_t steps, bool float64);        \
    double fma_chains_flops(bool float64);                 \
    void copy_floats(const float*, float*, int64_t count); \
    }
ADJOINT_DECLARE_CEILINGS(isa_baseline)
ADJOINT_DECLARE_CEILINGS(isa_avx2)
ADJOINT_DECLARE_CEILINGS(isa_avx512)

static double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double fma_ceiling_gflops(double milliseconds, bool float64) {
    const auto chains = ADJOINT_CHOOSE_CPU(fma_chains);
    const double per_step = ADJOINT_CHOOSE_CPU(fma_chains_flops)(float64);
    auto run = [&](int64_t steps) {
        std::vector<double> sums(size_t(threads()) * 8);
        const double begin = seconds_now();
        parallel_for(threads(), 1, [&](int64_t i, int64_t) { sums[size_t(i) * 8] = chains(steps, float64); });
        const double seconds = seconds_now() - begin;
        asm volatile("" : : "r"(sums.data()) : "memory");  // the results must look used
        return double(threads()) * per_step * double(steps) / seconds * 1e-9;
    };
    const double rough = run(2000) / threads();  // GFLOP/s of a thread
    return run(int64_t(rough * 1e6 * milliseconds / per_step) + 1);
}

double memory_ceiling_gbytes(int64_t bytes) {
    const auto copy = ADJOINT_CHOOSE_CPU(copy_floats);
    const int64_t count = (bytes / 4 + 63) / 64 * 64;
    static std::vector<float> from, to;
    if (int64_t(from.size()) != count) from.assign(size_t(count), 1.0f), to.assign(size_t(count), 0.0f);
    const double begin = seconds_now();
    parallel_for(count, 65536, [&](int64_t i, int64_t end) { copy(from.data() + i, to.data() + i, end - i); });
    return 8.0 * double(count) / (seconds_now() - begin) * 1e-9;
}

}  // namespace adjoint
#endif
