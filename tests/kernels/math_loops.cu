// See math_loops.h. Compiled in the CPU passes only, with their flags.
#if ADJOINT_CPU
#include "tests/kernels/math_loops.h"

#include <cstring>

#include "kernels/math.h"

namespace adjoint::ADJOINT_ISA {
namespace {

struct Exp { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::exp(x); } };
struct Log { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::log(x); } };
struct Sin { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::sin(x); } };
struct Cos { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::cos(x); } };
struct Tanh { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::tanh(x); } };
struct Erf { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::erf(x); } };
struct Sigmoid { template <class V> ADJOINT_INLINE V operator()(V x) const { return math::sigmoid(x); } };

template <class T, class F>
void loop(const T* x, T* y, int64_t n) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) y[i] = F()(x[i]);
}
// The same on explicit vectors of float.
template <class F>
void vector_loop(const float* x, float* y, int64_t n) {
    for_vectors<float>(n, [&](int64_t i, auto count) { store_some(y + i, F()(load_some(x + i, count)), count); });
}
template <class T>
void repaired_sin(const T* x, T* y, int64_t n) {
    loop<T, Sin>(x, y, n);
    math::repair_sin(x, y, n);
}
template <class T>
void repaired_cos(const T* x, T* y, int64_t n) {
    loop<T, Cos>(x, y, n);
    math::repair_cos(x, y, n);
}
// sincos on vectors: sine of the even, cosine of the odd elements.
template <class T>
void vector_sincos(const T* x, T* y, int64_t n) {
    for (int64_t i = 0; i + lanes<T> <= n; i += lanes<T>) {
        Vector<T> s, c;
        math::sincos(load(x + i), &s, &c);
        for (int k = 0; k < lanes<T>; k++) y[i + k] = (i + k) % 2 ? c[k] : s[k];
    }
}

template <class T>
auto choose(const char* name) -> void (*)(const T*, T*, int64_t) {
    auto is = [&](const char* other) { return std::strcmp(name, other) == 0; };
    return is("exp") ? loop<T, Exp> : is("log") ? loop<T, Log> : is("sin") ? repaired_sin<T>
         : is("cos") ? repaired_cos<T> : is("tanh") ? loop<T, Tanh> : is("erf") ? loop<T, Erf>
         : is("sigmoid") ? loop<T, Sigmoid> : is("sincos") ? vector_sincos<T> : nullptr;
}

}  // namespace

FloatLoop math_loop_f32(const char* function) {
    auto is = [&](const char* other) { return std::strcmp(function, other) == 0; };
    return is("vector exp") ? vector_loop<Exp> : is("vector log") ? vector_loop<Log>
         : is("vector tanh") ? vector_loop<Tanh> : is("vector erf") ? vector_loop<Erf> : choose<float>(function);
}
DoubleLoop math_loop_f64(const char* function) { return choose<double>(function); }

}  // namespace adjoint::ADJOINT_ISA
#endif
