"""What does it cost to start the reverse diffusion at γ instead of q_T, beyond Gaussian data?

The same chain is run from γ and from q_T, on the same grid, for mixtures on the line; both output laws are densities on
a grid, exact to rounding. From q_T the path KL alone bounds the error. From γ an initialisation error comes on top, and
nothing else: KL and TV between the two outputs are at most those between q_T and γ (data processing). In fact they are
much smaller, of order e^{−2T} where TV(q_T, γ) is of order e^{−T}: the reverse diffusion forgets its start as well.
"""

from functools import lru_cache

import verify as vf
from verify import claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

CASES = {
    "lopsided": GaussianMixture([0.2, 0.8], [-1.5, 1.0], [0.2, 0.5]),
    "far": GaussianMixture([0.7, 0.3], [-2.0, 2.5], [0.3, 0.4]),
}
LATE = (1.5, 2.0, 2.5)
STEP = 1 / 8
# e^{−T} and e^{−2T} are followed by terms of relative size e^{−2T}·4 or less (the second moments are below 5): the
# slope is bent by below 2·4·e^{−2·1.5} = 0.4 at the first of the late times, on average over them by half of that.
BENT = 0.25


def subject(target, horizon):
    grid = vf.TimeGrid.uniform(horizon=horizon, step=STEP)
    return samplers.ExponentialIntegrator(scores.Exact(CASES[target]), grid)


@lru_cache(maxsize=1)
def from_marginal(sampler):
    """The same sampler started at q_T."""
    return samplers.ExponentialIntegrator(sampler.score, sampler.grid, begin="marginal")


def outputs(divergence):
    """Return the observable divergence(output from q_T, output from γ)."""

    def measure(sampler, cell):
        return divergence(observables.output(from_marginal(sampler)), observables.output(sampler))

    return measure


def begun(divergence):
    """Return the observable divergence(q_T, γ)."""

    def measure(sampler, cell):
        return divergence(sampler.marginal(0), sampler.start())

    return measure


def without_start(sampler, cell):
    """KL(p‖output) from q_T."""
    return observables.SamplingError(vf.kl)(from_marginal(sampler), cell)


def forgets(column, rate, statement):
    """Return the claim that a column falls as e^{−rate·T}."""
    return claims.Rate(column, "horizon", -rate, BENT, scale="linear", where={"horizon": LATE}, statement=statement)


STUDY = vf.Study(
    name="girsanov/start",
    question="What does it cost to start the reverse diffusion at γ instead of q_T, beyond Gaussian data?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "horizon": vf.Budgeted(smoke=(0.25, *LATE), ci=(0.25, 0.5, 1.0, *LATE), full=(0.25, 0.5, 1.0, *LATE, 3.0, 4.0)),
    },
    observe={
        "kl": observables.SamplingError(vf.kl),
        "kl_from_marginal": without_start,
        "tv_outputs": outputs(vf.total_variation),
        "tv_start": begun(vf.total_variation),
        "kl_start": begun(vf.kl),
        "path": observables.PathKL(),
        "both": lambda sampler, cell: float(begun(vf.kl)(sampler, cell)) + observables.PathKL()(sampler, cell).value,
    },
    claims={
        "S3-08": [
            claims.UpperBound("kl_from_marginal", by="path", statement="Started at q_T, KL(p‖p_T) ≤ path KL"),
            claims.UpperBound("kl", by="both", statement="Started at γ, KL(p‖p_T) ≤ KL(q_T‖γ) + path KL"),
            claims.UpperBound(
                "tv_outputs",
                by="tv_start",
                statement="The outputs from γ and from q_T are no farther apart than γ and q_T",
            ),
            forgets("tv_start", 1.0, "TV(q_T, γ) falls as e^{−T} for data whose mean is not zero"),
            forgets(
                "tv_outputs",
                2.0,
                "TV between the outputs from γ and from q_T falls as e^{−2T} for data whose mean is not zero",
            ),
            claims.NegativeControl(
                claims.UpperBound("kl", by="path", statement="Started at γ, the path KL alone bounds KL(p‖p_T)")
            ),
            claims.NegativeControl(
                forgets("tv_outputs", 1.0, "TV between the outputs from γ and from q_T falls as e^{−T} only")
            ),
        ],
    },
    figures=[figures.Lines("horizon", ("tv_start", "tv_outputs"), scale="semilog", within="target")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
