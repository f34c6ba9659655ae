"""Deterministic maps of the line applied to a law on a grid: nodes move, masses stay; flat stretches become atoms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput, NoDensity
from verify.laws.grid_panels import MOST, too_many
from verify.laws.panels import ORDER, Panels

FLAT = 1e-14  # relative change across a panel below which its image is a point
EPS = float(np.finfo(float).eps)
SHARE = 1e-10  # of the length of a panel's image, and
ROUGH = 1e-13  # of the image's size: what a panel may leave unresolved
DEPTH = 40

Map = Callable[[Array], Array]
Mask = npt.NDArray[np.bool_]


def mapped(law: Any, forward: Map, breaks: Array, flat: tuple[float, ...] = ()) -> Any:
    """Return the law of T(X) for a monotone map T (n,) -> (n,), smooth between `breaks`.

    Panels are halved until T is resolved on each. Values in `flat` may have preimages of positive length: those become
    atoms, and so does every panel whose image is a point to rounding. NoDensity where T folds the line.
    """
    atoms = law.spots.copy()
    if atoms.size:
        atoms[:, 0] = forward(atoms[:, 0])
    if law.panels.edges.size < 2:
        return type(law).atomic(atoms[:, 0], atoms[:, 1])
    cuts = np.union1d(breaks, preimages(forward, flat, law.ends[0], law.ends[-1])) if flat else breaks
    panels, place, mass = resolved(law, forward, cuts)
    image = forward(place.ravel()).reshape(place.shape)
    still = np.ptp(image, axis=1) <= FLAT * (1 + np.abs(image).max(axis=1))
    share = (panels.weights * mass).sum(axis=1)
    atoms = np.concatenate([atoms, np.stack([image.mean(axis=1), share], axis=1)[still]])
    return _assembled(law, panels, image, mass, still, _merged(atoms))


def _assembled(law: Any, panels: Panels, image: Array, mass: Array, still: Mask, atoms: Array) -> Any:
    if still.any():  # panels on either side of a flat stretch become neighbours
        size = np.diff(panels.edges)[~still]
        panels = Panels(np.concatenate([[0.0], np.cumsum(size)]))
        image, mass = image[~still], mass[~still]
    steps = np.diff(image.ravel())
    if (steps < 0).all():
        panels = Panels(-panels.edges[::-1])
        image, mass, steps = image[::-1, ::-1], mass[::-1, ::-1], -steps[::-1]
    if steps.size and steps.min() < -FLAT * (1 + np.abs(image).max()):
        raise NoDensity("the map folds the line, so that its density has poles; take smaller steps or Particles.")
    image = np.maximum.accumulate(image.ravel()).reshape(image.shape)  # rounding may have turned neighbours round
    moved = type(law)(panels, mass, place=image, atoms=atoms if atoms.size else None)
    if not panels.edges.size > 1:
        return moved
    # panels as long in u as in x: those that the map stretches would else end up thinner than the rounding of u
    length = np.maximum(np.diff(moved.ends), 4 * np.spacing(np.abs(moved.ends).max()))
    even = Panels(np.append(moved.ends[0], moved.ends[0] + np.cumsum(length)))
    return type(law)(even, mass * (panels.half / even.half), image, moved.atoms)


def resolved(law: Any, forward: Map, cuts: Array) -> tuple[Panels, Array, Array]:
    """Return panels, places and masses of `law` with `cuts` among the ends, fine enough for the image of `forward`."""
    law = cut(law, cuts)
    panels, place, mass = law.panels, law.nodes, law.mass
    for _ in range(DEPTH):
        image = forward(place.ravel()).reshape(place.shape)
        if not np.isfinite(image).all():
            raise InvalidInput("a deterministic step leads out of the range of float64; take smaller steps.")
        spread = np.ptp(image, axis=1)
        # the nodes of a thin panel far from 0 are rounded to a larger share of it
        blur = SHARE + 64 * EPS * np.abs(panels.edges[1:]) / panels.half[:, 0]
        rough = panels.tails(image) > ROUGH * (np.abs(image).max() + spread) + blur * spread
        share = (panels.weights * mass).sum(axis=1)
        rough &= share > 1e-25
        if not rough.any():
            return panels, place, mass
        if panels.nodes.size > MOST:
            break
        panels, place, mass = _refined(panels, place, mass, panels.halved(rough))
    raise InvalidInput("a deterministic step is too rough for panels: it jumps where no kink is named.")


def divided(law: Any, pieces: npt.NDArray[np.intp]) -> Any:
    """Return the same law with panel i cut into pieces[i] equal ones."""
    need = ORDER * int(pieces.sum())
    if need > MOST:
        raise too_many(need, law.ends[0], law.ends[-1])
    edges = law.panels.edges
    share = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cuts = np.repeat(edges[:-1], pieces) + share * np.repeat(np.diff(edges) / pieces, pieces)
    return _on(law, Panels(np.append(cuts, edges[-1])))


def cut(law: Any, cuts: Array) -> Any:
    """Return the same law with `cuts` (places) among the ends of its panels."""
    inside = cuts[(cuts > law.ends[0]) & (cuts < law.ends[-1])]
    if not inside.size:
        return law
    u = law.coordinate(inside)
    gap = 1e-13 * (1 + np.abs(law.panels.edges).max())
    new = [c for c in u if np.abs(law.panels.edges - c).min() > gap]
    return _on(law, Panels(np.sort(np.concatenate([law.panels.edges, new])))) if new else law


def _on(law: Any, finer: Panels) -> Any:
    panels, place, mass = _refined(law.panels, law.nodes, law.mass, finer)
    if law.place is not None:
        return replace(law, panels=panels, mass=mass, place=place)
    return replace(law, panels=panels, mass=mass if law.formula is None else np.exp(law.formula(panels.nodes)))


def _refined(old: Panels, place: Array, mass: Array, new: Panels) -> tuple[Panels, Array, Array]:
    flat = new.nodes.ravel()
    logs = np.log(np.maximum(mass, 1e-300))
    shape = (-1, ORDER)
    return new, old.interpolated(place, flat).reshape(shape), np.exp(old.interpolated(logs, flat)).reshape(shape)


def _merged(atoms: Array) -> Array:
    if not atoms.size:
        return atoms
    places, index = np.unique(np.round(atoms[:, 0], 13), return_inverse=True)
    return np.stack([places, np.bincount(index, atoms[:, 1])], axis=1)


def preimages(forward: Map, values: tuple[float, ...], low: float, high: float) -> Array:
    """Return the ends of {x in [low, high] : T(x) = c} for each c in `values`, T increasing, by bisection."""
    found = [_first(forward, c, strict, low, high) for c in values for strict in (False, True)]
    return np.unique(np.array([x for x in found if x is not None]))


def _first(forward: Map, level: float, strict: bool, low: float, high: float) -> float | None:
    """Return the least x with T(x) ≥ `level` (> where `strict`); None unless it lies inside the interval."""

    def reached(x: float) -> bool:
        y = float(forward(np.array([x]))[0])
        return y > level if strict else y >= level

    if reached(low) or not reached(high):
        return None
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
