// Vectors of the widest kind this instruction set has, by the portable extensions of GCC and Clang.
// Everything lives in a namespace of its own per instruction set, so no inline function can be merged across sets.
#pragma once

#include <math.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#define CLEARPROP_INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#define CLEARPROP_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CLEARPROP_UNROLL _Pragma("GCC unroll 32")
#endif

namespace clearprop::CLEARPROP_ISA {

#if defined(__AVX512F__)
constexpr int kBytes = 64, kRowStep = 4;
#elif defined(__AVX2__)
constexpr int kBytes = 32, kRowStep = 2;
#elif defined(__aarch64__)
constexpr int kBytes = 16, kRowStep = 4;
#else
constexpr int kBytes = 16, kRowStep = 2;
#endif

template <class T>
struct Lanes;
template <>
struct Lanes<float> {
    typedef float vector __attribute__((vector_size(kBytes), may_alias));
    typedef float unaligned __attribute__((vector_size(kBytes), may_alias, aligned(4)));
    typedef std::int32_t bits __attribute__((vector_size(kBytes), may_alias));
    using bit = std::int32_t;
};
template <>
struct Lanes<double> {
    typedef double vector __attribute__((vector_size(kBytes), may_alias));
    typedef double unaligned __attribute__((vector_size(kBytes), may_alias, aligned(8)));
    typedef std::int64_t bits __attribute__((vector_size(kBytes), may_alias));
    using bit = std::int64_t;
};

template <class T>
using vec = typename Lanes<T>::vector;
template <class T>
using bits = typename Lanes<T>::bits;
template <class T>
constexpr int V = kBytes / static_cast<int>(sizeof(T));  // lanes of a vector
template <class T>
constexpr int kPanel = 2 * V<T>;  // columns of a panel

template <class T>
CLEARPROP_INLINE vec<T> load(const T* p) {
    return *reinterpret_cast<const vec<T>*>(p);
}
template <class T>
CLEARPROP_INLINE void store(T* p, vec<T> x) {
    *reinterpret_cast<vec<T>*>(p) = x;
}
// x − 0 is x for every x, the zeros included; the compiler makes a plain broadcast of it.
template <class T>
CLEARPROP_INLINE vec<T> all(T x) {
    return x - vec<T>{};
}

// Where one of the two is not a number, the second one is taken.
template <class T>
CLEARPROP_INLINE vec<T> larger(vec<T> x, vec<T> y) {
    return x > y ? x : y;
}
template <class T>
CLEARPROP_INLINE vec<T> smaller(vec<T> x, vec<T> y) {
    return x < y ? x : y;
}
template <class T>
CLEARPROP_INLINE vec<T> magnitude(vec<T> x) {
    constexpr typename Lanes<T>::bit sign = typename Lanes<T>::bit(1) << (8 * sizeof(T) - 1);
    return (vec<T>)((bits<T>)x & ~(bits<T>{} + sign));
}
template <class T>
CLEARPROP_INLINE vec<T> with_sign_of(vec<T> x, vec<T> s) {
    constexpr typename Lanes<T>::bit sign = typename Lanes<T>::bit(1) << (8 * sizeof(T) - 1);
    return (vec<T>)((bits<T>)x | ((bits<T>)s & (bits<T>{} + sign)));
}
template <class T>
CLEARPROP_INLINE vec<T> sign(vec<T> x) {
    return (x > 0 ? all<T>(1) : all<T>(0)) - (x < 0 ? all<T>(1) : all<T>(0));
}
CLEARPROP_INLINE float root(float x) { return ::sqrtf(x); }
CLEARPROP_INLINE double root(double x) { return ::sqrt(x); }
template <class T>
CLEARPROP_INLINE vec<T> root(vec<T> x) {
    CLEARPROP_UNROLL
    for (int i = 0; i < V<T>; ++i) x[i] = root(x[i]);
    return x;
}
template <class T>
CLEARPROP_INLINE bits<T> lane_numbers() {
    bits<T> n{};
    CLEARPROP_UNROLL
    for (int i = 0; i < V<T>; ++i) n[i] = i;
    return n;
}
// Pick lanes of x (0 ..) and y (lanes ..) by number.
template <class T>
CLEARPROP_INLINE vec<T> interleave(vec<T> x, vec<T> y, bits<T> which) {
#if defined(__clang__)
    vec<T> picked;
    CLEARPROP_UNROLL
    for (int i = 0; i < V<T>; ++i) picked[i] = which[i] < V<T> ? x[which[i]] : y[which[i] - V<T>];
    return picked;
#else
    return __builtin_shuffle(x, y, which);
#endif
}
// The transpose of one square block of lanes × lanes, by log₂(lanes) rounds of interleaving; strides from row to row.
template <class T>
CLEARPROP_INLINE void transpose_square(const T* from, int from_stride, T* to, int to_stride) {
    constexpr int n = V<T>;
    vec<T> x[n], y[n];
    CLEARPROP_UNROLL
    for (int i = 0; i < n; ++i) x[i] = load(from + i * from_stride);
    bits<T> low{}, high{};
    CLEARPROP_UNROLL
    for (int i = 0; i < n; ++i) {
        low[i] = i / 2 + (i % 2) * n;
        high[i] = n / 2 + i / 2 + (i % 2) * n;
    }
    CLEARPROP_UNROLL
    for (int round = 1; round < n; round *= 2) {
        CLEARPROP_UNROLL
        for (int i = 0; i < n / 2; ++i) {
            y[2 * i] = interleave<T>(x[i], x[i + n / 2], low);
            y[2 * i + 1] = interleave<T>(x[i], x[i + n / 2], high);
        }
        CLEARPROP_UNROLL
        for (int i = 0; i < n; ++i) x[i] = y[i];
    }
    CLEARPROP_UNROLL
    for (int i = 0; i < n; ++i) store(to + i * to_stride, x[i]);
}

// Σ of the lanes, in lane order.
template <class T>
CLEARPROP_INLINE double lane_sum(vec<T> x) {
    double sum = 0;
    for (int i = 0; i < V<T>; ++i) sum += static_cast<double>(x[i]);
    return sum;
}

}  // namespace clearprop::CLEARPROP_ISA
