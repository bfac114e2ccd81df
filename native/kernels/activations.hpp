// Activations on vectors, every f beside its derivative; the forms of clearprop/equations/activations.py.
#pragma once

#include <cmath>

#include "../core/kernels.hpp"
#include "math.hpp"

namespace clearprop::CLEARPROP_ISA {

template <class T>
CLEARPROP_INLINE vec<T> sigmoid(vec<T> z) {
    const vec<T> e = exp<T>(-magnitude<T>(z));
    return (z < 0 ? e : all(T(1))) / (T(1) + e);
}

template <class T>
CLEARPROP_INLINE vec<T> softplus(vec<T> z) {
    return (z < 0 ? vec<T>{} : z) + log1p<T>(exp<T>(-magnitude<T>(z)));
}

template <class T>
CLEARPROP_INLINE vec<T> normal_cdf(vec<T> z) {
    return T(0.5) * (T(1) + erf<T>(z * T(0.70710678118654752)));
}

struct Identity {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T>) {
        return all(T(1));
    }
};
struct Sigmoid {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return sigmoid<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a * (T(1) - a);
    }
};
struct Tanh {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return tanh<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return T(1) - a * a;
    }
};
// z < 0 ? 0 : z, and not a maximum: a NaN must pass, or a divergence would be hidden.
struct Relu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z < 0 ? vec<T>{} : z;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a > 0 ? all(T(1)) : vec<T>{};
    }
};
struct LeakyRelu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z > 0 ? z : T(0.01) * z;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a > 0 ? all(T(1)) : all(T(0.01));
    }
};
struct Elu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z > 0 ? z : expm1<T>(z > 0 ? vec<T>{} : z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a > 0 ? all(T(1)) : a + T(1);
    }
};
struct Selu {
    static constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return T(scale) * (z > 0 ? z : T(alpha) * expm1<T>(z > 0 ? vec<T>{} : z));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a > 0 ? all(T(scale)) : a + T(scale * alpha);
    }
};
struct Softplus {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return softplus<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        return sigmoid<T>(z);
    }
};
struct Gelu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z * normal_cdf<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        return normal_cdf<T>(z) + z * exp<T>(T(-0.5) * z * z) * T(0.3989422804014327);
    }
};
struct Silu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z * sigmoid<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T> a) {
        const vec<T> s = sigmoid<T>(z);
        return s + a * (T(1) - s);
    }
};
struct Mish {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z * tanh<T>(softplus<T>(z));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        const vec<T> t = tanh<T>(softplus<T>(z));
        return t + z * (T(1) - t * t) * sigmoid<T>(z);
    }
};
struct Exp {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return exp<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a;
    }
};
struct Step {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z > 0 ? all(T(1)) : vec<T>{};
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T>) {
        return vec<T>{};
    }
};

struct Softsign {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z / (T(1) + magnitude<T>(z));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        const vec<T> below = T(1) / (T(1) + magnitude<T>(z));
        return below * below;
    }
};
struct Gaussian {
    static constexpr double far = 1e6;  // the square of which is finite, and at which f is 0
    template <class T>
    static CLEARPROP_INLINE vec<T> near(vec<T> z) {
        return z < T(-far) ? all(T(-far)) : z > T(far) ? all(T(far)) : z;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        const vec<T> x = near<T>(z);
        return exp<T>(-(x * x));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T> a) {
        return T(-2) * near<T>(z) * a;
    }
};
struct GeluTanh {
    static constexpr double inner = 0.7978845608028654, cubic = 0.044715;
    template <class T>
    static CLEARPROP_INLINE vec<T> bend(vec<T> z) {
        const vec<T> x = Gaussian::near<T>(z);
        return tanh<T>(T(inner) * (x + T(cubic) * (x * x * x)));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return T(0.5) * z * (T(1) + bend<T>(z));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        const vec<T> t = bend<T>(z), x = Gaussian::near<T>(z);
        const vec<T> u = T(inner) * (T(1) + T(3 * cubic) * x * x);
        return T(0.5) * (T(1) + t) + T(0.5) * x * ((T(1) - t * t) * u);
    }
};
struct HardTanh {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z < T(-1) ? all(T(-1)) : z > T(1) ? all(T(1)) : z;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        return z > T(-1) ? (z > T(1) ? vec<T>{} : all(T(1))) : vec<T>{};
    }
};
struct CutSigmoid {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z < T(-15) ? vec<T>{} : z > T(15) ? all(T(1)) : sigmoid<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T>, vec<T> a) {
        return a * (T(1) - a);
    }
};
struct Sin {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        vec<T> a;
        for (int lane = 0; lane < V<T>; ++lane) a[lane] = std::sin(z[lane]);
        return a;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        vec<T> a;
        for (int lane = 0; lane < V<T>; ++lane) a[lane] = std::cos(z[lane]);
        return a;
    }
};
struct HardSilu {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        const vec<T> share = z / T(6) + T(0.5);
        return z * (share < T(0) ? vec<T>{} : share > T(1) ? all(T(1)) : share);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        return z <= T(-3) ? vec<T>{} : z <= T(3) ? z / T(3) + T(0.5) : all(T(1));
    }
};
struct TanhShrink {
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        return z - tanh<T>(z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        const vec<T> t = tanh<T>(z);
        return t * t;
    }
};
struct Stepwise {
    struct Point {
        double z, a;
    };
    static constexpr Point points[] = {
        {-2.6466524600982666, 0.004999999888241291},
        {-1.4722194671630859, 0.05000000074505806},
        {-0.5493061542510986, 0.25},
        {0.5493061542510986, 0.75},
        {1.4722193479537964, 0.949999988079071},
        {2.646652936935425, 0.9950000047683716},
    };
    static constexpr int lines = 5;
    static constexpr double steepness(int k) {
        return (points[k + 1].a - points[k].a) / (points[k + 1].z - points[k].z);
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> line(int k, vec<T> z) {
        return T(points[k].a) + T(steepness(k)) * (z - T(points[k].z));
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> value(vec<T> z) {
        vec<T> a = line<T>(lines - 1, z);  // of NaN too, which must pass
        for (int k = lines - 2; k >= 0; --k) a = z < T(points[k + 1].z) ? line<T>(k, z) : a;
        a = z < T(points[0].z) ? vec<T>{} : a;
        return z >= T(points[lines].z) ? all(T(1)) : a;
    }
    template <class T>
    static CLEARPROP_INLINE vec<T> slope(vec<T> z, vec<T>) {
        vec<T> slopes{};
        for (int k = 0; k < lines; ++k)
            slopes = z > T(points[k].z) && z <= T(points[k + 1].z) ? all(T(steepness(k))) : slopes;
        return slopes;
    }
};

// In a function of its own: the rarer activations would make the loops of the others slower by their mere size.
template <class Work, class F>
__attribute__((noinline)) void apart(Work& work, F f) {
    work(f);
}

// Call work(F) with the elementwise activation's type; softmax mixes the units of a row and lives in losses.hpp.
template <class Work>
CLEARPROP_INLINE void with_activation(Activation f, Work work) {
    switch (f) {
        case Activation::sigmoid:
            return work(Sigmoid{});
        case Activation::tanh:
            return work(Tanh{});
        case Activation::relu:
            return work(Relu{});
        case Activation::leaky_relu:
            return work(LeakyRelu{});
        case Activation::elu:
            return work(Elu{});
        case Activation::selu:
            return work(Selu{});
        case Activation::softplus:
            return work(Softplus{});
        case Activation::gelu:
            return work(Gelu{});
        case Activation::silu:
            return work(Silu{});
        case Activation::mish:
            return work(Mish{});
        case Activation::exp:
            return work(Exp{});
        case Activation::step:
            return work(Step{});
        case Activation::softsign:
            return apart(work, Softsign{});
        case Activation::gaussian:
            return apart(work, Gaussian{});
        case Activation::gelu_tanh:
            return apart(work, GeluTanh{});
        case Activation::hard_tanh:
            return apart(work, HardTanh{});
        case Activation::cut_sigmoid:
            return apart(work, CutSigmoid{});
        case Activation::sin:
            return apart(work, Sin{});
        case Activation::hard_silu:
            return apart(work, HardSilu{});
        case Activation::tanh_shrink:
            return apart(work, TanhShrink{});
        case Activation::stepwise:
            return apart(work, Stepwise{});
        case Activation::identity:
        case Activation::softmax:
            return work(Identity{});
    }
}

// Visit every vector of a tile; columns beyond its last stay zero.
template <class T, class Work>
CLEARPROP_INLINE void for_tile(int rows, int columns, T* out, Work work) {
    constexpr int lanes = V<T>, width = kPanel<T>;
    if (columns == width || columns == lanes) {
        const int step = columns == width ? lanes : width;
        const std::size_t end = static_cast<std::size_t>(rows) * width;
        for (std::size_t at = 0; at < end; at += static_cast<std::size_t>(step)) store(out + at, work(at));
        return;
    }
    for (int row = 0; row < rows; ++row)
        for (int first = 0; first < columns; first += lanes) {
            const std::size_t at = static_cast<std::size_t>(row) * width + static_cast<std::size_t>(first);
            const bits<T> inside = lane_numbers<T>() < static_cast<typename Lanes<T>::bit>(columns - first);
            store(out + at, inside ? work(at) : vec<T>{});
        }
}

template <class T>
void activate(Activation f, const Tile<T>& q) {
    with_activation(f, [&]<class F>(F) {
        for_tile(q.rows, q.columns, q.a, [&](std::size_t at) { return F::template value<T>(load(q.z + at)); });
    });
}

template <class T>
void pullback(Activation f, const Tile<T>& q) {
    with_activation(f, [&]<class F>(F) {
        for_tile(q.rows, q.columns, q.upstream, [&](std::size_t at) {
            return load(q.upstream + at) * F::template slope<T>(load(q.z + at), load(q.a + at));
        });
    });
}

}  // namespace clearprop::CLEARPROP_ISA
