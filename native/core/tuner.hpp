// How many threads are worth it, found by measuring while the work is done. The bits are the same for any number, so
// nothing is at stake but time: one thread or all that the cost model allows, whichever is faster here and now. Where
// other programs hold the processors, a team that waits at its barriers is slower than a thread alone.
#pragma once

#include <algorithm>
#include <chrono>

#include "pool.hpp"

namespace clearprop {

class Tuner {
  public:
    Tuner() = default;
    explicit Tuner(int most) : most_(most) {}

    // The number of threads for the next slice of work; `most` is what the cost model allows.
    int choose(int most, bool exactly) {
        if (most != most_) *this = Tuner(most);
        if (most == 1 || exactly) return most;
        for (const int way : {kTogether, kAlone})
            if (seconds_[way] == 0) return threads(way);
        return threads(waited_ > patience_ ? 1 - faster() : faster());
    }

    // About how much work takes `seconds` on one thread; the slower way is tried for a shorter time.
    double work_of(double seconds, int threads) const {
        const double known = std::max(seconds_[kAlone], seconds_[kTogether]);
        if (known == 0) return seconds / kGuess;
        const bool trial = threads != this->threads(faster());
        return (trial ? 0.25 : 1) * seconds / known;
    }

    // Do a slice of work and remember how long it took, not counting the call of threads that may be asleep.
    template <class F>
    void measure(int threads, double work, F&& slice) {
        if (threads > 1) run_team(threads, [](Team& team, int) { team.meet(); });
        const auto start = std::chrono::steady_clock::now();
        slice();
        learn(threads, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / work, work);
    }

  private:
    static constexpr int kAlone = 0, kTogether = 1;
    static constexpr double kGuess = 2e-11;                         // seconds per multiplication
    static constexpr double kPatience = 0.02, kMostPatience = 0.3;  // seconds until the slower way is tried again

    int threads(int way) const { return way == kAlone ? 1 : most_; }
    int faster() const { return seconds_[kAlone] <= seconds_[kTogether] ? kAlone : kTogether; }

    // The way in use is averaged; what the other one took some time ago says nothing about now.
    void learn(int threads, double found, double work) {
        const int way = threads == 1 ? kAlone : kTogether;
        const bool known = seconds_[kAlone] > 0 && seconds_[kTogether] > 0;
        const bool tried = known && way != faster();
        seconds_[way] = tried || seconds_[way] == 0 ? found : 0.5 * (seconds_[way] + found);
        waited_ = tried ? 0 : waited_ + found * work;
        if (tried) patience_ = faster() == way ? kPatience : std::min(2 * patience_, kMostPatience);
    }

    int most_ = 0;
    double seconds_[2] = {0, 0};  // per multiplication; 0 where not known yet
    double waited_ = 0, patience_ = kPatience;
};

}  // namespace clearprop
