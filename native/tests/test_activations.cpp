// The vector functions against the C library's, in units in the last place of the result.
#include <algorithm>
#include <limits>
#include <string>

#include "check.hpp"

using namespace clearprop;
using namespace clearprop::test;

namespace {

struct Reference {
    Activation f;
    long double (*value)(long double);
    double low, high, ulps;
};

const Reference kReferences[]{
    {Activation::exp, [](long double z) { return std::exp(z); }, -80, 80, 2},
    {Activation::tanh, [](long double z) { return std::tanh(z); }, -20, 20, 4},
    {Activation::tanh, [](long double z) { return std::tanh(z); }, -0.01, 0.01, 4},
    {Activation::sigmoid, [](long double z) { return 1 / (1 + std::exp(-z)); }, -80, 80, 4},
    {Activation::softplus, [](long double z) { return std::log1p(std::exp(z)); }, -80, 80, 4},
    {Activation::elu, [](long double z) { return z > 0 ? z : std::expm1(z); }, -80, 1, 4},
};

template <class T>
void check_accuracy(const InstructionSet& set) {
    const Kernels<T>& k = set.kernels<T>();
    for (const Reference& reference : kReferences) {
        constexpr int rows = 4096;
        const std::size_t n = static_cast<std::size_t>(rows * k.panel);
        Buffer<T> z(n), a(n);
        Random numbers;
        for (std::size_t i = 0; i < n; ++i) z.data()[i] = static_cast<T>(numbers(reference.low, reference.high));
        k.activate(reference.f, {z.data(), a.data(), nullptr, rows, k.panel});
        double worst = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const long double exact = reference.value(z.data()[i]);
            const T rounded = static_cast<T>(exact);
            const T ulp = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity()) - std::abs(rounded);
            worst = std::max(worst, static_cast<double>(std::abs(a.data()[i] - exact) / ulp));
        }
        std::printf("%s %-9s %zu bytes: %.2f ulp\n", set.name, std::string(about(reference.f).name).c_str(), sizeof(T),
                    worst);
        CHECK(worst <= reference.ulps, "%.2f ulp", worst);
    }
}

// What is not a number or beyond every number must come out so: divergence is found by it.
template <class T>
void check_extremes(const InstructionSet& set) {
    const Kernels<T>& k = set.kernels<T>();
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const std::size_t n = static_cast<std::size_t>(k.panel);
    Buffer<T> z(n), a(n);
    const auto value = [&](Activation f, T x) {
        std::fill_n(z.data(), n, x);
        k.activate(f, {z.data(), a.data(), nullptr, 1, k.panel});
        return a.data()[0];
    };
    for (const ActivationKind& row : kActivations) {
        if (row.kind == Activation::step) continue;
        CHECK(std::isnan(value(row.kind, nan)), "%s(nan)", std::string(row.name).c_str());
    }
    CHECK(value(Activation::exp, inf) == inf, "exp(inf)");
    CHECK(value(Activation::exp, -inf) == 0, "exp(-inf)");
    CHECK(value(Activation::exp, T(1e4)) == inf, "exp(1e4)");
    CHECK(value(Activation::tanh, inf) == 1, "tanh(inf)");
    CHECK(value(Activation::tanh, -inf) == -1, "tanh(-inf)");
    CHECK(value(Activation::sigmoid, -inf) == 0, "sigmoid(-inf)");
    CHECK(value(Activation::relu, inf) == inf, "relu(inf)");
}

}  // namespace

int main() {
    for (const InstructionSet* set : instruction_sets()) {
        check_accuracy<float>(*set);
        check_accuracy<double>(*set);
        check_extremes<float>(*set);
        check_extremes<double>(*set);
    }
    return finish();
}
