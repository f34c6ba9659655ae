"""Panels that resolve e^{−V}: split until V changes little on each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from verify.backend import Array
from verify.errors import InvalidInput
from verify.laws.panels import Panels

FARTHEST = 1e12  # a potential that is still low out here confines nothing


def panels(value: Callable[[Array], Array], turns: Array, cut: float, change: float) -> Panels:
    """Return panels over {value ≤ min + `cut`}, split at `turns` and until `value` changes by ≤ `change` on each.

    `turns` are the critical points of `value`, which is monotone between them and increases outwards beyond them.
    """
    level = float(value(turns).min()) + cut
    ends = [_end(value, float(turns[0]), -1.0, level), _end(value, float(turns[-1]), 1.0, level)]
    edges = np.concatenate([ends[:1], turns, ends[1:]])
    for _ in range(60):
        heights = value(edges)
        steep = np.abs(np.diff(heights)) > change
        if not steep.any():
            return Panels(edges)
        middles = 0.5 * (edges[1:] + edges[:-1])[steep]
        edges = np.sort(np.concatenate([edges, middles]))
    raise InvalidInput("the potential is too steep for panels.")


def _end(value: Callable[[Array], Array], start: float, side: float, level: float) -> float:
    reach = 1.0
    while not float(value(np.array(start + side * reach))) >= level:
        reach *= 2
        if reach > FARTHEST:
            raise InvalidInput("the potential must grow without bound on both sides.")
    inner = 0.0
    return start + side * float(brentq(lambda r: float(value(np.array(start + side * r))) - level, inner, reach))
