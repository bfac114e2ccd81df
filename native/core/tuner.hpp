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
        return threads(tried_ > 0 || waited_ > patience_ ? 1 - used_ : used_);
    }

    // About how much work takes `seconds` on one thread; the other way is tried for a shorter time.
    double work_of(double seconds, int threads) const {
        const double known = std::max(seconds_[kAlone], seconds_[kTogether]);
        if (known == 0) return seconds / kGuess;
        return (threads == this->threads(used_) ? 1 : 0.25) * seconds / known;
    }

    // Do a slice of work and learn how long it took, not counting the call of threads that may be asleep.
    template <class F>
    void measure(int threads, double work, F&& slice) {
        if (threads > 1) run_team(threads, [](Team& team, int) { team.meet(); });
        const auto start = std::chrono::steady_clock::now();
        slice();
        learn(threads, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), work);
    }

    // The way in use is averaged, and one bad slice does not decide.
    void learn(int threads, double seconds, double work) {
        const int way = threads == 1 ? kAlone : kTogether;
        const double found = seconds / work, before = seconds_[way];
        if (before == 0) {
            use(way, found);
        } else if (way == used_) {
            waited_ += seconds;
            use(way, 0.5 * (before + std::min(found, 2 * before)));
        } else {
            learn_from_trial(way, seconds, work);
        }
    }

  private:
    static constexpr int kAlone = 0, kTogether = 1;
    static constexpr double kGuess = 2e-11;                       // seconds per multiplication
    static constexpr double kPatience = 0.02, kMostPatience = 1;  // seconds until the other way is tried; they double
    static constexpr double kRarely = 40;  // and at least so many times as long as the last trial lost
    // A processor that was idle, a virtual one above all, may take so many seconds until it is all there: meanwhile a
    // team is hardly faster than a thread alone, and hardly slower. A team that is far slower is given up soon.
    static constexpr double kWarming = 0.1, kSoon = 0.01, kFar = 2;
    static constexpr double kClearly = 0.95;  // of a team's time is what a thread alone has to stay below

    int threads(int way) const { return way == kAlone ? 1 : most_; }

    void use(int way, double found) {
        const int before = used_;
        seconds_[way] = found;
        used_ = seconds_[kAlone] > 0 && seconds_[kAlone] < kClearly * seconds_[kTogether] ? kAlone : kTogether;
        if (used_ != before) end_trial(kPatience);
    }

    // What the other way took some time ago says nothing about now.
    void learn_from_trial(int way, double seconds, double work) {
        best_ = tried_ > 0 ? std::min(best_, seconds / work) : seconds / work;
        tried_ += seconds;
        lost_ += seconds - work * seconds_[used_];
        if (way == kTogether && seconds_[kAlone] < kClearly * best_ && tried_ < warming()) return;
        const double patience = std::max(std::min(2 * patience_, kMostPatience), kRarely * lost_);
        use(way, best_);
        if (used_ != way) end_trial(patience);
    }

    double warming() const { return best_ > kFar * seconds_[kAlone] ? kSoon : kWarming; }

    void end_trial(double patience) {
        patience_ = patience;
        tried_ = lost_ = waited_ = 0;
    }

    int most_ = 0;
    int used_ = kTogether;
    double seconds_[2] = {0, 0};                // per multiplication; 0 where not known yet
    double waited_ = 0, patience_ = kPatience;  // seconds since the last trial, and until the next one
    // Of the trial that goes on: seconds, those it took longer than the way in use, the best per multiplication.
    double tried_ = 0, lost_ = 0, best_ = 0;
};

}  // namespace clearprop
