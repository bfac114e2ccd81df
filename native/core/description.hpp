// What a network is and how it is trained: plain numbers, checked on the Python side.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "kinds.hpp"
#include "stages.hpp"

namespace clearprop {

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

struct Dense {
    int units = 0;
    Activation f = Activation::identity;
    double dropout = 0;  // of this layer's input
    bool bias = true;
    double max_norm = kNoLimit;
    double learning_rate = 1;  // factor; 0 where the layer is frozen
    bool frozen = false;
};

struct Objective {
    Loss loss = Loss::squared_error;
    std::vector<double> options;  // of the loss, in the order of kLosses
    double l1 = 0, l2 = 0;
    bool penalize_bias = false;
    bool mean = true;
    bool penalty_per_row = false;
};

struct Optimizer {
    Rule rule = Rule::sgd;
    std::vector<double> options;  // in the order of kRules
    double weight_decay = 0;
    double clip_norm = kNoLimit, clip_value = kNoLimit;
    std::int64_t period = 0;  // of lookahead around the rule; 0 without
    double share = 0;         // of the way, by which it goes after the weights

    // The rule's memory, and lookahead's behind it.
    std::size_t slots() const { return about(rule).slots.size() + (period > 0); }
};

struct Network {
    Inputs inputs;
    std::vector<Dense> layers;  // layers[l - 1] is layer l
    Objective objective;
    Optimizer optimizer;
    std::uint64_t seed = 0;

    int L() const { return static_cast<int>(layers.size()); }
    const Dense& layer(int l) const { return layers[static_cast<std::size_t>(l - 1)]; }
    int size(int l) const { return l == 0 ? inputs.width() : layer(l).units; }
};

}  // namespace clearprop
