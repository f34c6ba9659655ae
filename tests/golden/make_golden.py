"""Golden values in 50-digit arithmetic, by formulas that share nothing with the package but the definitions.

Run `python tests/golden/make_golden.py` to rewrite golden.json beside it (a few minutes). Inputs are the doubles in
the file, taken as exact; nothing of the package is imported. Sources of truth:

* KL, χ², Rényi, Hellinger, Fisher of two Gaussians: matrix formulas with determinants and inverses (LU);
* W2: eigenvalues of the product of the covariances;
* TV, d = 1: roots of the quadratic log-density ratio and error functions;
  TV, d > 1: 1 − ∫ min(p, q), the characteristic function of the log-likelihood ratio inverted at 50 digits;
* exponential integrator: the recursion of mean and variance, eigenvalue by eigenvalue, in 50 digits;
* path KL: the sum over steps and eigenvalues in closed form, with and without a cross term.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

DIGITS = 50
mp.mp.dps = DIGITS
Pair = tuple[list[Any], Any, list[Any], Any]  # m_p, S_p, m_q, S_q


def covariance(dim: int, least: float, most: float, seed: int, places: int) -> list[list[float]]:
    """A full covariance with a geometric spectrum, entries rounded to a few decimals."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * np.geomspace(least, most, dim)) @ basis.T
    return np.round((cov + cov.T) / 2, places).tolist()


def vector(dim: int, size: float, seed: int) -> list[float]:
    """A shift of mixed signs, rounded to a few decimals."""
    return np.round(size * (np.random.default_rng(seed).standard_normal(dim) + 0.3), 4).tolist()


def exact(pair: dict[str, Any]) -> Pair:
    """The doubles of a case as exact numbers."""
    numbers = [[mp.mpf(x) for x in pair[key]] for key in ("mean_p", "mean_q")]
    return numbers[0], mp.matrix(pair["cov_p"]), numbers[1], mp.matrix(pair["cov_q"])


def trace(m: Any) -> Any:
    return mp.fsum(m[i, i] for i in range(m.rows))


def quadratic(c: Any, m: Any) -> Any:
    return (c.T * m * c)[0]


def kl(c: Any, p: Any, q: Any) -> Any:
    """Half of tr S_q^-1 S_p − d + log det ratio + c' S_q^-1 c."""
    inverse = q**-1
    return (trace(inverse * p) - p.rows + mp.log(mp.det(q) / mp.det(p)) + quadratic(c, inverse)) / 2


def holder(c: Any, p: Any, q: Any, order: Any) -> Any:
    """log ∫ p^a q^(1−a), or +inf: determinants of a S_q + (1 − a) S_p."""
    mixed = order * q + (1 - order) * p
    if min(mp.eigsy(mixed, eigvals_only=True)) <= 0:
        return mp.inf
    logs = (1 - order) * mp.log(mp.det(p)) + order * mp.log(mp.det(q)) - mp.log(mp.det(mixed))
    return logs / 2 - order * (1 - order) / 2 * quadratic(c, mixed**-1)


def fisher(c: Any, p: Any, q: Any) -> Any:
    gap = q**-1 - p**-1
    push = q**-1 * c
    return trace(gap * p * gap) + (push.T * push)[0]


def wasserstein2(c: Any, p: Any, q: Any) -> Any:
    """Square roots of the eigenvalues of the product, through the symmetric L' S_q L with S_p = L L'."""
    lower = mp.cholesky(p)
    roots = mp.fsum(mp.sqrt(x) for x in mp.eigsy(lower.T * q * lower, eigvals_only=True))
    return mp.sqrt((c.T * c)[0] + trace(p) + trace(q) - 2 * roots)


def whitened(c: Any, p: Any, q: Any) -> tuple[list[Any], list[Any]]:
    """(b, v): p = N(0, I), q = N(b, diag(v))."""
    inverse = mp.cholesky(p) ** -1
    values, axes = mp.eigsy(inverse * q * inverse.T)
    shift = axes.T * inverse * c
    return list(shift), list(values)


def tv_line(b: Any, v: Any) -> Any:
    """d = 1: the density ratio crosses 1 at the roots of a quadratic."""
    cdf = lambda x, m, s: mp.erfc((m - x) / s / mp.sqrt(2)) / 2  # noqa: E731
    s, a = mp.sqrt(v), 1 - 1 / v
    if abs(a) < mp.mpf(10) ** -40:
        return mp.erf(abs(b) / 2 / mp.sqrt(2))
    root = mp.sqrt((b / v) ** 2 - a * (-(b**2) / v - mp.log(v)))
    ends = [(-b / v - root) / a, (-b / v + root) / a]
    return abs(sum((cdf(x, 0, 1) - cdf(x, b, s)) * sign for x, sign in zip(ends, (1, -1), strict=True)))


def tv_inversion(b: list[Any], v: list[Any]) -> Any:
    """1 − ∫ min(p, q), ∫ min(p, q) = ∫ √(pq) e^{−|ℓ|/2} = (1/2πi) ∫ C(s)/(s(1 − s)) ds, C(s) = ∫ p^{1−s} q^s.

    Trapezoid rule at 50 digits on the curve Re s = ½ ± ⅓(cosh u − 1), Im s = sinh u, unscaled; the digits lost to
    1 − (…) for close pairs are spare. The step is halved until 24 digits of the overlap stand.
    """
    pull = mp.fsum(mp.log(x) + (c**2 / (x - 1) if x != 1 else 0) for c, x in zip(b, v, strict=True))
    bend = mp.mpf(1 if pull >= 0 else -1) / 3

    def term(u: Any) -> Any:
        s = mp.mpc(0.5 + bend * (mp.cosh(u) - 1), mp.sinh(u))
        inner = [s + (1 - s) * x for x in v]
        power = mp.fsum((1 - s) * mp.log(x) - mp.log(y) for x, y in zip(v, inner, strict=True))
        power -= mp.fsum(s * (1 - s) * c**2 / y for c, y in zip(b, inner, strict=True))
        return mp.im(mp.exp(power / 2) * mp.mpc(bend * mp.sinh(u), mp.cosh(u)) / (s * (1 - s)))

    total, previous = term(mp.mpf(0)) / 2, mp.inf
    for level in range(3, 8):
        step, k = mp.mpf(1) / 2**level, 1
        while k * step < 110:
            change = term(k * step)
            total, k = total + change, k + (1 if level == 3 else 2)
            if abs(change) < mp.mpf(10) ** -44:
                break
        value = 1 - step * total / mp.pi
        if abs(value - previous) < mp.mpf(10) ** -20 * abs(value):
            return value
        previous = value
    raise ArithmeticError("the contour integral did not converge.")


def divergences(c: Any, p: Any, q: Any) -> dict[str, str]:
    """Every divergence of one pair, as decimal strings."""
    b, v = whitened(c, p, q)
    two = holder(c, p, q, mp.mpf(2))
    values = {
        "kl": kl(c, p, q),
        "kl_reversed": kl(c, q, p),
        "total_variation": tv_line(b[0], v[0]) if p.rows == 1 else tv_inversion(b, v),
        "wasserstein2": wasserstein2(c, p, q),
        "chi2": mp.expm1(two),
        "renyi2": two,
        "renyi0.7": holder(c, p, q, mp.mpf("0.7")) / (mp.mpf("0.7") - 1),
        "hellinger": mp.sqrt(-mp.expm1(holder(c, p, q, mp.mpf(1) / 2))),
        "fisher": fisher(c, p, q),
    }
    return {name: mp.nstr(value, 25) for name, value in values.items()}


def integrate(case: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """(c, S_p, S_out, path KL terms) of the exponential integrator, in the eigenbasis of the target."""
    lam, axes = mp.eigsy(mp.matrix(case["cov"])) if case["dim"] > 1 else (mp.matrix(case["cov"]), mp.eye(1))
    mean, d, steps = axes.T * mp.matrix(case["mean"]), case["dim"], case["steps"]
    horizon, eps = mp.mpf(case["horizon"]), mp.mpf(case["error"])
    h = horizon / steps
    unit = axes.T * (mp.ones(d, 1) / mp.sqrt(d))
    at = lambda i, tau: 1 + (lam[i] - 1) * mp.exp(-2 * tau)  # noqa: E731
    m, s = [mp.mpf(0)] * d, [mp.mpf(1)] * d
    first = [at(i, horizon) for i in range(d)]
    start = mp.fsum(x - 1 - mp.log(x) + (mp.exp(-horizon) * mean[i]) ** 2 for i, x in enumerate(first)) / 2
    girsanov = mp.mpf(0)
    grow, gain, noise, b = mp.exp(h), 2 * mp.expm1(h), mp.expm1(2 * h), 2 * (1 - mp.exp(-h)) - h
    for k in range(steps):
        tau, last = horizon - k * h, horizon - (k + 1) * h
        spread = mp.fsum(at(i, tau) for i in range(d))
        alpha = case["sign"] * eps / mp.sqrt(spread) if case["score"] == "dilated" else mp.mpf(0)
        for i in range(d):
            now, beta = at(i, tau), eps * unit[i] if case["score"] == "shifted" else mp.mpf(0)
            girsanov += mp.log(1 + noise / at(i, last)) / 2 - b / now
            girsanov += h * (alpha**2 * now + beta**2) - 2 * (h - 1 + mp.exp(-h)) * alpha
            slope, centre = alpha - 1 / now, mp.exp(-tau) * mean[i]
            m[i] = grow * m[i] + gain * (slope * (m[i] - centre) + beta)
            s[i] = (grow + gain * slope) ** 2 * s[i] + noise
    shift = mp.matrix([m[i] - mean[i] for i in range(d)])
    return shift, mp.diag([lam[i] for i in range(d)]), mp.diag(s), (start, girsanov)


def pairs() -> list[dict[str, Any]]:
    """Asymmetric, shifted, correlated pairs; some next to each other."""
    found = []
    for dim in (1, 2, 8, 64):
        cov, mean = covariance(dim, 0.35, 2.6, 10 + dim, 4), vector(dim, 0.8, 20 + dim)
        wide, moved = covariance(dim, 1.4, 3.1, 30 + dim, 4), vector(dim, 0.5 / dim**0.5, 40 + dim)
        found.append({"name": f"apart-{dim}", "mean_q": (np.array(mean) + moved).tolist(), "cov_q": wide})
        for label, size in (("near", 1e-3), ("nearest", 1e-7), ("touching", 3e-13)):
            if dim == 64 and label != "nearest":  # full doubles of this size are 80 kB a matrix
                continue
            tilt = size * np.array(covariance(dim, -0.7, -0.02, 50 + dim, 3)) / dim**0.5
            found.append({"name": f"{label}-{dim}", "mean_q": (np.array(mean) + 0.4 * size * np.array(moved)).tolist()})
            found[-1]["cov_q"] = (np.array(cov) + (tilt + tilt.T) / 2).tolist()
        for case in [case for case in found if "dim" not in case]:
            case |= {"dim": dim, "mean_p": mean, "cov_p": cov}
    return found


def chains() -> list[dict[str, Any]]:
    """Exponential integrators on uniform dyadic grids, from γ, with a score error."""
    found: list[dict[str, Any]] = []
    shifted, dilated = {"score": "shifted", "error": 0.05, "sign": 1}, {"score": "dilated", "error": 0.1, "sign": -1}
    for dim in (1, 2, 8, 64):
        base = {"dim": dim, "mean": vector(dim, 0.8, 20 + dim), "cov": covariance(dim, 0.35, 2.6, 10 + dim, 4)}
        found.append(base | {"name": f"shifted-{dim}", "horizon": 4.0, "steps": 64} | shifted)
        found.append(base | {"name": f"dilated-{dim}", "horizon": 2.0, "steps": 32} | dilated)
    for dim in (1, 2):
        flat = {"dim": dim, "mean": [30.0, -12.5][:dim], "cov": [row[:dim] for row in [[1e3, 2e2], [2e2, 5e2]][:dim]]}
        found.append(flat | {"name": f"tiny-{dim}", "horizon": 16.0, "steps": 65536} | shifted | {"error": 1e-8})
    return found


def main() -> None:
    """Write golden.json."""
    found: dict[str, Any] = {
        "provenance": {
            "script": "tests/golden/make_golden.py",
            "mpmath": mp.__version__,
            "digits": DIGITS,
            "formulas": (__doc__ or "").split("Sources of truth:")[1].strip(),
        },
        "pairs": pairs(),
        "chains": chains(),
    }
    for case in found["pairs"]:
        m_p, p, m_q, q = exact(case)
        case["values"] = divergences(mp.matrix(m_q) - mp.matrix(m_p), p, q)
        print(case["name"], case["values"], file=sys.stderr, flush=True)
    for case in found["chains"]:
        shift, p, q, (start, girsanov) = integrate(case)
        case["values"] = divergences(shift, p, q) | {"start_kl": mp.nstr(start, 25), "girsanov": mp.nstr(girsanov, 25)}
        print(case["name"], case["values"], file=sys.stderr, flush=True)
    Path(__file__).with_name("golden.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
