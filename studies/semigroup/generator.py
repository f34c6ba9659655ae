"""What does (P_t g − g)/t tend to on a double well, and what does one step of ULA?

dX = −V′(X) dt + √(2/β) dB with two wells on the line, g(x) = cos 2x. P_t is collocated; a step of ULA is run on the
nodes of a Gauss–Hermite rule, which is E g after that step. Both quotients tend to 𝓛g = β⁻¹g″ − V′g′ at the rate t, and
to each other: a step of length t misses P_t g by t² only. A Taylor step with the noise √t B_t, B_t of variance t, loses
the second derivative. Distances are in L²(π), relative to ‖𝓛g‖.
"""

import math
from dataclasses import dataclass

import numpy as np
from _wells import WELLS, flow, norm

import verify as vf
from verify import claims, samplers, targets
from verify.cli import main_study
from verify.processes import LineSemigroup
from verify.processes.generator import generator
from verify.report import figures

TARGETS = {**WELLS, "mixture": targets.GaussianMixture((0.3, 0.7), (-1.2, 1.0), (0.36, 0.25))}
TIMES = vf.Budgeted(
    smoke=(1e-5, 1e-4, 1e-3), ci=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3), full=(1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3)
)
# The quotient errs by ½t𝓛²g + t²𝓛³g/6 + …: its slope bends by r·t/3, r = ‖𝓛³g‖/‖𝓛²g‖, which is below 60 here (it is
# computed as `stiffness`), and t = 10⁻³ at the most. The defects of ULA are polynomials in V′, V″ and t of the same
# kind: E g = cos(2(x − tV′)) e^{−4t/β}, whose next term is relatively t times (V′·2)²/3 < 60, too.
STIFF = 60.0
BENT = STIFF * 1e-3 / 3
ORDER = 24  # of the Gauss–Hermite rule: exact for polynomials of degree 47, and cos 2(x + 0.04 z) is one to 1e-30


@dataclass(frozen=True, eq=False)
class Short:
    """The semigroup of a well, and a sampler of step t."""

    dynamics: LineSemigroup
    sampler: samplers.ULA

    @property
    def time(self):
        """t."""
        return self.sampler.step_size

    def generated(self, share=1.0):
        """𝓛g with `share` of β⁻¹g″."""
        x = self.dynamics.nodes[:, None]
        second = -4 * share * np.cos(2 * x[:, 0])
        slope = self.dynamics.potential.slope(self.dynamics.nodes)
        return generator(-slope[:, None], -2 * np.sin(2 * x), second, self.dynamics.inverse_temperature)

    def moved(self):
        """P_t g at the nodes."""
        return self.dynamics.observable(np.cos(2 * self.dynamics.nodes), self.time)

    def stepped(self, scale=1.0):
        """E g after one step of the sampler with its noise times `scale`."""
        z, weights = np.polynomial.hermite_e.hermegauss(ORDER)
        places = np.repeat(self.dynamics.nodes[:, None], ORDER, axis=1)[..., None]
        drawn = Given(np.broadcast_to(scale * z[:, None], places.shape))
        after = np.cos(2 * self.sampler.step(0, places, drawn)[..., 0])
        return after @ (weights / weights.sum())

    def quotient(self, after):
        """(after − g)/t."""
        return (after - np.cos(2 * self.dynamics.nodes)) / self.time

    def distance(self, left, right):
        """‖left − right‖/‖𝓛g‖ in L²(π)."""
        return norm(self.dynamics, left - right) / norm(self.dynamics, self.generated())


@dataclass(frozen=True, eq=False)
class Given:
    """Noise that is not drawn but given."""

    values: np.ndarray

    def normal(self):
        """The values."""
        return self.values


def subject(well, inverse_temperature, time):
    return Short(flow(well, inverse_temperature), samplers.ULA(TARGETS[well], time, 1, None, inverse_temperature))


def semigroup_defect(share):
    """Return ‖(P_t g − g)/t − 𝓛g‖, with `share` of g″ in 𝓛."""
    return lambda at, cell: at.distance(at.quotient(at.moved()), at.generated(share))


def step_defect(printed):
    """Return ‖(E g(X_1) − g)/t − 𝓛g‖ after one step of ULA; `printed`: the noise √t B_t, that is t Z."""

    def measure(at, cell):
        ours = math.sqrt(2 / at.dynamics.inverse_temperature)
        return at.distance(at.quotient(at.stepped(math.sqrt(at.time) / ours if printed else 1.0)), at.generated())

    return measure


def local_defect(at, cell):
    """‖E g(X_1) − P_t g‖ for one step."""
    return at.distance(at.stepped(), at.moved())


def stiffness(at, cell):
    """‖𝓛³g‖/‖𝓛²g‖ from the spectrum."""
    values, vectors = at.dynamics.spectrum
    parts = vectors.T @ (np.sqrt(at.dynamics.stationary) * np.cos(2 * at.dynamics.nodes))
    return float(np.linalg.norm(values**3 * parts) / np.linalg.norm(values**2 * parts))


def tends(name, words, exponent=1.0):
    """Return the claim that a defect goes as t^exponent."""
    return claims.Rate(name, "time", exponent, BENT, statement=words)


STUDY = vf.Study(
    name="semigroup/generator",
    question="What does (P_t g − g)/t tend to on a double well, and what does one step of ULA?",
    subject=subject,
    sweep={"well": tuple(WELLS), "inverse_temperature": (1.0, 2.0), "time": TIMES},
    observe={
        "semigroup_defect": semigroup_defect(1.0),
        "semigroup_defect_half": semigroup_defect(0.5),
        "step_defect": step_defect(printed=False),
        "step_defect_printed": step_defect(printed=True),
        "local_defect": local_defect,
        "stiffness": stiffness,
    },
    claims={
        "S0-10": [
            tends("semigroup_defect", "On a double well (P_t g − g)/t tends to 𝓛g = β⁻¹g″ − V′g′ at the rate t"),
            tends("step_defect", "(E g(X_1) − g)/t after one step of ULA of length t tends to 𝓛g at the rate t"),
            tends("local_defect", "One step of ULA misses P_t g by t²", 2.0),
            claims.UpperBound("stiffness", by=STIFF, statement="‖𝓛³g‖ ≤ 60 ‖𝓛²g‖: the rates bend by less than 2 %"),
            claims.NegativeControl(
                tends("semigroup_defect_half", "(P_t g − g)/t tends to ½β⁻¹g″ − V′g′ at the rate t")
            ),
            claims.NegativeControl(
                tends("step_defect_printed", "(E g − g)/t tends to 𝓛g after a step with the noise √t B_t")
            ),
        ],
    },
    figures=[
        figures.Lines(
            "time",
            ("semigroup_defect", "step_defect", "semigroup_defect_half", "step_defect_printed", "local_defect"),
            within="well",
            where={"inverse_temperature": 2.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
