"""What theorems on Langevin chains read off the running sampler, and the two traits that they share.

A chain at inverse temperature β is the chain at β = 1 with βf for f and step γ/β: constants and steps are read so.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from verify import divergences
from verify.bounds.bound import Bound
from verify.bounds.langevin import phase
from verify.bounds.langevin.plan import Plan, fewest_steps
from verify.bounds.langevin.step_limit import StepLimit
from verify.errors import InvalidInput, NotApplicable

RENYI_ORDER = 2.0  # the order at which Rényi divergences are read off a sampler


class FromChain:
    """A theorem whose quantities are read off a sampler by their names."""

    formula: ClassVar[Callable[..., dict[str, float]]]

    def quantities(self, sampler: Any) -> dict[str, float]:
        """Return the arguments of `formula`; NotApplicable where the target does not know one."""
        return {name: quantity(name, sampler) for name in arguments(type(self).formula)}


@lru_cache(maxsize=256)
def arguments(formula: Callable[..., dict[str, float]]) -> tuple[str, ...]:
    """Return the names of the arguments of a formula."""
    return tuple(inspect.signature(formula).parameters)


class Planned(FromChain):
    """A theorem on a chain that holds for steps within `limit`, and can say how many of them it asks for."""

    limit: ClassVar[StepLimit]

    @classmethod
    def steps_for(cls, accuracy: float, **numbers: float) -> Plan:
        """Return the least n, and its γ, for which the bound is at most `accuracy`, in the theorem's own metric.

        `numbers` are the arguments of `formula` but for step and steps. InvalidInput where no step size will do.
        """
        kind: Any = cls

        def value(step: float, steps: int) -> float:
            return float(kind.total(kind.formula(**numbers, step=step, steps=steps)))

        found = fewest_steps(value, accuracy, cls.limit.least(numbers), cls.limit.most(numbers))
        if found is None:
            raise InvalidInput(f"no step size with {cls.limit.words} brings the bound to {accuracy:g}.")
        return found


class SquaredDistance:
    """A theorem on W2²: its terms are squares, its value the root of their sum."""

    @classmethod
    def total(cls, terms: Mapping[str, float]) -> float:
        """Return √(sum of the terms)."""
        return math.sqrt(Bound.total(terms))


@lru_cache(maxsize=256)
def quantity(name: str, sampler: Any) -> float:
    """Return the quantity called `name` of a Langevin sampler; NotApplicable where it is not known."""
    value = READERS[name](sampler)
    if value is None or math.isnan(value):
        raise NotApplicable(f"the {name.replace('_', ' ')} of this {type(sampler).__name__} is not known.")
    return value


def constant(sampler: Any, name: str) -> float | None:
    """Return a constant of the target at the sampler's temperature, None where unknown."""
    value = getattr(sampler.target.constants, name, None)
    return None if value is None else float(value) * inverse_temperature(sampler)


def inverse_temperature(sampler: Any) -> float:
    """Return β."""
    return float(getattr(sampler, "inverse_temperature", 1.0))


def log_sobolev(sampler: Any) -> float | None:
    """Return the LSI constant α of π; at another temperature only strong convexity tells (Bakry, Émery)."""
    return constant(sampler, "log_sobolev" if inverse_temperature(sampler) == 1 else "strong_convexity")


def poincare(sampler: Any) -> float | None:
    """Return the Poincaré constant C_P: that of the target, else 1/α, since an LSI(α) implies a PI(1/α)."""
    known = constant(sampler, "poincare") if inverse_temperature(sampler) == 1 else None
    alpha = log_sobolev(sampler)
    return known if known is not None or not alpha else 1 / alpha


def hessian_lipschitz(sampler: Any) -> float | None:
    """Return L_2, the Lipschitz constant of ∇²f; zero for a Gaussian target."""
    return 0.0 if hasattr(sampler.target, "eigenvalues") else constant(sampler, "hessian_lipschitz")


def step(sampler: Any) -> float:
    """Return γ/β."""
    return float(sampler.step_size) / inverse_temperature(sampler)


def precisions(sampler: Any) -> Any:
    """Return the eigenvalues of ∇²f, shape (d,), for a Gaussian target."""
    return 1 / sampler.ideal.eigenvalues


def minimiser(sampler: Any) -> Any:
    """Return x*, where f is least: the mean of a Gaussian target, else its `mode`."""
    target = sampler.target
    return target.mean if hasattr(target, "eigenvalues") else getattr(target, "mode", None)


def start_distance(sampler: Any) -> float | None:
    """Return ‖x_0 − x*‖, x_0 the mean of the start (of its positions)."""
    centre = minimiser(sampler)
    if centre is None:
        return None
    return float(((sampler.start().mean[: len(centre)] - centre) ** 2).sum() ** 0.5)


def wasserstein_before(sampler: Any) -> float:
    """Return W2 of the law before the last step, found by one step less."""
    if sampler.steps < 1:
        raise NotApplicable("a chain of no steps has no last step.")
    return float(
        divergences.wasserstein2(dataclasses.replace(sampler, steps=sampler.steps - 1).run(), sampler.goal()).value
    )


def start_w2(sampler: Any) -> float:
    """Return W2(ν_0, π); of the positions alone for a kinetic chain."""
    first, last = sampler.start(), sampler.goal()
    if phase.is_kinetic(sampler):
        first, last = phase.positions(first), phase.positions(last)
    return float(divergences.wasserstein2(first, last).value)


def start_twisted_w2(sampler: Any) -> float | None:
    """Return W2 of the laws of (X, X + V) at the start and in equilibrium, for a kinetic chain."""
    if not phase.is_kinetic(sampler):
        return None
    pair = phase.twisted(sampler.start()), phase.twisted(sampler.goal())
    return float(divergences.wasserstein2(*pair).value)


def _from_start(divergence: Callable[..., Any], *more: float) -> Callable[[Any], float]:
    return lambda sampler: float(divergence(sampler.start(), sampler.goal(), *more).value)


def _at_end(divergence: Callable[..., Any]) -> Callable[[Any], float]:
    return lambda sampler: float(divergence(output(sampler), sampler.goal()).value)


@lru_cache(maxsize=8)
def output(sampler: Any) -> Any:
    """Return the law of the last iterate."""
    return sampler.run()


READERS: Mapping[str, Callable[[Any], float | None]] = {
    "dim": lambda s: int(s.target.dim),
    "strong_convexity": lambda s: constant(s, "strong_convexity"),
    "smoothness": lambda s: constant(s, "target_smoothness"),
    "hessian_lipschitz": hessian_lipschitz,
    "hessian_size": lambda s: float((precisions(s) ** 2).sum() ** 0.5),
    "drift_size": lambda s: float((precisions(s) ** 3).sum() ** 0.5),
    "log_sobolev": log_sobolev,
    "poincare": poincare,
    "step": step,
    "steps": lambda s: int(s.steps),
    "time": lambda s: step(s) * s.steps,
    "start_w2": start_w2,
    "start_twisted_w2": start_twisted_w2,
    "start_kl": _from_start(divergences.kl),
    "start_chi2": _from_start(divergences.chi2),
    "start_renyi": _from_start(divergences.renyi, RENYI_ORDER),
    "order": lambda s: RENYI_ORDER,
    "start_distance": start_distance,
    "before_w2": wasserstein_before,
    "after_w2": _at_end(divergences.wasserstein2),
    "kl": _at_end(divergences.kl),
    "chi2": _at_end(divergences.chi2),
    "relative_fisher": _at_end(divergences.fisher),
    # a step γ(∇f + σζ) is a step γ/β along β∇f + βσζ
    "gradient_noise": lambda s: inverse_temperature(s) * getattr(s, "gradient_noise", 0.0),
    "gradient_bias": lambda s: inverse_temperature(s) * getattr(s, "gradient_bias", 0.0),
    "friction": lambda s: getattr(s, "friction", None),
    "inverse_mass": lambda s: getattr(s, "inverse_mass", 1.0),
}
