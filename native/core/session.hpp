// One network being trained or asked: the engine door of clearprop/engines/door.py, in C++.
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "optimizer.hpp"
#include "pass.hpp"
#include "pool.hpp"
#include "tuner.hpp"

namespace clearprop {

// The rows of a batch's arrays, as the caller holds them.
template <class T>
struct Data {
    const T* X = nullptr;
    const T* Y = nullptr;  // or
    const std::int64_t* classes = nullptr;
    const T* weights = nullptr;  // or none
};

// The shards of a batch that are computed here: shard s of `of` is its rows rows·s / of .. rows·(s + 1) / of − 1.
struct Part {
    int of = 0;  // 0 where the batch is not cut
    int lo = 0, hi = 0;

    int count() const { return hi - lo; }
    int cut(int rows, int s) const { return static_cast<int>(static_cast<std::int64_t>(rows) * s / of); }
};

// How a session is to compute.
struct Mode {
    bool bf16 = false;     // the products
    bool exactly = false;  // n_threads whatever the work, for proofs; else at most so many
};

template <class T>
class Session {
  public:
    Session(Network network, int n_threads, const InstructionSet& set, Mode mode = {});

    // State: the parameter vector and the rule's slots, each of size().
    std::size_t size() const { return layout_.flat_size; }
    void set_parameters(const T* flat);
    void set_slot(int i, const T* flat);
    void get_parameters(T* flat) const { layout_.unpack(w_.data(), flat); }
    void get_slot(int i, T* flat) const { layout_.unpack(slots_[i].data(), flat); }
    std::int64_t step = 0;

    void predict(const T* X, std::int64_t rows, T* out);

    // One step per batch, rows order[cuts[s]] .. order[cuts[s + 1]]; found is (3, n_steps): J, R and the gradient's
    // norm. Returns the number of steps taken, less than n_steps where the next one's J or gradient is not finite.
    // With shards, a batch is the tree sum of so many.
    std::int64_t run(const Data<T>& data, const std::int64_t* order, const std::int64_t* cuts, std::int64_t n_steps,
                     const double* learning_rates, double* found, int shards = 0);

    // A step in two halves, for a batch whose shards are computed by several processes: what a part of them adds to D
    // and to its gradient (flat, size()), summed in a tree; then, from the sums over all, the update.
    struct Share {
        double D = 0, total_weight = 0;  // of the batch
    };
    Share shard_gradients(const Data<T>& data, const std::int64_t* index, int rows, Part part, T* gradient);
    Verdict apply(const T* gradient, Share all, double learning_rate);

    // J, R and the gradient (flat, size()) of a batch at the current step; with a trace, every array can then be read.
    Verdict evaluate(const Data<T>& data, int rows, T* gradient, T* losses, bool trace);
    enum class Array { z, a, delta, mask };
    // Copy one array of the last traced batch to row-major rows; false where there is none.
    bool read(Array array, int l, T* out) const;

    const Network& network() const { return network_; }

  private:
    static constexpr int kMostShardRows = 2048;  // that lie in memory at once, of several shards

    // What one step is done with, and what it found.
    struct Step {
        Batch<T> batch;
        std::int64_t step = 0;  // for the masks
        bool by_groups = false;
        int chunk = 0;              // rows of a chunk
        int groups = 1, group = 0;  // number of groups and rows of each
        double penalty = 1;         // factor of R
        Part part;
        int whole_rows = 0, first = 0;  // of the batch, and where the part begins in it
        int room = 0;                   // rows of the workspace for each shard
        bool share = false;             // whether the sums are all that is wanted
        T* losses = nullptr;
        bool trace = false;
        Verdict verdict;
    };

    struct Steps;

    Pass<T> pass(int id) const {
        T* scratch = scratch_.data() + layout_.scratch_size * static_cast<std::size_t>(id);
        Pass<T> made(network_, layout_, k_, w_.data(), wt_.data(), scratch);
        made.use_stairs(stair_sums_.data());
        if (bf16_) made.use_bf16(bf16_, w_pairs_.data(), wt_pairs_.data());
        return made;
    }
    bool grouped(int rows) const;
    int threads_for(int rows) const;
    int chunk_rows(Purpose purpose) const;
    void reserve(int rows, int threads, bool trace = false);
    void reserve(int rows, Part part);
    int room(int rows, Part part) const { return round_up(ceil_div(rows, part.of), layout_.rows_step); }
    void refresh_copies(const Unit& unit);
    void refresh_pairs(const Unit& unit);

    void run_slice(Steps& steps, std::int64_t n, int threads);
    void begin(Step& step, const Data<T>& data, const std::int64_t* index, int rows, int threads) const;
    void compute(Step& step, Team& team, int id);
    void pass_chunks(Step& step, Team& team, int id);
    void pass_groups(Step& step, Team& team, int id);
    void pass_nothing(Step& step, Team& team);
    void pass_shards(Step& step, Team& team, int id);
    void pass_rows_of_shards(const Step& step, const Pass<T>& pass, Team& team, int begin, int end);
    void sum_shards(const Step& step, const Pass<T>& pass, const Unit& unit, int begin, int end);
    double data_term_of_shards(const Step& step) const;
    static int shards_at_once(int room) { return std::max(1, kMostShardRows / std::max(1, room)); }
    template <class Work>
    void for_ranges(const Unit& unit, Work work) const;
    double data_term(const Step& step) const;
    double penalty_factor(double total_weight) const;
    void judge(Step& step, double D) const;
    void finish_unit(const Step& step, int u, int parts);
    void update_unit(const Unit& unit, const Update<T>& rule, double learning_rate);
    void clear_padding(const Unit& unit);
    void copy_rows(const Matrix<T>& m, int rows, T* out) const;
    void copy_inputs(const Matrix<T>& a, int rows, T* out) const;
    bool stairs_apart() const;

    Network network_;
    int n_threads_;
    bool exactly_;
    const Kernels<T>& k_;
    const PairKernels* bf16_;  // where products are to be done in bf16
    Layout layout_;
    Buffer<T> w_, wt_, stair_sums_, slots_[kMostSlots], g_, scratch_;
    Buffer<Pair> w_pairs_, wt_pairs_;
    int train_chunk_ = 0, predict_chunk_ = 0;
    Workspace<T> whole_;                // for a whole batch
    Workspace<T> shards_;               // for the shards of one, each from a row of its own on
    std::vector<Workspace<T>> parts_;   // for chunks of it, one per thread
    std::vector<Workspace<T>> askers_;  // for predictions, one per thread
    Workspace<T> traced_;
    std::vector<double> loss_sums_;
    std::vector<Sums<T>> unit_sums_;
    Tuner trainer_, asker_;
    int traced_rows_ = 0;
    std::mutex busy_;  // one call at a time: a session has one set of arrays
};

}  // namespace clearprop
