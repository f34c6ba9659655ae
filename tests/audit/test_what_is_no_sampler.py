"""Law: whatever is not an affine function of its arguments alone is named in one line, never measured."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from verify.audit import Model, Outcome, Source, audit
from verify.errors import InvalidInput, SamplerFailed
from verify.targets import Gaussian

DATA = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))


def shrink(model: Model, x: Any) -> Any:
    return 0.5 * (x + model.denoised(x, 1.0))


def outcome(change: Any) -> tuple[Outcome, str]:
    found = audit(lambda model, x, noise, steps: change(model, shrink(model, x), noise, steps), DATA, (1, 2))
    assert "\n" not in found.reason
    assert (found.runs, found.judgements) == ((), ())
    return found.outcome, found.reason


class Remembers:
    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, model: Model, x: Any, noise: Source, steps: int) -> Any:
        self.runs += 1
        return x + self.runs


class Caches:
    """Asks the model on its first run only."""

    def __init__(self) -> None:
        self.kept: Any = None

    def __call__(self, model: Model, x: Any, noise: Source, steps: int) -> Any:
        if self.kept is None:
            self.kept = float(model.denoised(x, 2.0)[0, 0])
        return x + self.kept


OWN = np.random.default_rng(0)

HIDDEN = {
    "global generator of NumPy": lambda m, x, n, k: x + np.random.standard_normal(x.shape),  # noqa: NPY002
    "global generator of random": lambda m, x, n, k: x + random.gauss(0, 1),
    "hidden randomness": lambda m, x, n, k: x + OWN.standard_normal(x.shape),
    "with a fixed seed": lambda m, x, n, k: x + np.random.default_rng(1).standard_normal(x.shape),
    "state kept between runs": Remembers(),
    "keeps state between runs": Caches(),
}
NOT_AFFINE = {
    "clipping or thresholding": lambda m, x, n, k: np.clip(x, -1, 1),
    "a nonlinear step": lambda m, x, n, k: x + 0.1 * np.sin(x),
    "its steps adapt to the state": lambda m, x, n, k: x + sum(n.normal() for _ in range(1 + (len(x) > 8))),
    "the other rows of the batch": lambda m, x, n, k: x - x.mean(axis=0),
    "draws uniforms": lambda m, x, n, k: x + n.uniform(),
}


@pytest.mark.parametrize("words", HIDDEN)
def test_hidden_input_is_named(words: str) -> None:
    seen, reason = outcome(HIDDEN[words])
    assert seen is Outcome.HIDDEN_INPUT
    assert words in reason


@pytest.mark.parametrize("words", NOT_AFFINE)
def test_what_no_gaussian_law_follows_is_named(words: str) -> None:
    seen, reason = outcome(NOT_AFFINE[words])
    assert seen is Outcome.NOT_AFFINE
    assert words in reason


def test_adaptive_steps_are_named() -> None:
    def adaptive(model: Model, x: Any, noise: Source, steps: int) -> Any:
        for _ in range(steps if np.abs(x).max() < 50 else 2 * steps):
            x = shrink(model, x) + 0.1 * noise.normal() * np.abs(x).max()
        return x

    found = audit(adaptive, DATA, (3, 5))
    assert found.outcome is Outcome.NOT_AFFINE


def test_the_generator_of_torch_is_watched() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    seen, reason = outcome(lambda m, x, n, k: x + float(torch.randn(())))
    assert seen is Outcome.HIDDEN_INPUT
    assert "global generator of torch" in reason


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_what_is_not_finite_is_an_outcome(value: float, word: str) -> None:
    seen, reason = outcome(lambda m, x, n, k: x + value)
    assert seen is Outcome.NOT_FINITE
    assert f"returned {word} at 1 steps" in reason


def failing(*_: Any) -> Any:
    raise KeyError("a long\nstory")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (failing, "raised KeyError at 1 steps: 'a long"),
        (lambda m, x, n, k: x[:, :1], "returned shape (8, 1) at 1 steps for a start of shape (7, 2)"),
        (lambda m, x, n, k: x[1:], "returned shape"),
        (lambda m, x, n, k: [1.0], "returned list at"),
    ],
)
def test_what_fails_is_one_line(change: Any, words: str) -> None:
    with pytest.raises(SamplerFailed) as seen:
        audit(lambda m, x, n, k: change(m, shrink(m, x), n, k), DATA, (1, 2))
    assert words.split(" (")[0] in str(seen.value)
    assert "\n" not in str(seen.value)


@pytest.mark.parametrize("steps", [(), (10, 10), (20, 10), (0, 10), (-1, 3)])
def test_step_counts_must_increase(steps: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="increasing whole numbers"):
        audit(lambda m, x, n, k: x, DATA, steps)


def test_a_sampler_that_never_asks_the_model_needs_a_span() -> None:
    with pytest.raises(InvalidInput, match="never calls the model"):
        audit(lambda m, x, n, k: x, DATA, (1, 2))


def test_a_span_is_a_span() -> None:
    with pytest.raises(InvalidInput, match="must be a Span or a function of the step count; got float"):
        audit(lambda m, x, n, k: x, DATA, (1, 2), span=1.0)  # type: ignore[arg-type]


def test_noise_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidInput, match="asks for noise of shape"):
        audit(lambda m, x, n, k: x + n.normal((3, 3)), DATA, (1, 2))
