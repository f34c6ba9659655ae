// Whole trajectories in registers: one thread a coordinate or a particle, noise by Philox4x32-10 and Box-Muller.
// The same text compiles as host C++ (-x c++), where GLOBAL functions loop over the threads: that is how it is tested.

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define GLOBAL extern "C" __global__ void
#define DEVICE __device__ __forceinline__
#define THREADS(i, n) \
    for (unsigned long long i = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x; i < (n); \
         i += (unsigned long long)gridDim.x * blockDim.x)
#else
#include <cmath>
#define GLOBAL extern "C" void
#define DEVICE static inline
#define THREADS(i, n) for (unsigned long long i = 0; i < (n); ++i)
#endif

#define LEAST (-3.0e38f)

typedef unsigned int word;
typedef unsigned long long wide;

struct Quad { word w[4]; };

// Salmon, Moraes, Dror, Shaw (2011)
DEVICE Quad philox(word c0, word c1, word c2, word c3, word k0, word k1) {
    for (int round = 0; round < 10; ++round) {
        wide p0 = (wide)0xD2511F53u * c0, p1 = (wide)0xCD9E8D57u * c2;
        word n0 = (word)(p1 >> 32) ^ c1 ^ k0, n2 = (word)(p0 >> 32) ^ c3 ^ k1;
        c0 = n0; c1 = (word)p1; c2 = n2; c3 = (word)p0;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
    Quad out = {{c0, c1, c2, c3}};
    return out;
}

// four normals: of one particle and coordinate, for steps 4q, ..., 4q + 3
DEVICE void normals(float *z, wide particle, word coordinate, word q, word stage, word k0, word k1) {
    Quad u = philox((word)particle, (word)(particle >> 32) ^ (stage << 16), coordinate, q, k0, k1);
    for (int half = 0; half < 2; ++half) {
        float r = sqrtf(-2.0f * logf((float)u.w[2 * half] * 2.3283064365386963e-10f + 1.1641532182693481e-10f));
        float a = (float)u.w[2 * half + 1] * 1.4629180792671596e-09f;
        z[2 * half] = r * cosf(a);
        z[2 * half + 1] = r * sinf(a);
    }
}

// y <- y + slope[k] y + shift[k] + scale[k] z for every coordinate on its own; tables (rows, d), x (d, n)
GLOBAL affine(float *x, const float *slope, const float *shift, const float *scale, wide n, word d, word steps,
              word rows, word stage, word k0, word k1) {
    THREADS(i, n * d) {
        wide particle = i % n;
        word j = (word)(i / n);
        float y = x[i], z[4];
        for (word k = 0; k < steps; ++k) {
            if (k % 4 == 0) normals(z, particle, j, k / 4, stage, k0, k1);
            word row = (rows == 1 ? 0 : k) * d + j;
            y += slope[row] * y + (scale[row] * z[k % 4] + shift[row]);
        }
        x[i] = y;
    }
}

// y <- y + c_0 + c_1 y + ... + c_p y^p + scale z on the line; x (n), coefficients (p + 1)
GLOBAL polynomial(float *x, const float *c, float scale, wide n, word degree, word steps, word stage, word k0, word k1) {
    THREADS(i, n) {
        float y = x[i], z[4];
        for (word k = 0; k < steps; ++k) {
            if (k % 4 == 0) normals(z, i, 0, k / 4, stage, k0, k1);
            float value = c[degree];
            for (word p = degree; p-- > 0;) value = value * y + c[p];
            y += value + scale * z[k % 4];
        }
        x[i] = y;
    }
}

#ifndef DIM
#define DIM 64
#endif

// y <- a[k] y + b[k] s_k(y) + scale[k] z, s_k the score of a mixture with diagonal covariances; tables per step:
// constant (K), linear (K, d) = m/v, precision (K, d) = 1/v; three (N) coefficients; x (d, n)
GLOBAL mixture(float *x, const float *constant, const float *linear, const float *precision, const float *a,
               const float *b, const float *scale, wide n, word d, word components, word steps, word stage, word k0,
               word k1) {
    THREADS(i, n) {
        float y[DIM], s[DIM], z[DIM][4];
        for (word j = 0; j < d; ++j) y[j] = x[j * n + i];
        for (word k = 0; k < steps; ++k) {
            const float *top = linear + (wide)k * components * d, *sharp = precision + (wide)k * components * d;
            float best = LEAST, total = 0.0f;
            if (k % 4 == 0)
                for (word j = 0; j < d; ++j) normals(z[j], i, j, k / 4, stage, k0, k1);
            for (word j = 0; j < d; ++j) s[j] = 0.0f;
            for (word c = 0; c < components; ++c) {  // one pass: rescale whenever a larger weight turns up
                float weight = constant[k * components + c];
                for (word j = 0; j < d; ++j) weight += y[j] * (top[c * d + j] - 0.5f * sharp[c * d + j] * y[j]);
                if (weight > best) {
                    float down = expf(best - weight);
                    total *= down;
                    for (word j = 0; j < d; ++j) s[j] *= down;
                    best = weight;
                }
                float share = expf(weight - best);
                total += share;
                for (word j = 0; j < d; ++j) s[j] += share * (top[c * d + j] - sharp[c * d + j] * y[j]);
            }
            for (word j = 0; j < d; ++j) y[j] = a[k] * y[j] + (b[k] * (s[j] / total) + scale[k] * z[j][k % 4]);
        }
        for (word j = 0; j < d; ++j) x[j * n + i] = y[j];
    }
}
