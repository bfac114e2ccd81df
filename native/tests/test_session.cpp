// The same bits for any number of threads, dropout words, divergence, and state in and out.
#include <cstring>
#include <limits>

#include "networks.hpp"

using namespace clearprop;
using namespace clearprop::test;

namespace {

template <class T>
std::vector<T> train(const Network& network, int rows, int batch, int n_threads, const InstructionSet& set, bool bf16,
                     int shards = 0) {
    Session<T> session(network, n_threads, set, {bf16, true});
    const Problem<T> problem(network, rows);
    start(session);
    std::vector<std::int64_t> cuts;
    for (int row = 0; row < rows; row += batch) cuts.push_back(row);
    cuts.push_back(rows);
    const auto n_steps = static_cast<std::int64_t>(cuts.size()) - 1;
    const std::vector<double> rates(cuts.size(), 1e-2);
    std::vector<double> found(3 * cuts.size());
    CHECK(session.run(problem.data(), problem.order.data(), cuts.data(), n_steps, rates.data(), found.data(), shards) ==
              n_steps,
          "all steps");
    std::vector<T> w(session.size());
    session.get_parameters(w.data());
    return w;
}

template <class T>
void check_threads(Network network, int rows, int batch, const InstructionSet& set, bool bf16 = false) {
    for (Dense& layer : network.layers) layer.dropout = 0.2;
    const std::vector<T> alone = train<T>(network, rows, batch, 1, set, bf16);
    for (const int n_threads : {2, 3, 7}) {
        const std::vector<T> together = train<T>(network, rows, batch, n_threads, set, bf16);
        CHECK(std::memcmp(alone.data(), together.data(), alone.size() * sizeof(T)) == 0, "%s, %d threads", set.name,
              n_threads);
    }
}

// The same steps by halves, as so many processes take them: parts of the tree, their sum, and the update.
template <class T>
std::vector<T> train_by_parts(const Network& network, int rows, int batch, const InstructionSet& set, bool bf16,
                              std::initializer_list<Part> parts) {
    Session<T> session(network, 2, set, {bf16, true});
    const Problem<T> problem(network, rows);
    start(session);
    for (int first = 0; first < rows; first += batch) {
        std::vector<T> sum(session.size()), part(session.size());
        typename Session<T>::Share all{};
        bool begun = false;
        for (const Part& one : parts) {
            const auto share = session.shard_gradients(problem.data(), problem.order.data() + first,
                                                       std::min(batch, rows - first), one, part.data());
            for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = begun ? sum[i] + part[i] : part[i];
            all = {begun ? all.D + share.D : share.D, share.total_weight};
            begun = true;
        }
        CHECK(session.apply(sum.data(), all, 1e-2).finite, "a finite step");
    }
    std::vector<T> w(session.size());
    session.get_parameters(w.data());
    return w;
}

template <class T>
void check_shards(Network network, int rows, int batch, const InstructionSet& set, bool bf16 = false) {
    for (Dense& layer : network.layers) layer.dropout = 0.2;
    const auto same = [&](const std::vector<T>& a, const std::vector<T>& b, const char* what) {
        CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0, "%s, %s", set.name, what);
    };
    const std::vector<T> alone = train<T>(network, rows, batch, 1, set, bf16, 8);
    same(train<T>(network, rows, batch, 3, set, bf16, 8), alone, "shards on threads");
    same(train_by_parts<T>(network, rows, batch, set, bf16, {{8, 0, 8}}), alone, "one part");
    same(train_by_parts<T>(network, rows, batch, set, bf16, {{8, 0, 4}, {8, 4, 8}}), alone, "two parts");
}

// The words of clearprop/equations/philox.py for seed 11, step 0, layer 0: kept where ≥ ½ · 2³².
void check_mask(const InstructionSet& set) {
    Network made = network(6, {}, Activation::relu, 1, Activation::identity, Loss::squared_error);
    made.layers[0].dropout = 0.5;
    Session<double> session(made, 1, set);
    const Problem<double> problem(made, 2);
    start(session);
    std::vector<double> gradient(session.size()), losses(2), mask(12);
    session.evaluate(problem.data(), 2, gradient.data(), losses.data(), true);
    CHECK(session.read(Session<double>::Array::mask, 0, mask.data()), "there is a mask");
    const double expected[]{2, 0, 2, 2, 2, 0, 0, 2, 2, 2, 2, 2};
    for (int i = 0; i < 12; ++i)
        CHECK(mask[static_cast<std::size_t>(i)] == expected[i], "element %d is %g", i,
              mask[static_cast<std::size_t>(i)]);
}

void check_divergence(const InstructionSet& set) {
    const Network made = network(6, {9}, Activation::relu, 1, Activation::identity, Loss::squared_error);
    Session<float> session(made, 1, set);
    Problem<float> problem(made, 8);
    problem.X[3] = std::numeric_limits<float>::quiet_NaN();  // row 0, the last one of the order
    const std::vector<float> before = start(session);
    const std::int64_t cuts[]{0, 4, 8};
    const double rates[]{0, 0};
    double found[6];
    CHECK(session.run(problem.data(), problem.order.data(), cuts, 2, rates, found) == 1,
          "the second step must not happen");
    CHECK(session.step == 1, "one step was taken");
    std::vector<float> after(session.size());
    session.get_parameters(after.data());
    CHECK(after == before, "a rate of 0 changes nothing, and what went in comes out");
}

}  // namespace

int main() {
    const Network small = network(5, {17, 9}, Activation::tanh, 3, Activation::softmax, Loss::cross_entropy);
    const Network wide = network(70, {150, 130}, Activation::gelu, 40, Activation::identity, Loss::huber);
    for (const InstructionSet* set : instruction_sets()) {
        check_threads<float>(small, 1000, 900, *set);
        check_threads<float>(wide, 700, 300, *set);
        check_threads<float>(small, 1000, 900, *set, true);
        check_threads<float>(wide, 701, 301, *set, true);
        check_threads<double>(wide, 700, 300, *set);
        check_shards<float>(small, 1000, 900, *set);
        check_shards<float>(wide, 701, 301, *set, true);
        check_shards<double>(wide, 3000, 2900, *set);  // more rows than lie in memory at once
        check_mask(*set);
        check_divergence(*set);
    }
    return finish();
}
