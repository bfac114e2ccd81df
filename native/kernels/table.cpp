// Compiled once per instruction set, with -DCLEARPROP_ISA=<name> and the flags that go with it.
#include "activations.hpp"
#include "losses.hpp"
#include "masks.hpp"
#include "peak.hpp"
#include "products.hpp"
#include "stairs.hpp"
#include "updates.hpp"

namespace clearprop::CLEARPROP_ISA {

template <class T>
constexpr Kernels<T> kTable{V<T>,        kPanel<T>,   kRowStep,   kInnerBlock<T>,      multiply<T, T>, gradient<T, T>,
                            activate<T>, pullback<T>, softmax<T>, softmax_pullback<T>, loss<T>,        drop<T>,
                            times<T>,    plus<T>,     finish<T>,  update<T>,           project<T>,     transpose<T>,
                            measure<T>,  pile<T>,     climb<T>,   descend<T>};

constexpr PairKernels kPairs{multiply<float, Pair>, gradient<float, Pair>, pair_columns, pair_rows};

#define CLEARPROP_TEXT(name) #name
#define CLEARPROP_NAME(name) CLEARPROP_TEXT(name)

extern const InstructionSet set;
const InstructionSet set{CLEARPROP_NAME(CLEARPROP_ISA), &kTable<float>, &kTable<double>, &kPairs};

}  // namespace clearprop::CLEARPROP_ISA
