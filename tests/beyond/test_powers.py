"""Law: the powers of a chain's kernel give the law after n steps of the chain itself, and the first n within a TV."""

import sys
from pathlib import Path

import numpy as np
import pytest

import verify as vf
from verify import laws

sys.path.insert(0, str(Path(__file__).parents[2] / "studies" / "beyond_gaussian"))
from _powers import Powers

TARGET = vf.targets.GaussianMixture(np.array([0.7, 0.3]), np.array([-2.0, 2.0]), np.array([1.0, 1.0]))
NOISE = laws.Gaussian.standard(1)
STEP = 0.2


def chain(steps, step=STEP):
    return vf.samplers.ULA(TARGET, step, steps)


@pytest.fixture(scope="module")
def powers():
    return Powers.of(chain(8))


@pytest.mark.parametrize("steps", [1, 5, 48])
def test_powers_are_the_chain(powers, steps):
    # off by one step TV changes by 3e-4 and more at n = 48; panels of four deviations leave 1e-9
    mass = powers.after(powers.start(NOISE), steps)
    ours, theirs = powers.distance(mass, TARGET), vf.total_variation(TARGET, chain(steps).run()).value
    assert ours == pytest.approx(theirs, abs=1e-8)


def test_first_step_within_reach_is_the_first(powers):
    found = int(powers.steps_to(NOISE, TARGET, 0.05))
    before, at = (vf.total_variation(TARGET, chain(n).run()).value for n in (found - 1, found))
    assert at <= 0.05 < before


def test_already_there_takes_no_step(powers):
    assert powers.steps_to(TARGET, TARGET, 0.05) == 0


def test_a_level_below_the_bias_is_never_reached():
    # ULA with a step of 0.5 ends at TV 0.06 or so: more evaluations do not help
    assert Powers.of(chain(8, 0.5)).steps_to(NOISE, TARGET, 0.01) == float("inf")


def test_a_louder_noise_is_seen(powers):
    # a kernel of a variance one per cent too large moves the law by about 1e-3 in TV
    loud = vf.samplers.ULA(TARGET, STEP * 1.01, 48)
    mass = powers.after(powers.start(NOISE), 48)
    assert abs(powers.distance(mass, TARGET) - vf.total_variation(TARGET, loud.run()).value) > 1e-4
