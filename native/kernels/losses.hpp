// Losses and softmax, with one row of the batch in each lane, whole vectors of rows: sums over the outputs are then plain loops.
// The forms, stable and short, are those of clearprop/equations/losses.py.
#pragma once

#include "activations.hpp"

namespace clearprop::CLEARPROP_ISA {

// How many vectors the columns of one block of rows take, one vector each, with what fills up their last square.
template <class T>
constexpr int whole_columns(int n) {
    return (n + V<T> - 1) / V<T> * V<T>;
}

// Copy `lanes` rows of a matrix to columns of one vector each, and back; what lies beyond the last column becomes 0.
template <class T>
CLEARPROP_INLINE void to_lanes(const Matrix<const T>& m, T* columns) {
    for (int c = 0; c < m.columns; c += V<T>)
        transpose_square<T>(m.panel(c / kPanel<T>) + c % kPanel<T>, kPanel<T>, columns + c * V<T>, V<T>);
}
template <class T>
CLEARPROP_INLINE void from_lanes(T* columns, const Matrix<T>& m) {
    for (int c = m.columns; c < whole_columns<T>(m.columns); ++c) store(columns + c * V<T>, vec<T>{});
    for (int c = 0; c < m.columns; c += V<T>)
        transpose_square<T>(columns + c * V<T>, V<T>, m.panel(c / kPanel<T>) + c % kPanel<T>, kPanel<T>);
}

// a, kept off 0 so that its logarithm and reciprocal stay finite.
template <class T>
CLEARPROP_INLINE vec<T> above_zero(vec<T> a) {
    return a < Format<T>::smallest_normal ? all(Format<T>::smallest_normal) : a;
}
template <class T>
CLEARPROP_INLINE vec<T> safe_log(vec<T> a) {
    return log<T>(above_zero<T>(a));
}
// What overflowed cut back to the largest number, so that a slope of 0 makes it 0 and not NaN.
template <class T>
CLEARPROP_INLINE vec<T> finite(vec<T> g) {
    return smaller<T>(all(Format<T>::largest), larger<T>(all(-Format<T>::largest), g));
}

// φ = −(1 − a)^γ log a and ∂φ/∂(log a), from log a: 1 − a = −expm1(log a) then keeps all its digits.
template <class T>
CLEARPROP_INLINE vec<T> focal(vec<T> log_a, T g) {
    return -power<T>(-expm1<T>(log_a), g) * log_a;
}
template <class T>
CLEARPROP_INLINE vec<T> focal_slope(vec<T> log_a, T g) {
    const vec<T> rest = -expm1<T>(log_a);
    return g * power<T>(rest, g - T(1)) * exp<T>(log_a) * log_a - power<T>(rest, g);
}

// The rows at hand: n columns of one vector each.
template <class T>
struct Columns {
    int n;
    T *z, *a, *Y, *out;

    CLEARPROP_INLINE vec<T> zs(int c) const { return load(z + c * V<T>); }
    CLEARPROP_INLINE vec<T> as(int c) const { return load(a + c * V<T>); }
    CLEARPROP_INLINE vec<T> ys(int c) const { return load(Y + c * V<T>); }
    CLEARPROP_INLINE void put(int c, vec<T> x) const { store(out + c * V<T>, x); }
};

// a = softmax(z); returns log Σ exp(z).
template <class T>
CLEARPROP_INLINE vec<T> softmax_columns(const T* z, T* a, int n) {
    vec<T> highest = load(z), sum{};
    for (int c = 1; c < n; ++c) highest = larger<T>(load(z + c * V<T>), highest);
    for (int c = 0; c < n; ++c) {
        const vec<T> e = exp<T>(load(z + c * V<T>) - highest);
        store(a + c * V<T>, e);
        sum += e;
    }
    for (int c = 0; c < n; ++c) store(a + c * V<T>, load(a + c * V<T>) / sum);
    return highest + log<T>(sum);
}

// ℓ and ∂ℓ/∂z of a canonical pair.
template <class T>
CLEARPROP_INLINE vec<T> canonical(const LossRows<T>& p, const Columns<T>& q, vec<T> log_sum) {
    vec<T> l{};
    const auto sum = [&](auto value, auto delta) {
        for (int c = 0; c < q.n; ++c) {
            l += value(c);
            q.put(c, delta(c));
        }
    };
    const auto residual = [&](int c) { return q.as(c) - q.ys(c); };
    switch (p.loss) {
        case Loss::squared_error:
            sum([&](int c) { return T(0.5) * residual(c) * residual(c); }, residual);
            break;
        case Loss::poisson:
            sum([&](int c) { return residual(c) + q.ys(c) * (safe_log<T>(q.ys(c)) - q.zs(c)); }, residual);
            break;
        case Loss::gamma:
            sum([&](int c) { return q.ys(c) * exp<T>(-q.zs(c)) - T(1) + q.zs(c) - safe_log<T>(q.ys(c)); },
                [&](int c) { return T(1) - q.ys(c) * exp<T>(-q.zs(c)); });
            break;
        case Loss::binary_cross_entropy:
            sum(
                [&](int c) {
                    const vec<T> z = q.zs(c);
                    return (z < 0 ? vec<T>{} : z) - q.ys(c) * z + log1p<T>(exp<T>(-magnitude<T>(z)));
                },
                residual);
            break;
        case Loss::binary_focal: {
            const T focusing = T(p.options[0]);
            sum(
                [&](int c) {
                    const vec<T> y = q.ys(c), z = q.zs(c);
                    return y * focal<T>(-softplus<T>(-z), focusing) + (T(1) - y) * focal<T>(-softplus<T>(z), focusing);
                },
                [&](int c) {
                    const vec<T> y = q.ys(c), z = q.zs(c);
                    return y * sigmoid<T>(-z) * focal_slope<T>(-softplus<T>(-z), focusing) -
                           (T(1) - y) * q.as(c) * focal_slope<T>(-softplus<T>(z), focusing);
                });
            break;
        }
        case Loss::cross_entropy: {
            const T smoothing = T(p.options[0]), keep = T(1) - smoothing, share = smoothing / T(q.n);
            const auto smooth = [&](int c) { return keep * q.ys(c) + share; };
            vec<T> total{};  // 1, but for rounding
            for (int c = 0; c < q.n; ++c) total += smooth(c);
            sum([&](int c) { return smooth(c) * (log_sum - q.zs(c)); },
                [&](int c) { return q.as(c) * total - smooth(c); });
            break;
        }
        case Loss::focal: {
            const T focusing = T(p.options[0]);
            vec<T> total{};
            sum([&](int c) { return q.ys(c) * focal<T>(q.zs(c) - log_sum, focusing); },
                [&](int c) {
                    const vec<T> slope = q.ys(c) * focal_slope<T>(q.zs(c) - log_sum, focusing);
                    total += slope;
                    return slope;
                });
            for (int c = 0; c < q.n; ++c) q.put(c, load(q.out + c * V<T>) - q.as(c) * total);
            break;
        }
        case Loss::absolute:
        case Loss::huber:
        case Loss::log_cosh:
        case Loss::quantile:
            break;  // they have no activation of their own
    }
    return l;
}

// ℓ and ∂ℓ/∂a of any pair.
template <class T>
CLEARPROP_INLINE vec<T> general(const LossRows<T>& p, const Columns<T>& q) {
    vec<T> l{};
    const auto sum = [&](auto value, auto slope) {
        for (int c = 0; c < q.n; ++c) {
            const vec<T> a = q.as(c), y = q.ys(c);
            l += value(a, y);
            q.put(c, slope(a, y));
        }
    };
    using v = vec<T>;
    switch (p.loss) {
        case Loss::squared_error:
            sum([](v a, v y) { return T(0.5) * (a - y) * (a - y); }, [](v a, v y) { return a - y; });
            break;
        case Loss::absolute:
            sum([](v a, v y) { return magnitude<T>(a - y); }, [](v a, v y) { return sign<T>(a - y); });
            break;
        case Loss::huber: {
            const T threshold = T(p.options[0]);
            sum(
                [=](v a, v y) {
                    const v r = magnitude<T>(a - y);
                    return r <= threshold ? T(0.5) * r * r : threshold * (r - T(0.5) * threshold);
                },
                [=](v a, v y) { return smaller<T>(all(threshold), larger<T>(all(-threshold), a - y)); });
            break;
        }
        case Loss::log_cosh:
            sum(
                [](v a, v y) {
                    const v r = magnitude<T>(a - y);
                    return r + log1p<T>(expm1<T>(T(-2) * r) * T(0.5));
                },
                [](v a, v y) { return tanh<T>(a - y); });
            break;
        case Loss::quantile: {
            const T level = T(p.options[0]);
            sum([=](v a, v y) { return (y - a > 0 ? all(level) : all(level - T(1))) * (y - a); },
                [=](v a, v y) { return a < y   ? all(-level)
                                       : a > y ? all(T(1) - level)
                                               : v{}; });
            break;
        }
        case Loss::poisson:
            sum([](v a, v y) { return a - y + y * (safe_log<T>(y) - safe_log<T>(a)); },
                [](v a, v y) { return T(1) - y / above_zero<T>(a); });
            break;
        case Loss::gamma:
            sum([](v a, v y) { return y / above_zero<T>(a) - T(1) + safe_log<T>(a) - safe_log<T>(y); },
                [](v a, v y) {
                    a = above_zero<T>(a);
                    return finite<T>((T(1) - y / a) / a);
                });
            break;
        case Loss::binary_cross_entropy:
            sum([](v a, v y) { return -(y * safe_log<T>(a) + (T(1) - y) * safe_log<T>(T(1) - a)); },
                [](v a, v y) { return (T(1) - y) / above_zero<T>(T(1) - a) - y / above_zero<T>(a); });
            break;
        case Loss::cross_entropy: {
            const T smoothing = T(p.options[0]), keep = T(1) - smoothing, share = smoothing / T(q.n);
            sum([=](v a, v y) { return -(keep * y + share) * safe_log<T>(a); },
                [=](v a, v y) { return -(keep * y + share) / above_zero<T>(a); });
            break;
        }
        case Loss::focal: {
            const T focusing = T(p.options[0]);
            sum([=](v a, v y) { return y * focal<T>(safe_log<T>(a), focusing); },
                [=](v a, v y) { return y * focal_slope<T>(safe_log<T>(a), focusing) / above_zero<T>(a); });
            break;
        }
        case Loss::binary_focal: {
            const T focusing = T(p.options[0]);
            sum(
                [=](v a, v y) {
                    return y * focal<T>(safe_log<T>(a), focusing) +
                           (T(1) - y) * focal<T>(safe_log<T>(T(1) - a), focusing);
                },
                [=](v a, v y) {
                    const v no = T(1) - a;
                    return y * focal_slope<T>(safe_log<T>(a), focusing) / above_zero<T>(a) -
                           (T(1) - y) * focal_slope<T>(safe_log<T>(no), focusing) / above_zero<T>(no);
                });
            break;
        }
    }
    return l;
}

// a ⊙ (upstream − Σ a ⊙ upstream), in place of upstream.
template <class T>
CLEARPROP_INLINE void softmax_pullback_columns(const T* a, T* upstream, int n) {
    vec<T> dot{};
    for (int c = 0; c < n; ++c) dot += load(a + c * V<T>) * load(upstream + c * V<T>);
    for (int c = 0; c < n; ++c) store(upstream + c * V<T>, load(a + c * V<T>) * (load(upstream + c * V<T>) - dot));
}

template <class T>
CLEARPROP_INLINE void load_targets(const LossRows<T>& q, T* Y, int n) {
    for (int c = 0; c < n; ++c) store(Y + c * V<T>, vec<T>{});
    for (int r = 0; r < q.rows; ++r) {
        const std::int64_t row = q.index[r];
        if (!q.classes) {
            for (int c = 0; c < n; ++c) Y[c * V<T> + r] = q.Y[row * n + c];
        } else if (q.classes[row] >= 0 && q.classes[row] < n) {
            Y[q.classes[row] * V<T> + r] = T(1);
        }
    }
}

// BP1 for up to lanes rows: writes delta[L], returns Σ scale ℓ.
template <class T>
double loss(const LossRows<T>& q) {
    const int n = q.z.columns;
    T* const space = q.scratch;
    const int size = whole_columns<T>(n) * V<T>;
    const Columns<T> columns{n, space, space + size, space + 2 * size, space + 3 * size};
    to_lanes(q.z, columns.z);
    load_targets(q, columns.Y, n);

    vec<T> log_sum{};
    if (q.f == Activation::softmax) {
        log_sum = softmax_columns(columns.z, columns.a, n);
    } else {
        with_activation(q.f, [&]<class F>(F) {
            for (int c = 0; c < n; ++c) store(columns.a + c * V<T>, F::template value<T>(columns.zs(c)));
        });
    }
    if (q.a.data) from_lanes(columns.a, q.a);

    const vec<T> scale = load(q.scales);
    const vec<T> l = q.canonical ? canonical(q, columns, log_sum) : general(q, columns);
    for (int c = 0; c < n; ++c) columns.put(c, load(columns.out + c * V<T>) * scale);
    if (!q.canonical && q.f == Activation::softmax) softmax_pullback_columns(columns.a, columns.out, n);
    else if (!q.canonical) {
        with_activation(q.f, [&]<class F>(F) {
            for (int c = 0; c < n; ++c)
                columns.put(c, load(columns.out + c * V<T>) * F::template slope<T>(columns.zs(c), columns.as(c)));
        });
    }
    if (q.delta.data) from_lanes(columns.out, q.delta);

    double sum = 0;
    for (int r = 0; r < q.rows; ++r) {
        if (q.losses) q.losses[r] = l[r];
        sum += static_cast<double>(q.scales[r] * l[r]);
    }
    return sum;
}

template <class T>
void softmax(const Matrix<const T>& z, const Matrix<T>& a, T* scratch) {
    T* out = scratch + whole_columns<T>(z.columns) * V<T>;
    to_lanes(z, scratch);
    softmax_columns(scratch, out, z.columns);
    from_lanes(out, a);
}

template <class T>
void softmax_pullback(const Matrix<const T>& a, const Matrix<T>& upstream, T* scratch) {
    T* out = scratch + whole_columns<T>(a.columns) * V<T>;
    to_lanes(a, scratch);
    to_lanes({upstream.data, upstream.stride, upstream.columns}, out);
    softmax_pullback_columns(scratch, out, a.columns);
    from_lanes(out, upstream);
}

}  // namespace clearprop::CLEARPROP_ISA
