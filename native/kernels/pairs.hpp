// bf16: the upper half of a float32, rounded to nearest even. Two of them side by side are a pair, the unit in which
// the processor multiplies them: pairs of columns for a left operand read along its rows, pairs of rows otherwise.
#pragma once

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include "../core/kernels.hpp"
#include "vector.hpp"

namespace clearprop::CLEARPROP_ISA {

typedef std::uint32_t pairs __attribute__((vector_size(kBytes), may_alias));

constexpr std::uint32_t kUpperHalf = 0xffff0000u;

CLEARPROP_INLINE pairs load(const Pair* p) { return *reinterpret_cast<const pairs*>(p); }
CLEARPROP_INLINE void store(Pair* p, pairs x) { *reinterpret_cast<pairs*>(p) = x; }

// x rounded to bf16, in the upper half of each lane; what is not a number stays so.
CLEARPROP_INLINE pairs rounded(vec<float> x) {
    const pairs bits = (pairs)x;
    const pairs nearest = bits + 0x7fffu + ((bits >> 16) & 1u);
    return (x == x ? nearest : bits | 0x400000u) & kUpperHalf;
}

CLEARPROP_INLINE pairs paired(pairs first, pairs second) { return (first >> 16) | second; }

// One panel of float32 rows becomes pairs of columns (rows, panel / 2).
inline void pair_columns(const float* from, int rows, Pair* to) {
    constexpr int lanes = V<float>;
    bits<float> even{}, odd{};
    for (int i = 0; i < lanes; ++i) even[i] = 2 * i, odd[i] = 2 * i + 1;
    for (int row = 0; row < rows; ++row, from += 2 * lanes, to += lanes) {
        const vec<float> x = load(from), y = load(from + lanes);
        store(to, paired(rounded(interleave<float>(x, y, even)), rounded(interleave<float>(x, y, odd))));
    }
}

// One panel of float32 rows becomes pairs of rows (rows / 2, panel); beyond the last row stands 0.
inline void pair_rows(const float* from, int rows, Pair* to) {
    constexpr int lanes = V<float>, width = 2 * lanes;
    for (int row = 0; row < rows; row += 2, from += 2 * width, to += width)
        for (int at = 0; at < width; at += lanes) {
            const vec<float> second = row + 1 < rows ? load(from + width + at) : vec<float>{};
            store(to + at, paired(rounded(load(from + at)), rounded(second)));
        }
}

}  // namespace clearprop::CLEARPROP_ISA
