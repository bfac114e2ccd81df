// The only file that knows Python: arrays in, arrays out, the interpreter lock released while the core computes.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>

#include "core/peak.hpp"
#include "core/session.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace clearprop {
namespace {

template <class T>
using In = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::c_contig, nb::device::cpu>;

// An array that must be what it is: a copy made on the way would be read, or written into, for nothing.
auto as_it_is(const char* name) { return nb::arg(name).noconvert(); }

// The enumerator of that name.
template <class Table>
auto named(const Table& table, const std::string& name) {
    for (const auto& row : table)
        if (row.name == name) return row.kind;
    throw std::invalid_argument("the native engine has no " + name);
}

nb::tuple tuple_of(const Names& names) {
    nb::list list;
    for (const std::string_view name : names) list.append(nb::str(name.data(), name.size()));
    return nb::tuple(list);
}

template <class Table>
nb::dict options_of(const Table& table) {
    nb::dict options;
    for (const auto& row : table) options[nb::str(row.name.data(), row.name.size())] = tuple_of(row.options);
    return options;
}

// The values of a row's options, as many as the table names.
std::vector<double> options(const Names& names, const nb::handle values) {
    const auto given = nb::cast<std::vector<double>>(values);
    if (given.size() != names.size())
        throw std::invalid_argument("the native engine got the wrong number of options for a loss or an update rule");
    return given;
}

template <class T>
T* data_or_none(const nb::object& array) {
    return array.is_none() ? nullptr : nb::cast<nb::ndarray<T, nb::c_contig, nb::device::cpu>>(array, false).data();
}

template <class T>
Data<T> data_of(const In<T>& X, const nb::object& Y, const nb::object& classes, const nb::object& weights) {
    return {X.data(), data_or_none<const T>(Y), data_or_none<const std::int64_t>(classes),
            data_or_none<const T>(weights)};
}

template <class T>
void bind_session(nb::module_& module, const char* name) {
    using S = Session<T>;
    nb::class_<S>(module, name)
        .def(
            "__init__",
            [](S* self, const Network& network, int n_threads, const std::string& instruction_set, bool bf16,
               bool exactly) {
                const InstructionSet* set =
                    instruction_set.empty() ? &best_instruction_set() : find_instruction_set(instruction_set.c_str());
                if (!set) throw std::invalid_argument("this processor has no instruction set " + instruction_set);
                new (self) S(network, n_threads, *set, {bf16, exactly});
            },
            "network"_a, "n_threads"_a, "instruction_set"_a, "bf16"_a, "exactly"_a)
        .def_rw("step", &S::step)
        .def_prop_ro("size", &S::size)
        .def(
            "set_parameters", [](S& s, In<T> flat) { s.set_parameters(flat.data()); }, as_it_is("flat"))
        .def(
            "set_slot", [](S& s, int i, In<T> flat) { s.set_slot(i, flat.data()); }, "i"_a, as_it_is("flat"))
        .def(
            "get_parameters", [](const S& s, Out<T> flat) { s.get_parameters(flat.data()); }, as_it_is("flat"))
        .def(
            "get_slot", [](const S& s, int i, Out<T> flat) { s.get_slot(i, flat.data()); }, "i"_a, as_it_is("flat"))
        .def(
            "predict",
            [](S& s, In<T> X, Out<T> out) {
                const nb::gil_scoped_release release;
                s.predict(X.data(), static_cast<std::int64_t>(X.shape(0)), out.data());
            },
            as_it_is("X"), as_it_is("out"))
        .def(
            "run",
            [](S& s, In<T> X, const nb::object& Y, const nb::object& classes, const nb::object& weights,
               In<std::int64_t> order, In<std::int64_t> cuts, In<double> learning_rates, Out<double> found,
               int shards) {
                const Data<T> data = data_of<T>(X, Y, classes, weights);
                const nb::gil_scoped_release release;
                return s.run(data, order.data(), cuts.data(), static_cast<std::int64_t>(learning_rates.size()),
                             learning_rates.data(), found.data(), shards);
            },
            as_it_is("X"), "Y"_a.none(), "classes"_a.none(), "weights"_a.none(), as_it_is("order"), as_it_is("cuts"),
            as_it_is("learning_rates"), as_it_is("found"), "shards"_a)
        .def(
            "shard_gradients",
            [](S& s, In<T> X, const nb::object& Y, const nb::object& classes, const nb::object& weights,
               In<std::int64_t> rows, std::tuple<int, int, int> part, Out<T> gradient) {
                const Data<T> data = data_of<T>(X, Y, classes, weights);
                typename S::Share share;
                {
                    const nb::gil_scoped_release release;
                    const auto [of, lo, hi] = part;
                    share = s.shard_gradients(data, rows.data(), static_cast<int>(rows.size()), {of, lo, hi},
                                              gradient.data());
                }
                return nb::make_tuple(share.D, share.total_weight);
            },
            as_it_is("X"), "Y"_a.none(), "classes"_a.none(), "weights"_a.none(), as_it_is("rows"), "part"_a,
            as_it_is("gradient"))
        .def(
            "apply",
            [](S& s, In<T> gradient, double D, double total_weight, double learning_rate) {
                Verdict verdict;
                {
                    const nb::gil_scoped_release release;
                    verdict = s.apply(gradient.data(), {D, total_weight}, learning_rate);
                }
                return nb::make_tuple(verdict.J, verdict.R, verdict.norm, verdict.finite);
            },
            as_it_is("gradient"), "D"_a, "total_weight"_a, "learning_rate"_a)
        .def(
            "evaluate",
            [](S& s, In<T> X, const nb::object& Y, const nb::object& classes, const nb::object& weights,
               Out<T> gradient, Out<T> losses, bool trace) {
                const Data<T> data = data_of<T>(X, Y, classes, weights);
                Verdict verdict;
                {
                    const nb::gil_scoped_release release;
                    verdict = s.evaluate(data, static_cast<int>(X.shape(0)), gradient.data(), losses.data(), trace);
                }
                return nb::make_tuple(verdict.J, verdict.R);
            },
            as_it_is("X"), "Y"_a.none(), "classes"_a.none(), "weights"_a.none(), as_it_is("gradient"),
            as_it_is("losses"), "trace"_a)
        .def(
            "read",
            [](const S& s, const std::string& name, int l, Out<T> out) {
                using A = typename S::Array;
                return s.read(name == "z"       ? A::z
                              : name == "a"     ? A::a
                              : name == "delta" ? A::delta
                                                : A::mask,
                              l, out.data());
            },
            "name"_a, "l"_a, as_it_is("out"));
}

using NamedStage = std::pair<std::string, std::vector<double>>;

Stage stage(const NamedStage& named) {
    if (const std::optional<Stage> found = find_stage(named.first, named.second)) return *found;
    throw std::invalid_argument("the native engine has no input stage " + named.first + " with these options");
}

nb::dict stage_options() {
    nb::dict options;
    for_each_stage([&]<class S>() { options[nb::str(S::name.data(), S::name.size())] = tuple_of(S::options); });
    return options;
}

Network make_network(const std::vector<NamedStage>& stages, nb::list layers, nb::dict objective, nb::dict optimizer,
                     std::uint64_t seed) {
    Network network;
    for (const NamedStage& named : stages) network.inputs.stages.push_back(stage(named));
    for (const nb::handle item : layers) {
        const nb::dict d = nb::cast<nb::dict>(item);
        network.layers.push_back(
            {nb::cast<int>(d["units"]), named(kActivations, nb::cast<std::string>(d["activation"])),
             nb::cast<double>(d["dropout"]), nb::cast<bool>(d["bias"]), nb::cast<double>(d["max_norm"]),
             nb::cast<double>(d["learning_rate"]), nb::cast<bool>(d["frozen"])});
    }
    const Loss loss = named(kLosses, nb::cast<std::string>(objective["loss"]));
    const Rule rule = named(kRules, nb::cast<std::string>(optimizer["rule"]));
    network.objective = {loss,
                         options(about(loss).options, objective["options"]),
                         nb::cast<double>(objective["l1"]),
                         nb::cast<double>(objective["l2"]),
                         nb::cast<bool>(objective["penalize_bias"]),
                         nb::cast<bool>(objective["mean"]),
                         nb::cast<bool>(objective["penalty_per_row"])};
    network.optimizer = {rule,
                         options(about(rule).options, optimizer["options"]),
                         nb::cast<double>(optimizer["weight_decay"]),
                         nb::cast<double>(optimizer["clip_norm"]),
                         nb::cast<double>(optimizer["clip_value"]),
                         nb::cast<std::int64_t>(optimizer["period"]),
                         nb::cast<double>(optimizer["share"])};
    network.seed = seed;
    return network;
}

}  // namespace
}  // namespace clearprop

NB_MODULE(_native, module) {
    using namespace clearprop;
    nb::class_<Network>(module, "Network")
        .def(
            "__init__",
            [](Network* self, const std::vector<NamedStage>& stages, nb::list layers, nb::dict objective,
               nb::dict optimizer,
               std::uint64_t seed) { new (self) Network(make_network(stages, layers, objective, optimizer, seed)); },
            "stages"_a, "layers"_a, "objective"_a, "optimizer"_a, "seed"_a);
    bind_session<float>(module, "SessionFloat32");
    bind_session<double>(module, "SessionFloat64");
    module.def(
        "peak",
        [](int n_threads, bool float64) {
            const nb::gil_scoped_release release;
            const InstructionSet& set = best_instruction_set();
            return float64 ? measure_peak<double>(n_threads, set) : measure_peak<float>(n_threads, set);
        },
        "n_threads"_a, "float64"_a = false);
    module.attr("INTERFACE") = 7;  // changes with any change of what Python calls; see engines/native/core.py
    nb::list activations;
    for (const ActivationKind& row : kActivations) activations.append(nb::str(row.name.data(), row.name.size()));
    module.attr("ACTIVATIONS") = nb::tuple(activations);
    module.attr("STAGES") = stage_options();
    module.attr("LOSSES") = options_of(kLosses);
    module.attr("RULES") = options_of(kRules);
    module.attr("LOOKAHEAD") = tuple_of(kLookahead);
    nb::list sets;
    for (const char* name : {"v4bf16", "v4", "v3", "v2", "base"})
        if (find_instruction_set(name)) sets.append(name);
    module.attr("INSTRUCTION_SETS") = nb::tuple(sets);
}
