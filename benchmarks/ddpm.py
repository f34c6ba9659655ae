"""Times ancestral DDPM sampling by diffusers (PyTorch, exact score as the network) against ours, same steps, float32.

Data: a Gaussian with full covariance, and a mixture of 8 Gaussians, d = 16. Both programs take the timesteps and ᾱ of
diffusers' `DDPMScheduler` (1,000 training steps, linear β, "fixed_small" variance); ours is `samplers.DDPMPosterior` at
the noise times τ = −½ log ᾱ. That the laws are the same is checked: against the exact law of the output for Gaussian
data, moment by moment for the mixture. Threads of PyTorch and workers of ours are equal in each comparison: one, unless
`--cores` says more; where other programs use the cores, PyTorch's threads wait for each other and ratios mean little.
Run: ``python benchmarks/ddpm.py [--particles 30000] [--rounds 3] [--steps 100 1000] [--cores 1] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import torch
from diffusers import DDPMScheduler
from measuring import compared, interleaved, versions, written

import verify as vf
from verify.backend import keep_freed_memory

DIM, PARTS = 16, 8
FARTHEST = 5.0  # standard errors that one of 152 moments may be off: P = 9e-5
Model = Callable[[Any, int], Any]


def data() -> dict[str, Any]:
    """Return the data laws by name."""
    rng = np.random.default_rng(7)
    a = rng.standard_normal((DIM, DIM))
    means, variances = 2 * rng.standard_normal((PARTS, DIM)), rng.uniform(0.2, 1.0, (PARTS, DIM))
    return {
        "Gaussian": vf.targets.Gaussian(rng.standard_normal(DIM), a @ a.T / DIM + 0.3 * np.eye(DIM)),
        "mixture of 8": vf.targets.GaussianMixture(
            np.full(PARTS, 1 / PARTS), means, np.stack([np.diag(v) for v in variances])
        ),
    }


def scheduled(steps: int) -> tuple[DDPMScheduler, np.ndarray]:
    """Return the scheduler, and the noise times τ = −½ log ᾱ at its timesteps with 0 at the end."""
    scheduler = DDPMScheduler(clip_sample=False)
    scheduler.set_timesteps(steps)
    kept = scheduler.alphas_cumprod[scheduler.timesteps].double().numpy()
    return scheduler, np.append(-0.5 * np.log(kept), 0.0)


def network(target: Any, tau: np.ndarray) -> Model:
    """Return the exact ε(x, k) = −√(1 − ᾱ)·score by products of matrices from tables, which is fastest in PyTorch."""
    keep, noise = np.exp(-tau[:-1]), np.sqrt(-np.expm1(-2 * tau[:-1]))

    def table(values: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(values), dtype=torch.float32)

    if isinstance(target, vf.targets.Gaussian):
        values, basis = np.linalg.eigh(target.cov)
        spectra = keep[:, None] ** 2 * values + noise[:, None] ** 2
        precisions = table(np.array([s * (basis / at) @ basis.T for s, at in zip(noise, spectra, strict=True)]))
        means = table(keep[:, None] * target.mean)
        return lambda x, k: (x - means[k]) @ precisions[k]
    variances = np.array([np.diag(cov) for cov in target.covs])
    at = keep[:, None, None] ** 2 * variances + noise[:, None, None] ** 2
    centres = keep[:, None, None] * target.means
    constant = table(np.log(target.weights) - 0.5 * (np.log(at) + centres**2 / at).sum(axis=-1))
    linear, precision, scale = table(centres / at), table(1 / at), noise.tolist()

    def mixture(x: Any, k: int) -> Any:
        share = torch.softmax(x @ linear[k].T - 0.5 * (x * x) @ precision[k].T + constant[k], dim=-1)
        return scale[k] * (x * (share @ precision[k]) - share @ linear[k])

    return mixture


def theirs(scheduler: DDPMScheduler, model: Model, n: int, threads: int) -> Callable[[], np.ndarray]:
    """Return diffusers' sampling loop, as its pipelines write it."""
    generator = torch.Generator().manual_seed(1)

    def work() -> np.ndarray:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            x = torch.randn(n, DIM, generator=generator)
            for k, t in enumerate(scheduler.timesteps):
                x = scheduler.step(model(x, k), t, x, generator=generator).prev_sample
        return x.numpy()

    return work


def ours(sampler: Any, n: int, workers: int) -> Callable[[], np.ndarray]:
    """Return the package's run in float32."""
    cloud = replace(vf.laws.Particles.standard(n, DIM, 3, dtype="float32"), workers=workers)
    return lambda: sampler.run(cloud).points


def check(sampler: Any, a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """Return by how much two clouds (n, d) differ in law; AssertionError where chance does not explain it."""
    x, y = (np.hstack([c, *(c[:, i:] * c[:, i, None] for i in range(DIM))]) for c in (a.astype(float), b.astype(float)))
    error = np.sqrt((x.var(axis=0) + y.var(axis=0)) / len(a))
    found = {
        "largest difference of moments, standard errors": round(float((np.abs(x.mean(0) - y.mean(0)) / error).max()), 2)
    }
    assert max(found.values()) <= FARTHEST, found
    if sampler.is_gaussian:
        exact = sampler.run()
        for name, points in (("boundcheck", a), ("diffusers", b)):
            kl = vf.kl(vf.laws.Particles(points.astype(float), 0), exact, confidence=0.999)
            assert kl.low <= 0.0, f"{name}: KL from the exact law of the output {kl}"
            found[f"KL of {name} from the exact law"] = kl.value
    return found


def main() -> None:
    """Run, check, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--cores", type=int, nargs="*", default=[1], help="more than one needs as many that are free")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    keep_freed_memory()  # what the package does for itself; PyTorch has it, too
    figures: dict[str, Any] = {"n": options.particles, "d": DIM}
    for name, target in data().items():
        for steps in options.steps:
            scheduler, tau = scheduled(steps)
            sampler = vf.samplers.DDPMPosterior(vf.scores.Exact(target), vf.TimeGrid(tau))
            model, n = network(target, tau), options.particles
            found: dict[str, Any] = {
                "same law": check(sampler, ours(sampler, n, 1)(), theirs(scheduler, model, n, 1)())
            }
            for cores in options.cores:
                works = {"boundcheck": ours(sampler, n, cores), "diffusers": theirs(scheduler, model, n, cores)}
                found[f"{cores} core{'s' if cores > 1 else ''}"] = compared(
                    interleaved(works, options.rounds, steps < 1000), "boundcheck"
                )
            figures[f"{name}, N = {steps}"] = found
            print(name, steps, found, file=sys.stderr, flush=True)
    written({**figures, "versions": versions(("numpy", "torch", "diffusers"))}, options.out)


if __name__ == "__main__":
    main()
