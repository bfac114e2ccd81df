// Every activation with every loss: the gradient against central differences of J.
#include <algorithm>
#include <string>

#include "networks.hpp"

using namespace clearprop;
using namespace clearprop::test;

namespace {

double objective(Session<double>& session, const std::vector<double>& w, const Problem<double>& problem) {
    std::vector<double> gradient(session.size()), losses(static_cast<std::size_t>(problem.rows));
    session.set_parameters(w.data());
    return session.evaluate(problem.data(), problem.rows, gradient.data(), losses.data(), false).J;
}

void check_gradient(const Network& network, const InstructionSet& set, const std::string& what) {
    Session<double> session(network, 1, set);
    const Problem<double> problem(network, 7);
    std::vector<double> w = start(session), gradient(session.size()), losses(7);
    session.evaluate(problem.data(), problem.rows, gradient.data(), losses.data(), false);
    for (std::size_t i = 0; i < w.size(); i += 3) {
        constexpr double h = 1e-6;
        std::vector<double> up = w, down = w;
        up[i] += h;
        down[i] -= h;
        const double slope = (objective(session, up, problem) - objective(session, down, problem)) / (2 * h);
        CHECK(std::abs(slope - gradient[i]) < 1e-6 * std::max(1.0, std::abs(slope)),
              "%s, parameter %zu: %.10g, not %.10g", what.c_str(), i, gradient[i], slope);
    }
}

Activation output_for(Loss loss) { return about(loss).canonical.value_or(Activation::identity); }

}  // namespace

int main() {
    for (const InstructionSet* set : instruction_sets()) {
        for (const auto& [f, name, needs_z, needs_a] : kActivations) {
            if (f == Activation::step) continue;
            const auto made = network(3, {5, 4}, f, 2, Activation::identity, Loss::squared_error);
            check_gradient(made, *set, set->name + std::string(" ") + std::string(name));
        }
        for (const LossKind& row : kLosses) {
            const Loss loss = row.kind;
            const std::string what = set->name + std::string(" ") + std::string(row.name);
            check_gradient(network(3, {4}, Activation::tanh, 3, output_for(loss), loss), *set, what);
            // The same loss through the pullback of an activation that is not its own.
            const Activation other = output_for(loss) == Activation::softmax    ? Activation::sigmoid
                                     : output_for(loss) == Activation::identity ? Activation::tanh
                                                                                : Activation::softmax;
            check_gradient(network(3, {4}, Activation::tanh, 3, other, loss), *set, what + " without its short form");
        }
        for (const Stage& first :
             {Stage(Numbers{19}), Stage(OneHot{3}), Stage(Embedding{4, 18}), Stage(Staircase{3})}) {
            auto made = network(1, {5}, Activation::tanh, 2, Activation::identity, Loss::squared_error);
            made.inputs.stages = {first,           Numbers{2}, Staircase{2},   Staircase{1},
                                  Embedding{5, 3}, OneHot{4},  Embedding{3, 1}};
            check_gradient(made, *set, set->name + std::string(" stages"));
        }
    }
    return finish();
}
