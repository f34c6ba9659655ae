"""Numbers and names as people read them; the same in HTML, Markdown and figures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TOKENS = {
    "kl": "KL", "tv": "TV", "w1": "W₁", "w2": "W₂", "chi2": "χ²", "ode": "ODE", "sde": "SDE", "ou": "OU",
    "ddpm": "DDPM", "ddim": "DDIM", "ula": "ULA", "mala": "MALA", "elbo": "ELBO", "init": "initialisation",
    "chen": "Chen et al.", "pinsker": "Pinsker", "mc": "Monte Carlo", "em": "EM", "ei": "EI",
}  # fmt: skip
_SYMBOLS = {
    "step": "h", "horizon": "T", "dim": "d", "score_error": "ε", "error": "ε", "smoothness": "L", "steps": "N",
    "strong_convexity": "m", "second_moment": "m₂²", "stop": "δ", "kappa": "κ", "condition": "κ", "conditioning": "κ",
    "variance": "λ", "time": "τ",
}  # fmt: skip
_SMALL_STEP = 0.06  # exact powers of two below are written as such
_DISTANCES = {"tv": "TV", "kl": "KL", "w1": "W₁", "w2": "W₂", "chi2": "χ²"}
HOLLOW = "an assumption of a bound fails or an error is not told from its null"
_WORDS = {"dim": "dimension", "error": "score error", "stop": "stopping time"}


def superscript(exponent: int) -> str:
    """Return an integer in superscript digits."""
    return str(exponent).translate(_SUPERSCRIPT)


def number(value: float, digits: int = 3) -> str:
    """Return `value` to so many significant digits: 0.0123, 1.2×10⁻⁷, ∞; whole numbers below 10⁵ in full.

    Measured values and statistics go through here: 4.441e-16 stays decimal. Swept values go through `value_of`.
    """
    value = float(value)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == round(value) and abs(value) < 1e5:
        return str(round(value)).replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -4 <= power < max(digits, 5):
        text = f"{float(f'{mantissa}e{power}'):.{max(digits - 1 - power, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + "×10" + superscript(power)
        text = re.sub(r"^(-?)1×", r"\1", text)
    return text.replace("-", "−")


def power_of_two(value: float, digits: int = 3) -> str:
    """Return an exact negative power of two as 2⁻⁹, any other number as `number` does."""
    fraction, power = math.frexp(value)
    return "2" + superscript(power - 1) if fraction == 0.5 and power < 1 else number(value, digits)


def exponent(value: float) -> str:
    """Return a fitted exponent to two decimals, with a true minus sign and no negative zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def interval(value: float, low: float, high: float, digits: int = 4) -> str:
    """Return "value [low, high]", or the value alone where both ends print like it."""
    texts = [number(item, digits) for item in (value, low, high)]
    return texts[0] if texts[0] == texts[1] == texts[2] else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def label(column: str, labels: Mapping[str, str] | None = None) -> str:
    """Return the words for a column: `path_kl` -> "path KL"; `labels` overrides."""
    if labels and column in labels:
        return labels[column]
    return " ".join(_TOKENS.get(token, token) for token in re.split(r"[_.]", column))


def axis_label(column: str, labels: Mapping[str, str] | None = None) -> str:
    """Return words and symbol of a sweep axis: `step` -> "step h"."""
    if labels and column in labels:
        return labels[column]
    words = _WORDS.get(column, label(column))
    return f"{words} {_SYMBOLS[column]}" if column in _SYMBOLS else words


def symbol(column: str) -> str:
    """Return the paper's symbol of a sweep axis, or its words where it has none."""
    return _SYMBOLS.get(column, label(column))


def value_of(item: object, digits: int = 4) -> str:
    """Return a swept value as text: halved steps as 2⁻⁹, other numbers by `number`, truth values as yes and no."""
    if isinstance(item, bool) or type(item).__name__ == "bool_":
        return "yes" if item else "no"
    if isinstance(item, int) or type(item).__name__.startswith(("int", "uint")):
        return str(item).replace("-", "−")
    if isinstance(item, float) or type(item).__name__.startswith("float"):
        value = float(item)  # type: ignore[arg-type]
        return power_of_two(value, digits) if 0 < value < _SMALL_STEP else number(value, digits)
    return "" if item is None else str(item)


def names_of(items: Sequence[object], digits: int = 3) -> list[str]:
    """Return swept values as tick labels; halved steps all as powers of two where one needs it."""
    names = [value_of(item, digits) for item in items]
    if not any("2⁻" in name for name in names):
        return names
    return [power_of_two(i, digits) if isinstance(i, float) and i > 0 else n for i, n in zip(items, names, strict=True)]


def distance(column: str) -> str:
    """Return the distance that a column's name tells: `start_tv` -> "TV"; empty where it tells none or several."""
    found = {_DISTANCES[token] for token in re.split(r"[_.]", column) if token in _DISTANCES}
    return found.pop() if len(found) == 1 else ""


def quantity(columns: Sequence[str], otherwise: str) -> str:
    """Return the distance that all columns measure, by their names, for an axis of a figure."""
    found = {distance(column) for column in columns}
    return found.pop() or otherwise if len(found) == 1 else otherwise


def capital(text: str) -> str:
    """Return a sentence with its first word, where it is one, in capital."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2,}\b(?![_^(])", text) else text


def slug(text: str) -> str:
    """Return `text` fit for a file name or an anchor: letters, digits, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-") or "x"


def joined(parts: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""
