// The arrays of one pass over a number of rows, allocated once and used by every step.
#pragma once

#include <vector>

#include "buffer.hpp"
#include "kernels.hpp"
#include "layout.hpp"

namespace clearprop {

enum class Purpose { predict, train, trace };

// Lists by layer, 0 = the input; an entry that is not needed shares another's memory or is empty.
template <class T>
struct Workspace {
    std::vector<Matrix<T>> z, a, x, mask, delta;
    Matrix<T> input_gradient;
    std::vector<std::int32_t> places;  // of every row in the stairs, where these lie apart: see Climb
    std::vector<T> ways;
    std::vector<std::int32_t> starts, sorted_rows;  // the same bin by bin: see Descend
    std::vector<T> sorted_ways;
    std::vector<Matrix<Pair>> x_columns, x_pairs, delta_columns, delta_pairs;  // in bf16
    int rows = 0;                                                              // capacity
    int slots = 1;  // how many parts of them have bins sorted by themselves

    Workspace() = default;

    Workspace(const Network& network, const Layout& layout, int rows_wanted, Purpose purpose, bool bf16, int slots = 1)
        : slots(slots) {
        const int L = network.L(), panel = layout.panel;
        rows = round_up(rows_wanted, layout.rows_step);
        // Panels a multiple of a page apart would fall into the same cache sets.
        const std::size_t stride = static_cast<std::size_t>(rows + (rows * panel * sizeof(T) % 4096 ? 0 : 4)) *
                                   static_cast<std::size_t>(panel);
        const auto matrix = [&](int columns) {
            buffers_.emplace_back(stride * static_cast<std::size_t>(ceil_div(columns, panel)));
            return Matrix<T>{buffers_.back().data(), stride, columns};
        };
        for (auto* list : {&z, &a, &x, &mask, &delta}) list->resize(static_cast<std::size_t>(L) + 1);
        const bool train = purpose != Purpose::predict;
        for (std::size_t l = 0; l <= static_cast<std::size_t>(L); ++l) {
            const bool climbs = layout.stairs && purpose != Purpose::trace;
            const int n = l ? network.size(static_cast<int>(l)) : climbs ? layout.stairs.before : layout.slabs[1].n_in;
            const Activation f = l ? network.layers[l - 1].f : Activation::identity;
            const bool apart =
                l > 0 && f != Activation::identity && (purpose == Purpose::trace || (train && about(f).needs_z));
            a[l] = matrix(n);
            z[l] = apart ? matrix(n) : a[l];
            x[l] = a[l];
            if (train && l > 0) delta[l] = matrix(n);
            if (train && l < static_cast<std::size_t>(L) && network.layers[l].dropout > 0) {
                mask[l] = matrix(n);
                if (about(f).needs_a || purpose == Purpose::trace) x[l] = matrix(n);
            }
        }
        if (layout.stairs && purpose != Purpose::trace) {
            places.resize(static_cast<std::size_t>(rows) * at(layout.stairs.count()));
            ways.resize(places.size());
            if (train) {
                starts.resize(at(slots * (layout.stairs.ends.back() + 2)));
                sorted_rows.resize(places.size());
                sorted_ways.resize(places.size());
            }
        }
        if (train && network.inputs.trained()) input_gradient = matrix(layout.slabs[1].n_in);
        if (bf16) add_pairs(layout, purpose != Purpose::predict);
    }

  private:
    // A panel of pairs has half the elements.
    void add_pairs(const Layout& layout, bool train) {
        const auto matrix = [&](const Matrix<T>& of) {
            if (!of.data) return Matrix<Pair>{};
            pair_buffers_.emplace_back(of.stride / 2 * static_cast<std::size_t>(ceil_div(of.columns, layout.panel)));
            return Matrix<Pair>{pair_buffers_.back().data(), of.stride / 2, of.columns};
        };
        for (std::size_t l = 0; l < x.size(); ++l) {
            x_columns.push_back(matrix(x[l]));
            x_pairs.push_back(train ? matrix(x[l]) : Matrix<Pair>{});
            delta_columns.push_back(matrix(delta[l]));
            delta_pairs.push_back(matrix(delta[l]));
        }
    }

    std::vector<Buffer<T>> buffers_;
    std::vector<Buffer<Pair>> pair_buffers_;
};

}  // namespace clearprop
