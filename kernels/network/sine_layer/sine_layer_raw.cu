// The CPU kernels of the sine layer on plain memory. The forward pass takes sin and cos of a block of the product while
// it is in L2; the backward pass multiplies and sums columns in one reading.
#if ADJOINT_CPU
#include "kernels/linear/matmul/by_rows.h"
#include "kernels/math.h"
#include "kernels/network/sine_layer/problem.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void forward(const SineLayerForward<T>& p) {
    if (p.rows <= 0 || p.out <= 0) return;
    const Vector<T> omega = splat(T(p.omega));
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
                if (p.cosine) store_some(cosine + x, c, count);
            });
        }
    };
    MatmulProblem<T> product;
    product.m = p.rows, product.n = p.out, product.k = p.in;
    product.a = p.x, product.lda = p.in;
    product.b = p.weight, product.ldb = p.in, product.transpose_b = true;
    product.c = p.sine, product.ldc = p.out;
    ProductByRows<T, decltype(finish)>(product, finish).run();
}

template <class T, bool from_sine, bool from_cosine>
void backward(const SineLayerBackward<T>& p) {
    // A slab of rows has its own column sums, added in the order of the slabs.
    const Partition slabs{p.rows, larger<int64_t>(smaller<int64_t>(p.rows / 128, 64), 1), 1};
    const int64_t stride = round_up(p.out, 64 / int64_t(sizeof(T)));
    const Vector<T> omega = splat(T(p.omega));
    Scratch<T> sums(slabs.parts * stride);
    parallel_for(slabs.parts, 1, [&](int64_t first, int64_t last) {
        for (int64_t slab = first; slab < last; slab++) {
            T* sum = sums.data() + slab * stride;
            for (int64_t x = 0; x < p.out; x++) sum[x] = T(0);
            for (int64_t r = slabs.begin(slab); r < slabs.begin(slab + 1); r++) {
                const int64_t at = r * p.out;
                for_vectors<T>(p.out, [&](int64_t x, auto count) {
                    Vector<T> g{};
                    if (from_sine) g = load_some(p.sine_cotangent + at + x, count) * load_some(p.cosine + at + x, count);
                    if (from_cosine)
                        g -= load_some(p.cosine_cotangent + at + x, count) * load_some(p.sine + at + x, count);
                    g *= omega;
                    store_some(p.result + at + x, g, count);
                    store_some(sum + x, Vector<T>(load_some(sum + x, count) + g), count);
                });
            }
        }
    });
    if (!p.bias_gradient) return;
    for (int64_t x = 0; x < p.out; x++) {
        T total = sums.data()[x];
        for (int64_t slab = 1; slab < slabs.parts; slab++) total += sums.data()[slab * stride + x];
        p.bias_gradient[x] = total;
    }
}

template <class T>
void choose_backward(const SineLayerBackward<T>& p) {
    if (!p.cosine_cotangent) backward<T, true, false>(p);
    else if (!p.sine_cotangent) backward<T, false, true>(p);
    else backward<T, true, true>(p);
}

}  // namespace

void sine_layer_forward_raw(const SineLayerForward<float>& p) { forward(p); }
void sine_layer_forward_raw(const SineLayerForward<double>& p) { forward(p); }
void sine_layer_backward_raw(const SineLayerBackward<float>& p) { choose_backward(p); }
void sine_layer_backward_raw(const SineLayerBackward<double>& p) { choose_backward(p); }

}  // namespace adjoint::ADJOINT_ISA
#endif
