// Steps whose batch is a tree sum of shards, so that any number of processes can share them and find the same bits.
#include <algorithm>
#include <bit>

#include "session.hpp"

namespace clearprop {

namespace {

// Leaves begin .. end − 1 of the tree of n, whole powers of two on the left. `leaf(k, level)` puts leaf k at that level of
// a stack, or adds an odd one to the level below and returns true; `join(level)` adds to it the level above. After the last
// leaf level 0 holds the sum.
template <class Leaf, class Join>
void tree(int n, int begin, int end, Leaf leaf, Join join) {
    int level = std::popcount(static_cast<unsigned>(begin));
    for (int k = begin; k < end; ++k) {
        const bool joined = leaf(k, level);
        level += !joined;
        for (int full = joined ? (k + 1) / 2 : k + 1; full % 2 == 0; full /= 2) join(--level - 1);
    }
    while (end == n && level > 1) join(--level - 1);
}

}  // namespace

// Call `work(offset, count)` for the numbers of a unit in the padded vector: those of W, and the panel's biases.
template <class T>
template <class Work>
void Session<T>::for_ranges(const Unit& unit, Work work) const {
    work(unit.offset, unit.count);
    if (unit.l > 0 && unit.row == 0) work(layout_.slabs[at(unit.l)].b + at(unit.p * k_.panel), at(k_.panel));
}

// The gradient of one unit over shards begin .. end − 1, shard by shard while it is in cache.
template <class T>
void Session<T>::sum_shards(const Step& step, const Pass<T>& pass, const Unit& unit, int begin, int end) {
    const auto cut = [&](int k) { return step.part.cut(step.whole_rows, step.part.lo + k) - step.first; };
    const auto level_of = [&](int level) { return g_.data() + at(level) * layout_.size; };
    tree(
        step.part.count(), begin, end,
        [&](int k, int level) {
            const int first = cut(k), rows = cut(k + 1) - first, slot = k - begin;
            const bool add = k % 2 == 1 && rows > 0 && pass.can_add(unit, rows);
            T* g = level_of(level - add);
            if (rows) pass.gradient(step.batch, first, shards_, slot * step.room, unit, rows, g, false, slot, add);
            else for_ranges(unit, [&](std::size_t offset, std::size_t count) { std::fill_n(g + offset, count, T(0)); });
            return add;
        },
        [&](int level) {
            T *below = level_of(level), *above = level_of(level + 1);
            for_ranges(unit,
                       [&](std::size_t offset, std::size_t count) { k_.plus(above + offset, below + offset, count); });
        });
}

// As pass_chunks, but that every shard lies in rows of its own and is summed by itself; a few shards after the other,
// where all would take too many rows.
template <class T>
void Session<T>::pass_shards(Step& step, Team& team, int id) {
    const int n = step.part.count(), at_once = shards_at_once(step.room),
              n_units = static_cast<int>(layout_.units.size());
    const auto cut = [&](int k) { return step.part.cut(step.whole_rows, step.part.lo + k) - step.first; };
    const Pass<T> pass = this->pass(id);
    for (int begin = 0; begin < n; begin += at_once) {
        const int end = std::min(begin + at_once, n);
        pass_rows_of_shards(step, pass, team, begin, end);
        team.meet([&] {
            for (int k = begin; k < end; ++k)
                pass.sort_stairs(shards_, (k - begin) * step.room, cut(k + 1) - cut(k), k - begin);
        });
        for (int u; (u = team.take()) < n_units;) {
            sum_shards(step, pass, layout_.units[at(u)], begin, end);
            if (end == n && !step.share) finish_unit(step, u, 1);
        }
        if (end < n) team.meet();
    }
    team.meet([&] {
        const double D = data_term_of_shards(step);
        if (step.share) step.verdict.J = D;
        else judge(step, D);
    });
}

// Forward, loss and backward of shards begin .. end − 1.
template <class T>
void Session<T>::pass_rows_of_shards(const Step& step, const Pass<T>& pass, Team& team, int begin, int end) {
    const auto cut = [&](int k) { return step.part.cut(step.whole_rows, step.part.lo + k) - step.first; };
    const int pieces = ceil_div(step.room, step.chunk);
    for (int piece; (piece = team.take()) < (end - begin) * pieces;) {
        const int k = begin + piece / pieces, skipped = piece % pieces * step.chunk, first = cut(k) + skipped;
        const int rows = std::min(first + step.chunk, cut(k + 1)) - first, row = (k - begin) * step.room + skipped;
        if (rows <= 0) continue;
        double* sums = loss_sums_.data() + (k * step.room + skipped) / k_.lanes - first / k_.lanes;
        pass.gather(step.batch, first, shards_, row, rows);
        pass.forward(shards_, row, rows, step.step, step.first + first);
        pass.loss(step.batch, first, shards_, row, rows, sums, nullptr, false);
        pass.backward(shards_, row, rows);
    }
}

// D: of every shard in rising order, of all in the tree.
template <class T>
double Session<T>::data_term_of_shards(const Step& step) const {
    double levels[32] = {};
    const int n = step.part.count();
    tree(
        n, 0, n,
        [&](int k, int level) {
            const int rows =
                step.part.cut(step.whole_rows, step.part.lo + k + 1) - step.part.cut(step.whole_rows, step.part.lo + k);
            const double* sum = loss_sums_.data() + k * step.room / k_.lanes;
            levels[level] = 0;
            for (int row = 0; row < rows; row += k_.lanes) levels[level] += *sum++;
            return false;
        },
        [&](int level) { levels[level] += levels[level + 1]; });
    return levels[0];
}

template <class T>
auto Session<T>::shard_gradients(const Data<T>& data, const std::int64_t* index, int rows, Part part, T* gradient)
    -> Share {
    const std::lock_guard lock(busy_);
    Step step;
    step.part = part;
    step.share = true;
    begin(step, data, index, rows, 1);
    const Share share{0, step.batch.total_weight};
    if (step.batch.rows == 0) {
        std::fill_n(gradient, size(), T(0));
        return share;
    }
    reserve(rows, part);
    const int most_threads = threads_for(step.batch.rows), threads = trainer_.choose(most_threads, exactly_);
    trainer_.measure(threads, layout_.work * step.batch.rows,
                     [&] { run_team(threads, [&](Team& team, int id) { pass_shards(step, team, id); }); });
    layout_.unpack(g_.data(), gradient);
    return {step.verdict.J, share.total_weight};
}

template <class T>
Verdict Session<T>::apply(const T* gradient, Share all, double learning_rate) {
    const std::lock_guard lock(busy_);
    if (g_.size() < layout_.size) g_ = Buffer<T>(layout_.size);
    layout_.pack(gradient, g_.data());
    Step step;
    step.penalty = penalty_factor(all.total_weight);
    const int threads = threads_for(1 << 10), n_units = static_cast<int>(layout_.units.size());
    run_team(threads, [&](Team& team, int) {
        for (int u; (u = team.take()) < n_units;) finish_unit(step, u, 1);
        team.meet([&] { judge(step, all.D); });
        if (!step.verdict.finite) return;
        const Update<T> rule = update_at<T>(network_.optimizer, this->step + 1, step.verdict.clip_scale);
        for (int u; (u = team.take()) < n_units;) update_unit(layout_.units[at(u)], rule, learning_rate);
    });
    if (step.verdict.finite) ++this->step;
    return step.verdict;
}

template class Session<float>;
template class Session<double>;

}  // namespace clearprop
