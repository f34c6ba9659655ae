"""Text made safe for each format; mathematics stays unicode, exponents and indices are set where the format can."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

_POWER = re.compile(r"\^(?:\{([^{}]*)\}|([−-]?[\w½¼′]+(?:[./…][−-]?[\w½¼]+)*))")
_INDEX = re.compile(r"(?<![\w.])([A-Za-zΑ-Ωα-ω])_(?:\{([^{}]*)\}|([A-Za-z0-9∞*Α-Ωα-ω](?![A-Za-z0-9_])))")
_EQUATION = re.compile(r"(?<=\w) = (?=[−\d])")
_TEXT = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "—": "---", "…": r"\dots{}", "“": "``",
    "”": "''", "’": "'", "\u00a0": "~",
}  # fmt: skip
_MATHS_SOURCE = r"""
    < <  > >  | |  − -  √ \surd  ‖ \|  ≤ \le  ≥ \ge  ≲ \lesssim  ≈ \approx  ≠ \ne  × \times  · \cdot
    ± \pm  ∞ \infty  ∫ \int  ∇ \nabla  ∂ \partial  ∈ \in  → \to  ⇔ \Leftrightarrow  ∨ \vee  ∧ \wedge
    ½ \frac12  ¼ \frac14  ∑ \sum  ⟨ \langle  ⟩ \rangle  ∝ \propto  ∼ \sim  ∗ *  ′ '  ✓ \checkmark
    ✗ \times  Γ \Gamma  Δ \Delta  Σ \Sigma  Π \Pi  Φ \Phi  Ω \Omega  α \alpha  β \beta  γ \gamma
    δ \delta  ε \varepsilon  ζ \zeta  η \eta  θ \theta  κ \kappa  λ \lambda  μ \mu  ν \nu  ξ \xi
    π \pi  ρ \rho  σ \sigma  τ \tau  φ \varphi  χ \chi  ψ \psi  ω \omega  ⁻ ^{-}  ⁺ ^{+}
"""
_MATHS = _MATHS_SOURCE.split()
_SUPER, _SUB = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"
_TEX = {
    **_TEXT,
    **{c: rf"\ensuremath{{{m}}}" for c, m in zip(_MATHS[::2], _MATHS[1::2], strict=True)},
    **{c: rf"\ensuremath{{^{{{i}}}}}" for i, c in enumerate(_SUPER)},
    **{c: rf"\ensuremath{{_{{{i}}}}}" for i, c in enumerate(_SUB)},
}


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
    return "".join(_TEX.get(character, character) for character in re.sub(r"\s*\n\s*", " ", text))


def xml_text(text: str) -> str:
    """Return text without the control characters that XML 1.0 forbids."""
    return re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "�", text)
