// How the parameter vector of the Python side lies in panels, and how the work on it is cut into units.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "description.hpp"
#include "kernels.hpp"

namespace clearprop {

constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }  // i as an index
constexpr int round_up(int n, int step) { return (n + step - 1) / step * step; }
constexpr int ceil_div(int n, int step) { return (n + step - 1) / step; }

// W[l] and b[l] in the padded vector: panel p of W has `rows` rows of `panel` columns.
struct Slab {
    std::size_t W = 0, b = 0, Wt = 0;       // Wt: offset in the vector of transposed weights
    std::size_t W_pairs = 0, Wt_pairs = 0;  // offsets in the copies in bf16
    int n_in = 0, n_out = 0, rows = 0;
};

// An input stage: its first column of X and, as they lie here, of a[0]; and where its parameters lie in the padded
// vector.
struct Place {
    int column = 0, block = 0;
    std::size_t offset = 0;
};

// The staircases among the columns of a[0]. They lie behind all others, and the first layer does not multiply them out.
struct Stairs {
    int before = 0;         // columns of a[0] that are none
    int first = 0;          // row of W[1] where theirs begin
    std::vector<int> ends;  // theirs, counted from there: column k has ends[k] .. ends[k + 1] − 1
    std::vector<int> from;  // column k is made of this column of X

    int count() const { return ends.empty() ? 0 : static_cast<int>(ends.size()) - 1; }
    explicit operator bool() const { return !ends.empty(); }
    StairColumns columns() const { return {ends.data(), count()}; }
};

// A block of one panel of W (with the panel's biases, where it is the first block), or a stage's parameters.
struct Unit {
    int l = 0;  // 0 for a stage
    int k = 0;  // which stage, from 0
    int p = 0;  // panel
    int row = 0, rows = 0;
    std::size_t offset = 0, count = 0;
    int columns = 0;      // of the panel that hold anything; of a stage: how many parameters it has
    bool stairs = false;  // whether these are the rows of the stairs
};

class Layout {
  public:
    Layout() = default;
    Layout(const Network& network, int panel, int row_step, int lanes, bool stairs_apart);

    // Between the vector in the order of clearprop.model.parameter_shapes and the padded one.
    template <class T>
    void pack(const T* flat, T* padded) const {
        visit([&](std::size_t place, std::size_t n) {
            std::copy_n(flat, n, padded + place);
            flat += n;
        });
    }
    template <class T>
    void unpack(const T* padded, T* flat) const {
        visit([&](std::size_t place, std::size_t n) { flat = std::copy_n(padded + place, n, flat); });
    }

    int panel = 0, lanes = 0;
    int rows_step = 0;             // rows are cut at multiples of it: whole tiles and whole vectors of rows
    std::size_t scratch_size = 0;  // of one thread, for the loss and softmax: 4 vectors per unit
    std::size_t size = 0, flat_size = 0, transposed_size = 0;
    std::size_t pairs_size = 0, transposed_pairs_size = 0;
    std::vector<Slab> slabs;    // slabs[l], l ≥ 1
    std::vector<Place> stages;  // of the input stages
    Stairs stairs;
    std::vector<int> columns;  // column i of a[0] lies at columns[i]; empty where each lies at its own place
    std::vector<Unit> units;
    double work = 0;  // multiplications of one row, forward and backward

  private:
    // Call `run(place, n)` for every n numbers that lie side by side in both vectors, in the order of the flat one.
    template <class Run>
    void visit(Run run) const {
        for (const Unit& unit : units)
            if (unit.l == 0) run(unit.offset, at(unit.columns));
        for (std::size_t l = 1; l < slabs.size(); ++l) {
            const Slab& slab = slabs[l];
            if (l == 1 && !columns.empty())
                for (const int i : columns) visit_row(slab, i, run);
            else
                for (int i = 0; i < slab.n_in; ++i) visit_row(slab, i, run);
            if (has_bias_[l]) run(slab.b, static_cast<std::size_t>(slab.n_out));
        }
    }
    template <class Run>
    void visit_row(const Slab& slab, int i, Run run) const {
        for (int j = 0; j < slab.n_out; j += panel)
            run(slab.W + static_cast<std::size_t>(j / panel * slab.rows + i) * static_cast<std::size_t>(panel),
                static_cast<std::size_t>(std::min(panel, slab.n_out - j)));
    }
    void set_stairs_apart(const Network& network, int row_step);
    void add_stages(const Network& network);
    void add_units(int l, int begin, int end, int block, bool of_stairs);
    void add_layer(const Network& network, int l, int row_step);

    std::vector<bool> has_bias_;
};

}  // namespace clearprop
