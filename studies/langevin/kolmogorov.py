"""Do the semigroup, the generator and the Kolmogorov equations of the Langevin diffusion of a Gaussian fit together?

dX = −∇f(X) dt + √(2/β) dB with f quadratic is an OU process: its law at time t, its kernel (Mehler's) and its
eigenfunctions (Hermite polynomials) are known. The semigroup P_t, the generator 𝓛g = β⁻¹Δg − ⟨∇f, ∇g⟩, its adjoint and
the stationary law ∝ e^{−βf} are compared with each other and with differences in t, functions at 16 random places.
"""

import math

import numpy as np
from _diffusion import CASES, ROUNDING, subject

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.processes import LangevinDiffusion
from verify.processes.generator import adjoint, generator, log_derivatives
from verify.report import figures

PLACES = 16  # how many, and the seed of the stream they are drawn from
EARLY = (1e-4, 1e-3, 1e-2)
# (P_t g − g)/t − 𝓛g = ½t𝓛²g + t²𝓛³g/6 + …: 𝓛 has eigenvalues down to −3·4 on cubics, so that t = 0.01 bends by 4 %
BENT_EARLY = 3 * 4 * EARLY[-1] / 3
# Central differences over τ and τ/2, extrapolated, err by about (3rτ)⁴/480 for the largest rate r, and by 8ε/τ times
# numbers up to a hundred; τ is 0.3·10⁻⁴ at the least and 0.003/r at most.
SHARE, DIFFERENCE = (0.3, 0.003), 1e-7


def places(at):
    """Random places around the stationary law, (16, d): the same at all times."""
    return at.stationary.sample(PLACES, np.random.default_rng(PLACES))


def two_halves(share):
    """Return W2 between the law at t and that after t/2 and share·t, over the root mean square."""

    def measure(at, cell):
        half = at.diffusion.law(at.time / 2, at.start)
        gap = vf.wasserstein2(at.law(), at.diffusion.law(share * at.time, half))
        radius = math.sqrt(float(np.trace(at.start.cov + at.stationary.cov) + at.start.mean @ at.start.mean))
        return gap.map(lambda d: d / radius)

    return measure


def eigen_defect(at, cell):
    """max |P_t H − e^{−t·eigenvalue}H|/max |H| of a cubic Hermite function H."""
    return hermite_error(at, places(at), lambda h, x: at.diffusion.semigroup(h, at.time)(x))


def eigen_defect_slow(at, cell):
    """The same with (λ/β)(1 − e^{−t/λ}) for the variance of the kernel: half of the way is gone without noise."""
    half = at.time / 2

    def propagated(h, x):
        before = np.stack([at.diffusion.kernel(half, place).mean for place in x])
        return at.diffusion.semigroup(h, half)(before)

    return hermite_error(at, places(at), propagated)


def hermite_error(at, x, propagated):
    index = (3,) if at.diffusion.dim == 1 else (2, 1) + (0,) * (at.diffusion.dim - 2)
    h = at.diffusion.eigenfunction(index)
    want = math.exp(-at.time * at.diffusion.eigenvalue(index)) * h(x)
    return float(np.abs(propagated(h, x) - want).max() / np.abs(h(x)).max())


def cubic(at):
    """g = ⟨w, z⟩³ + |z|², z = x − m, w spread over all coordinates; returns g, ∇g and Δg."""
    m, dim = at.stationary.mean, at.diffusion.dim
    w = np.linspace(1.0, 0.5, dim)
    return (
        lambda x: ((x - m) @ w) ** 3 + ((x - m) ** 2).sum(axis=-1),
        lambda x: 3 * (((x - m) @ w) ** 2)[..., None] * w + 2 * (x - m),
        lambda x: 6 * ((x - m) @ w) * (w @ w) + 2.0 * dim,
    )


def generator_defect(share):
    """Return max |(P_t g − g)/t − 𝓛g|/max |𝓛g| of a cubic g, with `share` of Δg in 𝓛."""

    def measure(at, cell):
        x, beta = places(at), at.diffusion.inverse_temperature
        g, gradient, laplacian = cubic(at)
        want = generator(at.diffusion.target.score(x), gradient(x), share * laplacian(x), beta)
        found = (at.diffusion.semigroup(g, at.time)(x) - g(x)) / at.time
        return float(np.abs(found - want).max() / np.abs(want).max())

    return measure


def derivative(function, at):
    """∂_t by Richardson's formula on central differences at τ and τ/2, τ short against t and all relaxation times."""
    tau = min(SHARE[0] * at.time, SHARE[1] / float(at.diffusion.rates.max()))
    wide, narrow = ((function(at.time + r) - function(at.time - r)) / (2 * r) for r in (tau, tau / 2))
    return (4 * narrow - wide) / 3


def backward_defect(share):
    """Return max |∂_t P_t g − P_t 𝓛g|/max |𝓛g| of a cubic g, with `share` of Δg in 𝓛."""

    def measure(at, cell):
        x, beta = places(at), at.diffusion.inverse_temperature
        g, gradient, laplacian = cubic(at)

        def generated(y):
            return generator(at.diffusion.target.score(y), gradient(y), share * laplacian(y), beta)

        found = derivative(lambda t: at.diffusion.semigroup(g, t)(x), at)
        return float(np.abs(found - at.diffusion.semigroup(generated, at.time)(x)).max() / np.abs(generated(x)).max())

    return measure


def fokker_planck_defect(sign):
    """Return max |∂_t log p_t − 𝓛*p_t/p_t| over the size of its drift term, the term div(p∇f) with a `sign`."""

    def measure(at, cell):
        x, law = places(at), at.law()
        gradient, laplacian = log_derivatives(law, x)
        score = at.diffusion.target.score(x)
        want = adjoint(
            sign * score,
            -sign * at.diffusion.rates.sum(),
            gradient,
            laplacian,
            at.diffusion.inverse_temperature,
        )
        found = derivative(lambda t: at.law(t).log_density(x), at)
        return float(np.abs(found - want).max() / np.abs(score * gradient).sum(axis=-1).max())

    return measure


def duality_defect(at, cell):
    """|∫ 𝓛g p_t − ∫ g 𝓛*p_t|/|∫ 𝓛g p_t| of a cubic g by a Gauss–Hermite rule under p_t, exact to degree 31."""
    law, beta, score = at.law(), at.diffusion.inverse_temperature, at.diffusion.target.score
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    dim = at.diffusion.dim
    z = np.stack(np.meshgrid(*[nodes] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    share = np.prod(np.meshgrid(*[weights / weights.sum()] * dim, indexing="ij"), axis=0).ravel()
    x = law.mean + z @ np.linalg.cholesky(law.cov).T
    g, gradient, laplacian = cubic(at)
    left = share @ generator(score(x), gradient(x), laplacian(x), beta)
    right = share @ (g(x) * adjoint(score(x), -at.diffusion.rates.sum(), *log_derivatives(law, x), beta))
    return float(abs(left - right) / (share @ np.abs(generator(score(x), gradient(x), laplacian(x), beta))))


def gibbs_defect(beta_of_noise):
    """Return the spread of log ρ − β log π over places, ρ the law after 40/m; β of the noise by `beta_of_noise`."""

    def measure(at, cell):
        beta = at.diffusion.inverse_temperature
        moving = LangevinDiffusion(at.diffusion.target, beta_of_noise(beta))
        x, late = places(at), moving.law(40 / at.gap, at.start)
        log = beta * at.diffusion.target.log_density(x)
        return float(np.ptp(late.log_density(x) - log) / np.ptp(log))

    return measure


def score_defect(sign):
    """Return max |∇log π by differences − sign·(−∇f)|/max |∇f|; the differences of a quadratic are exact."""

    def measure(at, cell):
        x, target = places(at), at.diffusion.target
        moves = 0.5 * np.eye(at.diffusion.dim)
        found = np.stack([target.log_density(x + e) - target.log_density(x - e) for e in moves], axis=-1)
        want = -sign * (x - target.mean) @ np.linalg.inv(target.cov)
        return float(np.abs(found - want).max() / np.abs(want).max())

    return measure


def vanishes(name, words, tolerance=ROUNDING, **options):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words, **options)


STUDY = vf.Study(
    name="langevin/kolmogorov",
    question="Do the semigroup, the generator and the Kolmogorov equations of the Langevin diffusion fit together?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "inverse_temperature": vf.Budgeted(smoke=(1.0, 4.0), ci=(0.5, 1.0, 4.0), full=(0.1, 0.5, 1.0, 4.0, 100.0)),
        "start": ("shifted", "general"),
        "time": vf.Budgeted(
            smoke=(*EARLY, 0.3, 3.0),
            ci=(*EARLY, 0.1, 0.3, 1.0, 3.0),
            full=(*EARLY, 0.03, 0.1, 0.3, 1.0, 2.0, 5.0),
        ),
    },
    observe={
        "two_halves": two_halves(1 / 2),
        "half_and_third": two_halves(1 / 3),
        "eigen_defect": eigen_defect,
        "eigen_defect_slow": eigen_defect_slow,
        "generator_defect": generator_defect(1.0),
        "generator_defect_half": generator_defect(0.5),
        "backward_defect": backward_defect(1.0),
        "backward_defect_half": backward_defect(0.5),
        "fokker_planck_defect": fokker_planck_defect(1.0),
        "fokker_planck_defect_sign": fokker_planck_defect(-1.0),
        "duality_defect": duality_defect,
        "gibbs_defect": gibbs_defect(lambda beta: beta),
        "gibbs_defect_hot": gibbs_defect(lambda beta: 1.0),
        "score_defect": score_defect(1.0),
        "score_defect_sign": score_defect(-1.0),
    },
    claims={
        "S0-09": [
            vanishes("two_halves", "Two half steps make a whole one: P_{t/2}P_{t/2} = P_t on laws"),
            vanishes("eigen_defect", "Hermite functions are eigenfunctions of P_t, with e^{−tΣk/λ}"),
            claims.NegativeControl(vanishes("half_and_third", "P_{t/3}P_{t/2} = P_t on laws")),
            claims.NegativeControl(
                vanishes("eigen_defect_slow", "They are with the variance (λ/β)(1 − e^{−t/λ}) in the kernel, too")
            ),
        ],
        "S0-10": [
            claims.Rate(
                "generator_defect",
                "time",
                1.0,
                BENT_EARLY,
                where={"time": EARLY},
                statement="(P_t g − g)/t tends to 𝓛g = β⁻¹Δg − ⟨∇f, ∇g⟩ at the rate t",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "generator_defect_half",
                    "time",
                    1.0,
                    BENT_EARLY,
                    where={"time": EARLY},
                    statement="(P_t g − g)/t tends to ½β⁻¹Δg − ⟨∇f, ∇g⟩ at the rate t",
                )
            ),
        ],
        "S0-11": [
            vanishes("backward_defect", "∂_t P_t g = P_t 𝓛g for cubic g", DIFFERENCE),
            claims.NegativeControl(
                vanishes("backward_defect_half", "∂_t P_t g = P_t(½β⁻¹Δg − ⟨∇f, ∇g⟩) for cubic g", DIFFERENCE)
            ),
        ],
        "S0-12": [
            vanishes("fokker_planck_defect", "∂_t p_t = β⁻¹Δp_t + div(p_t∇f)", DIFFERENCE),
            vanishes("duality_defect", "∫ 𝓛g p = ∫ g 𝓛*p"),
            claims.NegativeControl(vanishes("fokker_planck_defect_sign", "∂_t p_t = β⁻¹Δp_t − div(p_t∇f)", DIFFERENCE)),
        ],
        "S0-13": [
            vanishes("gibbs_defect", "With the noise √(2/β) the law tends to one ∝ e^{−βf}"),
            claims.NegativeControl(
                vanishes(
                    "gibbs_defect_hot",
                    "With the noise √2 the law tends to one ∝ e^{−βf}, β = 4",
                    where={"inverse_temperature": 4.0},
                )
            ),
        ],
        "S0-16": [
            vanishes("score_defect", "Langevin's drift is ∇log π = −∇f"),
            claims.NegativeControl(vanishes("score_defect_sign", "∇log π = ∇f")),
        ],
    },
    figures=[
        figures.Lines(
            "time",
            ("generator_defect", "generator_defect_half", "fokker_planck_defect", "fokker_planck_defect_sign"),
            within="target",
            where={"inverse_temperature": 4.0, "start": "general"},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
