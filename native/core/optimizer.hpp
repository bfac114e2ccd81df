// The constants of an update rule at one step, and how a unit of parameters is finished and updated.
#pragma once

#include <cmath>
#include <initializer_list>
#include <vector>

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
    const Names& names = about(optimizer.rule).options;
    return !names.empty() && names.back() == "epsilon" && optimizer.options.back() == 0;
}

// r(t) of Liu et al. 2020, or 0 while v̂ has seen too little.
inline double rectification(double beta2, double t) {
    const double last = 2 / (1 - beta2) - 1, power = std::pow(beta2, t), now = last - 2 * t * power / (1 - power);
    return now < 5 ? 0 : std::sqrt((now - 4) * (now - 2) * last / ((last - 4) * (last - 2) * now));
}

// The Adam family: η m̂ = first · m + second · g over √(last · v) or, for amsgrad, √(max of last · v).
template <class T>
void set_adam(Update<T>& q, const std::vector<double>& o, double t) {
    const double beta1 = o[0], beta2 = o[1], now = 1 - std::pow(beta1, t), next = 1 - std::pow(beta1, t + 1);
    double first = 1 / now, second = 0, last = 1 / std::sqrt(1 - std::pow(beta2, t));
    if (q.rule == Rule::nadam) first = beta1 / next, second = (1 - beta1) / now;
    if (q.rule == Rule::amsgrad) last *= last;
    if (q.rule == Rule::radam) {
        const double r = rectification(beta2, t);
        if (r > 0) q.rule = Rule::adam, first *= r;
    }
    q.first = static_cast<T>(first);
    q.second = static_cast<T>(second);
    const double constants[]{beta1, 1 - beta1, beta2, 1 - beta2, o[2], last};
    for (int i = 0; i < 6; ++i) q.c[i] = static_cast<T>(constants[i]);
}

// All that is the same for every parameter at step t: first and second are still to be multiplied by η.
template <class T>
Update<T> update_at(const Optimizer& optimizer, std::int64_t t, double clip_scale) {
    const std::vector<double>& o = optimizer.options;
    Update<T> q{};
    q.rule = optimizer.rule;
    q.clip_value = static_cast<T>(optimizer.clip_value);
    q.clip_scale = static_cast<T>(clip_scale);
    if (optimizer.period > 0 && t % optimizer.period == 0) q.share = static_cast<T>(optimizer.share);
    const auto set = [&](std::initializer_list<double> constants) {
        T* c = q.c;
        for (const double constant : constants) *c++ = static_cast<T>(constant);
    };
    switch (optimizer.rule) {
        case Rule::sgd:
            break;
        case Rule::momentum:
        case Rule::nesterov:
        case Rule::adagrad:
            set({o[0]});
            break;
        case Rule::rmsprop:
        case Rule::adadelta:
            set({o[0], 1 - o[0], o[1]});
            break;
        case Rule::lion:
            set({o[0], 1 - o[0], o[1], 1 - o[1]});
            break;
        case Rule::rprop:
            set({o[0], o[1], o[2], o[3]});
            break;
        case Rule::adam:
        case Rule::adamw:
        case Rule::amsgrad:
        case Rule::nadam:
        case Rule::radam:
            set_adam(q, o, static_cast<double>(t));
    }
    return q;
}

}  // namespace clearprop
