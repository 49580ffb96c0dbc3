// The CPU kernels of the sine layer on plain memory. The forward pass takes sin and cos of a block of the product while
// it is in L2; the backward pass takes blocks of rows through all of its steps.
#if ADJOINT_CPU
#include "kernels/linear/matmul/by_rows.h"
#include "kernels/math.h"
#include "kernels/network/blocks.h"
#include "kernels/network/sine_layer/problem.h"
#include "kernels/pointwise/stream.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void forward(const SineLayerForward<T>& p) {
    if (p.rows <= 0 || p.out <= 0) return;
    const Vector<T> omega = splat(T(p.omega));
    // The cosine is not read before the way back: where it is large it goes to memory past the caches.
    const bool streamed = p.out % lanes<T> == 0 && reinterpret_cast<uintptr_t>(p.cosine) % vector_bytes == 0 &&
                          beyond_caches(p.rows * p.out * int64_t(sizeof(T)));
    // sin and cos of rows r0…r1, columns c0…c1 of `sine`, which holds x Wᵀ.
    auto finish = [&](int64_t r0, int64_t r1, int64_t c0, int64_t c1) {
        for (int64_t r = r0; r < r1; r++) {
            T* sine = p.sine + r * p.out + c0;
            T* cosine = p.cosine ? p.cosine + r * p.out + c0 : nullptr;
            for_vectors<T>(c1 - c0, [&](int64_t x, auto count) {
                Vector<T> v = load_some(sine + x, count), s, c;
                if (p.bias) v += load_some(p.bias + c0 + x, count);
                math::sincos(Vector<T>(omega * v), &s, &c);
                store_some(sine + x, s, count);
                if (cosine && streamed) stream(cosine + x, c);
                else if (cosine) store_some(cosine + x, c, count);
            });
        }
        if (streamed) stream_end();
    };
    MatmulProblem<T> product;
    product.m = p.rows, product.n = p.out, product.k = p.in;
    product.a = p.x, product.lda = p.in;
    product.b = p.weight, product.ldb = p.in, product.transpose_b = true;
    product.c = p.sine, product.ldc = p.out;
    ProductByRows<T, decltype(finish)>(product, finish).run();
}

template <class T>
class Backward {
public:
    explicit Backward(const SineLayerBackward<T>& problem)
        : p_(problem), dz_stride_(row_stride<T>(problem.out)), h_stride_(row_stride<T>(problem.in)),
          bias_size_(round_up(problem.out, 64 / int64_t(sizeof(T)))) {
        weight_.look_at(p_.weight, p_.out, p_.in, false);
        gradient_.look_at(p_.out, p_.in);
        slab_size_ = bias_size_ + gradient_.size();
    }

    void run() {
        Scratch<T> packed(p_.x_gradient ? weight_.size() : 0);
        weight_.data = packed.data();
        if (p_.x_gradient) weight_.pack();
        const Partition slabs{p_.rows, slab_count<T>(p_.rows, slab_size_), 1};
        Scratch<T> gradients(slabs.parts * slab_size_);
        parallel_for(slabs.parts, 1, [&](int64_t first, int64_t last) {
            Scratch<T> own(block_rows() * (dz_stride_ + h_stride_) + tile_width<T>);
            for (int64_t s = first; s < last; s++) {
                T* slab = gradients.data() + s * slab_size_;
                for (int64_t i = 0; i < (p_.rows ? bias_size_ : slab_size_); i++) slab[i] = T(0);
                const Partition blocks{slabs.length(s), pieces(slabs.length(s), block_rows()), 1};
                for (int64_t i = 0; i < blocks.parts; i++)
                    block(slabs.begin(s) + blocks.begin(i), blocks.length(i), own.data(), slab, i == 0);
            }
        });
        for_vectors<T>(p_.out, [&](int64_t x, auto count) {
            store_some(p_.bias_gradient + x, sum_of_slabs(gradients.data() + x, slab_size_, slabs.parts, count), count);
        });
        gradient_.collect(gradients.data() + bias_size_, slab_size_, slabs.parts, p_.weight_gradient, false);
    }

private:
    // Whole tiles of rows whose g and x stay in L2 beside the gradient of a 256×256 weight.
    ADJOINT_INLINE int64_t block_rows() const {
        const int64_t row_bytes = larger<int64_t>(1, dz_stride_ + h_stride_) * int64_t(sizeof(T));
        const int64_t tiles = block_bytes / (row_bytes * tile_rows);
        return tile_rows * larger<int64_t>(2, smaller<int64_t>(tiles, 168 / tile_rows));
    }

    void block(int64_t row, int64_t rows, T* own, T* slab, bool first) const {
        T* g = own;
        T* h = own + block_rows() * dz_stride_;
        const Vector<T> omega = splat(T(p_.omega));
        for (int64_t r = 0; r < rows; r++) {
            const int64_t from = (row + r) * p_.out;
            for_vectors<T>(p_.out, [&](int64_t x, auto count) {
                Vector<T> v = omega * load_some(p_.sine_cotangent + from + x, count) * load_some(p_.cosine + from + x, count);
                store_some(g + r * dz_stride_ + x, v, count);
                store_some(slab + x, Vector<T>(load_some(slab + x, count) + v), count);
            });
            for_vectors<T>(p_.in, [&](int64_t x, auto count) {
                store_some(h + r * h_stride_ + x, load_some(p_.x + (row + r) * p_.in + x, count), count);
            });
        }
        // Meanwhile the next block's inputs come.
        const int64_t next = row + rows, more = smaller(rows, p_.rows - next) * int64_t(sizeof(T));
        const Ahead ahead[] = {{reinterpret_cast<const char*>(p_.sine_cotangent + next * p_.out), more * p_.out},
                               {reinterpret_cast<const char*>(p_.cosine + next * p_.out), more * p_.out},
                               {reinterpret_cast<const char*>(p_.x + next * p_.in), more * p_.in}};
        gradient_.add(rows, g, dz_stride_, h, h_stride_, slab + bias_size_, first, ahead);
        if (p_.x_gradient) weight_.multiply(rows, g, dz_stride_, p_.x_gradient + row * p_.in, p_.in);
    }

    static constexpr int64_t block_bytes = 344 * 1024;
    const SineLayerBackward<T>& p_;
    const int64_t dz_stride_, h_stride_, bias_size_;
    int64_t slab_size_;  // of a slab's gradients: of the bias, then of the weight
    PackedWeight<T> weight_;
    WeightGradient<T> gradient_;
};

}  // namespace

void sine_layer_forward_raw(const SineLayerForward<float>& p) { forward(p); }
void sine_layer_forward_raw(const SineLayerForward<double>& p) { forward(p); }
void sine_layer_backward_raw(const SineLayerBackward<float>& p) { Backward(p).run(); }
void sine_layer_backward_raw(const SineLayerBackward<double>& p) { Backward(p).run(); }

}  // namespace adjoint::ADJOINT_ISA
#endif
