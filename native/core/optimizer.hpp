// The constants of an update rule at one step, and how a unit of parameters is finished and updated.
#pragma once

#include <cmath>

#include "kernels.hpp"
#include "layout.hpp"

namespace clearprop {

// What is known of a step's gradient before the update.
struct Verdict {
    double J = 0, R = 0, norm = 0;
    double clip_scale = 1;
    bool finite = true;
};

// Whether the rule has 0 / 0 where the gradient has always been 0: its ε, the last of its options, is 0.
inline bool divides_zero_by_zero(const Optimizer& optimizer) {
    const Names names = kRules[static_cast<std::size_t>(optimizer.rule)].options;
    return !names.empty() && names.back() == "epsilon" && optimizer.options.back() == 0;
}

// All that is the same for every parameter at step t: first and second are still to be multiplied by η.
template <class T>
Update<T> update_at(const Optimizer& optimizer, std::int64_t t, double clip_scale) {
    const auto& o = optimizer.options;
    Update<T> q{};
    q.rule = optimizer.rule;
    q.clip_value = static_cast<T>(optimizer.clip_value);
    q.clip_scale = static_cast<T>(clip_scale);
    switch (optimizer.rule) {
        case Rule::adam:
        case Rule::adamw:
        case Rule::nadam: {
            const double beta1 = o[0], beta2 = o[1], step = static_cast<double>(t);
            const double now = 1 - std::pow(beta1, step), next = 1 - std::pow(beta1, step + 1);
            const bool ahead = optimizer.rule == Rule::nadam;
            q.first = static_cast<T>(ahead ? beta1 / next : 1 / now);
            q.second = static_cast<T>(ahead ? (1 - beta1) / now : 0);
            const double constants[]{beta1,     1 - beta1, beta2,
                                     1 - beta2, o[2],      1 / std::sqrt(1 - std::pow(beta2, step))};
            for (int i = 0; i < 6; ++i) q.c[i] = static_cast<T>(constants[i]);
            break;
        }
        case Rule::rmsprop:
            q.c[0] = static_cast<T>(o[0]), q.c[1] = static_cast<T>(1 - o[0]), q.c[2] = static_cast<T>(o[1]);
            break;
        default:
            for (std::size_t i = 0; i < o.size(); ++i) q.c[i] = static_cast<T>(o[i]);
    }
    return q;
}

}  // namespace clearprop
