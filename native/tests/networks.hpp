// Networks and data for the tests.
#pragma once

#include <algorithm>
#include <numeric>

#include "check.hpp"

namespace clearprop::test {

inline Network network(int n_in, std::vector<int> hidden, Activation f, int n_out, Activation last, Loss loss) {
    Network made;
    made.inputs.stages = {Numbers{n_in}};
    for (const int units : hidden) made.layers.push_back({units, f});
    made.layers.push_back({n_out, last});
    made.objective.loss = loss;
    for (const std::string_view name : about(loss).options)
        made.objective.options.push_back(name == "focusing"    ? 2
                                         : name == "threshold" ? 1
                                         : name == "level"     ? 0.3
                                                               : 0.1);
    made.optimizer = {Rule::adam, {0.9, 0.999, 1e-8}};
    made.seed = 11;
    return made;
}

template <class T>
struct Problem {
    std::vector<T> X, Y, weights;
    std::vector<std::int64_t> order;
    int rows;

    Problem(const Network& network, int rows) : rows(rows) {
        Random numbers;
        const auto n = static_cast<std::size_t>(rows);
        X = numbers.many<T>(n * static_cast<std::size_t>(network.inputs.columns()), -1, 1);
        draw_codes(network.inputs);
        Y = numbers.many<T>(n * static_cast<std::size_t>(network.size(network.L())), 0.1, 0.9);
        if (network.objective.loss == Loss::cross_entropy) add_up_to_one(network.size(network.L()));
        weights = numbers.many<T>(n, 0.5, 2);
        order.resize(n);
        std::iota(order.rbegin(), order.rend(), 0);
    }
    void add_up_to_one(int n_out) {
        for (auto row = Y.begin(); row != Y.end(); row += n_out) {
            const T sum = std::accumulate(row, row + n_out, T(0));
            std::for_each(row, row + n_out, [sum](T& y) { y /= sum; });
        }
    }
    // In a column of codes, row r gets code r mod their number.
    void draw_codes(const Inputs& inputs) {
        int column = 0;
        const auto step = static_cast<std::size_t>(inputs.columns());
        for (const Stage& stage : inputs.stages) {
            int codes = 0;
            if (const auto* one_hot = std::get_if<OneHot>(&stage)) codes = one_hot->codes;
            if (const auto* embedding = std::get_if<Embedding>(&stage)) codes = embedding->codes;
            for (int r = 0; codes && r < rows; ++r) X[at(r) * step + at(column)] = T(r % codes);
            if (const auto* stairs = std::get_if<Staircase>(&stage))  // below the first bin, in every bin, and above
                for (int r = 0; r < rows; ++r)
                    X[at(r) * step + at(column)] *= T(0.7 * stairs->bins),
                        X[at(r) * step + at(column)] += T(0.5 * stairs->bins);
            column += std::visit([](const auto& s) { return s.columns(); }, stage);
        }
    }
    Data<T> data() const { return {X.data(), Y.data(), nullptr, weights.data()}; }
};

template <class T>
std::vector<T> start(Session<T>& session) {
    Random numbers;
    std::vector<T> w = numbers.many<T>(session.size(), -0.5, 0.5);
    session.set_parameters(w.data());
    return w;
}

}  // namespace clearprop::test
