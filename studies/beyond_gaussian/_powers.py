"""Many equal steps of a chain on the line at once: the powers of its kernel on panels, by repeated squaring."""

from dataclasses import dataclass, field

import numpy as np

import verify as vf
from verify.laws import GridDensity
from verify.laws.grid_kernel import kernel
from verify.laws.grid_steps import move
from verify.laws.panels import ORDER, Panels

MOST = 40  # doublings: 1e12 steps
WIDTH = 4.0  # of a panel of 20 nodes, in standard deviations of the kernel: its integrals are right to about 1e-13


def unresolved(sampler, panels):
    """Return True for the panels on which the kernel behind or ahead of the step varies too fast, see `grid_chain`.

    A law that goes no further does not resolve the kernel ahead, N(y; m(x), s²) as a function of x: its panels are
    those of the last step.
    """
    way = move(sampler, 0, panels.nodes.ravel())
    slope = np.abs(panels.derivative(way.mean.reshape(-1, ORDER))).max(axis=1)
    return 2 * panels.half[:, 0] * np.sqrt(1 + slope**2) > WIDTH * float(way.spread.min())


@dataclass(frozen=True, eq=False)
class Powers:
    """A homogeneous chain on `panels`, which cover and resolve all its laws; matrices[j] takes 2^j steps."""

    panels: Panels
    matrices: list = field(repr=False)

    @classmethod
    def of(cls, sampler):
        """Return the panels on which the grid law of `sampler` settles, with the kernel of its step at their nodes."""
        panels = GridDensity.of(sampler.start()).through(sampler, width=WIDTH).panels
        while (rough := unresolved(sampler, panels)).any():
            panels = panels.halved(rough)
        x = panels.nodes.ravel()
        dense = kernel(move(sampler, 0, x), x)
        dense = dense if isinstance(dense, np.ndarray) else dense.toarray()
        return cls(panels, [dense * panels.weights.ravel()])

    def start(self, law):
        """Return the density of a law at the nodes."""
        return np.exp(law.log_density(self.panels.nodes.reshape(-1, 1)))

    def doubled(self, mass, j):
        """Return the density 2^j steps later, normalised: in 1e9 steps the rounding of the mass would show."""
        while len(self.matrices) <= j:
            self.matrices.append(self.matrices[-1] @ self.matrices[-1])
        mass = self.matrices[j] @ mass
        return mass / float(self.panels.weights.ravel() @ mass)

    def after(self, mass, steps):
        """Return the density so many steps later."""
        for j in range(int(steps).bit_length()):
            mass = self.doubled(mass, j) if steps >> j & 1 else mass
        return mass

    def distance(self, mass, target):
        """Return TV between the law of a density at the nodes and `target`."""
        return vf.total_variation(target, GridDensity(self.panels, mass.reshape(-1, ORDER))).value

    def steps_to(self, law, target, level):
        """Return the fewest steps from `law` to TV ≤ `level`, by doubling and then bisection; inf where there are none.

        TV to the chain's own invariant law never grows, so that TV to the target falls until it is near its end.
        """
        mass, done = self.start(law), 0
        if self.distance(mass, target) <= level:
            return 0.0
        for top in range(MOST):
            further = self.doubled(mass, top)  # 2^top steps from the start
            if self.distance(further, target) <= level:
                break
        else:
            return float("inf")
        for j in range(top - 1, -1, -1):
            further = self.doubled(mass, j)
            if self.distance(further, target) > level:
                done, mass = done + (1 << j), further
        return float(done + 1)
