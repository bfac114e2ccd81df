#include "layout.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace clearprop {

namespace {
constexpr int kUnitRows = 256;
}

Layout::Layout(const Network& network, int panel, int row_step, int lanes, bool stairs_apart)
    : panel(panel), lanes(lanes), rows_step(std::max(row_step, lanes)) {
    slabs.resize(static_cast<std::size_t>(network.L()) + 1);
    has_bias_.resize(slabs.size());
    if (stairs_apart) set_stairs_apart(network, row_step);
    add_stages(network);
    for (int l = 1; l <= network.L(); ++l) add_layer(network, l, row_step);
}

// Where the columns of a[0] lie if the stairs are to lie behind all others.
void Layout::set_stairs_apart(const Network& network, int row_step) {
    int before = 0, end = 0;
    std::vector<int> ends{0};
    for (const Stage& stage : network.inputs.stages)
        if (const auto* one = std::get_if<Staircase>(&stage)) ends.push_back(end += one->bins);
        else before += std::visit([](const auto& s) { return s.width(); }, stage);
    if (end == 0) return;
    before = std::max(before, 1);
    stairs = {
        before, round_up(before + row_step, panel), ends, {}};  // whole panels, and no tile of the others reaches them
    int plain = 0, climbing = stairs.first;
    for (const Stage& stage : network.inputs.stages) {
        int& next = std::holds_alternative<Staircase>(stage) ? climbing : plain;
        for (int width = std::visit([](const auto& s) { return s.width(); }, stage); width > 0; --width)
            columns.push_back(next++);
    }
}

void Layout::add_stages(const Network& network) {
    int column = 0, block = 0;
    for (const Stage& stage : network.inputs.stages) {
        if (stairs && std::holds_alternative<Staircase>(stage)) stairs.from.push_back(column);
        stages.push_back({column, columns.empty() ? block : columns[at(block)], size});
        const auto [n_columns, width, parameters] =
            std::visit([](const auto& s) { return std::tuple(s.columns(), s.width(), s.parameters()); }, stage);
        column += n_columns;
        block += width;
        if (!parameters) continue;
        const auto step = static_cast<std::size_t>(panel);
        const int k = static_cast<int>(stages.size()) - 1;
        units.push_back({0, k, 0, 0, 1, size, (parameters + step - 1) / step * step, static_cast<int>(parameters)});
        size += units.back().count;
        flat_size += parameters;
    }
}

// Units of rows begin .. end − 1 of W[l], in blocks of so many.
void Layout::add_units(int l, int begin, int end, int block, bool of_stairs) {
    const Slab& slab = slabs[at(l)];
    for (int row = begin; row < std::min(end, slab.n_in); row += block)
        for (int p = 0; p < ceil_div(slab.n_out, panel); ++p) {
            const int rows = std::min(block, end - row);
            const auto first = static_cast<std::size_t>(p * slab.rows + row);
            units.push_back({l, 0, p, row, rows, slab.W + first * static_cast<std::size_t>(panel),
                             static_cast<std::size_t>(rows) * static_cast<std::size_t>(panel),
                             std::min(panel, slab.n_out - p * panel), of_stairs});
        }
}

void Layout::add_layer(const Network& network, int l, int row_step) {
    const Dense& layer = network.layer(l);
    const bool climbs = l == 1 && stairs;
    const int given = network.size(l - 1);
    Slab& slab = slabs[static_cast<std::size_t>(l)];
    slab.n_in = climbs ? stairs.first + stairs.ends.back() : given;
    slab.n_out = layer.units;
    slab.rows = round_up(slab.n_in, row_step);
    slab.W = size;
    const int panels = ceil_div(slab.n_out, panel);
    const int block = std::isfinite(layer.max_norm) ? slab.rows : round_up(kUnitRows, panel);
    const int plain = climbs ? stairs.first : slab.rows;
    add_units(l, 0, plain, block, false);
    if (climbs) add_units(l, plain, slab.rows, slab.rows, true);
    size += static_cast<std::size_t>(panels * panel) * static_cast<std::size_t>(slab.rows);
    slab.b = size;
    has_bias_[static_cast<std::size_t>(l)] = layer.bias;
    size += static_cast<std::size_t>(panels * panel);
    flat_size += static_cast<std::size_t>(slab.n_out) * static_cast<std::size_t>(given + (layer.bias ? 1 : 0));
    scratch_size = std::max(scratch_size, static_cast<std::size_t>(4 * round_up(layer.units, lanes) * lanes));
    slab.Wt = transposed_size;
    const bool transposed = l > 1 || network.inputs.trained();
    if (transposed)
        transposed_size += static_cast<std::size_t>(round_up(slab.n_in, panel)) * static_cast<std::size_t>(slab.n_out);
    slab.W_pairs = pairs_size;
    slab.Wt_pairs = transposed_pairs_size;
    pairs_size += static_cast<std::size_t>(panels * panel) * static_cast<std::size_t>(ceil_div(slab.rows, 2));
    if (transposed)
        transposed_pairs_size +=
            static_cast<std::size_t>(round_up(slab.n_in, panel)) * static_cast<std::size_t>(ceil_div(slab.n_out, 2));
    const int multiplied = climbs ? stairs.before + 2 * stairs.count() : slab.n_in;
    work += static_cast<double>(multiplied) * round_up(slab.n_out, lanes) * (transposed ? 3 : 2);
}

}  // namespace clearprop
