#include "session.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clearprop {

namespace {

constexpr std::size_t kGroupedSize = 16384;  // parameters up to which each group of rows has a gradient of its own
constexpr int kGroupedRows = 8192;           // rows from which any network is done so
constexpr int kGroupRows = 64, kMostGroups = 16;
constexpr int kMostChunkRows = 256;
constexpr double kChunkBytes = 1024 * 1024;  // of activations and deltas: a second-level cache
constexpr double kSliceSeconds = 2e-3;        // between two choices of the number of threads
constexpr double kWorkPerThread = 4e5;       // multiplications that are worth waking one more thread for

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
struct Session<T>::Step {
    Batch<T> batch;
    std::int64_t step = 0;    // for the masks
    bool by_groups = false;
    int chunk = 0;            // rows of a chunk
    int groups = 1, group = 0;  // number of groups and rows of each
    double penalty = 1;  // factor of R
    T* losses = nullptr;
    bool trace = false;
    Verdict verdict;
};

// The steps of one run.
template <class T>
struct Session<T>::Steps {
    Data<T> data;
    const std::int64_t* order;
    const std::int64_t* cuts;
    std::int64_t n;
    const double* learning_rates;
    double* found;
    int most = 0;  // rows of the largest batch
    std::int64_t taken = 0;
    bool diverged = false;

    int rows(std::int64_t s) const { return static_cast<int>(cuts[s + 1] - cuts[s]); }
    void note(const Verdict& verdict) {
        found[taken] = verdict.J;
        found[n + taken] = verdict.R;
        found[2 * n + taken] = verdict.norm;
        ++taken;
    }
};

template <class T>
Session<T>::Session(Network network, int n_threads, const InstructionSet& set, bool bf16)
    : network_(std::move(network)),
      n_threads_(std::max(1, n_threads)),
      k_(set.kernels<T>()),
      bf16_(bf16 ? set.bf16 : nullptr),
      layout_(network_, k_.panel, k_.row_step, k_.lanes),
      w_(layout_.size),
      wt_(layout_.transposed_size),
      scratch_(layout_.scratch_size * at(n_threads_)) {
    for (Buffer<T>& slot : slots_) slot = Buffer<T>(layout_.size);
    unit_sums_.resize(layout_.units.size());
    if (!bf16) return;
    w_pairs_ = Buffer<Pair>(layout_.pairs_size);
    wt_pairs_ = Buffer<Pair>(layout_.transposed_pairs_size);
}

template <class T>
void Session<T>::set_parameters(const T* flat) {
    layout_.pack(flat, w_.data());
    for (const Unit& unit : layout_.units) refresh_copies(unit);
}

template <class T>
void Session<T>::set_slot(int i, const T* flat) {
    layout_.pack(flat, slots_[i].data());
}

template <class T>
bool Session<T>::grouped(int rows) const {
    return layout_.size <= kGroupedSize || rows >= kGroupedRows;
}

template <class T>
int Session<T>::threads_for(int rows) const {
    const double worth = layout_.work * rows / kWorkPerThread;
    return std::clamp(static_cast<int>(worth), 1, n_threads_);
}

// How many rows go through all layers at a time: whole tiles, whose arrays stay in the second-level cache.
template <class T>
int Session<T>::chunk_rows(Purpose purpose) const {
    double bytes = 0;
    for (int l = 0; l <= network_.L(); ++l) bytes += sizeof(T) * round_up(network_.size(l), k_.lanes);
    if (purpose != Purpose::predict) bytes *= 2;
    const int step = 3 * layout_.rows_step;
    return std::clamp(static_cast<int>(kChunkBytes / bytes) / step * step, step, kMostChunkRows / step * step);
}

template <class T>
void Session<T>::reserve(int rows, int threads) {
    const bool by_groups = grouped(rows);
    const int wanted = by_groups ? std::min(rows, chunk_rows(Purpose::train)) : rows;
    const std::size_t count = by_groups ? at(threads) : 1;
    if (workspaces_.size() < count || workspaces_[0].rows < wanted) {
        workspaces_.clear();
        for (std::size_t i = 0; i < count; ++i) workspaces_.emplace_back(network_, layout_, wanted, Purpose::train, bf16_);
    }
    const std::size_t parts = by_groups ? at(std::clamp(rows / kGroupRows, 1, kMostGroups)) : 1;
    if (g_.size() < parts * layout_.size) g_ = Buffer<T>(parts * layout_.size);
    loss_sums_.resize(std::max(loss_sums_.size(), at(ceil_div(rows, k_.lanes))));
}

// Forward, loss and backward of whole chunks of rows in the one workspace; then the gradient, unit by unit.
template <class T>
void Session<T>::pass_chunks(Step& step, Team& team, int id) {
    const Pass<T> pass = this->pass(id);
    Workspace<T>& s = step.trace ? traced_ : workspaces_[0];
    for (int chunk; (chunk = team.take()) * step.chunk < step.batch.rows;) {
        const int row = chunk * step.chunk, rows = std::min(step.chunk, step.batch.rows - row);
        pass.gather(step.batch, row, s, row, rows);
        pass.forward(s, row, rows, step.step, row);
        pass.loss(step.batch, row, s, row, rows, loss_sums_.data(), step.losses, step.trace);
        pass.backward(s, row, rows);
    }
    team.meet();
    for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) {
        pass.gradient(step.batch, 0, s, layout_.units[at(u)], step.batch.rows, g_.data(), false);
        finish_unit(step, u, 1);
    }
    team.meet([&] { judge(step); });
}

// All of it for whole groups of rows, each with a gradient of its own; then their sum, unit by unit.
template <class T>
void Session<T>::pass_groups(Step& step, Team& team, int id) {
    const Pass<T> pass = this->pass(id);
    Workspace<T>& s = workspaces_[at(id)];
    for (int group; (group = team.take()) < step.groups;) {
        T* g = g_.data() + at(group) * layout_.size;
        const int begin = group * step.group, end = std::min(begin + step.group, step.batch.rows);
        for (int first = begin; first < end; first += step.chunk) {
            const int rows = std::min(step.chunk, end - first);
            pass.gather(step.batch, first, s, 0, rows);
            pass.forward(s, 0, rows, step.step, first);
            pass.loss(step.batch, first, s, 0, rows, loss_sums_.data(), step.losses, false);
            pass.backward(s, 0, rows);
            for (const Unit& unit : layout_.units) pass.gradient(step.batch, first, s, unit, rows, g, first > begin);
        }
    }
    team.meet();
    for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) finish_unit(step, u, step.groups);
    team.meet([&] { judge(step); });
}

template <class T>
void Session<T>::compute(Step& step, Team& team, int id) {
    if (step.by_groups) pass_groups(step, team, id);
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

// Sum up what the step found, in a fixed order, and decide whether the update may happen.
template <class T>
void Session<T>::judge(Step& step) const {
    double D = 0;
    for (int i = 0; i * k_.lanes < step.batch.rows; ++i) D += loss_sums_[at(i)];
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
        q.slot0 = slots_[0].data() + offset;
        q.slot1 = slots_[1].data() + offset;
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
        const int filled = unit.row + row < slab.n_in ? unit.columns : 0;
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
    if (unit.l > 1 || network_.inputs.embedded()) {
        const Matrix<T> Wt{wt_.data() + slab.Wt + static_cast<std::size_t>(unit.p * k_.panel * k_.panel),
                           static_cast<std::size_t>(slab.n_out * k_.panel), slab.n_in};
        k_.transpose(w_.data() + unit.offset, std::min(unit.rows, slab.n_in - unit.row), Wt, unit.row, unit.columns);
    }
    if (bf16_) refresh_pairs(unit);
}

template <class T>
void Session<T>::refresh_pairs(const Unit& unit) {
    if constexpr (std::is_same_v<T, float>) {
        const Slab& slab = layout_.slabs[at(unit.l)];
        const int rows = std::min(unit.rows, slab.n_in - unit.row), panel = k_.panel;
        const int W_row = unit.p * ceil_div(slab.rows, 2) + unit.row / 2;
        bf16_->pair_rows(w_.data() + unit.offset, rows, w_pairs_.data() + slab.W_pairs + at(W_row * panel));
        if (unit.l == 1 && !network_.inputs.embedded()) return;
        for (int p = unit.row / panel; p * panel < unit.row + rows; ++p) {
            const float* from = wt_.data() + slab.Wt + at((p * slab.n_out + unit.p * panel) * panel);
            const int row = p * ceil_div(slab.n_out, 2) + unit.p * panel / 2;
            bf16_->pair_rows(from, unit.columns, wt_pairs_.data() + slab.Wt_pairs + at(row * panel));
        }
    }
}

template <class T>
void Session<T>::begin(Step& step, const Data<T>& data, const std::int64_t* index, int rows, int threads) const {
    step.batch = {data.X, data.Y, data.classes, data.weights, index, rows, static_cast<double>(rows)};
    if (data.weights) {
        step.batch.total_weight = 0;
        for (int r = 0; r < rows; ++r) step.batch.total_weight += static_cast<double>(data.weights[index[r]]);
    }
    const double total = step.batch.total_weight;
    step.penalty = !network_.objective.penalty_per_row ? 1 : total > 0 ? 1 / total : 0;
    step.step = this->step;
    step.group = round_up(ceil_div(rows, std::clamp(rows / kGroupRows, 1, kMostGroups)), layout_.rows_step);
    step.groups = ceil_div(rows, step.group);
    step.chunk = step.by_groups ? workspaces_[0].rows : std::min(kMostChunkRows, round_up(ceil_div(rows, threads), layout_.rows_step));
}

template <class T>
std::int64_t Session<T>::run(const Data<T>& data, const std::int64_t* order, const std::int64_t* cuts,
                             std::int64_t n_steps, const double* learning_rates, double* found) {
    const std::lock_guard lock(busy_);
    Steps steps{data, order, cuts, n_steps, learning_rates, found};
    for (std::int64_t s = 0; s < n_steps; ++s) steps.most = std::max(steps.most, steps.rows(s));
    if (steps.most == 0) return 0;
    const int most_threads = threads_for(steps.most);
    reserve(steps.most, most_threads);

    const double work = layout_.work * steps.most;
    while (!steps.diverged && steps.taken < n_steps) {
        const int threads = trainer_.choose(most_threads);
        const double wanted = trainer_.work_of(kSliceSeconds) / work;
        const auto slice = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), 1, n_steps - steps.taken);
        trainer_.measure(threads, work * static_cast<double>(slice), [&] { run_slice(steps, slice, threads); });
    }
    return steps.taken;
}

// Take up to n more steps with so many threads.
template <class T>
void Session<T>::run_slice(Steps& steps, std::int64_t n, int threads) {
    Step step;
    step.by_groups = grouped(steps.most);
    const std::int64_t stop = steps.taken + n;
    const auto begin_next = [&] {
        const std::int64_t s = steps.taken;
        if (s < stop) begin(step, steps.data, steps.order + steps.cuts[s], steps.rows(s), threads);
    };
    begin_next();
    run_team(threads, [&](Team& team, int id) {
        for (std::int64_t s = stop - n; s < stop; ++s) {
            compute(step, team, id);
            if (!step.verdict.finite) {
                if (id == 0) steps.diverged = true;
                return;
            }
            const Update<T> rule = update_at<T>(network_.optimizer, this->step + 1, step.verdict.clip_scale);
            const double learning_rate = steps.learning_rates[s];
            for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());) update_unit(layout_.units[at(u)], rule, learning_rate);
            team.meet([&] {
                steps.note(step.verdict);
                ++this->step;
                begin_next();
            });
        }
    });
}

template <class T>
Verdict Session<T>::evaluate(const Data<T>& data, int rows, T* gradient, T* losses, bool trace) {
    const std::lock_guard lock(busy_);
    std::vector<std::int64_t> index(at(rows));
    std::iota(index.begin(), index.end(), 0);
    const int most_threads = threads_for(rows), threads = trainer_.choose(most_threads);
    reserve(rows, most_threads);
    if (trace) {
        traced_ = Workspace<T>(network_, layout_, rows, Purpose::trace, bf16_);
        traced_rows_ = rows;
    }

    Step step;
    step.by_groups = grouped(rows) && !trace;
    step.losses = losses;
    step.trace = trace;
    begin(step, data, index.data(), rows, threads);
    trainer_.measure(threads, layout_.work * rows, [&] {
        run_team(threads, [&](Team& team, int id) { compute(step, team, id); });
    });
    layout_.unpack(g_.data(), gradient);
    return step.verdict;
}

template <class T>
bool Session<T>::read(Array array, int l, T* out) const {
    const auto& lists = array == Array::z ? traced_.z : array == Array::a ? traced_.a
                        : array == Array::delta ? traced_.delta : traced_.mask;
    const Matrix<T>& m = lists[at(l)];
    if (m.data) copy_rows(m, traced_rows_, out);
    return m.data != nullptr;
}

template <class T>
void Session<T>::predict(const T* X, std::int64_t rows, T* out) {
    const std::lock_guard lock(busy_);
    const int chunk = std::min(chunk_rows(Purpose::predict), static_cast<int>(std::min<std::int64_t>(rows, kMostChunkRows)));
    const int most_threads = threads_for(static_cast<int>(std::min<std::int64_t>(rows, 1 << 20)));
    const int threads = asker_.choose(most_threads);
    if (askers_.size() < at(most_threads) || askers_[0].rows < chunk) {
        askers_.clear();
        for (int i = 0; i < most_threads; ++i) askers_.emplace_back(network_, layout_, chunk, Purpose::predict, bf16_);
    }
    const int L = network_.L(), n_columns = network_.inputs.columns();
    const auto work = [&](Team& team, int id) {
        const Pass<T> pass = this->pass(id);
        Workspace<T>& s = askers_[at(id)];
        for (std::int64_t first; (first = static_cast<std::int64_t>(team.take()) * chunk) < rows;) {
            const int n = static_cast<int>(std::min<std::int64_t>(chunk, rows - first));
            Batch<T> batch;
            batch.X = X + first * n_columns;
            pass.gather(batch, 0, s, 0, n);
            pass.forward(s, 0, n, -1, 0);
            pass.activate(s, L, 0, n);
            copy_rows(s.a[at(L)], n, out + first * network_.size(L));
        }
    };
    asker_.measure(threads, layout_.work * static_cast<double>(rows), [&] { run_team(threads, work); });
}

template <class T>
void Session<T>::copy_rows(const Matrix<T>& m, int rows, T* out) const {
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < m.columns; column += k_.panel) {
            const T* from = m.panel(column / k_.panel) + row * k_.panel;
            out = std::copy_n(from, std::min(k_.panel, m.columns - column), out);
        }
}

template class Session<float>;
template class Session<double>;

}  // namespace clearprop
