// normalise on the CPU: group by group; a group that fits in the second-level cache is read from memory once.
// All sums run in float64 lanes that do not depend on the number of threads.
#pragma once
#include "kernels/reduction/lanes.h"

namespace adjoint::ADJOINT_ISA {
namespace {

ADJOINT_INLINE int64_t group_grain(const NormaliseSizes& n) { return larger<int64_t>(1, 16384 / (n.runs * n.length)); }

template <class T>
void normalise(const KernelArguments& a) {
    const NormaliseSizes n = normalise_sizes(a);
    if (n.groups == 0) return;
    const T *x = a.in<T>(0), *gamma = a.in<T>(1), *beta = a.in<T>(2);
    T* y = a.out<T>(0);
    const double epsilon = a.real("epsilon");
    parallel_for(n.groups, group_grain(n), [&](int64_t begin, int64_t end) {
        for (int64_t g = begin; g < end; ++g) {
            double mean = 0, variance = 0, part;
            for (int64_t r = 0; r < n.runs; ++r) {
                reduce_block<SumRule, T, double, double>(x + n.at(g, r), n.length, 1, 1, nullptr, &part);
                mean += part;
            }
            mean /= n.count();
            for (int64_t r = 0; r < n.runs; ++r) {
                reduce_block<CentredSquaresRule, T, double, double>(x + n.at(g, r), n.length, 1, 1, &mean, &part);
                variance += part;
            }
            variance /= n.count();
            a.out<T>(1)[g] = T(mean);
            a.out<T>(2)[g] = T(variance);
            const double scale = 1 / __builtin_sqrt(variance + epsilon);
            for (int64_t r = 0; r < n.runs; ++r) {
                const T* __restrict__ from = x + n.at(g, r);
                T* __restrict__ to = y + n.at(g, r);
                if (n.by_column && gamma) {
                    for (int64_t s = 0; s < n.length; ++s)
                        to[s] = T((double(from[s]) - mean) * scale * double(gamma[s]));
                } else {
                    const double slope = gamma ? scale * double(gamma[g % n.affine]) : scale;
                    const double shift = beta && !n.by_column ? double(beta[g % n.affine]) : 0;
                    for (int64_t s = 0; s < n.length; ++s) to[s] = T((double(from[s]) - mean) * slope + shift);
                }
                if (n.by_column && beta)
                    for (int64_t s = 0; s < n.length; ++s) to[s] += beta[s];
            }
        }
    });
}

// Σ g and Σ g x̂ of one run, in lanes.
struct GroupSums {
    double total, with_hat;
};
template <class T, bool columns>
GroupSums run_sums(const T* __restrict__ x, const T* __restrict__ dy, const T* __restrict__ gamma, int64_t length,
                   double mean, double scale) {
    constexpr int64_t wide = 32;
    double total[wide] = {}, with_hat[wide] = {};
    for (int64_t s0 = 0; s0 < length; s0 += wide) {
        const int64_t count = smaller(wide, length - s0);
        for (int64_t l = 0; l < count; ++l) {
            const int64_t s = s0 + l;
            const double g = columns ? double(gamma[s]) * double(dy[s]) : double(dy[s]);
            total[l] += g;
            with_hat[l] += g * ((double(x[s]) - mean) * scale);
        }
    }
    for (int64_t half = wide / 2; half > 0; half /= 2)
        for (int64_t l = 0; l < half; ++l) {
            total[l] += total[l + half];
            with_hat[l] += with_hat[l + half];
        }
    return {total[0], with_hat[0]};
}

// γ̄ and β̄ of a layer: column sums by slabs of rows, which depend on the shape alone.
template <class T>
void column_sums(const NormaliseSizes& n, const T* x, const T* dy, const T* means, const T* variances, double epsilon,
                 T* d_gamma, T* d_beta) {
    const int64_t slab = larger<int64_t>(pieces(n.groups, 64), 16), slabs = pieces(n.groups, slab);
    Scratch<double> partial(2 * slabs * n.length);
    parallel_for(slabs, 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            double* __restrict__ gamma = partial.data() + 2 * k * n.length;
            double* __restrict__ beta = gamma + n.length;
            for (int64_t s = 0; s < n.length; ++s) gamma[s] = beta[s] = 0;
            for (int64_t g = k * slab; g < smaller(n.groups, (k + 1) * slab); ++g) {
                const double mean = double(means[g]), scale = 1 / __builtin_sqrt(double(variances[g]) + epsilon);
                const T* __restrict__ from = x + g * n.length;
                const T* __restrict__ v = dy + g * n.length;
                for (int64_t s = 0; s < n.length; ++s) {
                    gamma[s] += double(v[s]) * ((double(from[s]) - mean) * scale);
                    beta[s] += double(v[s]);
                }
            }
        }
    });
    for (int64_t s = 0; s < n.length; ++s) {
        double gamma = 0, beta = 0;
        for (int64_t k = 0; k < slabs; ++k) {
            gamma += partial.data()[2 * k * n.length + s];
            beta += partial.data()[(2 * k + 1) * n.length + s];
        }
        d_gamma[s] = T(gamma);
        d_beta[s] = T(beta);
    }
}

template <class T>
void normalise_gradient(const KernelArguments& a) {
    const NormaliseSizes n = normalise_sizes(a);
    const T *x = a.in<T>(0), *gamma = a.in<T>(1), *dy = a.in<T>(2);
    const double epsilon = a.real("epsilon");
    Scratch<GroupSums> sums(n.groups);
    parallel_for(n.groups, n.groups ? group_grain(n) : 1, [&](int64_t begin, int64_t end) {
        for (int64_t g = begin; g < end; ++g) {
            const double mean = double(a.in<T>(3)[g]), scale = 1 / __builtin_sqrt(double(a.in<T>(4)[g]) + epsilon);
            const bool columns = n.by_column && gamma;
            GroupSums t{0, 0};
            for (int64_t r = 0; r < n.runs; ++r) {
                const int64_t at = n.at(g, r);
                const GroupSums part = columns ? run_sums<T, true>(x + at, dy + at, gamma, n.length, mean, scale)
                                               : run_sums<T, false>(x + at, dy + at, gamma, n.length, mean, scale);
                t.total += part.total;
                t.with_hat += part.with_hat;
            }
            sums.data()[g] = t;
            const double slope = gamma && !n.by_column ? scale * double(gamma[g % n.affine]) : scale;
            const double total = t.total / n.count(), with_hat = t.with_hat / n.count();
            for (int64_t r = 0; r < n.runs; ++r) {
                const T* __restrict__ from = x + n.at(g, r);
                const T* __restrict__ v = dy + n.at(g, r);
                T* __restrict__ to = a.out<T>(0) + n.at(g, r);
                for (int64_t s = 0; s < n.length; ++s) {
                    const double c = columns ? double(gamma[s]) * double(v[s]) : double(v[s]);
                    to[s] = T(slope * (c - total - (double(from[s]) - mean) * scale * with_hat));
                }
            }
        }
    });
    if (n.by_column) return column_sums(n, x, dy, a.in<T>(3), a.in<T>(4), epsilon, a.out<T>(1), a.out<T>(2));
    for (int64_t e = 0; e < n.affine; ++e) {
        GroupSums t{0, 0};
        for (int64_t g = e; g < n.groups; g += n.affine) {
            t.total += sums.data()[g].total;
            t.with_hat += sums.data()[g].with_hat;
        }
        a.out<T>(1)[e] = T(t.with_hat);
        a.out<T>(2)[e] = T(t.total);
    }
}

}  // namespace
ADJOINT_KERNELS(normalise)
ADJOINT_KERNELS(normalise_gradient)
}  // namespace adjoint::ADJOINT_ISA
