"""Law: what the studies beyond Gaussians claim holds on clean code, and a fault planted in what they run is seen."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from verify import samplers
from verify.claims import NegativeControl
from verify.finding import Verdict
from verify.processes import MixtureDiffusion
from verify.study import Study

FOLDER = Path(__file__).parents[2] / "studies" / "beyond_gaussian"


def run(name):
    with TemporaryDirectory() as folder:
        return Study.load(FOLDER / f"{name}.py").run("smoke", folder, progress=False)


result = cache(run)


def violated(findings):
    return {f.claim.statement for f in findings if f.finding.verdict != Verdict.HOLDS}


@pytest.mark.parametrize("name", ["pinsker", "perturbation"])
def test_every_claim_holds_and_every_control_is_refuted(name):
    found = result(name).findings
    assert violated(found) == set()
    assert sum(isinstance(f.claim, NegativeControl) for f in found) >= 2


def test_forgotten_noise_outside_the_panels_breaks_de_bruijn(monkeypatch):
    # the part of γ beyond the panels of a narrow law was 2 % of KL(p‖γ)
    right = MixtureDiffusion.kl
    monkeypatch.setattr(MixtureDiffusion, "kl", lambda self, t: right(self, t) * (0.98 if t == 0 else 1.0))
    assert any("(de Bruijn)" in told for told in violated(run("forward").findings))


def test_louder_noise_spoils_the_rate_on_mixtures(monkeypatch):
    # noise of a standard deviation five per cent too large leaves an error that does not fall with h
    right = samplers.ExponentialIntegrator.step

    def loud(self, k, x, noise):
        silent = right(self, k, x, Silent(x))
        return silent + 1.05 * (right(self, k, x, noise) - silent)

    monkeypatch.setattr(samplers.ExponentialIntegrator, "step", loud)
    assert any("TV(p, p_T) falls as h, not as √h" in told for told in violated(run("chen_theorem2").findings))


class Silent:
    """Noise that is zero."""

    def __init__(self, x):
        self.x = x

    def normal(self):
        return 0.0 * self.x
