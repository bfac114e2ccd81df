// The machine's own peak, as a yardstick for everything else.
#pragma once

#include <algorithm>
#include <chrono>

#include "kernels.hpp"
#include "pool.hpp"

namespace clearprop {

// Floating-point operations per second of n threads at once: those of all together, in the best of some windows of about
// ten milliseconds. Shorter ones would not see that another program takes a processor away in between.
template <class T>
double measure_peak(int n_threads, const InstructionSet& set) {
    constexpr int windows = 8, repetitions = 400;
    constexpr std::int64_t rounds = 20000;
    double best = 0, operations = 0;
    auto start = std::chrono::steady_clock::now();
    const auto begin_window = [&] { start = std::chrono::steady_clock::now(); };
    const auto end_window = [&] {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, operations / seconds.count());
    };
    run_team(n_threads, [&](Team& team, int id) {
        for (int window = 0; window < windows; ++window) {
            team.meet(begin_window);
            double done = 0;
            for (int i = 0; i < repetitions; ++i) done += set.kernels<T>().measure(rounds);
            if (id == 0) operations = done * n_threads;
            team.meet(end_window);
        }
    });
    return best;
}

}  // namespace clearprop
