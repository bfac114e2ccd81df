#include "layout.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace clearprop {

namespace {
constexpr int kUnitRows = 256;
}

Layout::Layout(const Network& network, int panel, int row_step, int lanes)
    : panel(panel), lanes(lanes), rows_step(std::max(row_step, lanes)) {
    slabs.resize(static_cast<std::size_t>(network.L()) + 1);
    has_bias_.resize(slabs.size());
    add_stages(network);
    for (int l = 1; l <= network.L(); ++l) add_layer(network, l, row_step);
}

void Layout::add_stages(const Network& network) {
    int column = 0, block = 0;
    for (const Stage& stage : network.inputs.stages) {
        stages.push_back({column, block, size});
        const auto [columns, width, parameters] =
            std::visit([](const auto& s) { return std::tuple(s.columns(), s.width(), s.parameters()); }, stage);
        column += columns;
        block += width;
        if (!parameters) continue;
        const auto step = static_cast<std::size_t>(panel);
        const int k = static_cast<int>(stages.size()) - 1;
        units.push_back({0, k, 0, 0, 1, size, (parameters + step - 1) / step * step, static_cast<int>(parameters)});
        size += units.back().count;
        flat_size += parameters;
    }
}

void Layout::add_layer(const Network& network, int l, int row_step) {
    const Dense& layer = network.layer(l);
    Slab& slab = slabs[static_cast<std::size_t>(l)];
    slab.n_in = network.size(l - 1);
    slab.n_out = layer.units;
    slab.rows = round_up(slab.n_in, row_step);
    slab.W = size;
    const int panels = ceil_div(slab.n_out, panel);
    const int block = std::isfinite(layer.max_norm) ? slab.rows : round_up(kUnitRows, panel);
    for (int row = 0; row < slab.n_in; row += block)
        for (int p = 0; p < panels; ++p) {
            const int rows = std::min(block, slab.rows - row);
            const auto first = static_cast<std::size_t>(p * slab.rows + row);
            units.push_back({l, 0, p, row, rows, slab.W + first * static_cast<std::size_t>(panel),
                             static_cast<std::size_t>(rows) * static_cast<std::size_t>(panel),
                             std::min(panel, slab.n_out - p * panel)});
        }
    size += static_cast<std::size_t>(panels * panel) * static_cast<std::size_t>(slab.rows);
    slab.b = size;
    has_bias_[static_cast<std::size_t>(l)] = layer.bias;
    size += static_cast<std::size_t>(panels * panel);
    flat_size += static_cast<std::size_t>(slab.n_out) * static_cast<std::size_t>(slab.n_in + (layer.bias ? 1 : 0));
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
    work += static_cast<double>(slab.n_in) * round_up(slab.n_out, lanes) * (transposed ? 3 : 2);
}

}  // namespace clearprop
