// The machine's own peak, as a yardstick for everything else.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels.hpp"
#include "pool.hpp"

namespace clearprop {

// Floating-point operations per second on n threads at once: the best of many short rounds on each, added up.
template <class T>
double measure_peak(int n_threads, const InstructionSet& set) {
    constexpr int repetitions = 400;
    constexpr std::int64_t rounds = 20000;
    std::vector<double> best(static_cast<std::size_t>(n_threads));
    run_team(n_threads, [&](Team& team, int id) {
        team.meet();
        for (int i = 0; i < repetitions; ++i) {
            const auto start = std::chrono::steady_clock::now();
            const double operations = set.kernels<T>().measure(rounds);
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
            double& rate = best[static_cast<std::size_t>(id)];
            rate = std::max(rate, operations / seconds.count());
        }
    });
    double sum = 0;
    for (const double rate : best) sum += rate;
    return sum;
}

}  // namespace clearprop
