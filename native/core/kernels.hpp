// The table of kernels that every instruction set fills in once; see kernels/ for the code behind it.
//
// Matrices are held in panels: kPanel columns side by side, rows contiguous, so that a panel is at once the packed
// right operand of a product and, read by rows or by columns, its left operand. Element (i, j) of a matrix whose
// panels lie `stride` apart is  base[(j / panel) * stride + i * panel + j % panel].
#pragma once

#include <cstddef>
#include <cstdint>

#include "kinds.hpp"

namespace clearprop {

constexpr int kMostLanes = 16;  // of any vector

template <class T>
struct Matrix {
    T* data = nullptr;
    std::size_t stride = 0;  // elements from one panel to the next
    int columns = 0;

    T* panel(int p) const { return data + static_cast<std::size_t>(p) * stride; }
    Matrix rows_from(int row, int panel) const {
        return {data + static_cast<std::size_t>(row) * panel, stride, columns};
    }
};

// Columns of a[0] that are staircases: column k has rows ends[k] .. ends[k + 1] − 1 of their part of W[1].
struct StairColumns {
    const int* ends = nullptr;
    int count = 0;
};

// Rows of z, one panel of them, grow by the product of stairs. Row r stands in column k at row places[r · columns + k]
// of their part of W[1], and is that much of its ways on in it.
template <class T>
struct Climb {
    const T *W = nullptr, *sums = nullptr;
    const std::int32_t* places = nullptr;
    const T* ways = nullptr;
    StairColumns stairs;
    int rows = 0;
    T* z = nullptr;
};

// The gradient of one panel of that part of W[1]. In its row i stand the entries starts[i] .. starts[i + 1] − 1: which
// row of delta, and how far it is on its way.
template <class T>
struct Descend {
    const T* delta = nullptr;
    const std::int32_t *starts = nullptr, *rows = nullptr;
    const T* ways = nullptr;
    StairColumns stairs;
    T* g = nullptr;
    bool accumulate = false;
};

// What is done to a tile of C before it leaves the registers.
enum class Epilogue { none, relu, relu_slope };

// Two numbers in bf16; a product over pairs takes half as many steps.
using Pair = std::uint32_t;

// C (rows, C.columns) = A (rows, A.columns) B, plus the bias in every row. E is T, or Pair.
template <class T, class E = T>
struct Product {
    Matrix<const E> A, B;
    Matrix<T> C;
    int rows = 0;             // a multiple of row_step
    const T* bias = nullptr;  // padded to whole panels, or none
    Epilogue epilogue = Epilogue::none;
    Matrix<const T> a{};  // for relu_slope: the layer's output, at C's place
};

// C (a rows range of Aᵀ D) for one panel of D: the gradient of W from a and delta.
template <class T, class E = T>
struct Gradient {
    Matrix<const E> A;         // (batch, n_in)
    const E* D = nullptr;      // one panel of delta (batch, panel)
    int D_columns = 0;         // columns of that panel that hold anything
    T* C = nullptr;            // one panel, first row i_begin
    T* column_sums = nullptr;  // Σ_rows of the panel of delta, or none
    const T* delta = nullptr;  // that panel (rows, panel) in T
    int rows = 0;
    int batch = 0;  // rows of E: as many, or half as many pairs
    int i_begin = 0, i_end = 0;
    bool accumulate = false;  // go on from what C holds, row by row
    bool add = false;         // add to it the whole sum; of `most_added` rows at most
};

// Elementwise work on one panel, rows × columns.
template <class T>
struct Tile {
    const T* z = nullptr;
    T* a = nullptr;         // f(z) goes here; read by the pullback
    T* upstream = nullptr;  // ∂J/∂a, becomes delta
    int rows = 0, columns = 0;
};

template <class T>
struct LossRows {
    Loss loss;
    const double* options;  // of the loss
    Activation f;
    bool canonical;               // f is the loss's own: ℓ and delta are written in z
    Matrix<const T> z;            // (lanes, n_out); rows beyond the last are read and written too
    Matrix<T> a;                  // where to write a[L], or none
    Matrix<T> delta;              // or none
    const T* Y;                   // (n, n_out) row-major, or
    const std::int64_t* classes;  // (n,)
    const std::int64_t* index;    // row r of the batch is row index[r] of Y
    const T* scales;              // (lanes,)
    T* losses;                    // (rows,) ℓ of each row, or none
    T* scratch;                   // of a thread
    int rows;                     // at most lanes
};

// A dropout mask, and x = a ⊙ mask.
template <class T>
struct Drop {
    std::uint64_t seed;
    std::uint32_t step, layer, threshold;
    T scale;
    std::int64_t row;  // of the batch
    int rows;
    Matrix<const T> a;
    Matrix<T> mask, x;
};

template <class T>
struct Sums {
    double squares = 0, clipped_squares = 0, penalty = 0;
};

// Reduce the partial gradients, add the penalty's slope, and sum the squares.
template <class T>
struct Finish {
    T* g;
    std::size_t part_stride;  // to the next partial gradient
    int parts;
    const T* w;
    std::size_t count;
    int vectors;  // per row of the panel that hold anything: 1 or 2
    T l1, l2, clip_value;
};

template <class T>
struct Update {
    Rule rule;
    T *w, *g, *slots[3];
    T* slow;  // where this is a step at which lookahead pulls w back, else none
    T share;
    std::size_t count;
    int vectors;
    T eta, decay, clip_value, clip_scale;
    T first, second;  // η m̂ = first · m + second · g, of the Adam family
    T c[6];           // constants of the rule at this step, see kernels/updates.hpp
};

template <class T>
struct Kernels {
    int lanes, panel, row_step, most_added;
    void (*multiply)(const Product<T>&);
    void (*gradient)(const Gradient<T>&);
    void (*activate)(Activation, const Tile<T>&);
    void (*pullback)(Activation, const Tile<T>&);
    void (*softmax)(const Matrix<const T>& z, const Matrix<T>& a, T* scratch);  // of lanes rows
    void (*softmax_pullback)(const Matrix<const T>& a, const Matrix<T>& upstream, T* scratch);
    double (*loss)(const LossRows<T>&);
    void (*drop)(const Drop<T>&);
    void (*times)(const T* x, const T* y, T* product, std::size_t count);
    void (*plus)(const T* x, T* y, std::size_t count);  // y += x
    Sums<T> (*finish)(const Finish<T>&);
    void (*update)(const Update<T>&);
    void (*project)(T* w, int rows, T limit);
    void (*transpose)(const T* W, int rows, Matrix<T> Wt, int column, int columns);
    double (*measure)(std::int64_t rounds);
    void (*pile)(const T* W, const StairColumns&, T* sums);
    void (*climb)(const Climb<T>&);
    void (*descend)(const Descend<T>&);
};

// What bf16 needs beside the kernels of float32.
struct PairKernels {
    void (*multiply)(const Product<float, Pair>&);
    void (*gradient)(const Gradient<float, Pair>&);
    void (*pair_columns)(const float* from, int rows, Pair* to);
    void (*pair_rows)(const float* from, int rows, Pair* to);
};

struct InstructionSet {
    const char* name;
    const Kernels<float>* f32;
    const Kernels<double>* f64;
    const PairKernels* bf16;

    template <class T>
    const Kernels<T>& kernels() const;
};

template <>
inline const Kernels<float>& InstructionSet::kernels<float>() const {
    return *f32;
}
template <>
inline const Kernels<double>& InstructionSet::kernels<double>() const {
    return *f64;
}

// The best set this processor has; a name asks for that one (nullptr where it is missing or not supported).
const InstructionSet& best_instruction_set();
const InstructionSet* find_instruction_set(const char* name);

}  // namespace clearprop
