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
_WORDS = {"dim": "dimension", "error": "score error", "stop": "stopping time"}


def superscript(exponent: int) -> str:
    """Return an integer in superscript digits."""
    return str(exponent).translate(_SUPERSCRIPT)


def number(value: float, digits: int = 3) -> str:
    """Return `value` to so many significant digits: 0.0123, 1.2×10⁻⁷, ∞; whole numbers below 10⁵ in full."""
    value = float(value)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == round(value) and abs(value) < 1e5:
        return str(round(value)).replace("-", "−")
    if math.frexp(value)[0] == 0.5 and -20 < math.log2(value) < -4:  # a halved step; no measured value is one
        return power_of_two(value)
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
    """Return a table cell as text: numbers by `number`, truth values as yes and no."""
    if isinstance(item, bool) or type(item).__name__ == "bool_":
        return "yes" if item else "no"
    if isinstance(item, int) or type(item).__name__.startswith(("int", "uint")):
        return str(item).replace("-", "−")
    if isinstance(item, float) or type(item).__name__.startswith("float"):
        return number(float(item), digits)  # type: ignore[arg-type]
    return "" if item is None else str(item)


def names_of(items: Sequence[object]) -> list[str]:
    """Return swept values as tick labels; halved steps all as powers of two where one needs it."""
    names = [value_of(item, 3) for item in items]
    if not any("2⁻" in name for name in names):
        return names
    return [power_of_two(i) if isinstance(i, float) and i > 0 else n for i, n in zip(items, names, strict=True)]


def slug(text: str) -> str:
    """Return `text` fit for a file name or an anchor: letters, digits, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-") or "x"


def joined(parts: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""
