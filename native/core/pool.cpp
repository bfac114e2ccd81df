#include "pool.hpp"

#include <pthread.h>
#include <sched.h>

#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace clearprop {

namespace {

constexpr int kSpins = 2000;  // before the processor is offered to others
constexpr int kYieldsBeforeSleep = 50;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

struct Job {
    Work work = nullptr;
    void* context = nullptr;
    Team* team = nullptr;
};

class Pool {
  public:
    ~Pool() {
        stop_.store(true);
        announce();
        for (std::thread& thread : threads_) thread.join();
    }

    void run(int n, Work work, void* context) {
        while (static_cast<int>(threads_.size()) < n - 1) start_thread();
        Team team(n);
        job_ = {work, context, &team};
        working_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
        announce();
        work(context, team, 0);
        for (int spins = 0; working_.load(std::memory_order_acquire) != 0; ++spins)
            if (spins < kSpins) pause();
            else sched_yield();
    }

  private:
    void start_thread() {
        const int id = static_cast<int>(threads_.size()) + 1;
        threads_.emplace_back([this, id, seen = number_.load()] { serve(id, seen); });
    }

    void announce() {
        number_.fetch_add(1, std::memory_order_seq_cst);
        if (sleepers_.load(std::memory_order_seq_cst) > 0) number_.notify_all();
    }

    void serve(int id, std::uint32_t seen) {
        for (;;) {
            seen = wait_for_news(seen);
            if (stop_.load()) return;
            const Job job = job_;
            if (id < job.team->size()) job.work(job.context, *job.team, id);
            working_.fetch_sub(1, std::memory_order_release);
        }
    }

    std::uint32_t wait_for_news(std::uint32_t seen) {
        for (int i = 0; i < kSpins + kYieldsBeforeSleep; ++i) {
            if (number_.load(std::memory_order_acquire) != seen) return number_.load(std::memory_order_acquire);
            if (i < kSpins) pause();
            else sched_yield();
        }
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        number_.wait(seen, std::memory_order_seq_cst);
        sleepers_.fetch_sub(1, std::memory_order_seq_cst);
        return number_.load(std::memory_order_acquire);
    }

    std::vector<std::thread> threads_;
    Job job_;
    alignas(64) std::atomic<std::uint32_t> number_{0};
    alignas(64) std::atomic<int> working_{0};
    std::atomic<int> sleepers_{0};
    std::atomic<bool> stop_{false};
};

// After a fork the threads are gone and the lock may be held for ever: the child forgets both.
struct Shared {
    std::mutex taken;
    std::unique_ptr<Pool> pool;
};

Shared& shared() {
    static Shared* const instance = [] {
        static Shared made;
        pthread_atfork(nullptr, nullptr, [] {
            Shared& s = shared();
            s.pool.release();
            new (&s) Shared;
        });
        return &made;
    }();
    return *instance;
}

void run_alone(Work work, void* context) {
    Team team(1);
    work(context, team, 0);
}

}  // namespace

void Team::wait_past(std::uint32_t phase) const {
    for (int spins = 0; phase_.load(std::memory_order_acquire) == phase; ++spins)
        if (spins < kSpins) pause();
        else sched_yield();
}

void run_team(int n, Work work, void* context) {
    if (n <= 1) return run_alone(work, context);
    Shared& s = shared();
    const std::unique_lock lock(s.taken, std::try_to_lock);
    if (!lock.owns_lock()) return run_alone(work, context);
    if (!s.pool) s.pool = std::make_unique<Pool>();
    s.pool->run(n, work, context);
}

}  // namespace clearprop
