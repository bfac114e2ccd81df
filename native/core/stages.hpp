// Input stages: each takes the next columns of X and gives the next columns of a[0]. One more is one more struct with
// its two kernels, and a name in `Stage`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "kinds.hpp"

namespace clearprop {

// One row of a matrix in panels, from some column on.
template <class T>
struct RowOfPanels {
    T* start = nullptr;  // the row in the panel of its first column
    std::size_t stride = 0;
    int panel = 0;
    int skip = 0;  // columns of that panel before the first

    T& operator[](int i) const {
        const int c = skip + i;
        return start[static_cast<std::size_t>(c / panel) * stride + static_cast<std::size_t>(c % panel)];
    }
    RowOfPanels next_row() const { return {start + panel, stride, panel, skip}; }

    // Call `run(i, m, here)` for the elements i .. i + m − 1 of the first n, which lie side by side from `here` on.
    template <class Run>
    void each_run(int n, Run run) const {
        T* block = start;
        for (int i = 0, before = skip; i < n; before = 0, block += stride) {
            const int m = std::min(panel - before, n - i);
            run(i, m, block + before);
            i += m;
        }
    }
};

// A few elements, without a call.
template <class T>
void copy_few(const T* from, int n, T* to) {
    constexpr int block = 16 / sizeof(T);
    for (; n >= block; n -= block, from += block, to += block) std::memcpy(to, from, 16);
    for (int i = 0; i < n; ++i) to[i] = from[i];
}

// What every stage has: how many columns of X, of a[0], and parameters; `forward` from its columns x of one row and its
// parameters p to its columns y of a[0], while those of a `later` row are called from memory; and `gradient`, which
// adds that row's part of ∂J/∂p to g.

// Columns of numbers, as they are.
struct Numbers {
    static constexpr std::string_view name = "numbers";
    static constexpr Names options{"columns"};
    int n = 0;

    static Numbers from(const std::vector<double>& options) { return {static_cast<int>(options[0])}; }
    int columns() const { return n; }
    int width() const { return n; }
    std::size_t parameters() const { return 0; }

    template <class T>
    void forward(const T* x, const T* later, const T* /*p*/, RowOfPanels<T> y) const {
        y.each_run(n, [&](int i, int m, T* here) {
            __builtin_prefetch(later + i);
            __builtin_prefetch(later + i + y.panel / 2);
            copy_few(x + i, m, here);
        });
    }
    template <class T>
    void gradient(const T* /*x*/, const T* /*p*/, RowOfPanels<T> /*upstream*/, T* /*g*/) const {}
};

// A column of codes; each becomes zeros with a single 1.
struct OneHot {
    static constexpr std::string_view name = "one_hot";
    static constexpr Names options{"codes"};
    int codes = 0;

    static OneHot from(const std::vector<double>& options) { return {static_cast<int>(options[0])}; }
    int columns() const { return 1; }
    int width() const { return codes; }
    std::size_t parameters() const { return 0; }

    template <class T>
    void forward(const T* x, const T* /*later*/, const T* /*p*/, RowOfPanels<T> y) const {
        y.each_run(codes, [](int, int m, T* here) { std::fill_n(here, m, T(0)); });
        y[static_cast<int>(*x)] = T(1);
    }
    template <class T>
    void gradient(const T* /*x*/, const T* /*p*/, RowOfPanels<T> /*upstream*/, T* /*g*/) const {}
};

// A column of codes; each becomes its row of E (codes, size): dE = Hᵀ (∂J/∂y), with H the one-hot rows of the codes.
struct Embedding {
    static constexpr std::string_view name = "embedding";
    static constexpr Names options{"codes", "size"};
    int codes = 0, size = 0;

    static Embedding from(const std::vector<double>& options) {
        return {static_cast<int>(options[0]), static_cast<int>(options[1])};
    }
    int columns() const { return 1; }
    int width() const { return size; }
    std::size_t parameters() const { return static_cast<std::size_t>(codes) * static_cast<std::size_t>(size); }

    template <class T>
    void forward(const T* x, const T* /*later*/, const T* E, RowOfPanels<T> y) const {
        const T* row = E + place(*x);
        y.each_run(size, [row](int i, int m, T* here) { copy_few(row + i, m, here); });
    }
    template <class T>
    void gradient(const T* x, const T* /*E*/, RowOfPanels<T> upstream, T* dE) const {
        T* row = dE + place(*x);
        upstream.each_run(size, [row](int i, int m, const T* here) {
            for (int j = 0; j < m; ++j) row[i + j] += here[j];
        });
    }
    template <class T>
    std::size_t place(T code) const {
        return static_cast<std::size_t>(code) * static_cast<std::size_t>(size);
    }
};

// A column of places p in a row of bins; each becomes min(max(p − i, 0), 1) for every bin i. Where the first layer can
// it takes the place alone: the bin, and the way through it (`Layout::stairs`).
struct Staircase {
    static constexpr std::string_view name = "staircase";
    static constexpr Names options{"bins"};
    int bins = 0;

    static Staircase from(const std::vector<double>& options) { return {static_cast<int>(options[0])}; }
    int columns() const { return 1; }
    int width() const { return bins; }
    std::size_t parameters() const { return 0; }

    template <class T>
    int bin(T p) const {
        return !(p > 0) ? 0 : p < T(bins) ? std::min(static_cast<int>(p), bins - 1) : bins - 1;
    }
    template <class T>
    T way(T p, int bin) const {
        const T t = p - T(bin);
        return t < 0 ? T(0) : t > 1 ? T(1) : t;
    }

    template <class T>
    void forward(const T* x, const T* later, const T* /*p*/, RowOfPanels<T> y) const {
        __builtin_prefetch(later);
        const int b = bin(*x);
        const T t = way(*x, b);
        y.each_run(bins, [b, t](int i, int m, T* here) {
            for (int j = 0; j < m; ++j) here[j] = i + j < b ? T(1) : i + j == b ? t : T(0);
        });
    }
    template <class T>
    void gradient(const T* /*x*/, const T* /*p*/, RowOfPanels<T> /*upstream*/, T* /*g*/) const {}
};

using Stage = std::variant<Numbers, OneHot, Embedding, Staircase>;

// Call `each.operator()<S>()` for every kind of stage.
template <class Each>
void for_each_stage(Each each) {
    [&]<class... S>(std::type_identity<std::variant<S...>>) {
        (each.template operator()<S>(), ...);
    }(std::type_identity<Stage>{});
}

// The stage of that name, or nothing where there is none.
inline std::optional<Stage> find_stage(std::string_view name, const std::vector<double>& options) {
    std::optional<Stage> found;
    for_each_stage([&]<class S>() {
        if (S::name == name && S::options.size() == options.size()) found = S::from(options);
    });
    return found;
}

struct Inputs {
    std::vector<Stage> stages;

    int columns() const {
        return sum<int>([](const auto& stage) { return stage.columns(); });
    }
    int width() const {
        return sum<int>([](const auto& stage) { return stage.width(); });
    }
    // Whether anything before the first layer is trained.
    bool trained() const {
        return sum<std::size_t>([](const auto& stage) { return stage.parameters(); }) > 0;
    }

  private:
    template <class Number, class Of>
    Number sum(Of of) const {
        Number total = 0;
        for (const Stage& stage : stages) total += std::visit(of, stage);
        return total;
    }
};

}  // namespace clearprop
