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

Activation output_for(Loss loss) {
    switch (loss) {
        case Loss::poisson:
        case Loss::gamma:
            return Activation::exp;
        case Loss::binary_cross_entropy:
        case Loss::binary_focal:
            return Activation::sigmoid;
        case Loss::cross_entropy:
        case Loss::focal:
            return Activation::softmax;
        default:
            return Activation::identity;
    }
}

}  // namespace

int main() {
    for (const InstructionSet* set : instruction_sets()) {
        for (std::size_t f = 0; f < kActivations.size(); ++f) {
            if (static_cast<Activation>(f) == Activation::step) continue;
            const auto made =
                network(3, {5, 4}, static_cast<Activation>(f), 2, Activation::identity, Loss::squared_error);
            check_gradient(made, *set, set->name + std::string(" ") + std::string(kActivations[f]));
        }
        for (std::size_t i = 0; i < kLosses.size(); ++i) {
            const auto loss = static_cast<Loss>(i);
            const std::string what = set->name + std::string(" ") + std::string(kLosses[i].name);
            check_gradient(network(3, {4}, Activation::tanh, 3, output_for(loss), loss), *set, what);
            // The same loss through the pullback of an activation that is not its own.
            const Activation other = output_for(loss) == Activation::softmax    ? Activation::sigmoid
                                     : output_for(loss) == Activation::identity ? Activation::tanh
                                                                                : Activation::softmax;
            check_gradient(network(3, {4}, Activation::tanh, 3, other, loss), *set, what + " without its short form");
        }
    }
    return finish();
}
