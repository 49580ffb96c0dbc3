// The fused SIREN on the CPU (see problem.h). Working memory instead of rows × width × layers numbers: one block's
// activations per thread.
#if ADJOINT_CPU
#include "kernels/network/siren/blocks.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Activations of a block: they, the panels of a weight and the gradient under work share L2.
constexpr int64_t block_bytes = 640 * 1024;

template <class T>
class Siren {
public:
    explicit Siren(const SirenProblem<T>& problem, bool gradient)
        : p_(problem), gradient_(gradient), layers_(problem.layers), packed_(plan()) {
        place();
        parallel_for(2 * p_.layers, 1, [&](int64_t i, int64_t) {
            const SirenLayer<T>& layer = layers_.data()[i / 2];
            const PackedWeight<T>& weight = i % 2 ? layer.backward : layer.forward;
            if (weight.data) weight.pack();
        });
    }

    void forward() const {
        const Partition blocks{p_.rows, pieces(p_.rows, block_rows()), 1};
        parallel_for(blocks.parts, 1, [&](int64_t begin, int64_t end) {
            Scratch<T> own(block_size());
            for (int64_t i = begin; i < end; i++) forward_block<false>(blocks.begin(i), blocks.length(i), own.data());
        });
    }

    void gradient() const {
        const Partition slabs{p_.rows, slab_count<T>(p_.rows, gradient_size_), 1};
        Scratch<T> gradients(slabs.parts * gradient_size_);
        Scratch<double> losses(slabs.parts);
        parallel_for(slabs.parts, 1, [&](int64_t first, int64_t last) {
            Scratch<T> own(block_size());
            for (int64_t s = first; s < last; s++) {
                T* slab = gradients.data() + s * gradient_size_;
                for (int64_t i = 0; i < (p_.rows ? bias_size_ : gradient_size_); i++) slab[i] = T(0);
                double loss = 0;
                const Partition blocks{slabs.length(s), pieces(slabs.length(s), block_rows()), 1};
                for (int64_t i = 0; i < blocks.parts; i++) {
                    const int64_t row = slabs.begin(s) + blocks.begin(i), rows = blocks.length(i);
                    forward_block<true>(row, rows, own.data());
                    loss += backward_block(row, rows, own.data(), slab, i > 0);
                }
                losses.data()[s] = loss;
            }
        });
        for (int l = 0; l < p_.layers; l++) collect(layers_.data()[l], l, gradients.data(), slabs.parts);
        if (p_.loss_value && p_.loss != SirenLoss::given) {
            double total = 0;
            for (int64_t s = 0; s < slabs.parts; s++) total += losses.data()[s];
            *p_.loss_value = p_.scale * total;
        }
    }

private:
    // Fills in the layers' shapes and places; returns the size of all packed weights.
    int64_t plan() {
        int64_t packed = 0, block_row = row_stride<T>(p_.widths[0]);
        bias_size_ = 0;
        for (int l = 0; l < p_.layers; l++) {
            SirenLayer<T>& layer = layers_.data()[l];
            layer.in = p_.widths[l], layer.out = p_.widths[l + 1];
            layer.stride = row_stride<T>(layer.out);
            layer.bias = p_.biases[l];
            layer.omega = l + 1 < p_.layers ? T(p_.omegas[l]) : T(0);
            layer.forward.look_at(p_.weights[l], layer.out, layer.in, true);
            layer.backward.look_at(p_.weights[l], layer.out, layer.in, false);
            packed += layer.forward.size() + (needs_backward(l) ? layer.backward.size() : 0);
            layer.h_at = block_row, block_row += layer.stride;  // per row; times block_rows() in place()
            layer.derivative_at = block_row;
            if (gradient_ && l + 1 < p_.layers) block_row += layer.stride;
            layer.bias_at = bias_size_, bias_size_ += round_up(layer.out, 64 / int64_t(sizeof(T)));
        }
        gradient_size_ = bias_size_;
        for (int l = 0; l < p_.layers; l++) {
            SirenLayer<T>& layer = layers_.data()[l];
            layer.weight_gradient.look_at(layer.out, layer.in);
            layer.weight_at = gradient_size_, gradient_size_ += layer.weight_gradient.size();
        }
        block_row_ = block_row;
        return packed;
    }
    ADJOINT_INLINE bool needs_backward(int l) const { return gradient_ && l > 0; }
    void place() {
        T* packed = packed_.data();
        for (int l = 0; l < p_.layers; l++) {
            SirenLayer<T>& layer = layers_.data()[l];
            layer.forward.data = packed, packed += layer.forward.size();
            if (needs_backward(l)) layer.backward.data = packed, packed += layer.backward.size();
            layer.h_at *= block_rows(), layer.derivative_at *= block_rows();
        }
    }

    // Whole tiles of rows, as many as fit.
    ADJOINT_INLINE int64_t block_rows() const {
        const int64_t tiles = block_bytes / (block_row_ * int64_t(sizeof(T)) * tile_rows);
        return tile_rows * larger<int64_t>(2, smaller<int64_t>(tiles, 168 / tile_rows));
    }
    ADJOINT_INLINE int64_t block_size() const { return block_rows() * block_row_ + tile_width<T>; }

    template <bool with_derivatives>
    void forward_block(int64_t row, int64_t rows, T* own) const {
        const int64_t in = p_.widths[0], out = p_.widths[p_.layers];
        int64_t stride = row_stride<T>(in);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t x = 0; x < in; x++) own[r * stride + x] = p_.coordinates[(row + r) * in + x];
        const T* h = own;
        for (int l = 0; l < p_.layers; l++) {
            const SirenLayer<T>& layer = layers_.data()[l];
            T* next = own + layer.h_at;
            layer.forward.multiply(rows, h, stride, next, layer.stride);
            if (l + 1 < p_.layers)
                sine_pass<T, with_derivatives>(rows, layer.out, layer.stride, layer.bias, layer.omega, next,
                                               own + layer.derivative_at);
            else
                bias_pass(rows, layer.out, layer.stride, layer.bias, next);
            h = next, stride = layer.stride;
        }
        if (!p_.output) return;
        for (int64_t r = 0; r < rows; r++)
            for (int64_t x = 0; x < out; x++) p_.output[(row + r) * out + x] = h[r * stride + x];
    }

    // Adds the block's gradients to the slab's; returns its loss.
    double backward_block(int64_t row, int64_t rows, T* own, T* slab, bool accumulate) const {
        const SirenLayer<T>* layer = &layers_.data()[p_.layers - 1];
        T* dz = own + layer->h_at;
        const double loss = loss_pass(p_.loss, rows, layer->out, layer->stride, p_.target + row * layer->out, T(p_.scale),
                                      dz, slab + layer->bias_at);
        for (int l = p_.layers - 1;; l--) {
            layer = &layers_.data()[l];
            const SirenLayer<T>* before = l > 0 ? &layers_.data()[l - 1] : nullptr;
            T* h = before ? own + before->h_at : own;
            layer->weight_gradient.add(rows, dz, layer->stride, h, before ? before->stride : row_stride<T>(layer->in),
                                       slab + layer->weight_at, !accumulate, {Ahead{}});
            if (!before) return loss;
            // h has done its work: dL/dh takes its place.
            layer->backward.multiply(rows, dz, layer->stride, h, before->stride);
            dz = own + before->derivative_at;
            chain_pass(rows, before->out, before->stride, h, dz, slab + before->bias_at);
        }
    }

    // Sums the slabs' gradients of layer l, in order.
    void collect(const SirenLayer<T>& layer, int l, const T* gradients, int64_t slabs) const {
        for_vectors<T>(layer.out, [&](int64_t x, auto count) {
            T* to = p_.bias_gradients[l] + x;
            Vector<T> sum = sum_of_slabs(gradients + layer.bias_at + x, gradient_size_, slabs, count);
            store_some(to, p_.accumulate ? Vector<T>(load_some(to, count) + sum) : sum, count);
        });
        layer.weight_gradient.collect(gradients + layer.weight_at, gradient_size_, slabs, p_.weight_gradients[l],
                                      p_.accumulate);
    }

    const SirenProblem<T>& p_;
    const bool gradient_;
    int64_t bias_size_ = 0, gradient_size_ = 0;  // of a slab's gradients; the biases come first
    int64_t block_row_ = 0;                      // numbers per row of a block
    Scratch<SirenLayer<T>> layers_;
    Scratch<T> packed_;
};

}  // namespace

void siren_forward_raw(const SirenProblem<float>& p) { Siren<float>(p, false).forward(); }
void siren_forward_raw(const SirenProblem<double>& p) { Siren<double>(p, false).forward(); }
void siren_gradient_raw(const SirenProblem<float>& p) { Siren<float>(p, true).gradient(); }
void siren_gradient_raw(const SirenProblem<double>& p) { Siren<double>(p, true).gradient(); }

}  // namespace adjoint::ADJOINT_ISA
#endif
