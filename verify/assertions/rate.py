"""rate_of: the order of a user's own errors over step counts, with an interval and a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from verify.assertions.told import interval
from verify.audit.judge import MARGIN
from verify.audit.order import FEWEST, fit
from verify.claims import Rate
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.finding import Finding, Verdict


def rate_of(
    steps: Sequence[int],
    errors: Sequence[float] | Sequence[Estimate],
    *,
    at_least: float | None = None,
    margin: float = MARGIN,
    floor: float = 0.0,
) -> Finding:
    """Return whether `errors` fall at order `at_least` in 1/`steps` (None: fall at all), with the order's interval.

    Numbers are taken as exact up to ± `floor`, and the interval is that of their pre-asymptotic drift
    (`verify.audit.order`); Estimates bring their own intervals, which all points share (`verify.claims.Rate`).
    """
    if len(steps) != len(errors) or len(steps) < FEWEST or sorted(set(steps)) != list(steps) or min(steps) <= 0:
        raise InvalidInput(f"a rate needs at least {FEWEST} increasing step counts > 0 and an error for each.")
    if not all(0 <= float(e) < np.inf for e in errors):
        raise InvalidInput("`errors` must be finite and >= 0.")
    wanted = 2 * margin if at_least is None else at_least
    estimates = [e for e in errors if isinstance(e, Estimate)]
    if estimates:
        if len(estimates) != len(errors):
            raise InvalidInput("`errors` must be all numbers or all Estimates.")
        return Rate("error", "step", wanted, margin, at_least=True).judge(_table(steps, estimates))
    order = fit(steps, [float(e) for e in errors], floor)
    if order.value is None:
        return Finding(Verdict.INCONCLUSIVE, None, f"too few errors stand above the floor {floor:.2g}", 0, len(steps))
    p = order.value
    verdict = Verdict.HOLDS if p.low >= wanted - margin else Verdict.INCONCLUSIVE
    verdict = Verdict.VIOLATED if p.high < wanted - margin else verdict
    asked = "" if at_least is None else f", wanted at least {at_least:g} ± {margin:g}"
    evidence = f"order {interval(p)} at {order.used[0]}–{order.used[-1]} steps{asked}"
    return Finding(verdict, p, evidence, len(order.used), len(steps))


def _table(steps: Sequence[int], errors: Sequence[Estimate]) -> pd.DataFrame:
    """Return the table that `Rate` reads; descending, for its axis is 1/steps."""
    parts = {"error": "value", "error.low": "low", "error.high": "high", "error.confidence": "confidence"}
    columns = {name: [getattr(e, part) for e in errors] for name, part in parts.items()}
    resolved = [e.resolved for e in errors]
    return pd.DataFrame({"step": 1 / np.asarray(steps, float), **columns, "error.resolved": resolved})
