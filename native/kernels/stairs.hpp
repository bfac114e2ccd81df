// The first layer's product with columns that are staircases, (1, ..., 1, t, 0, ..., 0), without the zeros and ones:
// y W = Σ_{i<b} W_i + t W_b, of which the sums are made once a step. Each for one panel of W.
#pragma once

#include "../core/kernels.hpp"
#include "vector.hpp"

namespace clearprop::CLEARPROP_ISA {

// The sums of the rows above each, column by column.
template <class T>
void pile(const T* W, const StairColumns& columns, T* sums) {
    for (int k = 0; k < columns.count; ++k) {
        vec<T> low{}, high{};
        for (int i = columns.ends[k]; i < columns.ends[k + 1]; ++i) {
            const int at = i * kPanel<T>;
            store(sums + at, low);
            store(sums + at + V<T>, high);
            low += load(W + at);
            high += load(W + at + V<T>);
        }
    }
}

// A few rows at once, so that one sum does not wait for the other.
template <int rows, class T>
CLEARPROP_INLINE void climb_rows(const Climb<T>& q, int first) {
    vec<T> whole[rows][2], part[rows][2];
    CLEARPROP_UNROLL
    for (int r = 0; r < rows; ++r)
        for (int h = 0; h < 2; ++h) {
            whole[r][h] = load(q.z + (first + r) * kPanel<T> + h * V<T>);
            part[r][h] = vec<T>{};
        }
    const std::int32_t* place = q.places + first * q.columns;
    const T* way = q.ways + first * q.columns;
    for (int k = 0; k < q.columns; ++k) {
        CLEARPROP_UNROLL
        for (int r = 0; r < rows; ++r) {
            const int at = place[r * q.columns + k] * kPanel<T>;
            const vec<T> t = all(way[r * q.columns + k]);
            for (int h = 0; h < 2; ++h) {
                whole[r][h] += load(q.sums + at + h * V<T>);
                part[r][h] += t * load(q.W + at + h * V<T>);
            }
        }
    }
    CLEARPROP_UNROLL
    for (int r = 0; r < rows; ++r)
        for (int h = 0; h < 2; ++h) store(q.z + (first + r) * kPanel<T> + h * V<T>, whole[r][h] + part[r][h]);
}

// z += y W, for every row.
template <class T>
void climb(const Climb<T>& q) {
    int r = 0;
    for (; r + 4 <= q.rows; r += 4) climb_rows<4>(q, r);
    for (; r < q.rows; ++r) climb_rows<1>(q, r);
}

// dW = yᵀ delta: with A_i the sum of delta over the rows in bin i, and B_i that of t delta, dW_i = B_i + Σ_{b>i} A_b.
template <class T>
void descend(const Descend<T>& q) {
    constexpr int step = 2 * kPanel<T>;  // A_i beside B_i
    const int n = q.stairs.ends[q.stairs.count];
    for (int i = 0; i < n * step; i += V<T>) store(q.scratch + i, vec<T>{});
    for (int r = 0; r < q.rows; ++r) {
        const vec<T> low = load(q.delta + r * kPanel<T>), high = load(q.delta + r * kPanel<T> + V<T>);
        const std::int32_t* place = q.places + r * q.stairs.count;
        const T* way = q.ways + r * q.stairs.count;
        for (int k = 0; k < q.stairs.count; ++k) {
            T* here = q.scratch + place[k] * step;
            const vec<T> t = all(way[k]);
            store(here, load(here) + low);
            store(here + V<T>, load(here + V<T>) + high);
            store(here + kPanel<T>, load(here + kPanel<T>) + t * low);
            store(here + kPanel<T> + V<T>, load(here + kPanel<T> + V<T>) + t * high);
        }
    }
    for (int k = 0; k < q.stairs.count; ++k) {
        vec<T> above[2]{};
        for (int i = q.stairs.ends[k + 1] - 1; i >= q.stairs.ends[k]; --i)
            for (int h = 0; h < 2; ++h) {
                const T* here = q.scratch + i * step + h * V<T>;
                T* g = q.g + i * kPanel<T> + h * V<T>;
                const vec<T> found = load(here + kPanel<T>) + above[h];
                store(g, q.accumulate ? load(g) + found : found);
                above[h] += load(here);
            }
    }
}

}  // namespace clearprop::CLEARPROP_ISA
