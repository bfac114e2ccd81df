/* The functions of the fixed-point export: a block is int16 numbers q and an exponent e, and stands for q / 2^e. */

static int32_t shifted(int32_t z, int by)
{
    return by <= 0 ? z : by > 31 ? 0 : ((z >> (by - 1)) + 1) >> 1;
}

/* Numbers, each times its scale, as a block of an exponent of at most `most`; what is no number counts as 0. */
static int block_of(const real *x, const real *scale, int16_t *q, int n, int most)
{
    real largest = (real)0;
    int e;
    for (int i = 0; i < n; i++) {
        const real size = REAL(fabs)(x[i] * scale[i]);
        if (size > largest)
            largest = size;
    }
    if (!(largest < (real)1e30))
        largest = (real)1e30;
    (void)REAL(frexp)(largest, &e);
    e = 15 - e < most ? 15 - e : most;
    for (int i = 0; i < n; i++) {
        const real whole = REAL(floor)(REAL(ldexp)(x[i] * scale[i], e) + (real)0.5);
        q[i] = (int16_t)(whole > (real)32767 ? (real)32767 : whole < (real)-32767 ? (real)-32767
                         : whole == whole ? whole : (real)0);
    }
    return e;
}

/* z = x W + b: rows of W are units, b is that of the largest exponent and moved right by `below` first. Four products
   are added, moved right by `fold`, and added to the unit's sum, which goes `right` to the exponent all units can have. */
static void dense_fixed(const int16_t *x, const int16_t *W, const int32_t *b, int below, const uint8_t *fold,
                        const uint8_t *right, int32_t *z, int n_in, int n_out)
{
    for (int j = 0; j < n_out; j++, W += n_in) {
        int32_t sum = shifted(b[j], below);
        for (int i = 0; i < n_in; i += 4) {
            const int end = i + 4 < n_in ? i + 4 : n_in;
            int32_t four = 0;
            for (int k = i; k < end; k++)
                four += (int32_t)x[k] * W[k];
            sum += shifted(four, fold[j]);
        }
        z[j] = shifted(sum, right[j]);
    }
}

/* Numbers z / 2^e as a block of an exponent of at most `most`. */
static int narrowed(const int32_t *z, int e, int16_t *q, int n, int most)
{
    int32_t largest = 0;
    int by = e > most ? e - most : 0;
    for (int i = 0; i < n; i++) {
        const int32_t size = z[i] < 0 ? -z[i] : z[i];
        largest = size > largest ? size : largest;
    }
    while (shifted(largest, by) > 32767)
        by++;
    for (int i = 0; i < n; i++)
        q[i] = (int16_t)shifted(z[i], by);
    return e - by;
}

/* The entry of a table at z / 2^e, between -16 and 16 in steps of 1/32, straight lines in between; 16384 is 1. */
static int32_t looked_up(const int16_t *table, int32_t z, int e)
{
    const int32_t most = 0xfffff;
    int32_t place;
    if (e >= 16)
        place = shifted(z, e - 16);
    else if (e < -4 || z > (most >> (16 - e)) || z < -(most >> (16 - e)))
        place = z > 0 ? most : z < 0 ? -most : 0;
    else
        place = z * ((int32_t)1 << (16 - e));
    place = (place > most ? most : place < -most ? -most : place) + most + 1;
    table += place >> 11;
    return table[0] + (((table[1] - table[0]) * (place & 2047) + 1024) >> 11);
}

/* An activation that is a table. */
static int bounded(const int16_t *table, const int32_t *z, int e, int16_t *q, int n)
{
    for (int i = 0; i < n; i++)
        q[i] = (int16_t)looked_up(table, z[i], e);
    return 14;
}

/* An activation that is relu and a table. */
static int rising(const int16_t *table, int32_t *z, int e, int16_t *q, int n)
{
    const int common = e < 14 ? e : 14;
    for (int i = 0; i < n; i++)
        z[i] = shifted(z[i] > 0 ? z[i] : 0, e - common) + shifted(looked_up(table, z[i], e), 14 - common);
    return narrowed(z, common, q, n, 14);
}

static int relu_fixed(int32_t *z, int e, int16_t *q, int n)
{
    for (int i = 0; i < n; i++)
        z[i] = z[i] > 0 ? z[i] : 0;
    return narrowed(z, e, q, n, 14);
}

static int leaky_relu_fixed(int32_t *z, int e, int16_t *q, int n, int32_t slope)
{
    for (int i = 0; i < n; i++)
        z[i] = z[i] > 0 ? z[i] : (int32_t)((int64_t)z[i] * slope / 65536);
    return narrowed(z, e, q, n, 14);
}

/* Numbers z / 2^e as they are. */
static void widened(const int32_t *z, int e, real *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = REAL(ldexp)((real)z[i], -e);
}
