// How many threads are worth it, found by measuring while the work is done. The bits are the same for any number, so
// nothing is at stake but time: one thread or all that the cost model allows, whichever is faster here and now. Where
// other programs hold the processors, a team that waits at its barriers is slower than a thread alone.
#pragma once

#include <algorithm>
#include <chrono>

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

    // About how much work takes `seconds`.
    double work_of(double seconds) const {
        const double known = std::max(seconds_[kAlone], seconds_[kTogether]);
        return seconds / (known > 0 ? known : kGuess);
    }

    // Do a slice of work and remember how long it took.
    template <class F>
    void measure(int threads, double work, F&& slice) {
        const auto start = std::chrono::steady_clock::now();
        slice();
        learn(threads, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), work);
    }

  private:
    static constexpr int kAlone = 0, kTogether = 1;
    static constexpr double kGuess = 2e-11;                       // seconds per multiplication
    static constexpr double kPatience = 0.05, kMostPatience = 2;  // seconds until the slower way is tried again

    int threads(int way) const { return way == kAlone ? 1 : most_; }
    int faster() const { return seconds_[kAlone] <= seconds_[kTogether] ? kAlone : kTogether; }

    void learn(int threads, double seconds, double work) {
        const int way = threads == 1 ? kAlone : kTogether, before = faster();
        const double found = seconds / work;
        const bool first = seconds_[way] == 0;
        seconds_[way] = first ? found : 0.5 * (seconds_[way] + found);
        waited_ += seconds;
        if (first || way == before) return;
        waited_ = 0;
        patience_ = faster() == before ? std::min(2 * patience_, kMostPatience) : kPatience;
    }

    int most_ = 0;
    double seconds_[2] = {0, 0};  // per multiplication; 0 where not known yet
    double waited_ = 0, patience_ = kPatience;
};

}  // namespace clearprop
