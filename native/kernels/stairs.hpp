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

// Columns are taken a few at a time, so that what belongs to their bins stays in the first-level cache.
constexpr int kBins = 64;

// Call `work(first, end)` for blocks of columns; where they are cut depends on the stairs alone.
template <class Work>
CLEARPROP_INLINE void by_blocks(const StairColumns& stairs, Work work) {
    for (int first = 0, end; first < stairs.count; first = end) {
        end = first + 1;
        while (end < stairs.count && stairs.ends[end + 1] - stairs.ends[first] <= kBins) ++end;
        work(first, end);
    }
}

// A few rows at once, so that one sum does not wait for the other.
template <int rows, class T>
CLEARPROP_INLINE void climb_rows(const Climb<T>& q, int row, int first, int end) {
    const int columns = q.stairs.count;
    const T *W = q.W, *sums = q.sums;
    vec<T> whole[rows][2], part[rows][2];
    CLEARPROP_UNROLL
    for (int r = 0; r < rows; ++r)
        for (int h = 0; h < 2; ++h) {
            whole[r][h] = load(q.z + (row + r) * kPanel<T> + h * V<T>);
            part[r][h] = vec<T>{};
        }
    const std::int32_t* place = q.places + row * columns;
    const T* way = q.ways + row * columns;
    for (int k = first; k < end; ++k) {
        CLEARPROP_UNROLL
        for (int r = 0; r < rows; ++r) {
            const int at = place[r * columns + k] * kPanel<T>;
            const vec<T> t = all(way[r * columns + k]);
            for (int h = 0; h < 2; ++h) {
                whole[r][h] += load(sums + at + h * V<T>);
                part[r][h] += t * load(W + at + h * V<T>);
            }
        }
    }
    CLEARPROP_UNROLL
    for (int r = 0; r < rows; ++r)
        for (int h = 0; h < 2; ++h) store(q.z + (row + r) * kPanel<T> + h * V<T>, whole[r][h] + part[r][h]);
}

// z += y W, for every row.
template <class T>
void climb(const Climb<T>& q) {
    by_blocks(q.stairs, [&](int first, int end) {
        int row = 0;
        for (; row + 4 <= q.rows; row += 4) climb_rows<4>(q, row, first, end);
        for (; row < q.rows; ++row) climb_rows<1>(q, row, first, end);
    });
}

// dW = yᵀ delta: with A_i the sum of delta over the rows in bin i, and B_i that of t delta, dW_i = B_i + Σ_{b>i} A_b.
template <class T>
void descend(const Descend<T>& q) {
    for (int k = 0; k < q.stairs.count; ++k) {
        vec<T> above[2]{};
        for (int i = q.stairs.ends[k + 1] - 1; i >= q.stairs.ends[k]; --i) {
            vec<T> A[2]{}, B[2]{};
            for (int e = q.starts[i]; e < q.starts[i + 1]; ++e) {
                const T* delta = q.delta + q.rows[e] * kPanel<T>;
                const vec<T> t = all(q.ways[e]);
                for (int h = 0; h < 2; ++h) {
                    const vec<T> d = load(delta + h * V<T>);
                    A[h] += d;
                    B[h] += t * d;
                }
            }
            T* g = q.g + i * kPanel<T>;
            for (int h = 0; h < 2; ++h) {
                const vec<T> found = B[h] + above[h];
                store(g + h * V<T>, q.accumulate ? load(g + h * V<T>) + found : found);
                above[h] += A[h];
            }
        }
    }
}

}  // namespace clearprop::CLEARPROP_ISA
