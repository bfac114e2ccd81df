// A small thread pool whose threads meet at spinning barriers.
//
// Between jobs the threads spin for a moment, then sleep. After a fork the child builds a pool of its own. Where two
// callers want the pool at once, the second one works alone: the bits are the same for any number of threads.
#pragma once

#include <atomic>
#include <cstdint>

namespace clearprop {

// The threads that work on one job together.
class Team {
  public:
    explicit Team(int size) : size_(size) {}

    int size() const { return size_; }

    // The next piece of work of this phase.
    int take() {
        if (size_ > 1) return next_.fetch_add(1, std::memory_order_relaxed);
        const int piece = next_.load(std::memory_order_relaxed);
        next_.store(piece + 1, std::memory_order_relaxed);
        return piece;
    }

    // Wait for all; the last to arrive first does what is to be done once.
    template <class Once>
    void meet(Once once) {
        const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
        if (size_ == 1 || arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
            once();
            next_.store(0, std::memory_order_relaxed);
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(phase + 1, std::memory_order_release);
        } else {
            wait_past(phase);
        }
    }
    void meet() {
        meet([] {});
    }

  private:
    void wait_past(std::uint32_t phase) const;

    int size_;
    alignas(64) std::atomic<int> next_{0};
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<std::uint32_t> phase_{0};
};

using Work = void (*)(void* context, Team& team, int id);

// Run work on a team of n threads, of which the caller is number 0; on fewer where the pool is taken.
void run_team(int n, Work work, void* context);

template <class F>
void run_team(int n, const F& work) {
    const auto call = [](void* context, Team& team, int id) { (*static_cast<const F*>(context))(team, id); };
    run_team(n, call, const_cast<F*>(&work));
}

}  // namespace clearprop
