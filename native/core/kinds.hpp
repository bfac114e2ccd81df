// The closed tables of names: every activation, loss and update rule the core knows, each with its options.
// Python reads them through the bindings, so a name that is not here is answered by "cannot", never by silence.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace clearprop {

enum class Activation {
    identity,
    sigmoid,
    tanh,
    relu,
    leaky_relu,
    elu,
    selu,
    softplus,
    gelu,
    silu,
    mish,
    exp,
    softmax,
    step
};

enum class Loss {
    squared_error,
    absolute,
    huber,
    log_cosh,
    quantile,
    poisson,
    gamma,
    binary_cross_entropy,
    cross_entropy,
    focal,
    binary_focal
};

enum class Rule {
    sgd,
    momentum,
    nesterov,
    adagrad,
    rmsprop,
    adadelta,
    adam,
    adamw,
    amsgrad,
    nadam,
    radam,
    lion,
    rprop
};

using Names = std::span<const std::string_view>;

struct Kind {
    std::string_view name;
    Names options;  // of a loss or a rule
    Names slots;    // of a rule: its memory
};

// In the order of the enumerations.
inline constexpr std::array<std::string_view, 14> kActivations{"identity", "sigmoid", "tanh",     "relu", "leaky_relu",
                                                               "elu",      "selu",    "softplus", "gelu", "silu",
                                                               "mish",     "exp",     "softmax",  "step"};

namespace names {
inline constexpr std::string_view threshold[]{"threshold"}, level[]{"level"}, smoothing[]{"label_smoothing"},
    focusing[]{"focusing"}, momentum[]{"momentum"}, epsilon[]{"epsilon"}, rms[]{"decay", "epsilon"},
    betas[]{"beta1", "beta2", "epsilon"}, resilient[]{"grow", "shrink", "smallest", "largest"}, v[]{"v"}, s[]{"s"},
    m[]{"m"}, mv[]{"m", "v"}, mvu[]{"m", "v", "u"}, su[]{"s", "u"}, gs[]{"g", "s"}, two_betas[]{"beta1", "beta2"};
}  // namespace names

inline constexpr std::array<Kind, 11> kLosses{{
    {"squared_error", {}, {}},
    {"absolute", {}, {}},
    {"huber", names::threshold, {}},
    {"log_cosh", {}, {}},
    {"quantile", names::level, {}},
    {"poisson", {}, {}},
    {"gamma", {}, {}},
    {"binary_cross_entropy", {}, {}},
    {"cross_entropy", names::smoothing, {}},
    {"focal", names::focusing, {}},
    {"binary_focal", names::focusing, {}},
}};

inline constexpr std::array<Kind, 13> kRules{{
    {"sgd", {}, {}},
    {"momentum", names::momentum, names::v},
    {"nesterov", names::momentum, names::v},
    {"adagrad", names::epsilon, names::s},
    {"rmsprop", names::rms, names::s},
    {"adadelta", names::rms, names::su},
    {"adam", names::betas, names::mv},
    {"adamw", names::betas, names::mv},
    {"amsgrad", names::betas, names::mvu},
    {"nadam", names::betas, names::mv},
    {"radam", names::betas, names::mv},
    {"lion", names::two_betas, names::m},
    {"rprop", names::resilient, names::gs},
}};

// Lookahead goes around any of them: its options and its memory come after the rule's.
inline constexpr std::string_view kLookahead[]{"period", "share"};
inline constexpr std::size_t kMostSlots = 4;  // three, and lookahead's

// The activation under which a loss is best written in z, as the equations have it.
constexpr bool is_canonical(Loss loss, Activation f) {
    switch (loss) {
        case Loss::squared_error:
            return f == Activation::identity;
        case Loss::poisson:
        case Loss::gamma:
            return f == Activation::exp;
        case Loss::binary_cross_entropy:
        case Loss::binary_focal:
            return f == Activation::sigmoid;
        case Loss::cross_entropy:
        case Loss::focal:
            return f == Activation::softmax;
        default:
            return false;
    }
}

// Whether the derivative needs z beside a.
constexpr bool needs_z(Activation f) {
    return f == Activation::softplus || f == Activation::gelu || f == Activation::silu || f == Activation::mish;
}

}  // namespace clearprop
