// A whole SIREN on plain memory, forward and backward in blocks of rows that stay in cache: h₀ = coordinates,
// h_{l+1} = sin(ω_l (h_l W_lᵀ + b_l)), and y = h_last Wᵀ + b without a sine at the end (Sitzmann et al. 2020, §3).
#pragma once
#include <cstdint>

namespace adjoint {

enum class SirenLoss {
    l2,     // scale · Σ (y − target)²
    l1,     // scale · Σ |y − target|, with derivative 0 where they are equal
    given,  // any other: target holds dL/dy, scale and loss_value are not used
};

template <class T>
struct SirenProblem {
    int layers = 0;                  // weight matrices: sine layers, then the linear one; at least 1
    const int64_t* widths = nullptr; // layers + 1: coordinates, hidden …, outputs
    const T* const* weights = nullptr;  // layer l: widths[l+1] × widths[l], row-major
    const T* const* biases = nullptr;   // layer l: widths[l+1]
    const double* omegas = nullptr;     // layers − 1
    int64_t rows = 0;
    const T* coordinates = nullptr;  // rows × widths[0]
    T* output = nullptr;             // rows × widths[layers]; may be null when gradients are computed

    // For siren_gradient_raw only:
    SirenLoss loss = SirenLoss::l2;
    const T* target = nullptr;       // rows × widths[layers]
    double scale = 1;                // for a mean: 1 / (rows · widths[layers])
    double* loss_value = nullptr;    // summed in double; may be null
    T* const* weight_gradients = nullptr;  // like weights; written, or added to when `accumulate`
    T* const* bias_gradients = nullptr;
    bool accumulate = false;
};

// The CPU kernels, one build per instruction set. The same bits for any number of threads: rows are cut into slabs (how
// many depends on the problem alone), each with its own gradients, which are added in the order of the slabs. Working
// memory: these gradients, 16 times the parameters (less for networks whose 16 copies exceed 64 MB), and per thread the
// activations of one block.
#define ADJOINT_DECLARE_SIREN(isa)                         \
    namespace isa {                                        \
    void siren_forward_raw(const SirenProblem<float>&);    \
    void siren_forward_raw(const SirenProblem<double>&);   \
    void siren_gradient_raw(const SirenProblem<float>&);   \
    void siren_gradient_raw(const SirenProblem<double>&);  \
    }
ADJOINT_DECLARE_SIREN(isa_baseline)
ADJOINT_DECLARE_SIREN(isa_avx2)
ADJOINT_DECLARE_SIREN(isa_avx512)
#undef ADJOINT_DECLARE_SIREN

}  // namespace adjoint
