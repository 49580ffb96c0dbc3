// Wrong CPU kernels. Each is a plain loop with one mistake.
#include <algorithm>
#include <cmath>

#include "engine/parallel.h"
#include "engine/scratch.h"
#include "engine/tape.h"
#include "kernels/reduction/axes.h"
#include "tests/battery/planted.h"

namespace adjoint::planted {
namespace {

template <class T>
void exp_from_to(const KernelArguments& a, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) a.out<T>(0)[i] = std::exp(a.in<T>(0)[i]);
}

template <class T>
void last_element_unwritten(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size - 1);
}
// Eight at a time; what is left over takes its last number from the one before it.
template <class T>
void tail_off_by_one(const KernelArguments& a) {
    int64_t n = a.out_view(0).size, whole = n / 8 * 8;
    exp_from_to<T>(a, 0, whole);
    for (int64_t i = whole; i < n; ++i) a.out<T>(0)[i] = std::exp(a.in<T>(0)[std::max(whole, i - (i + 1 == n))]);
}
// Right for numbers; NaN becomes 0.
template <class T>
void nan_is_lost(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size);
    for (int64_t i = 0; i < a.out_view(0).size; ++i) a.out<T>(0)[i] = std::fmax(a.out<T>(0)[i], T(0));
}
template <class T>
void in_single_precision(const KernelArguments& a) {
    for (int64_t i = 0; i < a.out_view(0).size; ++i) a.out<T>(0)[i] = T(std::exp(float(a.in<T>(0)[i])));
}
template <class T>
void written_past_the_end(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size);
    a.out<T>(0)[a.out_view(0).size] = T(1);
}
template <class T>
void written_before_the_start(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size);
    a.out<T>(0)[-1] = T(1);
}
template <class T>
void writes_into_its_input(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size);
    if (a.out_view(0).size) const_cast<T*>(a.in<T>(0))[0] = T(0.5);
}
template <class T>
void other_bits_when_recording(const KernelArguments& a) {
    exp_from_to<T>(a, 0, a.out_view(0).size);
    if (Tape::recording())
        for (int64_t i = 0; i < a.out_view(0).size; ++i) a.out<T>(0)[i] *= T(1) + std::numeric_limits<T>::epsilon();
}

// The second input is taken element by element, wherever it should be repeated.
template <class T>
void only_without_broadcasting(const KernelArguments& a) {
    for (int64_t i = 0; i < a.out_view(0).size; ++i)
        a.out<T>(0)[i] = a.in<T>(0)[i % a.in_view(0).size] + a.in<T>(1)[i % a.in_view(1).size];
}

// Σ over the reduced axis from a start index up to an end that may lie `beyond` it.
template <class T>
void sums(const KernelArguments& a, T start, int64_t beyond) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            T total = start;
            for (int64_t r = 0; r < n.reduced + beyond; ++r) total += a.in<T>(0)[(o * n.reduced + r) * n.inner + i];
            a.out<T>(0)[o * n.inner + i] = total;
        }
}
template <class T>
void read_past_the_end(const KernelArguments& a) {
    sums<T>(a, T(0), 1);
}
template <class T>
void scratch_not_cleared(const KernelArguments& a) {
    Scratch<T> total(1);
    sums<T>(a, total.data()[0], 0);
}
// One partial sum per thread.
template <class T>
void sums_by_threads(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const int64_t part = (n.reduced + threads() - 1) / threads();
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            T total(0);
            for (int64_t begin = 0; begin < n.reduced; begin += part) {
                T partial(0);
                for (int64_t r = begin; r < std::min(n.reduced, begin + part); ++r)
                    partial += a.in<T>(0)[(o * n.reduced + r) * n.inner + i];
                total += partial;
            }
            a.out<T>(0)[o * n.inner + i] = total;
        }
}
// Every other call adds from the other end.
template <class T>
void sums_in_varying_order(const KernelArguments& a) {
    static bool backwards = false;
    backwards = !backwards;
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            T total(0);
            for (int64_t r = 0; r < n.reduced; ++r)
                total += a.in<T>(0)[(o * n.reduced + (backwards ? n.reduced - 1 - r : r)) * n.inner + i];
            a.out<T>(0)[o * n.inner + i] = total;
        }
}
// The result of nothing is written all the same.
template <class T>
void writes_an_empty_result(const KernelArguments& a) {
    sums<T>(a, T(0), 0);
    if (a.out_view(0).size == 0) a.out<T>(0)[0] = T(0);
}

// All chunks add to one total, without taking turns.
template <class T>
void sums_in_a_race(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    T* y = a.out<T>(0);
    std::fill(y, y + n.outer * n.inner, T(0));
    parallel_for(n.outer * n.reduced * n.inner, 16, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) y[k / (n.reduced * n.inner) * n.inner + k % n.inner] += a.in<T>(0)[k];
    });
}

// p ← p − η (g + λ p), by chunks whose borders belong to both neighbours.
template <class T>
void steps_twice_at_borders(const KernelArguments& a) {
    T* p = a.out<T>(0);
    const int64_t n = a.out_view(0).size;
    for (int64_t begin = 0; begin < n; begin += 1000)
        for (int64_t i = begin; i < std::min(n, begin + 1001); ++i)
            p[i] -= T(a.real("learning_rate")) * (a.in<T>(1)[i] + T(a.real("weight_decay")) * p[i]);
}
// The gradient's memory is used for the step.
template <class T>
void step_in_the_gradient(const KernelArguments& a) {
    T *p = a.out<T>(0), *g = const_cast<T*>(a.in<T>(1));
    for (int64_t i = 0; i < a.out_view(0).size; ++i) {
        g[i] = T(a.real("learning_rate")) * (g[i] + T(a.real("weight_decay")) * p[i]);
        p[i] -= g[i];
    }
}

#define BOTH_TYPES(kernel) {kernel<float>, kernel<double>}

Operation with_kernels(const char* name, std::array<Kernel, 2> cpu) {
    Operation op = operation_named(name);
    op.cpu = cpu;
    return op;
}
Operation wrong_in_float64_only() {
    Operation op = operation_named("exp");
    op.cpu[1] = in_single_precision<double>;
    return op;
}
Operation wrong_in_float32_only() {
    Operation op = operation_named("exp");
    op.cpu[0] = tail_off_by_one<float>;
    return op;
}

// The second moment is changed, but the record does not say so.
Operation update_behind_the_back() {
    Operation op = operation_named("adam");
    op.aliases = {0, 2};
    op.infer = [](const Signature& s) { return std::vector<TensorSpec>{{s.shape(0)}, {s.shape(0)}}; };
    op.wrong = {operation_named("adam").wrong[0]};
    return op;
}

}  // namespace

std::vector<Bug> kernel_bugs() {
    return {
        {"the last element is not written", with_kernels("exp", BOTH_TYPES(last_element_unwritten)), "values"},
        {"an off-by-one in the tail", with_kernels("exp", BOTH_TYPES(tail_off_by_one)), "values"},
        {"NaN is lost", with_kernels("exp", BOTH_TYPES(nan_is_lost)), "special values"},
        {"wrong in float64 only", wrong_in_float64_only(), "values"},
        {"wrong in float32 only", wrong_in_float32_only(), "values"},
        {"wrong with broadcasting only", with_kernels("add", BOTH_TYPES(only_without_broadcasting)), "values"},
        {"one written past the end", with_kernels("exp", BOTH_TYPES(written_past_the_end)), "guard words"},
        {"one written before the start", with_kernels("exp", BOTH_TYPES(written_before_the_start)), "guard words"},
        {"one read past the end", with_kernels("sum", BOTH_TYPES(read_past_the_end)), "values"},
        {"working memory is not cleared", with_kernels("sum", BOTH_TYPES(scratch_not_cleared)), "values"},
        {"a kernel writes into its input", with_kernels("exp", BOTH_TYPES(writes_into_its_input)), "inputs unchanged"},
        {"recording changes the bits", with_kernels("exp", BOTH_TYPES(other_bits_when_recording)), "equal bits"},
        {"a sum depends on the number of threads", with_kernels("sum", BOTH_TYPES(sums_by_threads)), "equal bits"},
        {"a sum's order varies from call to call", with_kernels("sum", BOTH_TYPES(sums_in_varying_order)), "equal bits"},
        {"an empty result is written", with_kernels("sum", BOTH_TYPES(writes_an_empty_result)), "guard words"},
        {"a race between threads", with_kernels("sum", BOTH_TYPES(sums_in_a_race)), "", Device::cpu, Finder::thread_sanitizer},
        {"an update steps twice at borders", with_kernels("sgd", BOTH_TYPES(steps_twice_at_borders)), "values"},
        {"an update writes into the gradient", with_kernels("sgd", BOTH_TYPES(step_in_the_gradient)), "inputs unchanged"},
        {"an update of what its record does not list", update_behind_the_back(), "inputs unchanged"},
    };
}

}  // namespace adjoint::planted
