// The three products of backpropagation, z = x W, delta Wᵀ and xᵀ delta, from one register-blocked micro-kernel.
//
// A tile of C, kRowStep·3 rows × 2 vectors, stays in registers while k runs; each step loads two vectors of B and
// broadcasts one element of A per row. Every element of C is summed over k in rising order, whatever the tile it lies
// in, so neither the tiling nor the number of threads changes a bit.
#pragma once

#include <type_traits>

#include "../core/kernels.hpp"
#include "pairs.hpp"

namespace clearprop::CLEARPROP_ISA {

// The left operand's row within one panel: kPanel elements, or half as many pairs of bf16.
template <class T, class E>
constexpr int kLeft = sizeof(T) == sizeof(E) && !std::is_same_v<T, E> ? kPanel<T> / 2 : kPanel<T>;

template <class E>
CLEARPROP_INLINE auto spread(E x) {
    if constexpr (std::is_same_v<E, Pair>) return pairs{} + x;
    else return all(x);
}

// sum + a b; for pairs sum + a₀ b₀ + a₁ b₁, in float32.
template <class T, class E, class Operand>
CLEARPROP_INLINE vec<T> add_product(vec<T> sum, Operand a, Operand b) {
    if constexpr (std::is_same_v<E, Pair>) {
#if defined(__AVX512BF16__)
        return (vec<T>)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
        sum += (vec<T>)(a << 16) * (vec<T>)(b << 16);
        return sum + (vec<T>)(a & kUpperHalf) * (vec<T>)(b & kUpperHalf);
#endif
    } else {
        return sum + a * b;
    }
}

// How much of k is done at a time: that block of a panel of B stays in the first-level cache.
template <class T>
constexpr int kInnerBlock = 16384 / (kPanel<T> * static_cast<int>(sizeof(T))) * 2;

template <class T, int M, int N>
struct Accumulators {
    vec<T> sum[M][N];

    CLEARPROP_INLINE void clear() {
        CLEARPROP_UNROLL
        for (int i = 0; i < M; ++i) {
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) sum[i][v] = vec<T>{};
        }
    }
    CLEARPROP_INLINE void start_from_row(const T* row) {
        CLEARPROP_UNROLL
        for (int i = 0; i < M; ++i) {
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) sum[i][v] = load(row + v * V<T>);
        }
    }
    CLEARPROP_INLINE void start_from(const T* C) {
        CLEARPROP_UNROLL
        for (int i = 0; i < M; ++i) {
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) sum[i][v] = load(C + i * kPanel<T> + v * V<T>);
        }
    }
    // Add the outer product of M elements of A, `stride` apart, and a row of B.
    template <int stride, class E>
    CLEARPROP_INLINE void add(const E* A, const E* B) {
        decltype(load(B)) b[N];
        CLEARPROP_UNROLL
        for (int v = 0; v < N; ++v) b[v] = load(B + v * V<T>);
        CLEARPROP_UNROLL
        for (int i = 0; i < M; ++i) {
            const auto a = spread(A[i * stride]);
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) sum[i][v] = add_product<T, E>(sum[i][v], a, b[v]);
        }
    }
    template <class Work>
    CLEARPROP_INLINE void write(T* C, Work work) {
        CLEARPROP_UNROLL
        for (int i = 0; i < M; ++i) {
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) {
                const int at = i * kPanel<T> + v * V<T>;
                store(C + at, work(sum[i][v], at));
            }
        }
    }
};

// One tile of C = A B over a block of k; A is read along its rows, panel by panel.
template <class T, class E, int M, int N>
void product_tile(const Product<T, E>& q, const E* A, const E* B, T* C, const T* bias, const T* a, int inner,
                  bool first, bool last) {
    Accumulators<T, M, N> tile;
    if (!first) tile.start_from(C);
    else if (bias) tile.start_from_row(bias);
    else tile.clear();
    constexpr int width = kLeft<T, E>;
    for (; inner > 0; inner -= width, A += q.A.stride) {
        const int columns = inner < width ? inner : width;
        for (int k = 0; k < columns; ++k, B += kPanel<T>) tile.template add<width>(A + k, B);
    }
    if (!last || q.epilogue == Epilogue::none) tile.write(C, [](vec<T> z, int) { return z; });
    else if (q.epilogue == Epilogue::relu) tile.write(C, [](vec<T> z, int) { return z < 0 ? vec<T>{} : z; });
    else tile.write(C, [a](vec<T> u, int at) { return load(a + at) > 0 ? u : vec<T>{}; });
}

// One tile of C += Aᵀ D over a block of the batch; A is read down its columns.
template <class T, class E, int M, int N>
void gradient_tile(const E* A, const E* D, T* C, int batch, bool first, bool add) {
    Accumulators<T, M, N> tile;
    if (first) tile.clear();
    else tile.start_from(C);
    for (int k = 0; k < batch; ++k, A += kPanel<T>, D += kPanel<T>) tile.template add<1>(A, D);
    if (add) tile.write(C, [C](vec<T> g, int at) { return load(C + at) + g; });
    else tile.write(C, [](vec<T> g, int) { return g; });
}

// Cut rows, a multiple of kRowStep, into tiles of 3, 2 or 1 steps and call work<M>(first row) for each.
template <class Work>
CLEARPROP_INLINE void for_tiles(int rows, Work work) {
    constexpr int step = kRowStep;
    int row = 0;
    while (row < rows) {
        const int left = rows - row;
        if (left == step) {
            work.template operator()<step>(row);
            row += step;
        } else if (left == 2 * step || left == 4 * step) {
            work.template operator()<2 * step>(row);
            row += 2 * step;
        } else {
            work.template operator()<3 * step>(row);
            row += 3 * step;
        }
    }
}

template <class T, class E, int N>
CLEARPROP_INLINE void product_panel(const Product<T, E>& q, int p, int k, int inner) {
    constexpr int width = kPanel<T>, left = kLeft<T, E>;
    const E* A = q.A.panel(k / left);
    const E* B = q.B.panel(p) + static_cast<std::size_t>(k) * width;
    const T* bias = q.bias ? q.bias + p * width : nullptr;
    const T* a = q.a.data ? q.a.panel(p) : nullptr;
    T* C = q.C.panel(p);
    const bool first = k == 0, last = k + inner == q.A.columns;
    for_tiles(q.rows, [&]<int M>(int row) {
        const std::size_t at = static_cast<std::size_t>(row) * width;
        product_tile<T, E, M, N>(q, A + static_cast<std::size_t>(row) * left, B, C + at, bias, a ? a + at : nullptr,
                                 inner, first, last);
    });
}

template <class T, class E>
void multiply(const Product<T, E>& q) {
    constexpr int width = kPanel<T>;
    for (int k = 0; k < q.A.columns; k += kInnerBlock<T>) {
        const int left = q.A.columns - k, inner = left < kInnerBlock<T> ? left : kInnerBlock<T>;
        for (int p = 0; p * width < q.C.columns; ++p) {
            if (q.C.columns - p * width > V<T>) product_panel<T, E, 2>(q, p, k, inner);
            else product_panel<T, E, 1>(q, p, k, inner);
        }
    }
}

// Σ over rows in four interleaved chains, added up in a fixed order.
template <class T, int N>
CLEARPROP_INLINE void add_columns(const T* D, int rows, T* sums, bool accumulate) {
    vec<T> chain[4][N] = {};
    int row = 0;
    for (; row + 4 <= rows; row += 4) {
        CLEARPROP_UNROLL
        for (int c = 0; c < 4; ++c) {
            CLEARPROP_UNROLL
            for (int v = 0; v < N; ++v) chain[c][v] += load(D + (row + c) * kPanel<T> + v * V<T>);
        }
    }
    for (; row < rows; ++row)
        for (int v = 0; v < N; ++v) chain[0][v] += load(D + row * kPanel<T> + v * V<T>);
    for (int v = 0; v < N; ++v) {
        const vec<T> sum = (chain[0][v] + chain[1][v]) + (chain[2][v] + chain[3][v]);
        store(sums + v * V<T>, accumulate ? load(sums + v * V<T>) + sum : sum);
    }
}

template <class T, class E, int N>
CLEARPROP_INLINE void gradient_panel(const Gradient<T, E>& q) {
    constexpr int width = kPanel<T>;
    for (int k = 0; k < q.batch; k += kInnerBlock<T>) {
        const int left = q.batch - k, batch = left < kInnerBlock<T> ? left : kInnerBlock<T>;
        const bool first = k == 0 && !q.accumulate;
        const E* D = q.D + static_cast<std::size_t>(k) * width;
        for (int i = q.i_begin; i < q.i_end; i += width) {
            const E* A = q.A.panel(i / width) + static_cast<std::size_t>(k) * width;
            T* C = q.C + static_cast<std::size_t>(i - q.i_begin) * width;
            const int rows = q.i_end - i < width ? (q.i_end - i + kRowStep - 1) / kRowStep * kRowStep : width;
            for_tiles(rows, [&]<int M>(int row) {
                gradient_tile<T, E, M, N>(A + row, D, C + static_cast<std::size_t>(row) * width, batch, first, q.add);
            });
        }
    }
    if (q.column_sums) add_columns<T, N>(q.delta, q.rows, q.column_sums, q.accumulate || q.add);
}

template <class T, class E>
void gradient(const Gradient<T, E>& q) {
    if (q.D_columns > V<T>) gradient_panel<T, E, 2>(q);
    else gradient_panel<T, E, 1>(q);
}

// Write rows of one panel of W, starting at column `column` of Wᵀ's rows, into the panels of Wᵀ.
template <class T>
void transpose(const T* W, int rows, Matrix<T> Wt, int column, int columns) {
    constexpr int lanes = V<T>, width = kPanel<T>;
    for (int row = 0; row < rows; row += lanes) {
        T* to = Wt.panel((column + row) / width) + (column + row) % width;
        const T* from = W + static_cast<std::size_t>(row) * width;
        const bool whole = rows - row >= lanes;
        for (int j = 0; j < columns; j += lanes) {
            if (whole && columns - j >= lanes) {
                transpose_square<T>(from + j, width, to + static_cast<std::size_t>(j) * width, width);
                continue;
            }
            for (int i = row; i < rows && i < row + lanes; ++i)
                for (int c = j; c < columns && c < j + lanes; ++c)
                    to[static_cast<std::size_t>(c) * width + (i - row)] = W[static_cast<std::size_t>(i) * width + c];
        }
    }
}

}  // namespace clearprop::CLEARPROP_ISA
