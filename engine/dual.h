// Dual numbers: a value and its derivative along one direction, a + b ε with ε² = 0.
//
// A definition (the naive computation of an operation, a template over the scalar type) that runs on Dual<double>
// computes its exact derivative; on Dual<Dual<double>> the second, and so on. This is the second road to every gradient.
// Comparisons look at the value alone; at a kink the derivative is that of the branch taken.
#pragma once
#include <cmath>
#include <type_traits>

namespace adjoint {

template <class S>
struct Dual {
    S value{};
    S tangent{};

    Dual() = default;
    Dual(double v) : value(v), tangent(0.0) {}
    Dual(S v, S t) : value(v), tangent(t) {}
    template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
    Dual(T v) : value(double(v)), tangent(0.0) {}
    // A plain S with no tangent; the overload for S = double is the constructor above.
    template <class T, class = std::enable_if_t<std::is_same_v<T, S> && !std::is_same_v<S, double>>, class = void>
    Dual(const T& v) : value(v), tangent(0.0) {}

    Dual operator-() const { return {-value, -tangent}; }
    Dual& operator+=(const Dual& o) { return *this = *this + o; }
    Dual& operator-=(const Dual& o) { return *this = *this - o; }
    Dual& operator*=(const Dual& o) { return *this = *this * o; }
    Dual& operator/=(const Dual& o) { return *this = *this / o; }

    friend Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.tangent + b.tangent}; }
    friend Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.tangent - b.tangent}; }
    friend Dual operator*(const Dual& a, const Dual& b) {
        return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
    }
    friend Dual operator/(const Dual& a, const Dual& b) {
        S q = a.value / b.value;
        return {q, (a.tangent - q * b.tangent) / b.value};
    }
    friend bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
    friend bool operator>(const Dual& a, const Dual& b) { return b < a; }
    friend bool operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
    friend bool operator>=(const Dual& a, const Dual& b) { return b <= a; }
    friend bool operator==(const Dual& a, const Dual& b) { return a.value == b.value; }
    friend bool operator!=(const Dual& a, const Dual& b) { return !(a == b); }
};

using Dual1 = Dual<double>;
using Dual2 = Dual<Dual1>;
using Dual3 = Dual<Dual2>;

// The plain number inside.
inline double plain(double x) { return x; }
template <class S>
double plain(const Dual<S>& x) {
    return plain(x.value);
}

// f(a + b ε) = f(a) + f'(a) b ε for each function below.
template <class S> Dual<S> exp(const Dual<S>& x) {
    using std::exp;
    S y = exp(x.value);
    return {y, y * x.tangent};
}
template <class S> Dual<S> log(const Dual<S>& x) {
    using std::log;
    return {log(x.value), x.tangent / x.value};
}
template <class S> Dual<S> sqrt(const Dual<S>& x) {
    using std::sqrt;
    S y = sqrt(x.value);
    return {y, x.tangent / (y + y)};
}
template <class S> Dual<S> sin(const Dual<S>& x) {
    using std::cos, std::sin;
    return {sin(x.value), cos(x.value) * x.tangent};
}
template <class S> Dual<S> cos(const Dual<S>& x) {
    using std::cos, std::sin;
    return {cos(x.value), -(sin(x.value) * x.tangent)};
}
template <class S> Dual<S> tanh(const Dual<S>& x) {
    using std::tanh;
    S y = tanh(x.value);
    return {y, (S(1.0) - y * y) * x.tangent};
}
template <class S> Dual<S> erf(const Dual<S>& x) {
    using std::erf, std::exp;
    return {erf(x.value), S(1.1283791670955125739) * exp(-(x.value * x.value)) * x.tangent};  // 2/√π
}
template <class S> Dual<S> erfc(const Dual<S>& x) {
    using std::erfc, std::exp;
    return {erfc(x.value), S(-1.1283791670955125739) * exp(-(x.value * x.value)) * x.tangent};
}
template <class S> Dual<S> abs(const Dual<S>& x) { return x < Dual<S>(0.0) ? -x : x; }
template <class S> Dual<S> fabs(const Dual<S>& x) { return abs(x); }
// x^p for a constant p; the derivative p·x^(p−1) exists at x = 0 for p ≥ 1.
template <class S> Dual<S> pow(const Dual<S>& x, double p) {
    using std::pow;
    return {pow(x.value, p), p == 0 ? S(0.0) : S(p) * pow(x.value, p - 1) * x.tangent};
}
// x^y for x > 0.
template <class S> Dual<S> pow(const Dual<S>& x, const Dual<S>& y) {
    using std::log, std::pow;
    S z = pow(x.value, y.value);
    return {z, z * (y.tangent * log(x.value) + y.value * x.tangent / x.value)};
}
template <class S> Dual<S> fma(const Dual<S>& a, const Dual<S>& b, const Dual<S>& c) { return a * b + c; }
template <class S> bool isfinite(const Dual<S>& x) { return std::isfinite(plain(x)); }

}  // namespace adjoint
