// What the processor can do at most: fused multiplications and additions that never leave the registers.
#pragma once

#include "vector.hpp"

namespace clearprop::CLEARPROP_ISA {

// Run the loop and return how many floating-point operations that were.
template <class T>
double measure(std::int64_t rounds) {
    constexpr int chains = kRowStep == 4 ? 20 : 10;  // enough to hide the latency, few enough for the registers
    vec<T> sum[chains];
    vec<T> x = all(T(0.999)), y = all(T(1e-3));
    CLEARPROP_UNROLL
    for (int i = 0; i < chains; ++i) sum[i] = all(T(i));
    for (std::int64_t round = 0; round < rounds; ++round) {
        CLEARPROP_UNROLL
        for (int i = 0; i < chains; ++i) sum[i] = sum[i] * x + y;
    }
    vec<T> total{};
    CLEARPROP_UNROLL
    for (int i = 0; i < chains; ++i) total += sum[i];
    const double operations = 2.0 * V<T> * chains * static_cast<double>(rounds);
    return total[0] == T(-1) ? 0 : operations;  // the sums are used, so that they are computed
}

}  // namespace clearprop::CLEARPROP_ISA
