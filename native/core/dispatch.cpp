#include <cstring>

#include "kernels.hpp"

namespace clearprop {

#if defined(__x86_64__)
namespace v2 {
extern const InstructionSet set;
}
namespace v3 {
extern const InstructionSet set;
}
namespace v4 {
extern const InstructionSet set;
}
namespace v4bf16 {
extern const InstructionSet set;
}
#else
namespace base {
extern const InstructionSet set;
}
#endif

namespace {

struct Candidate {
    const InstructionSet* set;
    bool (*supported)();
};

#if defined(__x86_64__)
bool has_v4() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
}

const Candidate kCandidates[]{
    {&v4bf16::set, [] { return has_v4() && __builtin_cpu_supports("avx512bf16"); }},
    {&v4::set, has_v4},
    {&v3::set,
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }},
    {&v2::set, [] { return true; }},
};
#else
const Candidate kCandidates[]{{&base::set, [] { return true; }}};
#endif

}  // namespace

const InstructionSet& best_instruction_set() {
    for (const Candidate& candidate : kCandidates)
        if (candidate.supported()) return *candidate.set;
    return *std::end(kCandidates)[-1].set;
}

const InstructionSet* find_instruction_set(const char* name) {
    for (const Candidate& candidate : kCandidates)
        if (std::strcmp(candidate.set->name, name) == 0) return candidate.supported() ? candidate.set : nullptr;
    return nullptr;
}

}  // namespace clearprop
