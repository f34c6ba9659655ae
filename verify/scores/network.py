"""scores.Network: a small neural score, trained by denoising score matching; its forward pass is array-API only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import BackendUnavailable, InvalidInput, NoDensity
from verify.estimate import Estimate
from verify.scores.l2_error import l2_error
from verify.scores.smoothed import data

Layer = tuple[Array, Array]  # matrix (inputs, outputs), offset (outputs,)
FEATURES = 3  # of the time


@dataclass(frozen=True, eq=False)
class Network:
    """s_t(x) = −ε_θ(x, t)/σ_t, σ_t = √(1 − e^{−2t}), with ε_θ a perceptron of tanh units in x and features of t.

    `layers` are pairs of a matrix (inputs, outputs) and an offset (outputs,), from d + 3 inputs to d outputs. The
    features e^{−t}, σ_t, log σ_t tell small times apart. Times are > 0.
    """

    target: Any
    layers: Sequence[Layer]

    def __post_init__(self) -> None:
        dim = self.target.dim
        layers = tuple((np.array(a, dtype=np.float64), np.array(b, dtype=np.float64)) for a, b in self.layers)
        width = dim + FEATURES
        for place, (matrix, offset) in enumerate(layers):
            if matrix.ndim != 2 or matrix.shape[0] != width or offset.shape != matrix.shape[1:]:
                raise InvalidInput(f"layer {place} must map {width} numbers; got {matrix.shape} and {offset.shape}.")
            if not (np.isfinite(matrix).all() and np.isfinite(offset).all()):
                raise InvalidInput(f"layer {place} must be finite: the training may have diverged.")
            width = matrix.shape[1]
        if not layers or width != dim:
            raise InvalidInput(f"the last layer must have {dim} outputs; got {width if layers else 'no layer'}.")
        object.__setattr__(self, "layers", layers)

    @classmethod
    def trained(
        cls,
        target: Any,
        points: npt.ArrayLike,
        *,
        hidden: Sequence[int] = (64, 64),
        steps: int = 2000,
        batch: int = 256,
        rate: float = 3e-3,
        times: tuple[float, float] = (1e-2, 4.0),
        seed: int = 0,
    ) -> Network:
        """Return the network after `steps` steps of Adam on E‖ε_θ(e^{−t}x + σ_t z, t) − z‖², x from `points` (n, d).

        This is the denoising loss with weight σ_t² (Vincent, 2011; Ho, Jain, Abbeel, 2020), log t uniform between
        `times`; the learning `rate` falls to zero along a cosine. The same seed gives the same weights on the same
        machine. Needs torch: the extra boundcheck[learn].
        """
        torch = _torch()
        places = data(points, target.dim)
        first, last = times
        if not (0 < first < last < math.inf and steps >= 1 and batch >= 1 and rate > 0 and min(hidden, default=1) >= 1):
            raise InvalidInput("`times` must be 0 < first < last; `steps`, `batch`, `rate` and `hidden` must be > 0.")
        rng = np.random.default_rng(seed)
        widths = (target.dim + FEATURES, *hidden, target.dim)
        layers = [_drawn(a, b, rng) for a, b in pairwise(widths)]
        parameters = [torch.tensor(value, requires_grad=True) for layer in layers for value in layer]
        adam = torch.optim.Adam(parameters, lr=rate)
        for step in range(steps):
            adam.param_groups[0]["lr"] = 0.5 * rate * (1 + math.cos(math.pi * step / steps))
            t = np.exp(rng.uniform(math.log(first), math.log(last), (batch, 1)))
            z = rng.standard_normal((batch, target.dim))
            noised = np.exp(-t) * places[rng.integers(len(places), size=batch)] + np.sqrt(-np.expm1(-2 * t)) * z
            found = _forward(parameters, torch.tensor(np.concatenate([noised, features(t)], axis=1)), torch.tanh)
            loss = ((found - torch.tensor(z)) ** 2).sum(dim=1).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        values = [parameter.detach().numpy() for parameter in parameters]
        return cls(target, list(zip(values[::2], values[1::2], strict=True)))

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        xp = namespace(x)
        time = to_host(t) if np.ndim(t) else np.full(1, float(t))
        if not (time > 0).all():
            raise NoDensity("a trained score has no time 0; stop the grid at a time > 0.")
        told = xp.broadcast_to(like(features(time), x), (*x.shape[:-1], FEATURES))
        values = [like(value, x) for layer in self.layers for value in layer]
        noise = _forward(values, xp.concat([x, told], axis=-1), xp.tanh)
        return -noise / like(np.sqrt(-np.expm1(-2 * time)), x)

    def error(self, t: float) -> Estimate:
        """Return ‖s_t − ∇log q_t‖ in L²(q_t): quadrature on the line, else Monte Carlo."""
        return l2_error(self, t)


def features(t: Array) -> Array:
    """Return e^{−t}, σ_t and log σ_t of times (…, 1), shape (…, 3)."""
    sigma = np.sqrt(-np.expm1(-2 * t))
    return np.concatenate([np.exp(-t), sigma, np.log(sigma)], axis=-1)


def _forward(values: Sequence[Any], x: Any, activation: Callable[[Any], Any]) -> Any:
    """Return the output of a perceptron; `values` alternate between matrices and offsets."""
    for place in range(0, len(values), 2):
        x = (x if place == 0 else activation(x)) @ values[place] + values[place + 1]
    return x


def _drawn(inputs: int, outputs: int, rng: np.random.Generator) -> Layer:
    """Return weights of variance 1/inputs (LeCun, Bottou, Orr, Müller, 1998)."""
    return rng.standard_normal((inputs, outputs)) / math.sqrt(inputs), np.zeros(outputs)


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise BackendUnavailable(
            "training a network needs torch, which is not installed; install the extra boundcheck[learn]."
        ) from None
    return torch
