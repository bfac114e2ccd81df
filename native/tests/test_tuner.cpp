// The tuner in simulated time: slices of one unit of work, whose seconds a world of four threads decides.
#include "core/tuner.hpp"

#include <functional>

#include "check.hpp"

using namespace clearprop;

namespace {

constexpr int kMost = 4;

// Seconds of a slice, given its threads, the time, and for how long the team has been at work without a break.
using World = std::function<double(int threads, double now, double warm)>;

struct Outcome {
    double work = 0, alone = 0, together = 0;  // slices done; seconds spent each way
    int last = 0;                              // threads of the last slice
};

Outcome live(Tuner& tuner, double seconds, const World& world) {
    Outcome outcome;
    for (double now = 0, warm = 0; now < seconds;) {
        const int threads = tuner.choose(kMost, false);
        const double took = world(threads, now, warm);
        tuner.learn(threads, took, 1.0);
        (threads == 1 ? outcome.alone : outcome.together) += took;
        warm = threads == 1 ? 0 : warm + took;
        now += took;
        outcome.work += 1;
        outcome.last = threads;
    }
    return outcome;
}

void a_fast_team_works_nearly_all_the_time(double slice) {
    Tuner tuner;
    const World world = [=](int threads, double, double) { return threads == 1 ? slice : slice / 2; };
    const Outcome outcome = live(tuner, 1000 * slice + 10, world);
    CHECK(outcome.last == kMost && outcome.alone < 0.06 * outcome.together, "slices of %g s: %g s alone, %g s together",
          slice, outcome.alone, outcome.together);
}

void a_slow_team_costs_little(double times) {
    Tuner tuner;
    const World world = [=](int threads, double, double) { return threads == 1 ? 2e-3 : times * 2e-3; };
    const Outcome outcome = live(tuner, 100, world);
    CHECK(outcome.work > 0.95 * 100 / 2e-3, "a team %g times slower: %g slices of %g", times, outcome.work, 100 / 2e-3);
}

void one_bad_slice_does_not_decide() {
    Tuner tuner;
    live(tuner, 1, [](int threads, double, double) { return threads == 1 ? 2e-3 : 1.2e-3; });
    const World hiccup = [](int threads, double now, double) {
        return now < 1e-3 ? 2e-2 : threads == 1 ? 2e-3 : 1.2e-3;
    };
    const Outcome outcome = live(tuner, 0.03, hiccup);
    CHECK(outcome.last == kMost, "%g s alone after one bad slice", outcome.alone);
}

void a_team_may_warm_up() {
    Tuner tuner;
    const World world = [](int threads, double, double warm) { return threads == 1 || warm < 0.05 ? 2e-3 : 1e-3; };
    const Outcome outcome = live(tuner, 10, world);
    CHECK(outcome.work > 0.9 * 10 / 1e-3, "%g slices of %g, %g s of them alone", outcome.work, 10 / 1e-3,
          outcome.alone);
}

void what_is_faster_is_found_anew() {
    Tuner tuner;
    const World busy = [](int threads, double, double) { return threads == 1 ? 2e-3 : 2e-2; };
    const World free = [](int threads, double, double) { return threads == 1 ? 2e-3 : 1e-3; };
    live(tuner, 5, busy);
    CHECK(live(tuner, 5, free).last == kMost, "still alone though the processors are free again");
    CHECK(live(tuner, 1, busy).last == 1, "still a team though it is ten times slower now");
}

void what_is_asked_for_is_taken() {
    Tuner tuner;
    CHECK(tuner.choose(1, false) == 1 && tuner.choose(3, true) == 3, "neither one thread nor exactly three");
}

}  // namespace

int main() {
    for (const double slice : {1e-4, 2e-3, 5e-2}) a_fast_team_works_nearly_all_the_time(slice);
    for (const double times : {1.05, 1.5, 10.0, 100.0}) a_slow_team_costs_little(times);
    one_bad_slice_does_not_decide();
    a_team_may_warm_up();
    what_is_faster_is_found_anew();
    what_is_asked_for_is_taken();
    return test::finish();
}
