/* The functions of the exports in C; a program gets those it calls. `real` and REAL(name) are of its precision. */

static double fill(double x, double value)
{
    return isnan(x) ? value : x;
}

static double missing(double x)
{
    return isnan(x) ? 1.0 : 0.0;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* The place of x in n bins between their edges: b + t in bin b, t of the way through it. */
static double in_bins(double x, const double *edges, int n)
{
    int low = 0, high = n;
    if (x <= edges[0])
        return 0.0;
    if (x >= edges[n])
        return n;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (edges[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low + (x - edges[low]) / (edges[high] - edges[low]);
}

static double signed_log(double x, double middle, double unit)
{
    const double distance = x - middle;
    const double size = log1p(fabs(distance) / unit);
    return distance < 0.0 ? -size : size;
}

static double turn(double x, double start, double period)
{
    double rest = fmod(x + start, period);
    if (rest < 0.0)
        rest += period;
    return 6.283185307179586 * rest / period;
}

/* The place of a text among sorted labels; n for any other text, n + 1 for a missing one. */
static int code_of(const char *text, const char *const *labels, int n)
{
    int low = 0, high = n;
    if (text == NULL || *text == '\0')
        return n + 1;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const int order = strcmp(text, labels[middle]);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return n;
}

/* z = x W + b, with W row after row; b may be NULL. */
WIDE static void dense(const real *restrict x, const real *restrict W, const real *restrict b, real *restrict z,
                       int n_in, int n_out)
{
    for (int j = 0; j < n_out; j++)
        z[j] = b == NULL ? (real)0 : b[j];
    for (int i = 0; i < n_in; i++)
        for (int j = 0; j < n_out; j++)
            z[j] += x[i] * W[i * n_out + j];
}

static real relu(real z)
{
    return z > (real)0 ? z : (real)0;
}

static real leaky_relu(real z, real slope)
{
    return z > (real)0 ? z : slope * z;
}

static real leaky_relu_with(real z, real slope, real threshold, real largest)
{
    return z > largest ? largest : z > threshold ? z : slope * (z - threshold);
}

static real sigmoid(real z)
{
    const real e = REAL(exp)(-REAL(fabs)(z));
    return (z < (real)0 ? e : (real)1) / ((real)1 + e);
}

static real elu(real z)
{
    return z > (real)0 ? z : REAL(expm1)(z);
}

static real elu_with(real z, real alpha)
{
    return z > (real)0 ? z : alpha * REAL(expm1)(z);
}

static real selu(real z)
{
    return (real)1.0507009873554805 * (z > (real)0 ? z : (real)1.6732632423543772 * REAL(expm1)(z));
}

static real softplus(real z)
{
    return (z > (real)0 ? z : (real)0) + REAL(log1p)(REAL(exp)(-REAL(fabs)(z)));
}

static real softplus_with(real z, real threshold)
{
    return z > threshold ? z : softplus(z);
}

static real softsign(real z)
{
    return z / ((real)1 + REAL(fabs)(z));
}

static real gaussian(real z)
{
    return REAL(exp)(-z * z);
}

static real cut_sigmoid(real z)
{
    return z < (real)-15 ? (real)0 : z > (real)15 ? (real)1 : sigmoid(z);
}

static real gelu_tanh(real z)
{
    return (real)0.5 * z * ((real)1 + REAL(tanh)((real)0.7978845608028654 * (z + (real)0.044715 * (z * z * z))));
}

static real hard_tanh(real z, real low, real high)
{
    return z < low ? low : z > high ? high : z;
}

static real hard_silu(real z)
{
    return z * hard_tanh(z / (real)6 + (real)0.5, (real)0, (real)1);
}

static real tanh_shrink(real z)
{
    return z - REAL(tanh)(z);
}

static real line(real z, real v, real r, real w, real s)
{
    return r + (s - r) / (w - v) * (z - v);
}

static real stepwise(real z)
{
    const real v1 = (real)-2.6466524600982666, v2 = (real)-1.4722194671630859, v3 = (real)0.5493061542510986;
    const real v4 = (real)1.4722193479537964, v5 = (real)2.646652936935425;
    const real r1 = (real)0.004999999888241291, r2 = (real)0.05000000074505806, r4 = (real)0.949999988079071;
    const real r5 = (real)0.9950000047683716;
    if (z < v1)
        return (real)0;
    if (z < v2)
        return line(z, v1, r1, v2, r2);
    if (z < -v3)
        return line(z, v2, r2, -v3, (real)0.25);
    if (z < v3)
        return line(z, -v3, (real)0.25, v3, (real)0.75);
    if (z < v4)
        return line(z, v3, (real)0.75, v4, r4);
    return z < v5 ? line(z, v4, r4, v5, r5) : (real)1;
}

static real stepwise_tanh(real z)
{
    const real v1 = (real)0.5493061542510986, v2 = (real)1.4722193479537964, v3 = (real)2.646652936935425;
    const real r2 = (real)0.8999999761581421, r3 = (real)0.9900000095367432;
    if (z < -v3)
        return (real)-1;
    if (z < -v2)
        return line(z, -v3, -r3, -v2, -r2);
    if (z < -v1)
        return line(z, -v2, -r2, -v1, (real)-0.5);
    if (z < v1)
        return line(z, -v1, (real)-0.5, v1, (real)0.5);
    if (z < v2)
        return line(z, v1, (real)0.5, v2, r2);
    return z < v3 ? line(z, v2, r2, v3, r3) : (real)1;
}

static real gelu(real z)
{
    return z * ((real)0.5 * ((real)1 + REAL(erf)(z / (real)1.4142135623730951)));
}

static real silu(real z)
{
    return z * sigmoid(z);
}

static real mish(real z)
{
    return z * REAL(tanh)(softplus(z));
}

static real step(real z)
{
    return z > (real)0 ? (real)1 : (real)0;
}

static void softmax(real *z, int n)
{
    real largest = z[0], total = (real)0;
    for (int j = 1; j < n; j++)
        largest = z[j] > largest ? z[j] : largest;
    for (int j = 0; j < n; j++) {
        z[j] = REAL(exp)(z[j] - largest);
        total += z[j];
    }
    for (int j = 0; j < n; j++)
        z[j] /= total;
}
