"""Every way in which torch draws normals gives the noise of the source, anything else is refused, nothing leaks out."""

import numpy as np
import pytest

from verify.adapters.torch_noise import captured
from verify.audit import Source
from verify.errors import InvalidInput, NotAffine

torch = pytest.importorskip("torch", reason="needs PyTorch")

SHAPE = (7, 2)
PATCHED = ("randn", "randn_like", "normal", "rand", "randperm")


def impulses() -> Source:
    """A source that replays one draw: row 1 is the impulse on coordinate 0, row 2 that on 1."""
    state = torch.zeros(SHAPE, dtype=torch.float64)
    return Source(state, [(None, ((0, 1.0),))], 1, np.full((1, 1, 2), 3.0))


EXPECTED = np.array([[0, 0], [1, 0], [0, 1], [0, 0], [0, 0], [0, 0], [3, 3]], dtype=float)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: torch.randn(7, 2),
        lambda: torch.randn((7, 2), dtype=torch.float64),
        lambda: torch.randn(size=(7, 2), generator=torch.Generator()),
        lambda: torch.randn(SHAPE, out=torch.empty(SHAPE, dtype=torch.float64)),
        lambda: torch.randn(7, 2, 1, 1).reshape(SHAPE),
        lambda: torch.randn_like(torch.zeros(SHAPE)),
        lambda: (torch.normal(torch.full(SHAPE, 5.0), 2.0) - 5) / 2,
        lambda: (torch.normal(5.0, 2.0, SHAPE) - 5) / 2,
        lambda: (torch.empty(SHAPE).normal_(5.0, 2.0) - 5) / 2,
        lambda: (torch.distributions.Normal(torch.full(SHAPE, 5.0), 2.0).sample() - 5) / 2,
    ],
)
def test_every_normal_is_that_of_the_source(draw):
    source = impulses()
    with captured(source):
        drawn = draw()
    assert np.array_equal(drawn.numpy(), EXPECTED)  # small integers, exact in either precision
    assert len(source.log) == 1


def test_a_draw_has_the_dtype_asked_for_else_that_of_the_state():
    with captured(Source(torch.zeros(SHAPE, dtype=torch.float64))):
        assert torch.randn(7, 2).dtype == torch.float64
        assert torch.randn(7, 2, dtype=torch.float32).dtype == torch.float32
        assert torch.randn_like(torch.zeros(SHAPE)).dtype == torch.float32


@pytest.mark.parametrize(
    "draw", [lambda: torch.rand(3), lambda: torch.randint(3, (2,)), lambda: torch.zeros(2).uniform_()]
)
def test_uniforms_are_refused(draw):
    with captured(impulses()), pytest.raises(NotAffine, match="uniform"):
        draw()


def test_a_draw_of_another_shape_is_named():
    with captured(impulses()), pytest.raises(InvalidInput, match=r"\(2, 7\) beside a state of shape \(7, 2\)"):
        torch.randn(2, 7)


def test_blocks_nest_and_nothing_leaks_even_after_an_exception():
    before = {name: getattr(torch, name) for name in PATCHED}
    method, inherited = torch.Tensor.normal_, "normal_" in vars(torch.Tensor)
    outer, inner = impulses(), impulses()
    with captured(outer):
        with pytest.raises(ZeroDivisionError), captured(inner):
            torch.randn(7, len(inner.log) // 0)
        torch.randn(7, 2)
    assert (len(outer.log), len(inner.log)) == (1, 0)
    assert {name: getattr(torch, name) for name in PATCHED} == before
    assert torch.Tensor.normal_ is method and ("normal_" in vars(torch.Tensor)) == inherited


def test_the_global_generator_is_not_touched():
    before = torch.get_rng_state()
    with captured(impulses()):
        torch.randn(7, 2)
    assert torch.equal(torch.get_rng_state(), before)
