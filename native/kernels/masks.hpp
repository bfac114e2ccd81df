// Dropout masks by Philox 4×32-10 (Salmon et al. 2011); the same words as clearprop/equations/philox.py.
#pragma once

#include <utility>

#include "../core/kernels.hpp"
#include "vector.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clearprop::CLEARPROP_ISA {

constexpr std::uint32_t kPurposeDropout = 3;

// One 32-bit word in each 64-bit lane; the upper halves may hold anything.
typedef std::uint64_t Word __attribute__((vector_size(kBytes), may_alias));
typedef std::uint64_t UnalignedWord __attribute__((vector_size(kBytes), may_alias, aligned(4)));
constexpr int kCounters = kBytes / 8;  // counters at once
constexpr int kWords = 4 * kCounters;  // and the words they give
constexpr int kStretch = 512;          // columns of a row at once: whole panels

// The 64-bit product of the lower halves: one instruction, where a product of 64-bit lanes would be several.
CLEARPROP_INLINE Word product(Word x, std::uint32_t factor) {
#if defined(__AVX512F__)
    return (Word)_mm512_maskz_mul_epu32(0xFF, (__m512i)x, _mm512_set1_epi64(factor));  // without a mask GCC warns
#elif defined(__AVX2__)
    return (Word)_mm256_mul_epu32((__m256i)x, _mm256_set1_epi64x(factor));
#elif defined(__x86_64__)
    return (Word)_mm_mul_epu32((__m128i)x, _mm_set1_epi64x(factor));
#else
    return (x & std::uint64_t{0xFFFFFFFF}) * std::uint64_t{factor};
#endif
}

struct Block {
    Word word[4];
};

constexpr int kRounds = 10;

// The rounds of one (seed, step, layer). Only the counter changes within a mask, so of the first two rounds half is
// the same for all of it, and is done here once.
struct Philox {
    Word key[kRounds][2];
    Word purpose, second, third;  // of the words that do not depend on the counter: before round 0, and after it

    template <class T>
    explicit Philox(const Drop<T>& q) {
        auto k0 = static_cast<std::uint32_t>(q.seed), k1 = static_cast<std::uint32_t>(q.seed >> 32);
        for (int round = 0; round < kRounds; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
            key[round][0] = Word{} + std::uint64_t{k0};
            key[round][1] = Word{} + std::uint64_t{k1};
        }
        purpose = Word{} + std::uint64_t{kPurposeDropout};
        const Word p1 = product(Word{} + std::uint64_t{q.step}, 0xCD9E8D57);
        const Word first = (p1 >> 32) ^ (Word{} + std::uint64_t{q.layer}) ^ key[0][0];
        second = p1;
        third = product(first, 0xD2511F53);
    }

    CLEARPROP_INLINE Block operator()(Word counter) const {
        const Word p0 = product(counter, 0xD2511F53);
        const Word p1 = product((p0 >> 32) ^ purpose ^ key[0][1], 0xCD9E8D57);
        Block c{{(p1 >> 32) ^ second ^ key[1][0], p1, (third >> 32) ^ p0 ^ key[1][1], third}};
        CLEARPROP_UNROLL
        for (int round = 2; round < kRounds; ++round) {
            const Word p0 = product(c.word[0], 0xD2511F53), p1 = product(c.word[2], 0xCD9E8D57);
            c = {{(p1 >> 32) ^ c.word[1] ^ key[round][0], p1, (p0 >> 32) ^ c.word[3] ^ key[round][1], p0}};
        }
        return c;
    }
};

// Two words as the halves of one lane, the first one lower.
CLEARPROP_INLINE Word joined(Word low, Word high) { return (low & std::uint64_t{0xFFFFFFFF}) | (high << 32); }

// x0 y0 x1 y1 ..., of the lower lanes of both and then of the upper ones.
template <std::size_t... i>
CLEARPROP_INLINE void store_in_turn(Word x, Word y, std::uint32_t* out, std::index_sequence<i...>) {
    auto* to = reinterpret_cast<UnalignedWord*>(out);
    to[0] = __builtin_shufflevector(x, y, (i / 2 + i % 2 * kCounters)...);
    to[1] = __builtin_shufflevector(x, y, (i / 2 + i % 2 * kCounters + kCounters / 2)...);
}

// Write the words of counters first .. first + kCounters − 1, four of each, one after the other.
CLEARPROP_INLINE void draw_words(const Philox& philox, std::uint64_t first, std::uint32_t* out) {
    Word counter{};
    for (int i = 0; i < kCounters; ++i) counter[i] = static_cast<std::uint64_t>(i);
    const Block c = philox(counter + first);
    store_in_turn(joined(c.word[0], c.word[1]), joined(c.word[2], c.word[3]), out,
                  std::make_index_sequence<kCounters>{});
}

// V<T> words in lanes as wide as T.
CLEARPROP_INLINE bits<float> at_least(const std::uint32_t* words, std::uint32_t threshold, float) {
    typedef std::uint32_t Narrow __attribute__((vector_size(kBytes), may_alias, aligned(4)));
    return *reinterpret_cast<const Narrow*>(words) >= threshold;
}
CLEARPROP_INLINE bits<double> at_least(const std::uint32_t* words, std::uint32_t threshold, double) {
    typedef std::uint32_t Narrow __attribute__((vector_size(kBytes / 2), may_alias, aligned(4)));
    return __builtin_convertvector(*reinterpret_cast<const Narrow*>(words), Word) >= std::uint64_t{threshold};
}

// Element (row, column) of the mask takes word number row · n + column of its (seed, step, layer). Columns of the last
// panel beyond n hold anything: what they are multiplied with is zero there.
template <class T>
void drop(const Drop<T>& q) {
    const int n = q.mask.columns;
    const Philox philox(q);
    std::uint32_t words[kStretch + 2 * kWords];
    for (int r = 0; r < q.rows; ++r)
        for (int start = 0; start < n; start += kStretch) {
            const int columns = n - start < kStretch ? n - start : kStretch;
            const int panels = (columns + kPanel<T> - 1) / kPanel<T>;
            const std::uint64_t i = static_cast<std::uint64_t>(q.row + r) * static_cast<std::uint64_t>(n) +
                                    static_cast<std::uint64_t>(start);
            const int skipped = static_cast<int>(i % 4);
            for (int drawn = 0; drawn < skipped + panels * kPanel<T>; drawn += kWords)
                draw_words(philox, i / 4 + static_cast<std::uint64_t>(drawn / 4), words + drawn);
            for (int p = 0; p < panels; ++p) {
                const int panel = start / kPanel<T> + p, row = r * kPanel<T>;
                const T* a = q.a.panel(panel) + row;
                T *mask = q.mask.panel(panel) + row, *x = q.x.panel(panel) + row;
                const std::uint32_t* drawn = words + skipped + p * kPanel<T>;
                for (int k = 0; k < kPanel<T>; k += V<T>) {
                    const vec<T> kept = at_least(drawn + k, q.threshold, T(0)) ? all(q.scale) : vec<T>{};
                    store(mask + k, kept);
                    store(x + k, load(a + k) * kept);
                }
            }
        }
}

template <class T>
void times(const T* x, const T* y, T* product, std::size_t count) {
    for (std::size_t i = 0; i < count; i += V<T>) store(product + i, load(x + i) * load(y + i));
}

template <class T>
void plus(const T* x, T* y, std::size_t count) {
    for (std::size_t i = 0; i < count; i += V<T>) store(y + i, load(y + i) + load(x + i));
}

}  // namespace clearprop::CLEARPROP_ISA
