// The closed tables of names: every activation, loss and update rule the core knows, each with its options.
// Python reads them through the bindings, so a name that is not here is answered by "cannot", never by silence.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
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
    step,
    softsign,
    gaussian,
    gelu_tanh,
    hard_tanh,
    cut_sigmoid,
    sin,
    hard_silu,
    tanh_shrink,
    stepwise
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

// A few words, in their order: the names of options or slots.
class Names {
  public:
    constexpr Names() = default;
    constexpr Names(std::initializer_list<std::string_view> words) {
        for (const std::string_view word : words) words_[size_++] = word;
    }
    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr std::string_view back() const { return words_[size_ - 1]; }
    constexpr const std::string_view* begin() const { return words_.data(); }
    constexpr const std::string_view* end() const { return words_.data() + size_; }

  private:
    std::array<std::string_view, 4> words_{};
    std::size_t size_ = 0;
};

struct ActivationKind {
    Activation kind;
    std::string_view name;
    bool needs_z = false;  // the derivative, beside a
    bool needs_a = true;   // the derivative
};

struct LossKind {
    Loss kind;
    std::string_view name;
    Names options{};
    std::optional<Activation> canonical{};  // the activation under which the loss is best written in z
};

struct RuleKind {
    Rule kind;
    std::string_view name;
    Names options{}, slots{};  // slots: its memory
};

// The rows of a table by enumerator; a gap or a repetition does not compile.
template <class Row, std::size_t N>
consteval std::array<Row, N> table(const Row (&rows)[N]) {
    std::array<Row, N> sorted{};
    std::array<bool, N> there{};
    for (const Row& row : rows) {
        const auto place = static_cast<std::size_t>(row.kind);
        if (there.at(place)) throw "an enumerator stands there twice";
        there[place] = true;
        sorted[place] = row;
    }
    return sorted;
}

inline constexpr auto kActivations = table<ActivationKind>({
    {Activation::identity, "identity"},
    {Activation::sigmoid, "sigmoid"},
    {Activation::tanh, "tanh"},
    {Activation::relu, "relu"},
    {Activation::leaky_relu, "leaky_relu"},
    {Activation::elu, "elu"},
    {Activation::selu, "selu"},
    {Activation::softplus, "softplus", true, false},
    {Activation::gelu, "gelu", true, false},
    {Activation::silu, "silu", true},
    {Activation::mish, "mish", true, false},
    {Activation::exp, "exp"},
    {Activation::softmax, "softmax"},
    {Activation::step, "step"},
    {Activation::softsign, "softsign", true},
    {Activation::gaussian, "gaussian", true},
    {Activation::gelu_tanh, "gelu_tanh", true},
    {Activation::hard_tanh, "hard_tanh", true},
    {Activation::cut_sigmoid, "cut_sigmoid"},
    {Activation::sin, "sin", true, false},
    {Activation::hard_silu, "hard_silu", true, false},
    {Activation::tanh_shrink, "tanh_shrink", true, false},
    {Activation::stepwise, "stepwise", true, false},
});

inline constexpr auto kLosses = table<LossKind>({
    {Loss::squared_error, "squared_error", {}, Activation::identity},
    {Loss::absolute, "absolute"},
    {Loss::huber, "huber", {"threshold"}},
    {Loss::log_cosh, "log_cosh"},
    {Loss::quantile, "quantile", {"level"}},
    {Loss::poisson, "poisson", {}, Activation::exp},
    {Loss::gamma, "gamma", {}, Activation::exp},
    {Loss::binary_cross_entropy, "binary_cross_entropy", {}, Activation::sigmoid},
    {Loss::cross_entropy, "cross_entropy", {"label_smoothing"}, Activation::softmax},
    {Loss::focal, "focal", {"focusing"}, Activation::softmax},
    {Loss::binary_focal, "binary_focal", {"focusing"}, Activation::sigmoid},
});

inline constexpr auto kRules = table<RuleKind>({
    {Rule::sgd, "sgd"},
    {Rule::momentum, "momentum", {"momentum"}, {"v"}},
    {Rule::nesterov, "nesterov", {"momentum"}, {"v"}},
    {Rule::adagrad, "adagrad", {"epsilon"}, {"s"}},
    {Rule::rmsprop, "rmsprop", {"decay", "epsilon"}, {"s"}},
    {Rule::adadelta, "adadelta", {"decay", "epsilon"}, {"s", "u"}},
    {Rule::adam, "adam", {"beta1", "beta2", "epsilon"}, {"m", "v"}},
    {Rule::adamw, "adamw", {"beta1", "beta2", "epsilon"}, {"m", "v"}},
    {Rule::amsgrad, "amsgrad", {"beta1", "beta2", "epsilon"}, {"m", "v", "u"}},
    {Rule::nadam, "nadam", {"beta1", "beta2", "epsilon"}, {"m", "v"}},
    {Rule::radam, "radam", {"beta1", "beta2", "epsilon"}, {"m", "v"}},
    {Rule::lion, "lion", {"beta1", "beta2"}, {"m"}},
    {Rule::rprop, "rprop", {"grow", "shrink", "smallest", "largest"}, {"g", "s"}},
});

constexpr const ActivationKind& about(Activation f) { return kActivations[static_cast<std::size_t>(f)]; }
constexpr const LossKind& about(Loss loss) { return kLosses[static_cast<std::size_t>(loss)]; }
constexpr const RuleKind& about(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

// Lookahead goes around any rule: its options and its memory come after the rule's.
inline constexpr Names kLookahead{"period", "share"};
inline constexpr std::size_t kMostSlots = 4;  // three, and lookahead's

}  // namespace clearprop
