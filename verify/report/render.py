"""Figures as bytes: the same figure gives the same bytes, on every run."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.report.figures.style import INK, PAPER, RC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METADATA: Mapping[str, Mapping[str, Any]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
FORMATS = tuple(_METADATA)
THEMED = ("0072b2", "d55e00", "009e73", "cc79a7", "7a4fa3", "8c6239", "6b7a00", "b3261e")


def render(figure: Figure, name: str, formats: Sequence[str] = FORMATS) -> dict[str, bytes]:
    """Return the figure in each format; `name` salts the ids, so that figures can share a page."""
    from matplotlib import rc_context

    files = {}
    with rc_context({**RC, "svg.hashsalt": name, "savefig.facecolor": "white"}):
        for kind in dict.fromkeys(["svg", *formats]):  # the page needs the SVG in any case
            stream = io.BytesIO()
            figure.savefig(stream, format=kind, dpi=160, metadata=dict(_METADATA[kind]))
            files[kind] = stream.getvalue()
    return files


def inline(svg: bytes) -> str:
    """Return an SVG fit to stand in a page: no prolog, no namespaces, ink and paper follow the page's theme."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text, count=2)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = text.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    text = _without_background(text)
    for name in THEMED:  # lighter twins of the data colours stand in the page's dark theme
        text = text.replace(f"#{name}", f"var(--c-{name}, #{name})")
    size = re.search(r'viewBox="0 0 ([\d.]+) ', text)
    width = round(float(size.group(1)) * 4 / 3) if size else 768
    return re.sub(r'(<svg)[^>]*?(viewBox="[^"]*")[^>]*>', rf'\1 role="img" width="{width}" \2>', text, count=1)


def _without_background(text: str) -> str:
    """Return the SVG without the white sheet that the files have: the first filled path spans the canvas."""
    return re.sub(r'<path d="[^"]*" style="fill: #ffffff"/>', "", text, count=1)
