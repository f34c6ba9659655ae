"""How far are kinetic Langevin schemes from their target, in position and in velocity?

On the harmonic target BAOAB's position is exact for every step and its velocity biased by h²; for OBABO it is the other
way round; UBU is biased in both by h², the exponential Euler scheme of Cheng et al. (2018) by h. With
friction 2 and u = 1/L the diffusion contracts |x|² + |x + v|² by e^{−t/κ}.
"""

import math
from dataclasses import replace

import numpy as np

import verify as vf
from verify import claims, laws, observables
from verify.cli import main_study
from verify.report import figures
from verify.samplers import BAOAB, OBABO, UBU, KineticExponentialEuler
from verify.targets import Gaussian

SCHEMES = {"baoab": BAOAB, "obabo": OBABO, "ubu": UBU, "exponential euler": KineticExponentialEuler}
RATES = np.array([0.25, 1.0])  # precisions: m = ¼, L = 1
MEAN = np.array([1.0, -0.5])
LONG = 10**7  # steps: e^{−hN/κ} is nothing at every step used here
FINE = {"step": tuple(2.0**-k for k in range(3, 10))}
SECOND = {"scheme": ("baoab", "obabo", "ubu")}


class Louder:
    """A noise source, a little louder."""

    def __init__(self, noise, factor):
        self._noise, self._factor = noise, factor

    def normal(self):
        """Return normals of another variance."""
        return self._factor * self._noise.normal()


class LoudFriction(BAOAB):
    """BAOAB whose noise belongs to another friction than its drag: to be refuted."""

    def step(self, k, x, noise):
        """Return the next state, the noise a tenth too loud."""
        return super().step(k, x, Louder(noise, 1.1))


def subject(scheme, step):
    target = Gaussian(MEAN, np.diag(1 / RATES))
    return SCHEMES[scheme](target, step, LONG)


def part(rows):
    """Return W2 between the marginals on positions (rows 0) or velocities (rows 1)."""

    def measure(chain, cell):
        law, goal, d = observables.output(chain), chain.goal(), chain.target.dim
        cut = slice(0, d) if rows == 0 else slice(d, 2 * d)
        value = vf.wasserstein2(
            laws.Gaussian(goal.mean[cut], goal.cov[cut, cut]), laws.Gaussian(law.mean[cut], law.cov[cut, cut])
        )
        return vf.Estimate.exact(value.value, 1e-9 + value.high - value.value, least=0.0)

    return measure


def closed_form(chain, cell):
    """Largest distance from the scheme's invariant variances in closed form: BAOAB and OBABO; 0 for the others."""
    h, u = chain.step_size, chain.inverse_mass
    bent = 1 - h**2 * u * RATES / 4
    known = {
        "baoab": (1 / RATES, u * bent),
        "obabo": (1 / (RATES * bent), np.full(2, u)),
    }.get(cell.point["scheme"])
    if known is None:
        return vf.Estimate.exact(0.0, 0.0)
    got = np.diagonal(observables.output(chain).cov)
    return vf.Estimate.exact(float(np.abs(got / np.concatenate(known) - 1).max()), 1e-10, least=0.0)


def louder(chain, cell):
    """The same of BAOAB with the wrong noise."""
    law = LoudFriction(chain.target, chain.step_size, LONG).run()
    h = chain.step_size
    want = np.concatenate([1 / RATES, chain.inverse_mass * (1 - h**2 * RATES / 4)])
    return vf.Estimate.exact(float(np.abs(np.diagonal(law.cov) / want - 1).max()), 1e-10, least=0.0)


def second_order_term(chain, cell):
    """UBU: (1 − λ·variance)/(h²λ/6), 1 to leading order; 1 for the others."""
    if cell.point["scheme"] != "ubu":
        return vf.Estimate.exact(1.0, 0.0)
    got = np.diagonal(observables.output(chain).cov)[:2]
    bias = (1 - RATES * got) / (chain.step_size**2 * chain.inverse_mass * RATES / 6)
    worst = float(bias[np.argmax(np.abs(bias - 1))])
    return vf.Estimate.exact(worst, 1e-10 / chain.step_size**2)


def metric(mean, d):
    """√(|x|² + |x + v|²), the distance of Cheng et al. (2018)."""
    return math.sqrt(float(mean[:d] @ mean[:d] + (mean[:d] + mean[d:]) @ (mean[:d] + mean[d:])))


def contraction(chain, cell):
    """Distance of two runs with common noise after time 8, over that at the start, the worst of four directions."""
    return vf.Estimate.exact(max(_gap(chain, 8.0)), 1e-9)


def _gap(chain, time):
    d, steps = chain.target.dim, max(1, round(time / chain.step_size))
    run = replace(chain, steps=steps)
    base = run.run(laws.Gaussian(np.concatenate([MEAN, np.zeros(d)]), np.eye(2 * d))).mean
    for axis in np.eye(2 * d):
        moved = run.run(laws.Gaussian(np.concatenate([MEAN, np.zeros(d)]) + axis, np.eye(2 * d))).mean
        yield metric(moved - base, d) / metric(axis, d)


def promised(rate):
    """Return e^{−rate·8/κ}."""

    def bound(chain, cell):
        kappa = RATES.max() / RATES.min()
        return math.exp(-rate * max(1, round(8.0 / chain.step_size)) * chain.step_size / kappa)

    return bound


STUDY = vf.Study(
    name="langevin/kinetic",
    question="How far are kinetic Langevin schemes from their target, in position and in velocity?",
    subject=subject,
    sweep={
        "scheme": tuple(SCHEMES),
        "step": vf.Budgeted(
            smoke=tuple(2.0**-k for k in range(7)),
            ci=tuple(2.0**-k for k in range(8)),
            full=tuple(2.0**-k for k in range(10)),
        ),
    },
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "position": part(0),
        "velocity": part(1),
        "closed_form": closed_form,
        "louder": louder,
        "second_order_term": second_order_term,
        "contraction": contraction,
        "promised": promised(0.5),
        "promised_twice": promised(1.0),
    },
    claims={
        "kinetic": [
            claims.Identity(
                "position",
                0.0,
                1e-8,
                where={"scheme": "baoab"},
                statement="BAOAB's position has the target's law at every h",
            ),
            claims.Identity(
                "velocity", 0.0, 1e-8, where={"scheme": "obabo"}, statement="OBABO's velocity is exact at every h"
            ),
            claims.Identity(
                "closed_form",
                0.0,
                1e-8,
                where={"scheme": ("baoab", "obabo")},
                statement="The biased half is 1 − h²uλ/4, or its inverse",
            ),
            claims.Identity(
                "second_order_term",
                1.0,
                0.02,
                where={"scheme": "ubu", **FINE},
                statement="UBU's position variance is (1 − h²uλ/6)/λ to leading order",
            ),
            claims.Rate("w2", "step", 2.0, 0.05, where=SECOND | FINE, statement="BAOAB, OBABO and UBU err by h²"),
            claims.Rate(
                "w2",
                "step",
                1.0,
                0.05,
                where={"scheme": "exponential euler", **FINE},
                statement="The exponential Euler scheme errs by h",
            ),
            claims.UpperBound(
                "contraction",
                by="promised",
                slack=0.01,
                axis="step",
                where=FINE,
                statement="|x|² + |x + v|² contracts by e^{−t/κ}, friction 2 and u = 1/L",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "contraction",
                    by="promised_twice",
                    slack=0.01,
                    where=FINE,
                    statement="Its root contracts by e^{−t/κ}, too",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "position", 0.0, 1e-8, where={"scheme": "obabo"}, statement="OBABO's position is exact at every h"
                )
            ),
            claims.NegativeControl(
                claims.Identity("louder", 0.0, 1e-8, statement="BAOAB is so with noise that does not fit its friction")
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2",
                    "step",
                    2.0,
                    0.05,
                    where={"scheme": "exponential euler", **FINE},
                    statement="The exponential Euler scheme errs by h²",
                )
            ),
        ],
    },
    figures=[figures.Lines("step", ("position", "velocity"), within="scheme")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
