// The whole test framework: a condition, what it says when it does not hold, and the exit code.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/session.hpp"

namespace clearprop::test {

inline int failures = 0;

#define CHECK(condition, ...)                                           \
    do {                                                                \
        if (!(condition)) {                                             \
            ++clearprop::test::failures;                                \
            std::printf("%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            std::printf(__VA_ARGS__);                                   \
            std::printf("\n");                                          \
        }                                                               \
    } while (false)

inline int finish() {
    std::printf(failures ? "%d checks failed\n" : "all checks hold\n", failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

inline std::vector<const InstructionSet*> instruction_sets() {
    std::vector<const InstructionSet*> sets;
    for (const char* name : {"v2", "v3", "v4", "v4bf16", "base"})
        if (const InstructionSet* set = find_instruction_set(name)) sets.push_back(set);
    return sets;
}

// Numbers in [low, high) that are the same on every machine.
class Random {
  public:
    double operator()(double low, double high) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return low + (high - low) * static_cast<double>(state_ >> 11) / 9007199254740992.0;
    }
    template <class T>
    std::vector<T> many(std::size_t n, double low, double high) {
        std::vector<T> values(n);
        for (T& value : values) value = static_cast<T>((*this)(low, high));
        return values;
    }

  private:
    std::uint64_t state_ = 42;
};

}  // namespace clearprop::test
