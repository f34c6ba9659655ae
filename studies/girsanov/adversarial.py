"""Can an error of the score that is small in L²(q_t) do great harm, to the probability flow or to the reverse SDE?

The error is adversarial: of exact size ε in L²(q_t) at every t, all of it in a wall of width ~ ε² that sweeps from the
95th to the 5th percentile of q_t. Its height does not depend on ε and holds up whatever the probability flow carries
against it: the flow is swept along, and about 90 % of its mass ends where 5 % belong, however small ε is. The noise of
the reverse SDE carries it across; there Girsanov's theorem limits the harm to TV ≤ √((KL(q_T‖γ) + (√D + ε√T)²)/2), D
the path KL with the exact score. A benign error of the same size, a constant shift, moves both by O(ε).

The flow's map of the line is monotone: 500 equally likely starting points give every probability to within 1/500. The
SDE's law is averaged over the noise of its last step (Rao–Blackwell). All three run on one grid, fine against the wall.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

import verify as vf
from verify import bounds, claims, laws, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

TARGET = GaussianMixture([0.5, 0.5], [-1.5, 1.5], [0.25, 0.25])
HORIZON, FIRST, LAST = 2.5, 0.95, 0.05
THIN = 0.25  # width of the wall over ε²
STRIDE = 0.7  # how far the wall pushes in a step, in widths
NODES, PARTICLES = 500, vf.Budgeted(smoke=1000, ci=2000, full=10_000)
# The swept flow ends in front of the wall, in all a share FIRST − LAST out of place; the wall is a few widths thick, of
# a target density of at most 0.4, and 1/NODES is the resolution of probabilities: 3·0.16·0.4 at the largest ε.
OFF = 0.2
TELLING = (0.56, 0.4, 0.2, 0.1, 0.05)  # ε for which the bound of TV is below one
# The effect of a shift is a₁ε + a₂ε² with |a₂ε/a₁| up to 0.3 at the largest ε.
BENT = 0.3


def subject(error):
    """The exponential integrator under attack, on a grid fine enough for the flow to feel the wall."""
    score = scores.Adversarial(TARGET, error, THIN * error**2, HORIZON, FIRST, LAST)
    highest = float(score.wall(np.linspace(0, HORIZON, 50))[1].max())
    grid = vf.TimeGrid.uniform(HORIZON, math.ceil(HORIZON * highest / (STRIDE * score.width)))
    return samplers.ExponentialIntegrator(score, grid)


def size_off(score, centre, half, count):
    """The largest deviation of ‖s_t − ∇log q_t‖/ε from one at three times, by Gauss–Legendre on centre(t) ± half."""
    off = 0.0
    nodes, weights = np.polynomial.legendre.leggauss(count)
    for t in (0.2, 1.0, HORIZON):
        x = centre(t) + half * nodes[:, None]
        gap = (score(x, t) - TARGET.score_at(x, t))[:, 0]
        square = float(half * weights @ (gap**2 * np.exp(TARGET.log_density_at(x, t))))
        off = max(off, abs(math.sqrt(square) / score.size - 1))
    return off


def measured_size(sampler, cell):
    """That deviation across the wall."""
    score = sampler.score
    return size_off(score, lambda t: float(score.wall(t)[0]), 10 * score.width, 60)


def calibrated_size(sampler, cell):
    """That of a wave sin(3x + t), scaled to size; all mass but e^{−32} is within 8 of 0."""
    score = scores.Calibrated(TARGET, sampler.score.size, lambda x, t: np.sin(3 * x + t))
    return size_off(score, lambda t: 0.0, 8.0, 200)


def flow(sampler, score):
    """Where the probability flow takes equally likely starting points."""
    ode = samplers.FlowExponential(score, sampler.grid)
    x = ndtri((np.arange(NODES) + 0.5) / NODES)[:, None]
    return np.sort(laws.Particles(x, seed=0).through(ode).points[:, 0])


def distance(x):
    """sup_x |F(x) − F_p(x)|, F of equally likely points that stand for intervals of probability 1/n: at most TV."""
    n, deviations = x.size, np.sqrt(TARGET.covs[:, 0, 0])
    exact = (TARGET.weights * ndtr((x[:, None] - TARGET.means[:, 0]) / deviations)).sum(axis=1)
    # a run of points in one place is a jump: the distribution function before and after it
    before, after = np.searchsorted(x, x, "left") / n, np.searchsorted(x, x, "right") / n
    found = float(max((exact - before).max(), (after - exact).max()))
    return vf.Estimate.exact(found, 1 / n, "quadrature", least=0.0)


def swept(sampler, cell):
    """Kolmogorov's distance of the flow under attack from the target."""
    return distance(flow(sampler, sampler.score))


def shifted(sampler, cell):
    """The same with a constant error of the same size, less what the flow errs by without any."""
    exact = flow(sampler, scores.Exact(TARGET))
    moved = flow(sampler, scores.Shifted(TARGET, sampler.score.size))
    deviations = np.sqrt(TARGET.covs[:, 0, 0])
    places = (TARGET.weights * ndtr((np.stack([exact, moved])[..., None] - TARGET.means[:, 0]) / deviations)).sum(
        axis=-1
    )
    return vf.Estimate.exact(float(np.abs(places[1] - places[0]).max()), 1 / NODES, "quadrature", least=0.0)


def diffused(sampler, cell):
    """TV of the reverse SDE under attack; a bound asks for the interval's top, so no null is to be cleared."""
    start = laws.Particles.standard(PARTICLES[cell.budget], 1, seed=int(cell.rng.integers(2**31)))
    mixture = laws.KernelMixture.of(sampler, start)
    return replace(vf.total_variation(TARGET, mixture, confidence=0.999), null=None)


def girsanov(sampler, cell):
    """√((KL(q_T‖γ) + (√D + ε√T)²)/2), D the path KL with the exact score: Minkowski's inequality, then Pinsker's."""
    plain = samplers.ExponentialIntegrator(scores.Exact(TARGET), sampler.grid)
    terms = bounds.PathKL().terms(plain)
    root = math.sqrt(terms["path"]) + sampler.score.size * math.sqrt(HORIZON)
    return math.sqrt(0.5 * (terms["initialisation"] + root**2))


def harmless(sampler, cell):
    """ε√(T/2): what the error adds to the bound."""
    return sampler.score.size * math.sqrt(HORIZON / 2)


STUDY = vf.Study(
    name="girsanov/adversarial",
    question="Can an error of the score that is small in L²(q_t) do great harm, to the flow or to the SDE?",
    subject=subject,
    sweep={
        "error": vf.Budgeted(smoke=(0.8, 0.56, 0.4), ci=(0.8, 0.56, 0.4, 0.2), full=(0.8, 0.56, 0.4, 0.2, 0.1, 0.05)),
    },
    observe={
        "size_off": measured_size,
        "size_off_wave": calibrated_size,
        "swept": swept,
        "shifted": shifted,
        "diffused": diffused,
        "bound": girsanov,
        "added": harmless,
        "score_error": observables.ScoreError(),
    },
    claims={
        "S3-17": [
            claims.Identity("size_off", 0.0, 1e-9, statement="The adversarial error has the size ε in L²(q_t) exactly"),
            claims.Identity(
                "size_off_wave", 0.0, 1e-9, statement="A wave scaled by its norm has the size ε in L²(q_t) exactly"
            ),
            claims.Identity(
                "swept",
                FIRST - LAST,
                OFF,
                statement="A wall of error of size ε in L²(q_t) misplaces 90 ± 20 % of the probability flow's mass",
            ),
            claims.UpperBound(
                "diffused",
                by="bound",
                axis="error",
                where={"error": TELLING},
                statement="The reverse SDE under the same attack has TV ≤ √((KL(q_T‖γ) + (√D + ε√T)²)/2)",
            ),
            claims.Rate(
                "shifted", "error", 1.0, BENT, statement="A constant error of size ε moves the flow by the order of ε"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "swept",
                    "error",
                    1.0,
                    BENT,
                    statement="The adversarial error of size ε moves the flow by the order of ε",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound("swept", by="bound", statement="The SDE's bound holds for the flow under attack")
            ),
        ],
    },
    figures=[
        figures.Lines(
            "error",
            ("swept", "bound", "diffused", "shifted"),
            measured="distance to the data's law, at most TV",
            labels={
                "swept": "flow under attack",
                "bound": "Girsanov's bound for the SDE",
                "diffused": "SDE under attack",
                "shifted": "flow under a constant error",
            },
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
