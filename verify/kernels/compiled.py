"""The kernels on a CPU, compiled by Numba: the arithmetic of `chains.cu`, on lanes of particles that stay in the cache.

Logarithm, sine, cosine and exponential are polynomials, so that the compiler can put 8 or 16 particles into a vector
register; library calls would take them one at a time. Draws agree with `philox.normals` to single-precision rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from verify.kernels.chains import DEGREE, Affine, Chain, Mixture, Polynomial
from verify.kernels.philox import split
from verify.kernels.shared import shared

LANES = 256  # particles that a kernel works on at once
LONGEST = 1 << 28  # draws of one call, which an interrupt waits for: a quarter of a second

word, wide, whole, single = np.uint32, np.uint64, np.int32, np.float32
LOW = wide(0xFFFFFFFF)
HALF = wide(32)
FIRST, SECOND = wide(0xD2511F53), wide(0xCD9E8D57)
KEYS = np.arange(10, dtype=np.uint64)[:, None] * np.array([0x9E3779B9, 0xBB67AE85], dtype=np.uint64)
UNIT, MIDDLE, TURN = single(2.0**-32), single(2.0**-33), single(np.pi * 2.0**-32)
LEAST = single(-87.0)  # exp of less is no normal number

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def _compiled(function: Compiled) -> Compiled:
    """Compile, without the interpreter's lock; keep the result where there is a folder to write to."""
    settings: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **settings)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package nor the home folder can be written
        return numba.njit(**settings)(function)  # type: ignore[no-any-return]


_inlined = numba.njit(inline="always")  # a call in a loop would keep it from being vectorised


@_inlined
def logarithm(x: Any) -> Any:
    """Return log x for a positive normal number (Cephes' `logf`: two units of rounding)."""
    bits = single(x).view(whole)
    exponent = (bits - whole(0x3F3504F3)) >> whole(23)
    m = whole(bits - (exponent << whole(23))).view(single) - single(1)
    p = single(7.0376836292e-2) * m + single(-1.1514610310e-1)
    p = p * m + single(1.1676998740e-1)
    p = p * m + single(-1.2420140846e-1)
    p = p * m + single(1.4249322787e-1)
    p = p * m + single(-1.6668057665e-1)
    p = p * m + single(2.0000714765e-1)
    p = p * m + single(-2.4999993993e-1)
    p = p * m + single(3.3333331174e-1)
    square, e = m * m, single(exponent)
    return m + (m * square * p + (single(-2.12194440e-4) * e - single(0.5) * square)) + single(0.693359375) * e


@_inlined
def exponential(x: Any) -> Any:
    """Return exp x for LEAST ≤ x ≤ 0 (Cephes' `expf`)."""
    n = whole(single(1.44269504088896341) * x - single(0.5))
    r = x - single(0.693359375) * single(n) + single(2.12194440e-4) * single(n)
    p = single(1.9875691500e-4) * r + single(1.3981999507e-3)
    p = p * r + single(8.3334519073e-3)
    p = p * r + single(4.1665795894e-2)
    p = p * r + single(1.6666665459e-1)
    p = p * r + single(5.0000001201e-1)
    return (p * r * r + r + single(1)) * whole((n + whole(127)) << whole(23)).view(single)


@_inlined
def radius(u: Any) -> Any:
    """Return √(−2 log((u + ½)/2³²))."""
    return np.sqrt(single(-2) * logarithm(single(u) * UNIT + MIDDLE))


@_inlined
def turned(v: Any) -> tuple[Any, Any]:
    """Return cos and sin of 2π v/2³², from those of half the angle, which is in (−π/2, π/2): interpolated, 4e-9."""
    half = single(whole(v)) * TURN
    z = half * half
    s = single(2.6051077384e-6) * z + single(-1.9809017249e-4)
    s = s * z + single(8.3330497146e-3)
    s = s * z + single(-1.6666658223e-1)
    s = (s * z + single(1)) * half
    c = single(-2.6050656743e-7) * z + single(2.4760109227e-5)
    c = c * z + single(-1.3888360700e-3)
    c = c * z + single(4.1666634381e-2)
    c = (c * z + single(-0.5)) * z + single(1)
    return single(1) - single(2) * s * s, single(2) * s * c


@_compiled
def draw(z: Any, size: int, first: int, coordinate: int, quarter: int, stage: int, keys: Any) -> None:
    """Put the normals of steps 4q, …, 4q + 3 of `size` particles from `first` on into z (4, LANES)."""
    a, b, c, d, e, f, g, h, i, j = keys[:, 0]
    k, l, m, n, o, p, q, r, s, t = keys[:, 1]  # noqa: E741
    for lane in range(size):
        particle = wide(first + lane)
        c0, c1 = particle & LOW, (particle >> HALF) ^ (wide(stage) << wide(16))
        c2, c3 = wide(coordinate), wide(quarter)
        for left, right in ((a, k), (b, l), (c, m), (d, n), (e, o), (f, p), (g, q), (h, r), (i, s), (j, t)):
            one, two = FIRST * c0, SECOND * c2
            c0, c1, c2, c3 = (two >> HALF) ^ c1 ^ left, two & LOW, (one >> HALF) ^ c3 ^ right, one & LOW
        length, other = radius(word(c0)), radius(word(c2))
        x, y = turned(word(c1))
        v, w = turned(word(c3))
        z[0, lane], z[1, lane], z[2, lane], z[3, lane] = length * x, length * y, other * v, other * w


@_compiled
def affine(
    x: Any, begin: int, end: int, slope: Any, shift: Any, scale: Any, steps: int, first: int, stage: int, keys: Any
) -> None:
    """Run y ← y + slope y + shift + scale z on columns of x (d, n); tables (K, d) or (1, d)."""
    normals = np.empty((4, LANES), single)
    for start in range(begin, end, LANES):
        size = min(LANES, end - start)
        for j in range(x.shape[0]):
            y = x[j, start : start + size]
            for k in range(steps):
                if k % 4 == 0:
                    draw(normals, size, first + start, j, k // 4, stage, keys)
                z, row = normals[k % 4], min(k, slope.shape[0] - 1)
                g, s, h = slope[row, j], shift[row, j], scale[row, j]
                for i in range(size):
                    y[i] = y[i] + (g * y[i] + (h * z[i] + s))


@_compiled
def polynomial(
    x: Any, begin: int, end: int, coefficients: Any, scale: Any, steps: int, first: int, stage: int, keys: Any
) -> None:
    """Run y ← y + Σ c_p y^p + scale z on the columns of x (1, n), six `coefficients`."""
    normals = np.empty((4, LANES), single)
    a, b, c, d, e, f = coefficients
    for start in range(begin, end, LANES):
        size = min(LANES, end - start)
        y = x[0, start : start + size]
        for k in range(steps):
            if k % 4 == 0:
                draw(normals, size, first + start, 0, k // 4, stage, keys)
            z = normals[k % 4]
            for i in range(size):
                v = y[i]
                y[i] = v + (((((f * v + e) * v + d) * v + c) * v + b) * v + (scale * z[i] + a))


@_compiled
def mixture(
    x: Any,
    begin: int,
    end: int,
    constant: Any,
    linear: Any,
    precision: Any,
    a: Any,
    b: Any,
    scale: Any,
    first: int,
    stage: int,
    keys: Any,
) -> None:
    """Run y ← a y + b s_k(y) + scale z on the columns of x (d, n), s_k the score that row k of the tables describes."""
    dim, components = x.shape[0], constant.shape[1]
    normals, shares = np.empty((dim, 4, LANES), single), np.empty((components, LANES), single)
    tops, sums = np.empty(LANES, single), np.empty(LANES, single)
    pulls, sharps = np.empty(LANES, single), np.empty(LANES, single)
    for start in range(begin, end, LANES):
        size = min(LANES, end - start)
        for k in range(len(a)):
            tops[:] = -np.inf
            for c in range(components):
                w = shares[c]
                w[:] = constant[k, c]
                for j in range(dim):
                    y, m, v = x[j, start : start + size], linear[k, c, j], single(-0.5) * precision[k, c, j]
                    for i in range(size):
                        w[i] += y[i] * (m + v * y[i])
                for i in range(size):
                    tops[i] = max(tops[i], w[i])
            sums[:] = single(0)
            for c in range(components):
                w = shares[c]
                for i in range(size):
                    w[i] = exponential(max(w[i] - tops[i], LEAST))
                    sums[i] += w[i]
            for i in range(size):
                sums[i] = b[k] / sums[i]
            for j in range(dim):
                if k % 4 == 0:
                    draw(normals[j], size, first + start, j, k // 4, stage, keys)
                y, z = x[j, start : start + size], normals[j, k % 4]
                pulls[:] = single(0)
                sharps[:] = single(0)
                for c in range(components):
                    w, m, v = shares[c], linear[k, c, j], precision[k, c, j]
                    for i in range(size):
                        pulls[i] += m * w[i]
                        sharps[i] += v * w[i]
                for i in range(size):
                    y[i] = a[k] * y[i] + (sums[i] * (pulls[i] - sharps[i] * y[i]) + scale[k] * z[i])


def run(chain: Chain, states: Any, seed: int, stage: int, workers: int = 1, first: int = 0) -> Any:
    """Return the states (d, n), a float32 array in C order, after all steps; they are overwritten.

    The particles are those from `first` on; `workers` threads share them.
    """
    keys = (KEYS + np.array(split(seed), dtype=np.uint64)) & LOW
    dim, n = states.shape
    piece = LANES * min(16, max(1, LONGEST // (LANES * dim * max(chain.steps, 1))))

    def work(begin: int) -> None:
        place = states, begin, min(begin + piece, n)
        stream = first, stage, keys
        match chain:
            case Affine():
                affine(*place, chain.slope, chain.shift, chain.scale, chain.steps, *stream)
            case Polynomial():
                six = np.pad(chain.coefficients, (0, DEGREE + 1 - len(chain.coefficients)))
                polynomial(*place, six, single(chain.scale), chain.steps, *stream)
            case Mixture():
                tables = chain.constant, chain.linear, chain.precision, chain.a, chain.b, chain.scale
                mixture(*place, *tables, *stream)

    shared(work, range(0, n, piece), workers)
    return states
