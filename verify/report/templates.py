"""The page templates and what they may call."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from verify.report import text
from verify.report.markup import html_text, latex_text, markdown_text
from verify.report.model import is_control, verdict_symbol, verdict_word
from verify.report.sentences import SYMBOLS, headline, open_rows, statistic

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Return the environment; templates for HTML escape everything, the others by their own filters."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("verify.report", "templates"),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(maths=html_text, md=markdown_text, tex=latex_text, slug=text.slug)
    made.filters.update(word=verdict_word, symbol=verdict_symbol, control=is_control, statistic=statistic)
    made.globals.update(SYMBOLS=SYMBOLS, headline=headline, open_rows=open_rows)
    return made


def fill(name: str, **content: object) -> str:
    """Return a filled template."""
    return environment().get_template(name).render(**content)
