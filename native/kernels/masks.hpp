// Dropout masks by Philox 4×32-10 (Salmon et al. 2011); the same words as clearprop/equations/philox.py.
#pragma once

#include "../core/kernels.hpp"
#include "vector.hpp"

namespace clearprop::CLEARPROP_ISA {

constexpr std::uint32_t kPurposeDropout = 3;

struct Words {
    std::uint32_t word[4];
};

CLEARPROP_INLINE Words philox(Words c, std::uint64_t key) {
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    CLEARPROP_UNROLL
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c.word[0], p1 = std::uint64_t{0xCD9E8D57} * c.word[2];
        c = {{static_cast<std::uint32_t>(p1 >> 32) ^ c.word[1] ^ k0, static_cast<std::uint32_t>(p1),
              static_cast<std::uint32_t>(p0 >> 32) ^ c.word[3] ^ k1, static_cast<std::uint32_t>(p0)}};
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return c;
}

// Element (row, column) of the mask takes word number row · n + column of its (seed, step, layer).
template <class T>
void draw_mask(const Mask<T>& q) {
    const int n = q.mask.columns;
    for (int r = 0; r < q.rows; ++r) {
        std::uint64_t i = static_cast<std::uint64_t>(q.row + r) * static_cast<std::uint64_t>(n);
        for (int c = 0; c < n;) {
            const Words words = philox({{static_cast<std::uint32_t>(i / 4), q.layer, q.step, kPurposeDropout}}, q.seed);
            for (int w = static_cast<int>(i % 4); w < 4 && c < n; ++w, ++c, ++i)
                q.mask.panel(c / kPanel<T>)[r * kPanel<T> + c % kPanel<T>] =
                    words.word[w] >= q.threshold ? q.scale : T(0);
        }
    }
}

template <class T>
void times(const T* x, const T* y, T* product, std::size_t count) {
    for (std::size_t i = 0; i < count; i += V<T>) store(product + i, load(x + i) * load(y + i));
}

}  // namespace clearprop::CLEARPROP_ISA
