"""Law: one Metropolis step on a grid keeps a density: no negative mass, mass one, TV below that before."""

import numpy as np
import pytest

import verify as vf
from verify import laws

TARGET = vf.targets.GaussianMixture(np.array([0.3, 0.7]), np.array([-0.4, 1.6]), np.array([0.5, 0.8]))
STARTS = {
    "narrow": vf.targets.Gaussian(np.array([0.5]), np.array([[1.5]])),
    "wide": vf.targets.Gaussian(np.array([-0.5]), np.array([[9.0]])),
}


def pushed(name):
    return laws.GridDensity.of(STARTS[name]).through(vf.samplers.MALA(TARGET, 0.8, 1), width=4.0)


@pytest.mark.parametrize("name", STARTS)
def test_mass_stays_positive_where_every_move_is_accepted(name):
    # far out all moves are accepted and 1 − ∫ q a is rounding of either sign: times p it was a negative density
    law = pushed(name)
    assert law.mass.min() >= 0
    assert abs(law.defect) < 1e-9


def test_total_variation_of_two_stepped_laws_is_a_probability():
    # far out mass is e^{−50} or nothing from node to node; interpolated by its logs it overshot to a mass of 3.5
    first, second = pushed("narrow"), pushed("wide")
    found = vf.total_variation(first, second)
    grid = np.linspace(-15.0, 15.0, 40_001)[:, None]
    gap = np.abs(np.exp(first.log_density(grid)) - np.exp(second.log_density(grid)))
    plain = 0.5 * float(gap.sum()) * (30.0 / 40_000)
    assert found.value == pytest.approx(plain, abs=1e-4)  # kinks of the acceptance and of |·|: a spacing each
    assert found.value < vf.total_variation(STARTS["narrow"], STARTS["wide"]).value
    assert vf.total_variation(first, first).value == 0
