// What happens to a gradient: reduction, penalty, sums of squares; then clipping, decay and the update rule in one pass.
// The rules are those of clearprop/equations/optimizers/.
#pragma once

#include "math.hpp"
#include "../core/kernels.hpp"

namespace clearprop::CLEARPROP_ISA {

// Visit the vectors of a panel, rows of one or of two.
template <class T, class Work>
CLEARPROP_INLINE void for_vectors(std::size_t count, int vectors, Work work) {
    const std::size_t step = static_cast<std::size_t>(vectors == 2 ? V<T> : kPanel<T>);
    for (std::size_t at = 0; at < count; at += step) work(at);
}

// The same with the number, 0 to 3, of a chain of sums: each waits for its own last addition only.
template <class T, class Work>
CLEARPROP_INLINE void for_vectors_by_four(std::size_t count, int vectors, Work work) {
    const std::size_t step = static_cast<std::size_t>(vectors == 2 ? V<T> : kPanel<T>);
    const std::size_t whole = count / (4 * step) * 4 * step;
    for (std::size_t at = 0; at < whole; at += 4 * step) {
        CLEARPROP_UNROLL
        for (int chain = 0; chain < 4; ++chain) work(at + static_cast<std::size_t>(chain) * step, chain);
    }
    for (std::size_t at = whole; at < count; at += step) work(at, 0);
}

// Σ g² and Σ of the clipped g², where the squares are beyond the precision of g.
template <class T>
void sum_large_squares(const Finish<T>& q, Sums<T>& sums) {
    sums.squares = sums.clipped_squares = 0;
    for_vectors<T>(q.count, q.vectors, [&](std::size_t at) {
        for (int i = 0; i < V<T>; ++i) {
            const double g = q.g[at + static_cast<std::size_t>(i)], limit = q.clip_value;
            const double cut = g > limit ? limit : g < -limit ? -limit : g;
            sums.squares += g * g;
            sums.clipped_squares += cut * cut;
        }
    });
}

template <class T>
Sums<T> finish(const Finish<T>& q) {
    vec<T> chains[4] = {}, clipped{}, ones{}, twos{};
    const bool penalised = q.l1 != 0 || q.l2 != 0, cuts = q.clip_value <= Format<T>::largest;
    for_vectors_by_four<T>(q.count, q.vectors, [&](std::size_t at, int chain) {
        vec<T> g = load(q.g + at);
        for (int part = 1; part < q.parts; ++part) g += load(q.g + static_cast<std::size_t>(part) * q.part_stride + at);
        if (penalised) {
            const vec<T> w = load(q.w + at);
            g += q.l2 * w + q.l1 * sign<T>(w);
            ones += magnitude<T>(w);
            twos += w * w;
        }
        if (penalised || q.parts > 1) store(q.g + at, g);
        chains[chain] += g * g;
        if (!cuts) return;
        const vec<T> cut = smaller<T>(larger<T>(g, all(-q.clip_value)), all(q.clip_value));
        clipped += cut * cut;
    });
    const vec<T> squares = (chains[0] + chains[1]) + (chains[2] + chains[3]);
    const double penalty =
        0.5 * static_cast<double>(q.l2) * lane_sum<T>(twos) + static_cast<double>(q.l1) * lane_sum<T>(ones);
    Sums<T> sums{lane_sum<T>(squares), lane_sum<T>(clipped), penalty};
    if (!(sums.squares <= Format<double>::largest)) sum_large_squares(q, sums);
    return sums;
}

// Apply rule(w, g, at) -> new w everywhere, after clipping, with lookahead around it and with decoupled decay.
template <class T, class F>
CLEARPROP_INLINE void sweep(const Update<T>& q, F rule) {
    for_vectors<T>(q.count, q.vectors, [&](std::size_t at) {
        const vec<T> w = load(q.w + at), raw = load(q.g + at);
        const vec<T> g = smaller<T>(larger<T>(raw, all(-q.clip_value)), all(q.clip_value)) * q.clip_scale;
        vec<T> next = rule(w, g, at);
        if (q.slow) {
            const vec<T> slow = load(q.slow + at);
            next = slow + q.share * (next - slow);
            store(q.slow + at, next);
        }
        store(q.w + at, next - q.decay * w);
    });
}

template <class T>
void update(const Update<T>& q) {
    using v = vec<T>;
    const T eta = q.eta, *c = q.c;
    T *const s0 = q.slots[0], *const s1 = q.slots[1], *const s2 = q.slots[2];
    const auto keep = [](T* slot, std::size_t at, v x) {
        store(slot + at, x);
        return x;
    };
    switch (q.rule) {
        case Rule::sgd:
            return sweep(q, [&](v w, v g, std::size_t) { return w - eta * g; });
        case Rule::momentum:  // c: μ
            return sweep(q, [&](v w, v g, std::size_t at) { return w + keep(s0, at, c[0] * load(s0 + at) - eta * g); });
        case Rule::nesterov:
            return sweep(q, [&](v w, v g, std::size_t at) {
                return w + c[0] * keep(s0, at, c[0] * load(s0 + at) - eta * g) - eta * g;
            });
        case Rule::adagrad:  // c: ε
            return sweep(q, [&](v w, v g, std::size_t at) {
                return w - eta * g / (root<T>(keep(s0, at, load(s0 + at) + g * g)) + c[0]);
            });
        case Rule::rmsprop:  // c: ρ, 1 − ρ, ε
            return sweep(q, [&](v w, v g, std::size_t at) {
                return w - eta * g / (root<T>(keep(s0, at, c[0] * load(s0 + at) + c[1] * g * g)) + c[2]);
            });
        case Rule::adadelta:  // c: ρ, 1 − ρ, ε
            return sweep(q, [&](v w, v g, std::size_t at) {
                const v s = keep(s0, at, c[0] * load(s0 + at) + c[1] * g * g), u = load(s1 + at);
                const v d = root<T>(u + c[2]) / root<T>(s + c[2]) * g;
                keep(s1, at, c[0] * u + c[1] * d * d);
                return w - eta * d;
            });
        case Rule::lion:  // c: β1, 1 − β1, β2, 1 − β2
            return sweep(q, [&](v w, v g, std::size_t at) {
                const v m = load(s0 + at);
                keep(s0, at, c[2] * m + c[3] * g);
                return w - eta * sign<T>(c[0] * m + c[1] * g);
            });
        case Rule::amsgrad: {  // as adam, with 1/(1 − β2ᵗ) in the last place
            const T first = q.first;
            return sweep(q, [&](v w, v g, std::size_t at) {
                const v m = keep(s0, at, c[0] * load(s0 + at) + c[1] * g);
                const v raw = keep(s1, at, c[2] * load(s1 + at) + c[3] * g * g) * c[5];
                return w - first * m / (root<T>(keep(s2, at, larger<T>(raw, load(s2 + at)))) + c[4]);
            });
        }
        case Rule::radam: {  // as adam, while v is not to be trusted
            const T first = q.first;
            return sweep(q, [&](v w, v g, std::size_t at) {
                keep(s1, at, c[2] * load(s1 + at) + c[3] * g * g);
                return w - first * keep(s0, at, c[0] * load(s0 + at) + c[1] * g);
            });
        }
        case Rule::adam:
        case Rule::adamw:
        case Rule::nadam: {  // c: β1, 1 − β1, β2, 1 − β2, ε, 1/√(1 − β2ᵗ); η m̂ = first · m + second · g
            const T first = q.first, second = q.second;
            return sweep(q, [&](v w, v g, std::size_t at) {
                const v m = keep(s0, at, c[0] * load(s0 + at) + c[1] * g);
                const v u = keep(s1, at, c[2] * load(s1 + at) + c[3] * g * g);
                return w - (first * m + second * g) / (root<T>(u) * c[5] + c[4]);
            });
        }
        case Rule::rprop:  // c: grow, shrink, smallest, largest
            return sweep(q, [&](v w, v g, std::size_t at) {
                const v agreement = sign<T>(g) * sign<T>(load(s0 + at)), s = load(s1 + at);
                const v moved = agreement > 0 ? c[0] * s : agreement < 0 ? c[1] * s : s;
                const v size = keep(s1, at, smaller<T>(larger<T>(moved, all(c[2])), all(c[3])));
                return w - eta * size * sign<T>(keep(s0, at, agreement < 0 ? v{} : g));
            });
    }
}

// Scale every column of a panel of W down to norm ≤ limit.
template <class T>
void project(T* w, int rows, T limit) {
    vec<T> squares[2] = {};
    for (int row = 0; row < rows; ++row)
        for (int v = 0; v < 2; ++v) {
            const vec<T> x = load(w + row * kPanel<T> + v * V<T>);
            squares[v] += x * x;
        }
    vec<T> factor[2];
    for (int v = 0; v < 2; ++v) {
        const vec<T> norm = root<T>(squares[v]);
        factor[v] = norm > limit ? limit / norm : all(T(1));
    }
    for (int row = 0; row < rows; ++row)
        for (int v = 0; v < 2; ++v) {
            T* at = w + row * kPanel<T> + v * V<T>;
            store(at, load(at) * factor[v]);
        }
}

}  // namespace clearprop::CLEARPROP_ISA
