"""Text made safe for each format; mathematics stays unicode, exponents and indices are set where the format can."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

_POWER = re.compile(r"\^(?:\{([^{}]*)\}|([−-]?[\w.½¼/′]+))")
_INDEX = re.compile(r"(?<![\w.])([A-Za-zΑ-Ωα-ω])_(?:\{([^{}]*)\}|([A-Za-z0-9∞*](?!\w)))")
_EQUATION = re.compile(r"(?<=\w) = (?=[−\d])")
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\ensuremath{<}", ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}", "−": r"\ensuremath{-}", "√": r"\ensuremath{\surd}", "‖": r"\ensuremath{\|}",
    "≤": r"\ensuremath{\le}", "≥": r"\ensuremath{\ge}", "≲": r"\ensuremath{\lesssim}", "≈": r"\ensuremath{\approx}",
    "≠": r"\ensuremath{\ne}", "×": r"\ensuremath{\times}", "·": r"\ensuremath{\cdot}", "±": r"\ensuremath{\pm}",
    "∞": r"\ensuremath{\infty}", "∫": r"\ensuremath{\int}", "∇": r"\ensuremath{\nabla}", "∈": r"\ensuremath{\in}",
    "→": r"\ensuremath{\to}", "∨": r"\ensuremath{\vee}", "∧": r"\ensuremath{\wedge}", "½": r"\ensuremath{\frac12}",
    "¼": r"\ensuremath{\frac14}", "Σ": r"\ensuremath{\Sigma}", "Π": r"\ensuremath{\Pi}", "∑": r"\ensuremath{\sum}",
    "⟨": r"\ensuremath{\langle}", "⟩": r"\ensuremath{\rangle}", "∂": r"\ensuremath{\partial}", "Δ": r"\ensuremath{\Delta}",
    "ε": r"\ensuremath{\varepsilon}", "–": "--", "—": "---", "…": r"\dots{}", "′": r"\ensuremath{'}", "⇔": r"\ensuremath{\Leftrightarrow}",
    "ō": r"\=o", "Ω": r"\ensuremath{\Omega}", "Γ": r"\ensuremath{\Gamma}", "Φ": r"\ensuremath{\Phi}", "∝": r"\ensuremath{\propto}",
    "∼": r"\ensuremath{\sim}", "“": "``", "”": "''", "’": "'", "∅": r"\ensuremath{\emptyset}", "∗": r"\ensuremath{*}",
    "✓": r"\ensuremath{\checkmark}", "✗": r"\ensuremath{\times}",
}  # fmt: skip
_GREEK = "α alpha β beta γ gamma δ delta ζ zeta η eta θ theta κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma τ tau φ varphi χ chi ψ psi ω omega"  # fmt: skip
_TEX.update({a: rf"\ensuremath{{\{b}}}" for a, b in zip(_GREEK.split()[::2], _GREEK.split()[1::2], strict=True)})
_TEX.update({c: rf"\ensuremath{{^{{{d}}}}}" for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True)})
_TEX.update({c: rf"\ensuremath{{_{{{d}}}}}" for c, d in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)})


def html_text(text: str) -> Markup:
    """Return text escaped for HTML, with e^{−2T} and h^1.00 raised, q_t lowered, T = 4 kept on one line."""
    safe = _EQUATION.sub("\u00a0=\u00a0", html.escape(text, quote=True))
    safe = _INDEX.sub(lambda m: f"{m.group(1)}<sub>{m.group(2) or m.group(3)}</sub>", safe)
    return Markup(_POWER.sub(lambda m: f"<sup>{m.group(1) or m.group(2)}</sup>", safe))


def markdown_text(text: str) -> str:
    """Return text escaped for a GitHub-flavoured Markdown paragraph or table cell, on one line."""
    safe = re.sub(r"([\\`*_\[\]|~#$])", r"\\\1", " ".join(text.split()))
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def latex_text(text: str) -> str:
    """Return text escaped for LaTeX text mode, mathematics as `\\ensuremath`, exponents raised."""
    parts, end = [], 0
    for match in _POWER.finditer(text):
        parts.append(_escaped(text[end : match.start()]))
        inner = _escaped(match.group(1) or match.group(2))
        parts.append(rf"\textsuperscript{{{inner}}}")
        end = match.end()
    return "".join(parts) + _escaped(text[end:])


def _escaped(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in " ".join(text.split(" ")).replace("\n", " "))


def xml_text(text: str) -> str:
    """Return text without the control characters that XML 1.0 forbids."""
    return re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "�", text)
