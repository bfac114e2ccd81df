// What happens inside a step: the passes, the gradient unit by unit, the verdict, and the update.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "session.hpp"

namespace clearprop {

// Forward, loss and backward of whole chunks of rows in the one workspace; then the gradient, unit by unit.
template <class T>
void Session<T>::pass_chunks(Step& step, Team& team, int id) {
    const Pass<T> pass = this->pass(id);
    Workspace<T>& s = step.trace ? traced_ : whole_;
    for (int chunk; (chunk = team.take()) * step.chunk < step.batch.rows;) {
        const int row = chunk * step.chunk, rows = std::min(step.chunk, step.batch.rows - row);
        pass.gather(step.batch, row, s, row, rows);
        pass.forward(s, row, rows, step.step, row);
        pass.loss(step.batch, row, s, row, rows, loss_sums_.data(), step.losses, step.trace);
        pass.backward(s, row, rows);
    }
    team.meet([&] { pass.sort_stairs(s, 0, step.batch.rows, 0); });
    for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) {
        pass.gradient(step.batch, 0, s, 0, layout_.units[at(u)], step.batch.rows, g_.data(), false);
        finish_unit(step, u, 1);
    }
    team.meet([&] { judge(step, data_term(step)); });
}

// All of it for whole groups of rows, each with a gradient of its own; then their sum, unit by unit.
template <class T>
void Session<T>::pass_groups(Step& step, Team& team, int id) {
    const Pass<T> pass = this->pass(id);
    Workspace<T>& s = parts_[at(id)];
    for (int group; (group = team.take()) < step.groups;) {
        T* g = g_.data() + at(group) * layout_.size;
        const int begin = group * step.group, end = std::min(begin + step.group, step.batch.rows);
        for (int first = begin; first < end; first += step.chunk) {
            const int rows = std::min(step.chunk, end - first);
            pass.gather(step.batch, first, s, 0, rows);
            pass.forward(s, 0, rows, step.step, first);
            pass.loss(step.batch, first, s, 0, rows, loss_sums_.data(), step.losses, false);
            pass.backward(s, 0, rows);
            pass.sort_stairs(s, 0, rows, 0);
            for (const Unit& unit : layout_.units) pass.gradient(step.batch, first, s, 0, unit, rows, g, first > begin);
        }
    }
    team.meet();
    for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) finish_unit(step, u, step.groups);
    team.meet([&] { judge(step, data_term(step)); });
}

// A batch without rows: D and its gradient are 0, and what is left is the penalty.
template <class T>
void Session<T>::pass_nothing(Step& step, Team& team) {
    team.meet([&] { std::fill_n(g_.data(), layout_.size, T(0)); });
    for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) finish_unit(step, u, 1);
    team.meet([&] { judge(step, 0); });
}

template <class T>
void Session<T>::compute(Step& step, Team& team, int id) {
    if (step.part.of && step.room) pass_shards(step, team, id);
    else if (step.batch.rows == 0) pass_nothing(step, team);
    else if (step.by_groups) pass_groups(step, team, id);
    else pass_chunks(step, team, id);
}

template <class T>
void Session<T>::finish_unit(const Step& step, int u, int parts) {
    const Unit& unit = layout_.units[at(u)];
    const Objective& objective = network_.objective;
    const auto finish = [&](std::size_t offset, std::size_t count, int columns, bool penalised) {
        const int vectors = unit.l > 0 && columns <= k_.lanes ? 1 : 2;
        return k_.finish({g_.data() + offset, layout_.size, parts, w_.data() + offset, count, vectors,
                          static_cast<T>(penalised ? objective.l1 * step.penalty : 0),
                          static_cast<T>(penalised ? objective.l2 * step.penalty : 0),
                          static_cast<T>(network_.optimizer.clip_value)});
    };
    Sums<T> sums = finish(unit.offset, unit.count, unit.columns, unit.l > 0);
    if (unit.l > 0 && unit.row == 0 && network_.layer(unit.l).bias) {
        const std::size_t b = layout_.slabs[at(unit.l)].b + at(unit.p * k_.panel);
        const Sums<T> bias = finish(b, at(k_.panel), unit.columns, objective.penalize_bias);
        sums.squares += bias.squares;
        sums.clipped_squares += bias.clipped_squares;
        sums.penalty += bias.penalty;
    }
    unit_sums_[at(u)] = sums;
}

// D, summed in a fixed order.
template <class T>
double Session<T>::data_term(const Step& step) const {
    double D = 0;
    for (int i = 0; i * k_.lanes < step.batch.rows; ++i) D += loss_sums_[at(i)];
    return D;
}

// Sum up what the step found, in a fixed order, and decide whether the update may happen.
template <class T>
void Session<T>::judge(Step& step, double D) const {
    Sums<T> sums;
    for (const Sums<T>& unit : unit_sums_) {
        sums.squares += unit.squares;
        sums.clipped_squares += unit.clipped_squares;
        sums.penalty += unit.penalty;
    }
    const Optimizer& optimizer = network_.optimizer;
    const double norm = std::sqrt(sums.squares);
    const double clipped = std::isfinite(optimizer.clip_value) ? std::sqrt(sums.clipped_squares) : norm;
    const double limit = optimizer.clip_norm;
    const double J = D + sums.penalty;
    const bool finite = std::isfinite(static_cast<T>(J)) && std::isfinite(norm);
    step.verdict = {J, sums.penalty, norm, clipped > limit ? limit / clipped : 1.0, finite};
}

template <class T>
void Session<T>::update_unit(const Unit& unit, const Update<T>& rule, double learning_rate) {
    const double factor = unit.l == 0 ? 1 : network_.layer(unit.l).frozen ? 0 : network_.layer(unit.l).learning_rate;
    const double eta = learning_rate * factor;
    Update<T> q = rule;
    q.eta = static_cast<T>(eta);
    q.first = static_cast<T>(eta * rule.first);
    q.second = static_cast<T>(eta * rule.second);
    const auto update = [&](std::size_t offset, std::size_t count, double decay) {
        q.w = w_.data() + offset;
        q.g = g_.data() + offset;
        for (int i = 0; i < 3; ++i) q.slots[i] = slots_[i].size() ? slots_[i].data() + offset : nullptr;
        q.slow = rule.share != 0 ? slots_[network_.optimizer.slots() - 1].data() + offset : nullptr;
        q.count = count;
        q.vectors = unit.l > 0 && unit.columns <= k_.lanes ? 1 : 2;
        q.decay = static_cast<T>(eta * decay);
        k_.update(q);
    };
    update(unit.offset, unit.count, unit.l > 0 ? network_.optimizer.weight_decay : 0);
    if (unit.l == 0) return;
    const Dense& layer = network_.layer(unit.l);
    if (unit.row == 0 && layer.bias) update(layout_.slabs[at(unit.l)].b + at(unit.p * k_.panel), at(k_.panel), 0);
    clear_padding(unit);
    if (std::isfinite(layer.max_norm) && !layer.frozen)
        k_.project(w_.data() + unit.offset, unit.rows, static_cast<T>(layer.max_norm));
    refresh_copies(unit);
}

// Where a rule without ε divides 0 by 0 beyond the last row or column, put back the 0 that stands there.
template <class T>
void Session<T>::clear_padding(const Unit& unit) {
    if (!divides_zero_by_zero(network_.optimizer)) return;
    const Slab& slab = layout_.slabs[at(unit.l)];
    T* w = w_.data() + unit.offset;
    for (int row = 0; row < unit.rows; ++row) {
        const int i = unit.row + row;
        const bool gap = unit.l == 1 && layout_.stairs && i >= layout_.stairs.before && i < layout_.stairs.first;
        const int filled = i < slab.n_in && !gap ? unit.columns : 0;
        std::fill(w + row * k_.panel + filled, w + (row + 1) * k_.panel, T(0));
    }
    T* b = w_.data() + slab.b + unit.p * k_.panel;
    std::fill(b + unit.columns, b + k_.panel, T(0));
}

// What follows W after an update: Wᵀ, and both in bf16.
template <class T>
void Session<T>::refresh_copies(const Unit& unit) {
    if (unit.l == 0) return;
    const Slab& slab = layout_.slabs[at(unit.l)];
    if (unit.l > 1 || network_.inputs.trained()) {
        const Matrix<T> Wt{wt_.data() + slab.Wt + static_cast<std::size_t>(unit.p * k_.panel * k_.panel),
                           static_cast<std::size_t>(slab.n_out * k_.panel), slab.n_in};
        k_.transpose(w_.data() + unit.offset, std::min(unit.rows, slab.n_in - unit.row), Wt, unit.row, unit.columns);
    }
    if (unit.stairs)
        k_.pile(w_.data() + unit.offset, layout_.stairs.columns(),
                stair_sums_.data() + at(unit.p * layout_.stairs.ends.back() * k_.panel));
    if (bf16_) refresh_pairs(unit);
}

template <class T>
void Session<T>::refresh_pairs(const Unit& unit) {
    if constexpr (std::is_same_v<T, float>) {
        const Slab& slab = layout_.slabs[at(unit.l)];
        const int rows = std::min(unit.rows, slab.n_in - unit.row), panel = k_.panel;
        const int W_row = unit.p * ceil_div(slab.rows, 2) + unit.row / 2;
        bf16_->pair_rows(w_.data() + unit.offset, rows, w_pairs_.data() + slab.W_pairs + at(W_row * panel));
        if (unit.l == 1 && !network_.inputs.trained()) return;
        for (int p = unit.row / panel; p * panel < unit.row + rows; ++p) {
            const float* from = wt_.data() + slab.Wt + at((p * slab.n_out + unit.p * panel) * panel);
            const int row = p * ceil_div(slab.n_out, 2) + unit.p * panel / 2;
            bf16_->pair_rows(from, unit.columns, wt_pairs_.data() + slab.Wt_pairs + at(row * panel));
        }
    }
}

template class Session<float>;
template class Session<double>;

}  // namespace clearprop
