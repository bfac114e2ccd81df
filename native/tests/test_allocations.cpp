// Training takes its memory at the start: no step of a later run allocates any, on one thread or several.
#include <atomic>
#include <new>

#include "networks.hpp"

using namespace clearprop;
using namespace clearprop::test;

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size ? size : 1)) return p;
    throw std::bad_alloc();
}

extern "C" void* aligned_alloc(std::size_t boundary, std::size_t size) noexcept {
    ++allocations;
    void* p = nullptr;
    return posix_memalign(&p, boundary, size) == 0 ? p : nullptr;
}

void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

template <class T>
void check_run(Network network, int n_threads, const InstructionSet& set, bool bf16 = false) {
    for (Dense& layer : network.layers) layer.dropout = 0.2;
    Session<T> session(network, n_threads, set, {bf16, true});
    const Problem<T> problem(network, 1000);
    start(session);
    const std::vector<std::int64_t> cuts{0, 300, 600, 900, 1000};
    const std::vector<double> rates(4, 1e-2);
    std::vector<double> found(12);
    const auto run = [&] {
        session.run(problem.data(), problem.order.data(), cuts.data(), 4, rates.data(), found.data());
    };
    allocations = 0;
    run();
    CHECK(allocations > 0, "the first run takes the memory, and the count sees it");
    allocations = 0;
    run();
    CHECK(allocations == 0, "%s, %d threads: %ld allocations in 4 steps", set.name, n_threads, allocations.load());
}

}  // namespace

int main() {
    const Network small = network(5, {17, 9}, Activation::tanh, 3, Activation::softmax, Loss::cross_entropy);
    const Network wide = network(70, {150, 130}, Activation::gelu, 40, Activation::identity, Loss::huber);
    for (const InstructionSet* set : instruction_sets())
        for (const int n_threads : {1, 3})
            for (const Network& each : {small, wide}) {
                check_run<float>(each, n_threads, *set);
                check_run<float>(each, n_threads, *set, true);
                check_run<double>(each, n_threads, *set);
            }
    return finish();
}
