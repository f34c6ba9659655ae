"""resolved: the verdict on an order of convergence from errors that come with intervals, be they statistical or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from verify.audit.judge import MARGIN
from verify.claims.slopes import coefficients
from verify.estimate import Estimate
from verify.finding import Finding, Verdict

FEWEST = 3


def judged(steps: Sequence[int], errors: Sequence[Estimate], declared: float | None, rounding: float) -> Finding:
    """Return the verdict on the order: of the last three errors without noise, of all that are resolved with noise.

    Ends of the order's interval are those that the ends of the errors' intervals allow, and the local orders.
    """
    wanted, kept = (0.5 if declared is None else declared), list(zip(steps, errors, strict=True))
    against = "no order declared" if declared is None else f"declared {declared:g}"
    if not np.isfinite([e.value for e in errors]).all():
        return Finding(Verdict.VIOLATED, None, "it leaves the finite numbers")
    noisy = any(e.is_statistical for e in errors)
    if not noisy and errors[-1].value <= rounding:
        return Finding(Verdict.HOLDS, None, f"at its rounding level, W1 {errors[-1].value:.2g}")
    kept = [(n, e) for n, e in kept if e.low > rounding and e.resolved]
    kept = kept if noisy else kept[-FEWEST:]
    if len(kept) < FEWEST:
        told = f"{len(kept)} of {len(errors)} errors in W1 stand above what is sure to be noise"
        return Finding(Verdict.INCONCLUSIVE, None, told, len(kept), len(errors))
    n, value, low, high = (np.array(x) for x in zip(*((n, e.value, e.low, e.high) for n, e in kept), strict=True))
    c = coefficients(-np.log(n))
    p = float(c @ np.log(value))
    local = [] if noisy else list(np.log(value[:-1] / value[1:]) / np.log(n[1:] / n[:-1]))
    down = float(c @ np.log(np.where(c > 0, low, high)))
    up = float(c @ np.log(np.where(c > 0, high, low)))
    order = Estimate(p, min(down, *local, p), max(up, *local, p), errors[-1].confidence, errors[-1].method)
    told = f"order {p:.2f} [{order.low:.2f}, {order.high:.2f}] in W1 at {int(n[0])}–{int(n[-1])} steps, {against}"
    if order.low >= wanted - MARGIN:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.VIOLATED if order.high < wanted - MARGIN else Verdict.INCONCLUSIVE
    return Finding(verdict, order, f"{told}; W1 {value[-1]:.3g} at the last", len(kept), len(errors))
