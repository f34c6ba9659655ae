"""Every formula of a Langevin theorem is what it prints: re-evaluated from the statement with 50 digits, any size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from verify import catalog
from verify.bounds import langevin

mp.mp.dps = 50
Q = dict[str, Any]


def contraction(q: Q) -> Any:
    return (1 - q["m"] * q["g"]) ** q["n"] * q["w2"]


def order_one(q: Q, first: Any, second: Any) -> Any:
    noise = q["g"] * mp.sqrt(mp.mpf(2) / 3) * first / mp.sqrt(q["m"] * (2 - q["m"] * q["g"]))
    return contraction(q) + q["g"] * second / (2 * q["m"]) + noise


def durmus(q: Q, rest: Any) -> Any:
    rate = 2 * q["m"] * q["L"] / (q["m"] + q["L"])
    ratio = 1 - rate * q["g"] / 2
    total = (1 - ratio ** q["n"]) / (1 - ratio)
    return mp.sqrt(2 * ratio ** q["n"] * (q["D"] ** 2 + q["d"] / q["m"]) + rest(q, rate) * total)


def plain(q: Q, rate: Any) -> Any:
    d, m, L, g = q["d"], q["m"], q["L"], q["g"]
    return L**2 * g**2 * (1 / rate + g) * (2 * d + d * L**2 * g / m + d * L**2 * g**2 / 6)


def hessian(q: Q, rate: Any) -> Any:
    d, m, L, g, L2 = q["d"], q["m"], q["L"], q["g"], q["L2"]
    inner = d * L2**2 / 3 + g * L**4 + 4 * L**4 / (3 * m)
    return d * g**3 * (2 * L**2 + inner / rate + g * L**4 * (g / 6 + 1 / m))


def tv_bound(q: Q) -> Any:
    a = 1 / (q["L"] * q["g"])
    first = mp.exp(mp.mpf(q["d"]) / 4 * mp.log(q["L"] / q["m"]) - q["n"] * q["g"] * q["m"] / 2) / 2
    return first + mp.sqrt(q["d"] * q["L"] ** 2 * q["n"] * q["g"] ** 2 * a / (4 * (2 * a - 1)))


def noisy(q: Q) -> Any:
    ratio = (q["L"] + q["m"]) / (q["L"] - q["m"])
    inner = q["sigma"] ** 2 * ratio**2 + mp.mpf("3.3") * q["L"] ** 2 / q["m"]
    return (1 - q["m"] * q["g"] / 2) ** q["n"] * q["w2"] + mp.sqrt(2 * q["g"] * q["d"] / q["m"]) * mp.sqrt(inner)


def biased(q: Q) -> Any:
    root = mp.sqrt(q["g"] * q["d"])
    noise = q["sigma"] ** 2 * root / (mp.mpf("1.65") * q["L"] + q["sigma"] * mp.sqrt(q["m"]))
    return contraction(q) + mp.mpf("1.65") * q["L"] / q["m"] * root + q["delta"] * mp.sqrt(q["d"]) / q["m"] + noise


def burn_in(q: Q) -> Any:
    b = q["n"] // 2
    left = (1 - q["m"] * q["g"]) ** b * q["w2"] ** 2 + 2 * q["g"] * q["L"] * q["d"] / q["m"]  # W2² after the burn-in
    return left / (2 * q["g"] * (q["n"] - b)) + q["g"] * q["L"] * q["d"]


def underdamped(q: Q) -> Any:
    return (
        mp.sqrt(2) * (1 - mp.mpf("0.75") * q["m"] * q["g"] / q["rho"]) ** q["n"] * q["w2"]
        + mp.sqrt(2) * q["L"] * q["g"] * mp.sqrt(q["d"]) / q["m"]
    )


def half(q: Q) -> Any:
    return q["L"] / q["m"] * mp.sqrt(q["g"] * q["d"])


PRINTED: dict[str, Callable[[Q], Any]] = {
    "dalalyan2017-theorem1": lambda q: contraction(q) + half(q) * mp.sqrt(mp.mpf(5) / 3),
    "dalalyan2017-theorem1b": lambda q: (
        (q["L"] * q["g"] - 1) ** q["n"] * q["w2"]
        + q["L"] * q["g"] / (2 - q["L"] * q["g"]) * mp.sqrt(5 * q["g"] * q["d"] / 3)
    ),
    "dalalyan2019-theorem1": lambda q: contraction(q) + 7 * mp.sqrt(2) / 6 * half(q),
    "dalalyan2019-theorem5": lambda q: (
        contraction(q)
        + q["L2"] * q["g"] * q["d"] / (2 * q["m"])
        + mp.mpf(11) / 5 * q["L"] * q["g"] * mp.sqrt(q["L"] * q["d"]) / q["m"]
    ),
    "dalalyan2017-theorem3": noisy,
    "dalalyan2019-theorem4": biased,
    "dalalyan2017-tv": tv_bound,
    "durmus2019-w2": lambda q: durmus(q, plain),
    "durmus2019-w2-hessian": lambda q: durmus(q, hessian),
    "durmus2019-last": lambda q: mp.sqrt(
        (1 - q["m"] * q["g"]) ** q["n"] * q["w2"] ** 2 + 2 * q["g"] * q["L"] * q["d"] / q["m"]
    ),
    "durmus2019-average": lambda q: q["w2"] ** 2 / (2 * q["g"] * q["n"]) + q["g"] * q["L"] * q["d"],
    "durmus2019-burn-in": burn_in,
    "durmus2019-one-step": lambda q: (
        ((1 - q["m"] * q["g"]) * q["before"] ** 2 - q["after"] ** 2) / (2 * q["g"]) + q["g"] * q["L"] * q["d"]
    ),
    "vempala2019-theorem1": lambda q: (
        mp.exp(-q["alpha"] * q["g"] * q["n"]) * q["kl"] + 8 * q["g"] * q["d"] * q["L"] ** 2 / q["alpha"]
    ),
    "balasubramanian2022-theorem4": lambda q: 2 * q["kl"] / (q["n"] * q["g"]) + 8 * q["L"] ** 2 * q["d"] * q["g"],
    "ula-order-half": lambda q: contraction(q) + 2 * mp.sqrt(2) / 3 * half(q),
    "ula-order-one": lambda q: order_one(q, q["N1"], q["N2"]),
    "ula-order-one-lipschitz": lambda q: order_one(
        q, q["L"] * mp.sqrt(q["d"]), q["L2"] * q["d"] + q["L"] * mp.sqrt(q["L"] * q["d"])
    ),
    "diffusion-kl": lambda q: mp.exp(-2 * q["alpha"] * q["t"]) * q["kl"],
    "diffusion-kl-convex": lambda q: mp.exp(-2 * q["m"] * q["t"]) * q["kl"],
    "diffusion-chi2": lambda q: mp.exp(-2 * q["t"] / q["C"]) * q["chi2"],
    "diffusion-renyi": lambda q: mp.exp(-2 * q["alpha"] * q["t"] / q["q"]) * q["renyi"],
    "diffusion-w2": lambda q: mp.exp(-q["m"] * q["t"]) * q["w2"],
    "diffusion-log-harnack": lambda q: q["m"] * q["w2"] ** 2 / (2 * (mp.exp(2 * q["m"] * q["t"]) - 1)),
    "chen2022-w2": lambda q: q["w2"] / (1 + q["m"] * q["g"]) ** q["n"],
    "chen2022-kl": lambda q: q["kl"] / (1 + q["alpha"] * q["g"]) ** (2 * q["n"]),
    "chen2022-chi2": lambda q: q["chi2"] / (1 + q["g"] / q["C"]) ** (2 * q["n"]),
    "chen2022-renyi": lambda q: q["renyi"] / (1 + q["alpha"] * q["g"]) ** (2 * q["n"] / q["q"]),
    "chen2022-convex": lambda q: q["w2"] ** 2 / (q["n"] * q["g"]),
    "pinsker-output": lambda q: mp.sqrt(q["kl_end"] / 2),
    "bretagnolle-huber": lambda q: mp.sqrt(1 - mp.exp(-q["kl_end"])),
    "talagrand": lambda q: mp.sqrt(2 * q["kl_end"] / q["m"]),
    "tv-chi2": lambda q: mp.sqrt(q["chi2_end"]) / 2,
    "guillin2009": lambda q: 2 * mp.sqrt(q["C"] * q["fisher"]),
    "log-sobolev-convex": lambda q: q["fisher"] / (2 * q["m"]),
    "kinetic-contraction": lambda q: (
        mp.exp(-(1 - max(abs(1 - q["u"] * q["m"] / 2), abs(1 - q["u"] * q["L"] / 2))) * q["t"]) * q["w2"]
    ),
    "cheng2018-theorem5": lambda q: mp.exp(-q["m"] / q["L"] * q["t"] / 2) * q["w2"],
    "dalalyan2020-kinetic": underdamped,
    "chewi2022-log-sobolev": lambda q: q["d"] / mp.mpf(q["n"]),
    "chewi2022-log-concave": lambda q: q["d"] ** 2 / mp.mpf(q["n"]),
}
NAMES = {
    "dim": "d", "strong_convexity": "m", "smoothness": "L", "step": "g", "steps": "n", "start_w2": "w2",
    "start_distance": "D", "hessian_lipschitz": "L2", "gradient_noise": "sigma", "gradient_bias": "delta",
    "before_w2": "before", "after_w2": "after", "log_sobolev": "alpha", "start_kl": "kl", "hessian_size": "N1",
    "drift_size": "N2", "time": "t", "poincare": "C", "start_chi2": "chi2", "order": "q", "start_renyi": "renyi",
    "kl": "kl_end", "chi2": "chi2_end", "relative_fisher": "fisher", "inverse_mass": "u", "friction": "rho",
    "start_twisted_w2": "w2",
}  # fmt: skip
STEPPED = ("cheng2018-kl", "cheng2018-theorem1")  # an accuracy after enough steps, tested below
EPS = float(np.finfo(float).eps)


def numbers(rng: np.random.Generator, beyond: bool) -> dict[str, float]:
    """Return the arguments of all formulas; γ between 10⁻¹² and 1 times 2/(m + L), up to 10⁹ steps."""
    found: dict[str, float] = {name: float(10 ** rng.uniform(-3, 3)) for name in NAMES}
    low, high = sorted(float(x) for x in 10 ** rng.uniform(-3, 3, 2))
    top = 2 / (low + high)
    step = top * float(10 ** -rng.uniform(0, 12)) * float(rng.choice([1.0, low / high]))
    if beyond:
        step = top + float(rng.uniform(0, 0.9)) * (2 / high - top)
    steps = int(min(10 ** rng.uniform(0, 9), 200 / (low * step))) + 1
    found |= {"dim": int(10 ** rng.uniform(0, 4)), "strong_convexity": low, "smoothness": high}
    found |= {"log_sobolev": low * 0.9, "poincare": 2 / low, "inverse_mass": float(rng.uniform(0.1, 3.9)) / high}
    found |= {"friction": 2 * math.sqrt(low + high)}
    return found | {"step": step, "steps": steps, "order": 2.0, "time": 3 / low * rng.uniform()}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_a_formula_is_what_it_prints(name: str) -> None:
    """Rounding: (1 − x)^n has the relative error nxε, at most 200ε here; all else is a few ε."""
    kind = catalog.named_class("bounds", name)
    for seed in range(40):
        given = numbers(np.random.default_rng([seed, 1]), beyond=name == "dalalyan2017-theorem1b")
        chosen = {n: given[n] for n in langevin.chain.arguments(kind.formula)}
        if kind.outside(chosen):
            continue
        exact = PRINTED[name]({NAMES[n]: v if isinstance(v, int) else mp.mpf(v) for n, v in chosen.items()})
        terms = kind.formula(**chosen)
        scale = max(map(abs, terms.values())) if len(terms) > 1 else abs(float(exact))
        scale = max(scale, abs(float(exact))) if kind.total(terms) >= 0 else scale
        left = 2 - given["smoothness"] * given["step"]  # rounded where it is nearly 0, then raised to the power n
        slack = 64 * EPS * (400 + (2 * given["steps"] / left if name.endswith("1b") else 0))
        value = kind.total(terms)
        assert value == float(exact) or abs(value - float(exact)) <= slack * scale + 1e-300, (seed, given)


def test_every_theorem_is_re_evaluated() -> None:
    package = "verify.bounds.langevin."
    known = {n for n, kind in catalog.classes("bounds").items() if kind.__module__.startswith(package)}
    assert known == {*PRINTED, *STEPPED}
    assert {getattr(langevin, n).name for n in langevin.__all__} == known


def test_constants_by_hand() -> None:
    """d = 4, m = 1, L = 2, γ = 0.01, W2 = 3, n = 100 on paper; (99/100)^100 = 0.36603234127."""
    q = {"dim": 4, "strong_convexity": 1.0, "smoothness": 2.0, "step": 0.01, "steps": 100, "start_w2": 3.0}
    first = 3 * 0.36603234127
    assert langevin.Dalalyan2017Theorem1.formula(**q)["contraction"] == pytest.approx(first, rel=1e-10)
    assert langevin.Dalalyan2017Theorem1.formula(**q)["bias"] == pytest.approx(2 * 0.258198889747, rel=1e-11)
    assert langevin.Dalalyan2019Theorem1.formula(**q)["bias"] == pytest.approx(2 * 1.649915822769 * 0.2, rel=1e-11)
    assert langevin.ULAOrderHalf.formula(**q)["bias"] == pytest.approx(2 * 0.942809041582 * 0.2, rel=1e-11)
    assert langevin.Durmus2019Last.total(langevin.Durmus2019Last.formula(**q)) == pytest.approx(
        math.sqrt(9 * 0.36603234127 + 0.16), rel=1e-10
    )
    assert langevin.ULAOrderOneLipschitz.formula(**q, hessian_lipschitz=0.0)["drift"] == pytest.approx(
        0.01 * 2 * math.sqrt(8) / 2, rel=1e-14
    )


@pytest.mark.parametrize("kappa", [1.0, 4.0, 40.0])
def test_the_accuracy_of_cheng_and_bartlett(kappa: float) -> None:
    """γ = mε/(16dL²), k = 16(L²/m²)(d/ε)log(dL/(mε)): ε at that k, nothing one percent before it."""
    accuracy, dim = 0.01, 10
    step = accuracy / (16 * dim * kappa**2)
    needed = 16 * kappa**2 * dim / accuracy * math.log(dim * kappa / accuracy)
    q = {"dim": dim, "strong_convexity": 1.0, "smoothness": kappa, "step": step}
    bound = langevin.Cheng2018KL
    assert bound.total(bound.formula(**q, steps=math.ceil(needed))) == pytest.approx(accuracy, rel=1e-12)
    assert bound.total(bound.formula(**q, steps=int(0.99 * needed))) == math.inf


def test_the_accuracy_of_kinetic_langevin() -> None:
    """δ = ε/(104κ√(d/m + D²)) and n = max{208(κ²/ε)√(d/m + D²), 2κ}log(24(d/m + D²)/ε) give ε, less do not."""
    dim, kappa, distance, accuracy = 6, 5.0, 2.0, 0.05
    square = dim / 2.0 + distance**2
    q = {"dim": dim, "strong_convexity": 2.0, "smoothness": 10.0, "start_distance": distance}
    step = accuracy / (104 * kappa) / math.sqrt(square)
    needed = 208 * kappa**2 / accuracy * math.sqrt(square) * math.log(24 * square / accuracy)
    bound = langevin.Cheng2018Theorem1
    assert bound.total(bound.formula(**q, step=step, steps=math.ceil(needed))) == pytest.approx(accuracy, rel=1e-12)
    assert bound.total(bound.formula(**q, step=step, steps=int(0.99 * needed))) == math.inf


@pytest.mark.parametrize("name", sorted({*PRINTED} - {"durmus2019-one-step", "dalalyan2017-theorem1b"}))
def test_more_of_what_is_bad_never_lowers_a_bound(name: str) -> None:
    """A farther start and a larger d, L or noise raise a bound; a larger m or α, where it has one, lowers it.

    Not so L in Theorem 3 of Dalalyan, whose pole at L = m is printed, nor m there and in the rates of kinetic Langevin.
    """
    kind = catalog.named_class("bounds", name)
    names = langevin.chain.arguments(kind.formula)
    odd = {
        "dalalyan2017-theorem3",
        "kinetic-contraction",
        "dalalyan2019-theorem4",
        "durmus2019-w2",
        "durmus2019-w2-hessian",
    }
    up = [n for n in names if n.startswith("start_") or n in ("dim", "kl", "chi2", "relative_fisher", "gradient_bias")]
    up += [] if name in odd else [n for n in names if n in ("smoothness", "hessian_lipschitz", "poincare")]
    down = [] if name in odd else [n for n in names if n in ("strong_convexity", "log_sobolev")]
    for seed in range(10):
        given = numbers(np.random.default_rng([seed, 2]), beyond=False)
        given |= {"step": given["step"] / 2}
        chosen = {n: given[n] for n in names}
        if kind.outside(chosen):
            continue
        value = kind.total(kind.formula(**chosen))
        for n in (*up, *down):
            factor = 2 if n == "dim" else (1.5 if n in up else 1.0 + 0.5 * (n == "log_sobolev"))
            if n == "strong_convexity":
                factor = min(1.5, (given["smoothness"] / given[n]))
            changed = chosen | {n: given[n] * factor}
            if kind.outside(changed):
                continue
            moved = kind.total(kind.formula(**changed))
            assert (moved >= value * (1 - 1e-9)) if n in up else (moved <= value * (1 + 1e-9)), (n, seed)
