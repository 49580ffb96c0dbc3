// variance: y = Σ (x − μ)² / (n − correction), μ = Σ x / n, over neighbouring axes: outer × n × inner → outer × inner.
// correction 0: of a population; 1: the unbiased estimate from a sample.  dy/dx = 2 (x − μ) / (n − correction).
// Never E[x²] − μ²: squares are of centred numbers, in float64. One read from memory on the CPU: each slab is centred
// at its own mean while it is in cache, and slabs are joined by T. F. Chan, G. H. Golub, R. J. LeVeque, Updating
// formulae and a pairwise algorithm for computing sample variances, 1979, eq. 1.5 for any number of parts: Σ (x − μ)² =
// Σ_s (M_s + n_s (μ_s − μ)²). The GPU reads twice.
#include "kernels/reduction/reduce.h"

#if ADJOINT_HOST
namespace adjoint {

template <class S>
static void variance_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            auto x = [&](int64_t r) { return a.in<S>(0)[(o * n.reduced + r) * n.inner + i]; };
            S mean(0.0), squares(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) mean += x(r);
            mean /= S(double(n.reduced));
            for (int64_t r = 0; r < n.reduced; ++r) squares += (x(r) - mean) * (x(r) - mean);
            a.out<S>(0)[o * n.inner + i] = squares / S(double(n.reduced - a.integer("correction")));
        }
}

static std::vector<TensorSpec> infer_variance(const Signature& s) {
    auto y = infer_reduction(s);
    const int64_t correction = s.attributes.integer("correction");
    if (correction != 0 && correction != 1) s.refuse("the correction is neither 0 nor 1");
    const int64_t n = reduced_by(s);
    if (n <= correction && y[0].shape.count() > 0)
        s.refuse(std::to_string(n) + " numbers are too few for a variance", "correction 1 needs two, 0 needs one");
    return y;
}

// Centred in one operation, in float64: x − mean(x) in float32 would lose what the kernels keep.
static std::vector<Tensor> gradient_of_variance(const GradientCall& c) {
    const Shape& shape = c.input_spec(0).shape;
    const Axes axes = reduced_axes(c);
    const double n = double(reduced_count(shape, axes) - c.attributes().integer("correction"));
    return {centre(c.input(0), axes) * keep_axes(c.cotangent() * (2 / n), shape, axes)};
}

ADJOINT_DECLARE_KERNELS(variance)

ADJOINT_OPERATION(variance) {
    std::vector<Sample> samples = nonempty_reduction_samples();
    for (size_t k = 0; k < samples.size(); ++k) samples[k].attributes.set("correction", int64_t(k % 2));
    samples.push_back({{{.shape = {3, 700}, .low = 1000, .high = 1001}},
                       {{"first", int64_t(1)}, {"count", int64_t(1)}, {"correction", int64_t(0)}}});
    std::vector<WrongSample> wrong = wrong_reductions();
    for (WrongSample& w : wrong) w.call.attributes.set("correction", int64_t(0));
    auto of = [](int64_t correction) {
        return Attributes{{"first", int64_t(1)}, {"count", int64_t(1)}, {"correction", correction}};
    };
    wrong.push_back({{{{.shape = {3, 1}}}, of(1)}, "1 numbers are too few"});
    wrong.push_back({{{{.shape = {3, 0}}}, of(0)}, "0 numbers are too few"});
    wrong.push_back({{{{.shape = {3, 4}}}, of(2)}, "neither 0 nor 1"});
    return {
        .name = "variance",
        .equation = "y = Σ (x − μ)² / (n − correction)",
        .kind = Kind::reduction,
        .infer = infer_variance,
        .definition = ADJOINT_DEFINITION(variance_definition),
        .cpu = ADJOINT_CPU_KERNELS(variance),
        .gpu = ADJOINT_GPU_KERNELS(variance),
        .saved_inputs = {0},
        .gradient = gradient_of_variance,
        .flops = [](const Signature& s) { return 4.0 * double(s.shape(0).count()); },
        .samples = samples,
        .wrong = wrong,
    };
}

Tensor variance(const Tensor& x, const Axes& axes, int64_t correction) {
    return reduce_at_once(variance_operation(), x, axes, {{"correction", correction}});
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/reduction/lanes.h"
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void variance(const KernelArguments& a) {
    const ReductionPlan p = plan_reduction(reduction_sizes(a));
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    const int64_t outputs = p.n.outer * p.n.inner;
    if (outputs == 0) return;
    const double divisor = double(p.n.reduced - a.integer("correction"));
    // Of each slab: the mean, and the sum of squares about it.
    Scratch<double> means(size_t(p.slabs * outputs)), squares(size_t(p.slabs * outputs));
    parallel_for(p.items(), p.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const Item i = item_of(p, k);
            double *mean = means.data() + i.slab * outputs + i.output,
                   *square = squares.data() + i.slab * outputs + i.output;
            reduce_block<SumRule, T, double, double>(x + i.input, i.rows, i.columns, p.n.inner, nullptr, mean);
            for (int64_t c = 0; c < i.columns; ++c) mean[c] /= double(i.rows);
            reduce_block<CentredSquaresRule, T, double, double>(x + i.input, i.rows, i.columns, p.n.inner, mean,
                                                                square);
        }
    });
    parallel_for(outputs, lane_count, [&](int64_t begin, int64_t end) {
        const int64_t count = end - begin;
        auto rows = [&](int64_t s) { return double(smaller(p.slab, p.n.reduced - s * p.slab)); };
        double mean[lane_count] = {}, total[lane_count] = {};
        for (int64_t s = 0; s < p.slabs && p.slabs > 1; ++s) {
            const double* part = means.data() + s * outputs + begin;
            const double weight = rows(s) / double(p.n.reduced);
            for (int64_t k = 0; k < count; ++k) mean[k] += weight * part[k];
        }
        for (int64_t s = 0; s < p.slabs; ++s) {
            const double *part = means.data() + s * outputs + begin, *square = squares.data() + s * outputs + begin;
            const double weight = p.slabs > 1 ? rows(s) : 0;
            for (int64_t k = 0; k < count; ++k)
                total[k] += square[k] + weight * (part[k] - mean[k]) * (part[k] - mean[k]);
        }
        for (int64_t k = 0; k < count; ++k) y[begin + k] = T(total[k] / divisor);
    });
}

}  // namespace
ADJOINT_KERNELS(variance)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/reduction/stages.h"
namespace adjoint::gpu {
namespace {

// y = s · x, one thread per output.
template <class T>
__global__ void scale_outputs(const double* x, double s, T* y, int64_t count) {
    const int64_t k = int64_t(blockIdx.x) * reduction_block + threadIdx.x;
    if (k < count) y[k] = T(x[k] * s);
}

template <class T>
void variance(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const int64_t outputs = n.outer * n.inner;
    if (outputs == 0) return;
    const dim3 grid(unsigned((outputs + reduction_block - 1) / reduction_block));
    GpuScratch<double> sums(outputs), means(outputs);
    reduce_into<SumRule, T, double, double>(n, a.in<T>(0), nullptr, sums.data(), a.stream);
    launch(scale_outputs<double>, grid, dim3(reduction_block), 0, a.stream, static_cast<const double*>(sums.data()),
           1 / double(n.reduced), means.data(), outputs);
    reduce_into<CentredSquaresRule, T, double, double>(n, a.in<T>(0), means.data(), sums.data(), a.stream);
    launch(scale_outputs<T>, grid, dim3(reduction_block), 0, a.stream, static_cast<const double*>(sums.data()),
           1 / double(n.reduced - a.integer("correction")), a.out<T>(0), outputs);
}

}  // namespace
ADJOINT_KERNELS(variance)
}  // namespace adjoint::gpu
#endif
