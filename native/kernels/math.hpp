// exp, log, tanh and their relatives on vectors, good to a few units in the last place.
//
// exp:  x = n ln 2 + r with |r| ≤ ½ ln 2;  exp(x) = 2ⁿ (1 + p),  p = r + r²/2! + r³/3! + ...
// log:  x = 2ᵉ (1 + f) with 1 + f in [√½, √2);  log(1 + f) = 2 artanh(s) = 2 (s + s³/3 + s⁵/5 + ...),  s = f / (2 + f)
// Both series are cut where the next term is below half a unit. Results below the smallest normal number become 0.
#pragma once

#include <array>

#include "vector.hpp"

namespace clearprop::CLEARPROP_ISA {

template <class T>
struct Format;
template <>
struct Format<float> {
    static constexpr int mantissa = 23, exp_terms = 7, log_terms = 5;
    static constexpr std::int32_t bias = 127;
    static constexpr float round = 12582912.0f;  // 1.5 · 2²³: adding it rounds to an integer
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr float lowest = -86.6f, highest = 88.7228394f;
    static constexpr float smallest_normal = 1.17549435e-38f, largest = 3.40282347e38f;
    static constexpr std::int32_t root_half = 0x3f3504f3;
};
template <>
struct Format<double> {
    static constexpr int mantissa = 52, exp_terms = 13, log_terms = 11;
    static constexpr std::int64_t bias = 1023;
    static constexpr double round = 6755399441055744.0;  // 1.5 · 2⁵²
    static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    static constexpr double lowest = -707.7, highest = 709.782712893383973096;
    static constexpr double smallest_normal = 2.2250738585072014e-308, largest = 1.7976931348623157e308;
    static constexpr std::int64_t root_half = 0x3fe6a09e667f3bcd;
};

// 1 / k!, worked out by the compiler: left to its judgement, a function of k is called at run time in large kernels.
template <class T>
inline constexpr auto kInverseFactorials = [] {
    std::array<T, Format<T>::exp_terms + 1> table{};
    T factorial = 1;
    for (int k = 0; k <= Format<T>::exp_terms; ++k) table[k] = T(1) / (factorial *= T(k < 2 ? 1 : k));
    return table;
}();

// 2ⁿ⁻¹ and p of the reduction above.
template <class T>
struct Reduced {
    vec<T> half_scale, p;
};

template <class T>
CLEARPROP_INLINE Reduced<T> reduce(vec<T> x) {
    using F = Format<T>;
    const vec<T> shifted = x * T(1.4426950408889634) + F::round;
    const vec<T> n = shifted - F::round;
    const vec<T> r = (x - n * F::ln2_high) - n * F::ln2_low;
    constexpr auto over_factorial = kInverseFactorials<T>;
    vec<T> p = all(over_factorial[F::exp_terms]);
    CLEARPROP_UNROLL
    for (int k = F::exp_terms - 1; k > 0; --k) p = p * r + over_factorial[k];
    const bits<T> exponent = (bits<T>)shifted << F::mantissa;  // the bits of n, the rounding constant shifted out
    return {(vec<T>)(exponent + ((F::bias - 1) << F::mantissa)), p * r};
}

template <class T>
CLEARPROP_INLINE vec<T> exp(vec<T> x) {
    using F = Format<T>;
    const vec<T> inside = smaller<T>(larger<T>(x, all(F::lowest)), all(F::highest));
    const auto [half, p] = reduce<T>(inside);
    vec<T> e = (half + half * p) * T(2);
    e = x < F::lowest ? vec<T>{} : e;
    e = x > F::highest ? all(T(INFINITY)) : e;
    return x == x ? e : x;
}

// exp(x) − 1 for lowest ≤ x ≤ ½ · highest, or not a number.
template <class T>
CLEARPROP_INLINE vec<T> expm1_inside(vec<T> x) {
    const auto [half, p] = reduce<T>(x);
    const vec<T> scale = half * T(2);
    return scale * p + (scale - T(1));
}

// exp(x) − 1 for x ≤ ½ · highest; the larger of lowest and what is not a number is not a number.
template <class T>
CLEARPROP_INLINE vec<T> expm1(vec<T> x) {
    return expm1_inside<T>(larger<T>(all(Format<T>::lowest), x));
}

// log(1 + f) for 1 + f in [√½, √2].
template <class T>
CLEARPROP_INLINE vec<T> log_near_one(vec<T> f) {
    const vec<T> s = f / (f + T(2));
    const vec<T> s2 = s * s;
    vec<T> series = vec<T>{};
    CLEARPROP_UNROLL
    for (int k = Format<T>::log_terms; k > 0; --k) series = (series + T(2) / T(2 * k + 1)) * s2;
    // 2s = f − s f: the leading term is then exact in f.
    return f - s * (f - series);
}

template <class T>
CLEARPROP_INLINE vec<T> log(vec<T> x) {
    using F = Format<T>;
    const bits<T> tiny = x < F::smallest_normal;
    const vec<T> lifted = tiny ? x * T(std::int64_t(1) << 54) : x;
    const bits<T> shifted = (bits<T>)lifted - F::root_half;
    const bits<T> e = shifted >> F::mantissa;  // arithmetic: rounds down
    const vec<T> m = (vec<T>)((bits<T>)lifted - (e << F::mantissa));
    const vec<T> n = __builtin_convertvector(e, vec<T>) - (tiny ? all(T(54)) : vec<T>{});
    vec<T> y = n * F::ln2_high + (log_near_one<T>(m - T(1)) + n * F::ln2_low);
    y = x == T(INFINITY) ? x : y;
    y = x == T(0) ? all(T(-INFINITY)) : y;
    return x >= T(0) ? y : all(T(NAN));
}

// log(1 + x) for x in [−½, 1].
template <class T>
CLEARPROP_INLINE vec<T> log1p(vec<T> x) {
    const bits<T> upper = x > T(0.41), lower = x < T(-0.29);
    const vec<T> f = upper ? (x - T(1)) * T(0.5) : lower ? x * T(2) + T(1) : x;
    const vec<T> n = upper ? all(T(1)) : lower ? all(T(-1)) : vec<T>{};
    return n * Format<T>::ln2_high + (log_near_one<T>(f) + n * Format<T>::ln2_low);
}

template <class T>
CLEARPROP_INLINE vec<T> tanh(vec<T> x) {
    const vec<T> t = expm1_inside<T>(smaller<T>(all(T(44)), magnitude<T>(x) * T(2)));
    return with_sign_of<T>(t / (t + T(2)), x);
}

CLEARPROP_INLINE float erf_of(float x) { return ::erff(x); }
CLEARPROP_INLINE double erf_of(double x) { return ::erf(x); }
CLEARPROP_INLINE float pow_of(float x, float y) { return ::powf(x, y); }
CLEARPROP_INLINE double pow_of(double x, double y) { return ::pow(x, y); }

template <class T>
CLEARPROP_INLINE vec<T> erf(vec<T> x) {
    for (int i = 0; i < V<T>; ++i) x[i] = erf_of(x[i]);
    return x;
}
template <class T>
CLEARPROP_INLINE vec<T> power(vec<T> x, T y) {
    for (int i = 0; i < V<T>; ++i) x[i] = pow_of(x[i], y);
    return x;
}

}  // namespace clearprop::CLEARPROP_ISA
