"""Law: a reverse sampler driven by the audit's model has the law of its own ``run()``, and the order it declares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from verify import TimeGrid, catalog, samplers, scores
from verify.adapters import Reverse
from verify.audit import Outcome, audit, probe
from verify.backend import converter
from verify.errors import InvalidInput, UnknownName
from verify.targets import Gaussian, gallery

KINDS = [  # whatever there is, one added tomorrow included
    name for name, kind in catalog.classes("samplers").items() if issubclass(kind, samplers.ReverseSampler)
]
ROTATION = np.linalg.qr(np.random.default_rng(8).standard_normal((8, 8)))[0]
TARGETS = {
    "narrow line": gallery.narrow(),
    "wide line": gallery.wide(),
    "correlated plane": gallery.correlated(),
    "eight dimensions, condition 1e4": Gaussian.from_spectrum(
        np.linspace(-1.0, 1.2, 8), np.geomspace(1e-3, 10.0, 8), ROTATION
    ),
    "power law": gallery.power_law(8, 100.0),
}
FAULTY = {"Perturbed": {"drift": 1.9, "noise_scale": 1.1, "lag": 0.5}}  # a negative control must agree too
TOLERANCE = 1e-12


def distance(got: Any, wanted: Any, data: Gaussian) -> float:
    """Return the error of mean and covariance relative to the size of the output or the data, the larger."""
    cov = max(np.abs(wanted.cov).max(), np.abs(data.cov).max())
    mean = max(np.abs(wanted.mean).max(), np.abs(data.mean).max(), cov**0.5)
    return max(np.abs(got.cov - wanted.cov).max() / cov, np.abs(got.mean - wanted.mean).max() / mean)


@pytest.mark.parametrize("begin", ["standard", "marginal"])
@pytest.mark.parametrize("name", KINDS)
def test_the_law_is_that_of_run(name: str, begin: Any) -> None:
    """Two routes that share no line but the step: probed whole against folded step by step, and two scores."""
    adapted = Reverse(name, horizon=5.0, begin=begin, options=FAULTY.get(name, {}))
    for label, data in TARGETS.items():
        for steps in (4, 30, 90):
            found = probe(adapted, data, steps, converter("numpy", "float64"), repeat=False)
            got = found.law(adapted.span(steps).begun(data))
            wanted = adapted.sampler(scores.Exact(data), steps).run()
            assert distance(got, wanted, data) < TOLERANCE, (label, steps)


@pytest.mark.parametrize("name", KINDS)
def test_the_law_is_that_of_run_on_uneven_steps_that_stop_early(name: str) -> None:
    adapted = Reverse(name, grid=lambda n: TimeGrid.geometric(3.0, n, 0.01))
    data = TARGETS["correlated plane"]
    found = probe(adapted, data, 25, converter("numpy", "float64"), repeat=False)
    wanted = adapted.sampler(scores.Exact(data), 25).run()
    assert distance(found.law(adapted.span(25).begun(data)), wanted, data) < TOLERANCE
    score = adapted.sampler(scores.Exact(data), 25).evaluations
    assert len(found.calls) == 25 * score


@pytest.mark.parametrize("name", [name for name in KINDS if name != "Perturbed"])
def test_the_order_is_the_declared_one(name: str) -> None:
    """On geometric steps, where no scheme has a logarithm in its error; one order more is not reached."""
    adapted = Reverse(name, grid=lambda n: TimeGrid.geometric(4.0, n, 0.05), begin="marginal")
    data, steps = gallery.narrow(), (60, 90, 135, 200, 300)
    found = audit(adapted, data, steps)
    assert found.outcome is Outcome.CONVERGES, found
    if adapted.order is None:
        assert "at its rounding level" in found.reason
        return
    assert found.judgements[0].order.value is not None
    assert float(found.judgements[0].order.value) == pytest.approx(adapted.order, abs=0.1)
    assert audit(adapted, data, steps, order=adapted.order + 1).outcome is Outcome.SLOWER


@pytest.mark.parametrize("fault", [{"drift": 1.8}, {"noise_scale": 1.3}, {"relax": 0.9}])
def test_a_wrong_coefficient_is_violated(fault: dict[str, float]) -> None:
    adapted = Reverse("Perturbed", horizon=6.0, begin="marginal", options=fault)
    found = audit(adapted, gallery.correlated(), (60, 90, 135, 200))
    assert found.outcome in (Outcome.WRONG_LIMIT, Outcome.DOES_NOT_CONVERGE)


def test_what_is_no_reverse_sampler_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        Reverse("DDMP")
    with pytest.raises(InvalidInput, match="must be a reverse sampler"):
        Reverse(int)  # type: ignore[type-var]
