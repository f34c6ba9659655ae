"""Slope triangles: where they fit best between the curves of a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.curve import Curve, fraction
from verify.report.figures.frame import Array
from verify.report.text import exponent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RUN, _GAP = 0.14, 0.022  # in fractions of the panel: length of the triangle, distance to its curve
_HALF = 0.025  # half the height of the number


@dataclass(frozen=True)
class Place:
    """A triangle: its three corners, the corner with the right angle last, and the text beside the upright side."""

    corners: Array
    text: tuple[float, float]
    outward: bool

    def outline(self, width: float) -> Array:
        """Return points on the sides of the triangle and around its text (of so much width), to see collisions."""
        a, b, c = self.corners
        sides = [p + s * (q - p) for p, q in ((a, c), (b, c), (a, b)) for s in np.linspace(0, 1, 6)]
        far = self.text[0] + (width if self.outward else -width)
        around = [[x, self.text[1] + dv] for x in np.linspace(self.text[0], far, 5) for dv in (-_HALF, _HALF)]
        return np.array([*sides, *around])


def _dense(axes: Axes, curve: Curve) -> Array:
    """Return a curve as many points in fractions of the panel, empty where it has none."""
    shows = curve.shows(True)
    if shows.sum() < 2:
        return np.empty((0, 2))
    u, v = fraction(axes, curve.x[shows], curve.value[shows])
    fine = np.linspace(u[0], u[-1], 240)
    return np.stack([fine, np.interp(fine, u, v)], axis=1)


def _places(path: Array) -> Iterator[Place]:
    """Yield triangles below and above a curve at several places along it."""
    first, last = path[0, 0] + 0.02, path[-1, 0] - _RUN - 0.02
    for start in np.linspace(first, max(first, last), 13):
        v0, v1 = np.interp([start, start + _RUN], path[:, 0], path[:, 1])
        for side in (-1, 1):
            outward = (side < 0) == (v1 >= v0)  # the right angle lies on the far side of the slanted edge
            corner = (start + _RUN, v0) if outward else (start, v1)
            shift = side * _GAP * float(np.hypot(1.0, (v1 - v0) / _RUN))
            corners = np.array([(start, v0), (start + _RUN, v1), corner]) + np.array([0.0, shift])
            middle = (v0 + v1) / 2  # beside a flat triangle the number moves off the curve
            level = min(middle, max(v0, v1) - _HALF) if side < 0 else max(middle, min(v0, v1) + _HALF)
            text = (corner[0] + (0.008 if outward else -0.008), level + shift)
            yield Place(corners, text, outward)


def _room(outline: Array, obstacles: Sequence[Array]) -> float:
    """Return the distance from an outline to the nearest obstacle, negative outside of the panel."""
    edge = float(min(outline.min(), (1 - outline).min()))
    if edge < 0:
        return edge
    gaps = [
        float(np.hypot(*(outline[:, None] - other[None]).transpose(2, 0, 1)).min()) for other in obstacles if len(other)
    ]
    return min(gaps, default=1.0)


def slope_triangles(axes: Axes, curves: Sequence[Curve], width: float) -> None:
    """Draw beside each curve a triangle with its fitted slope, or "local" and the local one where the slope drifts.

    `width` is that of the number in fractions of the panel. The place with the most room is taken; a curve
    without room gets none (its slope is in the caption).
    """
    obstacles = [_dense(axes, curve) for curve in curves]
    for curve, path in zip(curves, list(obstacles), strict=True):
        found = curve.fit()
        if found is None or not len(path) or path[-1, 0] - path[0, 0] < _RUN:
            continue
        room = width * (2.1 if found.drifts else 1.0)
        best = max(_places(path), key=lambda place: round(_room(place.outline(room), obstacles), 3))
        if _room(best.outline(room), obstacles) < 0.6 * _GAP:
            continue
        text = f"local {exponent(_local(axes, best))}" if found.drifts else exponent(found.slope)
        axes.fill(*best.corners.T, facecolor=curve.colour, alpha=0.3, linewidth=0, transform=axes.transAxes)
        align = "left" if best.outward else "right"
        axes.text(*best.text, text, transform=axes.transAxes, color=curve.colour, fontsize=8.5, ha=align, va="center")
        obstacles.append(best.outline(room))


def _local(axes: Axes, place: Place) -> float:
    """Return the slope in log-log axes of the slanted side."""
    (x0, x1), (y0, y1) = np.log(axes.get_xlim()), np.log(axes.get_ylim())
    du, dv = place.corners[1] - place.corners[0]
    return float(dv * (y1 - y0) / (du * (x1 - x0)))
