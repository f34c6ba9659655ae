"""The report as one HTML page that needs no other file, no network and no JavaScript."""

from __future__ import annotations

from markupsafe import Markup

from verify.finding import Verdict
from verify.report.render import inline
from verify.report.templates import environment, fill
from verify.report.view import FigureView, ReportView


def page(report: ReportView) -> str:
    """Return the page; figures stand in it as SVG, the sort buttons are added by a few lines of JavaScript."""
    loader = environment().loader
    assert loader is not None
    style, script = (loader.get_source(environment(), name)[0] for name in ("style.css", "sort.js"))
    return fill(
        "index.html.j2",
        report=report,
        style=Markup(style),
        script=Markup(script),
        svg=_svg,
        Verdict=Verdict,
        title="boundcheck report",
    )


def _svg(figure: FigureView) -> Markup:
    return Markup(inline(figure.files["svg"]))
