#include "session.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace clearprop {

namespace {

constexpr std::size_t kGroupedSize = 16384;  // parameters up to which each group of rows has a gradient of its own
constexpr int kGroupedRows = 8192;           // rows from which any network is done so
constexpr int kGroupRows = 64, kMostGroups = 16;
constexpr int kMostChunkRows = 256;
constexpr double kChunkBytes = 1024 * 1024;  // of activations and deltas: a second-level cache
constexpr double kSliceSeconds = 2e-3;       // between two choices of the number of threads
constexpr double kWorkPerThread = 4e5;       // multiplications that are worth waking one more thread for

}  // namespace

// The steps of one run.
template <class T>
struct Session<T>::Steps {
    Data<T> data;
    const std::int64_t* order;
    const std::int64_t* cuts;
    std::int64_t n;
    const double* learning_rates;
    double* found;
    int shards = 0;
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
Session<T>::Session(Network network, int n_threads, const InstructionSet& set, Mode mode)
    : network_(std::move(network)),
      n_threads_(std::max(1, n_threads)),
      exactly_(mode.exactly),
      k_(set.kernels<T>()),
      bf16_(mode.bf16 ? set.bf16 : nullptr),
      layout_(network_, k_.panel, k_.row_step, k_.lanes, stairs_apart()),
      w_(layout_.size),
      wt_(layout_.transposed_size),
      stair_sums_(layout_.stairs ? at(layout_.stairs.ends.back() * round_up(network_.size(1), k_.panel)) : 0),
      scratch_(layout_.scratch_size * at(n_threads_)) {
    for (std::size_t i = 0; i < network_.optimizer.slots(); ++i) slots_[i] = Buffer<T>(layout_.size);
    unit_sums_.resize(layout_.units.size());
    train_chunk_ = chunk_rows(Purpose::train);
    predict_chunk_ = chunk_rows(Purpose::predict);
    if (!mode.bf16) return;
    w_pairs_ = Buffer<Pair>(layout_.pairs_size);
    wt_pairs_ = Buffer<Pair>(layout_.transposed_pairs_size);
}

// Whether the first layer multiplies by staircases without their zeros and ones: where its inputs are these.
template <class T>
bool Session<T>::stairs_apart() const {
    const Dense& first = network_.layer(1);
    return !bf16_ && first.dropout == 0 && !std::isfinite(first.max_norm);
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
    if (exactly_) return n_threads_;
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

// Make room for a batch of so many rows.
template <class T>
void Session<T>::reserve(int rows, int threads, bool trace) {
    const bool by_groups = grouped(rows) && !trace;
    if (trace) {
        traced_ = Workspace<T>(network_, layout_, rows, Purpose::trace, bf16_);
        traced_rows_ = rows;
    } else if (by_groups && parts_.size() < at(threads)) {
        parts_.clear();
        for (int i = 0; i < threads; ++i) parts_.emplace_back(network_, layout_, train_chunk_, Purpose::train, bf16_);
    } else if (!by_groups && whole_.rows < rows) {
        whole_ = Workspace<T>(network_, layout_, rows, Purpose::train, bf16_);
    }
    const std::size_t gradients = by_groups ? at(std::clamp(rows / kGroupRows, 1, kMostGroups)) : 1;
    if (g_.size() < gradients * layout_.size) g_ = Buffer<T>(gradients * layout_.size);
    loss_sums_.resize(std::max(loss_sums_.size(), at(ceil_div(rows, k_.lanes))));
}

// Make room for some shards of a batch of so many rows; the gradients of the levels of their tree lie one behind another.
template <class T>
void Session<T>::reserve(int rows, Part part) {
    const int room = this->room(std::max(1, rows), part), n = std::min(part.count(), shards_at_once(room));
    if (shards_.rows < n * room || shards_.slots < n)
        shards_ = Workspace<T>(network_, layout_, n * room, Purpose::train, bf16_, n);
    const std::size_t levels = std::bit_width(static_cast<unsigned>(part.count())) + 1;
    if (g_.size() < levels * layout_.size) g_ = Buffer<T>(levels * layout_.size);
    loss_sums_.resize(std::max(loss_sums_.size(), at(part.count() * room / k_.lanes)));
}

// The factor of R beside rows of so much weight.
template <class T>
double Session<T>::penalty_factor(double total_weight) const {
    return !network_.objective.penalty_per_row ? 1 : total_weight > 0 ? 1 / total_weight : 0;
}

template <class T>
void Session<T>::begin(Step& step, const Data<T>& data, const std::int64_t* index, int rows, int threads) const {
    step.batch = {data.X, data.Y, data.classes, data.weights, index, rows, static_cast<double>(rows)};
    if (data.weights) {
        step.batch.total_weight = 0;
        for (int r = 0; r < rows; ++r) step.batch.total_weight += static_cast<double>(data.weights[index[r]]);
    }
    step.penalty = penalty_factor(step.batch.total_weight);
    step.step = this->step;
    step.room = 0;
    if (rows == 0) return;
    if (step.part.of) {
        step.whole_rows = rows;
        step.room = room(rows, step.part);
        step.first = step.part.cut(rows, step.part.lo);
        step.batch.index += step.first;
        step.batch.rows = step.part.cut(rows, step.part.hi) - step.first;
        step.chunk = std::min(step.room, kMostChunkRows);
        return;
    }
    step.group = round_up(ceil_div(rows, std::clamp(rows / kGroupRows, 1, kMostGroups)), layout_.rows_step);
    step.groups = ceil_div(rows, step.group);
    step.by_groups = grouped(rows) && !step.trace;
    step.chunk =
        step.by_groups ? train_chunk_ : std::min(kMostChunkRows, round_up(ceil_div(rows, threads), layout_.rows_step));
}

template <class T>
std::int64_t Session<T>::run(const Data<T>& data, const std::int64_t* order, const std::int64_t* cuts,
                             std::int64_t n_steps, const double* learning_rates, double* found, int shards) {
    const std::lock_guard lock(busy_);
    Steps steps{data, order, cuts, n_steps, learning_rates, found, shards};
    for (std::int64_t s = 0; s < n_steps; ++s) steps.most = std::max(steps.most, steps.rows(s));
    const int most_threads = threads_for(steps.most);
    if (shards) reserve(steps.most, Part{shards, 0, shards});
    else
        for (std::int64_t s = 0; s < n_steps; ++s) reserve(steps.rows(s), most_threads);

    const double work = layout_.work * std::max(1, steps.most);
    while (!steps.diverged && steps.taken < n_steps) {
        const int threads = trainer_.choose(most_threads, exactly_);
        const double wanted = trainer_.work_of(kSliceSeconds, threads) / work;
        const auto slice = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), 1, n_steps - steps.taken);
        trainer_.measure(threads, work * static_cast<double>(slice), [&] { run_slice(steps, slice, threads); });
    }
    return steps.taken;
}

// Take up to n more steps with so many threads.
template <class T>
void Session<T>::run_slice(Steps& steps, std::int64_t n, int threads) {
    Step step;
    step.part = {steps.shards, 0, steps.shards};
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
            for (int u; (u = team.take()) < static_cast<int>(layout_.units.size());)
                update_unit(layout_.units[at(u)], rule, learning_rate);
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
    const int most_threads = threads_for(rows), threads = trainer_.choose(most_threads, exactly_);
    reserve(rows, most_threads, trace);

    Step step;
    step.losses = losses;
    step.trace = trace;
    begin(step, data, index.data(), rows, threads);
    trainer_.measure(threads, layout_.work * std::max(1, rows),
                     [&] { run_team(threads, [&](Team& team, int id) { compute(step, team, id); }); });
    layout_.unpack(g_.data(), gradient);
    return step.verdict;
}

template <class T>
bool Session<T>::read(Array array, int l, T* out) const {
    const auto& lists = array == Array::z       ? traced_.z
                        : array == Array::a     ? traced_.a
                        : array == Array::delta ? traced_.delta
                                                : traced_.mask;
    const Matrix<T>& m = lists[at(l)];
    if (m.data && l == 0 && layout_.stairs) copy_inputs(m, traced_rows_, out);
    else if (m.data) copy_rows(m, traced_rows_, out);
    return m.data != nullptr;
}

template <class T>
void Session<T>::predict(const T* X, std::int64_t rows, T* out) {
    const std::lock_guard lock(busy_);
    if (rows == 0) return;
    const int chunk = std::min(predict_chunk_, static_cast<int>(std::min<std::int64_t>(rows, kMostChunkRows)));
    const int most_threads = threads_for(static_cast<int>(std::min<std::int64_t>(rows, 1 << 20)));
    const int threads = asker_.choose(most_threads, exactly_);
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

// a[0] with every column where Python has it.
template <class T>
void Session<T>::copy_inputs(const Matrix<T>& a, int rows, T* out) const {
    for (int row = 0; row < rows; ++row)
        for (const int i : layout_.columns) *out++ = a.panel(i / k_.panel)[row * k_.panel + i % k_.panel];
}

template class Session<float>;
template class Session<double>;

}  // namespace clearprop
