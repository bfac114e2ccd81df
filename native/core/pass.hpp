// Forward beside backward, for a range of rows of a workspace. Rows are independent of one another, so any cut of the
// batch gives the same bits; only the gradient of W sums over rows, and it does so in rising order.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "workspace.hpp"

namespace clearprop {

// Where a batch comes from: row r is row index[r] of X, Y and weights (row r of X where there is no index).
template <class T>
struct Batch {
    const T* X = nullptr;
    const T* Y = nullptr;                   // rows (n, n_out), or
    const std::int64_t* classes = nullptr;  // class indices (n,)
    const T* weights = nullptr;             // or none
    const std::int64_t* index = nullptr;
    int rows = 0;
    double total_weight = 0;
};

template <class T>
class Pass {
  public:
    Pass(const Network& network, const Layout& layout, const Kernels<T>& kernels, const T* w, const T* wt, T* scratch)
        : network_(network), layout_(layout), k_(kernels), w_(w), wt_(wt), scratch_(scratch) {}

    // The sums of the rows of W[1] above each of the stairs'.
    void use_stairs(const T* sums) { sums_ = sums; }

    // Do the products in bf16, with these kernels and these copies of the weights.
    void use_bf16(const PairKernels* kernels, const Pair* w_pairs, const Pair* wt_pairs) {
        bf16_ = kernels;
        w_pairs_ = w_pairs;
        wt_pairs_ = wt_pairs;
    }

    // Stage 0: rows first .. first + rows of the batch become rows of a[0], from row `row` on, one stage after the other.
    // What is needed a little later is called from memory, a little at a time: rows of X that lie further on, and targets.
    void gather(const Batch<T>& batch, int first, Workspace<T>& s, int row, int rows) const {
        const int columns = network_.inputs.columns(), n_out = network_.size(network_.L());
        const int ahead = 1 + kAhead / columns;
        const auto source = [&](int r) { return batch.index ? batch.index[first + r] : first + r; };
        const auto call = [&](std::int64_t now) {
            if (batch.Y) __builtin_prefetch(batch.Y + now * n_out);
            if (batch.classes) __builtin_prefetch(batch.classes + now);
        };
        if (!s.places.empty())
            for (int r = 0; r < rows; ++r) {
                stand(batch.X + source(r) * columns, s, row + r);
                call(source(r));
            }
        each_stage([&](const auto& stage, const Place& place) {
            const T* X = batch.X + place.column;
            const bool first_of_all = place.column == 0 && s.places.empty();
            if constexpr (std::is_same_v<std::decay_t<decltype(stage)>, Staircase>)
                if (!s.places.empty()) return;
            RowOfPanels<T> y = row_of(s.a[0], row, place.block);
            for (int r = 0; r < rows; ++r, y = y.next_row()) {
                const std::int64_t now = source(r), later = source(std::min(r + ahead, rows - 1));
                stage.forward(X + now * columns, X + later * columns, w_ + place.offset, y);
                if (first_of_all) call(now);
            }
        });
    }

    // F1 and F2. A step ≥ 0 draws that step's dropout masks; row `row` is row `first` of the batch.
    void forward(Workspace<T>& s, int row, int rows, std::int64_t step, int first) const {
        const int L = network_.L();
        for (int l = 1; l <= L; ++l) {
            if (step >= 0 && s.mask[at(l - 1)].data) drop(s, l - 1, row, rows, step, first);
            const bool climbs = l == 1 && !s.places.empty();
            const bool fused =
                network_.layer(l).f == Activation::relu && l < L && s.z[at(l)].data == s.a[at(l)].data && !climbs;
            const Matrix<T>& x = step >= 0 ? s.x[at(l - 1)] : s.a[at(l - 1)];
            multiply_weights(s, l, x, row, rows, fused ? Epilogue::relu : Epilogue::none);
            if (climbs) climb(s, row, rows);
            if (!fused && l < L) activate(s, l, row, rows);
        }
    }

    // F2 of one layer.
    void activate(Workspace<T>& s, int l, int row, int rows) const {
        const Activation f = network_.layer(l).f;
        if (f == Activation::identity) return;
        const Matrix<T>&z = s.z[at(l)], &a = s.a[at(l)];
        if (f == Activation::softmax)
            return by_lanes(row, rows, [&](int r, int) { k_.softmax(rows_of(z, r), from(a, r), scratch_); });
        by_panels(a, row, [&](int p, std::size_t offset, int columns) {
            k_.activate(f, {z.panel(p) + offset, a.panel(p) + offset, nullptr, rows, columns});
        });
    }

    // BP1; sums[i] becomes Σ scale ℓ of the i-th block of `lanes` rows of the batch.
    void loss(const Batch<T>& batch, int first, Workspace<T>& s, int row, int rows, double* sums, T* losses,
              bool keep_a) const {
        const int L = network_.L();
        const Objective& objective = network_.objective;
        const Activation f = network_.layer(L).f;
        const bool canonical = about(objective.loss).canonical == f;
        const Matrix<T> none{};
        by_lanes(row, rows, [&](int r, int n) {
            alignas(64) T scales[kMostLanes] = {};
            const int b = first + r - row;
            for (int i = 0; i < n; ++i) scales[i] = scale(batch, b + i);
            sums[b / k_.lanes] =
                k_.loss({objective.loss, objective.options.data(), f, canonical, rows_of(s.z[at(L)], r),
                         keep_a ? from(s.a[at(L)], r) : none, from(s.delta[at(L)], r), batch.Y, batch.classes,
                         batch.index + b, scales, losses ? losses + b : nullptr, scratch_, n});
        });
    }

    // BP2, from layer L down to 1, and ∂J/∂a[0] where something before it is trained.
    void backward(Workspace<T>& s, int row, int rows) const {
        for (int l = network_.L() - 1; l >= 1; --l) {
            const Activation f = network_.layer(l).f;
            const bool fused = f == Activation::relu;
            pull(s, l, s.delta[at(l)], row, rows, fused);
            if (fused || f == Activation::identity) continue;
            const Matrix<T>&z = s.z[at(l)], &a = s.a[at(l)], &delta = s.delta[at(l)];
            if (f == Activation::softmax) {
                by_lanes(row, rows, [&](int r, int) { k_.softmax_pullback(rows_of(a, r), from(delta, r), scratch_); });
                continue;
            }
            by_panels(a, row, [&](int p, std::size_t offset, int columns) {
                k_.pullback(f, {z.panel(p) + offset, a.panel(p) + offset, delta.panel(p) + offset, rows, columns});
            });
        }
        if constexpr (std::is_same_v<T, float>)
            if (bf16_ && !s.input_gradient.data) pair(s.delta[1], row, rows, s.delta_columns[1], s.delta_pairs[1]);
        if (s.input_gradient.data) pull(s, 0, s.input_gradient, row, rows, false);
    }

    // Before the gradient: which of the rows of the workspace from `row` on stand in which bin, in rising order.
    void sort_stairs(Workspace<T>& s, int row, int rows, int slot) const {
        if (s.places.empty()) return;
        const int n = layout_.stairs.count(), bins = layout_.stairs.ends.back();
        std::int32_t* const starts = s.starts.data() + at(slot * (bins + 2));
        std::int32_t* const next = starts + 1;  // where the next entry of a bin goes; its end at last
        std::fill_n(starts, bins + 2, 0);
        const std::int32_t* places = s.places.data() + at(row * n);
        for (int e = 0; e < rows * n; ++e) ++next[places[e] + 1];
        starts[0] = next[0] = row * n;
        for (int i = 1; i <= bins; ++i) next[i] += next[i - 1];
        for (int r = 0, e = 0; r < rows; ++r)
            for (int k = 0; k < n; ++k, ++e) {
                const std::size_t to = at(next[places[e]]++);
                s.sorted_rows[to] = r;
                s.sorted_ways[to] = s.ways[at(row * n + e)];
            }
    }

    // BP3 and BP4 of one unit, over rows row .. row + rows of the workspace; index names the rows' places in X. With `add`
    // the sum over these rows is added as a whole to what g holds, where can_add.
    void gradient(const Batch<T>& batch, int first, const Workspace<T>& s, int row, const Unit& unit, int rows, T* g,
                  bool accumulate, int slot = 0, bool add = false) const {
        if (unit.l == 0) return stage_gradient(batch, first, s, row, unit, rows, g, accumulate);
        const Slab& slab = layout_.slabs[at(unit.l)];
        T* sums = unit.row == 0 && network_.layer(unit.l).bias ? g + slab.b + unit.p * layout_.panel : nullptr;
        const T* delta = s.delta[at(unit.l)].panel(unit.p) + row * layout_.panel;
        const bool climbs = unit.l == 1 && !s.places.empty();
        if (climbs && unit.stairs) return descend(s, delta, slot, unit, g, accumulate || add);
        const int i_end = std::min(unit.row + unit.rows, climbs ? layout_.stairs.before : slab.n_in);
        if constexpr (std::is_same_v<T, float>)
            if (bf16_) {
                return bf16_->gradient({pairs_from(s.x_pairs[at(unit.l - 1)], row),
                                        s.delta_pairs[at(unit.l)].panel(unit.p) + row / 2 * k_.panel, unit.columns,
                                        g + unit.offset, sums, delta, rows, ceil_div(rows, 2), unit.row, i_end,
                                        accumulate, add});
            }
        k_.gradient({rows_of(s.x[at(unit.l - 1)], row), delta, unit.columns, g + unit.offset, sums, delta, rows, rows,
                     unit.row, i_end, accumulate, add});
    }

    // A stage's parameters are summed row by row, and a long sum is cut.
    bool can_add(const Unit& unit, int rows) const { return unit.l > 0 && rows <= k_.most_added; }

    // The factor of row b of the batch in D.
    T scale(const Batch<T>& batch, int b) const {
        const T w = batch.weights ? batch.weights[batch.index[b]] : T(1);
        if (!network_.objective.mean) return w;
        return batch.total_weight > 0 ? w / static_cast<T>(batch.total_weight) : T(0) * w;
    }

    int lanes() const { return k_.lanes; }

  private:
    static constexpr int kAhead = 128;  // numbers of X that are called from memory before they are needed

    Matrix<T> from(const Matrix<T>& m, int row) const { return m.rows_from(row, k_.panel); }
    Matrix<const T> rows_of(const Matrix<T>& m, int row) const {
        const Matrix<T> rows = from(m, row);
        return {rows.data, rows.stride, rows.columns};
    }
    Matrix<const T> weights(const Slab& slab) const {
        return {w_ + slab.W, static_cast<std::size_t>(slab.rows * k_.panel), slab.n_out};
    }
    Matrix<const T> transposed(const Slab& slab) const {
        return {wt_ + slab.Wt, static_cast<std::size_t>(slab.n_out * k_.panel), slab.n_in};
    }

    template <class Work>
    void by_lanes(int row, int rows, Work work) const {
        for (int r = 0; r < rows; r += k_.lanes) work(row + r, std::min(k_.lanes, rows - r));
    }
    template <class Work>
    void by_panels(const Matrix<T>& m, int row, Work work) const {
        for (int p = 0; p * k_.panel < m.columns; ++p)
            work(p, static_cast<std::size_t>(row * k_.panel), std::min(k_.panel, m.columns - p * k_.panel));
    }

    // Where row `row` of the workspace stands in each of the stairs; x is its row of X.
    void stand(const T* x, Workspace<T>& s, int row) const {
        const Stairs& stairs = layout_.stairs;
        const int n = stairs.count(), *ends = stairs.ends.data(), *from = stairs.from.data();
        std::int32_t* places = s.places.data() + at(row * n);
        T* ways = s.ways.data() + at(row * n);
        for (int k = 0; k < n; ++k) {
            const Staircase stage{ends[k + 1] - ends[k]};
            const int b = stage.bin(x[from[k]]);
            places[k] = ends[k] + b;
            ways[k] = stage.way(x[from[k]], b);
        }
    }

    // What the stairs add to z[1].
    void climb(Workspace<T>& s, int row, int rows) const {
        const int n = layout_.stairs.count();
        const Slab& slab = layout_.slabs[1];
        by_panels(s.z[1], row, [&](int p, std::size_t offset, int) {
            const std::size_t stairs = at(p * layout_.stairs.ends.back() * k_.panel);
            const T* W = w_ + slab.W + at((p * slab.rows + layout_.stairs.first) * k_.panel);
            k_.climb({W, sums_ + stairs, s.places.data() + at(row * n), s.ways.data() + at(row * n),
                      layout_.stairs.columns(), rows, s.z[1].panel(p) + offset});
        });
    }
    void descend(const Workspace<T>& s, const T* delta, int slot, const Unit& unit, T* g, bool accumulate) const {
        const std::int32_t* starts = s.starts.data() + at(slot * (layout_.stairs.ends.back() + 2));
        k_.descend({delta, starts, s.sorted_rows.data(), s.sorted_ways.data(), layout_.stairs.columns(),
                    g + unit.offset, accumulate});
    }

    // x = a ⊙ mask
    void drop(Workspace<T>& s, int l, int row, int rows, std::int64_t step, int first) const {
        const double rate = network_.layer(l + 1).dropout;
        const double words = std::min(std::nearbyint(rate * 4294967296.0), 4294967295.0);
        const Matrix<T>&mask = s.mask[at(l)], &a = s.a[at(l)], &x = s.x[at(l)];
        k_.drop({network_.seed, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(l),
                 static_cast<std::uint32_t>(words), static_cast<T>(1 / (1 - rate)), first, rows, rows_of(a, row),
                 from(mask, row), from(x, row)});
    }

    // upstream = (delta[l+1] W[l+1]ᵀ) ⊙ mask[l], and relu's slope at once where that is all that follows.
    void pull(Workspace<T>& s, int l, const Matrix<T>& upstream, int row, int rows, bool relu) const {
        const Matrix<T>& mask = s.mask[at(l)];
        if constexpr (std::is_same_v<T, float>)
            if (bf16_) pair(s.delta[at(l + 1)], row, rows, s.delta_columns[at(l + 1)], s.delta_pairs[at(l + 1)]);
        multiply_transposed(s, l, upstream, row, rows, relu ? Epilogue::relu_slope : Epilogue::none);
        if (!mask.data) return;
        by_panels(upstream, row, [&](int p, std::size_t offset, int) {
            T* u = upstream.panel(p) + offset;
            k_.times(u, mask.panel(p) + offset, u, static_cast<std::size_t>(rows * k_.panel));
        });
    }

    // z[l] = x[l-1] W[l] + b[l]
    void multiply_weights(Workspace<T>& s, int l, const Matrix<T>& x, int row, int rows, Epilogue epilogue) const {
        const Slab& slab = layout_.slabs[at(l)];
        const Matrix<T> z = from(s.z[at(l)], row);
        const int whole = round_up(rows, k_.row_step);
        if constexpr (std::is_same_v<T, float>)
            if (bf16_) {
                pair(x, row, rows, s.x_columns[at(l - 1)], s.x_pairs[at(l - 1)]);
                const Matrix<const Pair> W{w_pairs_ + slab.W_pairs, at(ceil_div(slab.rows, 2) * k_.panel), slab.n_out};
                return bf16_->multiply({columns_from(s.x_columns[at(l - 1)], row), W, z, whole, w_ + slab.b, epilogue});
            }
        k_.multiply({rows_of(x, row), weights(slab), z, whole, w_ + slab.b, epilogue});
    }

    // delta[l+1] W[l+1]ᵀ
    void multiply_transposed(Workspace<T>& s, int l, const Matrix<T>& upstream, int row, int rows,
                             Epilogue epilogue) const {
        const Slab& slab = layout_.slabs[at(l + 1)];
        const Matrix<T> u = from(upstream, row);
        const Matrix<const T> a = epilogue == Epilogue::none ? Matrix<const T>{} : rows_of(s.a[at(l)], row);
        const int whole = round_up(rows, k_.row_step);
        if constexpr (std::is_same_v<T, float>)
            if (bf16_) {
                const Matrix<const Pair> Wt{wt_pairs_ + slab.Wt_pairs, at(ceil_div(slab.n_out, 2) * k_.panel),
                                            slab.n_in};
                return bf16_->multiply(
                    {columns_from(s.delta_columns[at(l + 1)], row), Wt, u, whole, nullptr, epilogue, a});
            }
        k_.multiply({rows_of(s.delta[at(l + 1)], row), transposed(slab), u, whole, nullptr, epilogue, a});
    }

    // Round rows of m to bf16, in pairs of columns and, for the gradient, in pairs of rows.
    void pair(const Matrix<float>& m, int row, int rows, const Matrix<Pair>& columns, const Matrix<Pair>& pairs) const {
        for (int p = 0; p * k_.panel < m.columns; ++p) {
            const float* from = m.panel(p) + row * k_.panel;
            bf16_->pair_columns(from, round_up(rows, k_.row_step), columns.panel(p) + row * k_.panel / 2);
            if (pairs.data) bf16_->pair_rows(from, rows, pairs.panel(p) + row / 2 * k_.panel);
        }
    }
    Matrix<const Pair> columns_from(const Matrix<Pair>& m, int row) const {
        return {m.data + row * k_.panel / 2, m.stride, ceil_div(m.columns, 2)};
    }
    Matrix<const Pair> pairs_from(const Matrix<Pair>& m, int row) const {
        return {m.data + row / 2 * k_.panel, m.stride, m.columns};
    }

    RowOfPanels<T> row_of(const Matrix<T>& m, int row, int column) const {
        return {m.panel(column / k_.panel) + row * k_.panel, m.stride, k_.panel, column % k_.panel};
    }

    // Call `run(stage, place)` for every stage of the inputs.
    template <class Run>
    void each_stage(Run run) const {
        const std::vector<Stage>& stages = network_.inputs.stages;
        for (std::size_t k = 0; k < stages.size(); ++k)
            std::visit([&](const auto& stage) { run(stage, layout_.stages[k]); }, stages[k]);
    }

    // ∂J/∂ of a stage's parameters, row after row.
    void stage_gradient(const Batch<T>& batch, int first, const Workspace<T>& s, int row, const Unit& unit, int rows,
                        T* g, bool accumulate) const {
        const Place& place = layout_.stages[at(unit.k)];
        const int columns = network_.inputs.columns();
        if (!accumulate) std::fill_n(g + unit.offset, unit.count, T(0));
        std::visit(
            [&](const auto& stage) {
                for (int r = 0; r < rows; ++r) {
                    const T* x = batch.X + batch.index[first + r] * columns + place.column;
                    stage.gradient(x, w_ + place.offset, row_of(s.input_gradient, row + r, place.block),
                                   g + place.offset);
                }
            },
            network_.inputs.stages[at(unit.k)]);
    }

    const Network& network_;
    const Layout& layout_;
    const Kernels<T>& k_;
    const T* w_;
    const T* wt_;
    const T* sums_ = nullptr;
    const PairKernels* bf16_ = nullptr;
    const Pair* w_pairs_ = nullptr;
    const Pair* wt_pairs_ = nullptr;
    T* scratch_;  // layout.scratch_size() of its own
};

}  // namespace clearprop
