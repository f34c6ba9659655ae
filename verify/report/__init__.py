"""Reports: results of studies as one HTML page, Markdown, LaTeX, figures and files for machines.

`write_report` writes everything into a folder, `summary_markdown` returns a summary for a CI step, and
`verify.report.figures` holds the figures that a study may declare.
"""

from __future__ import annotations

from verify.report.markdown import summary_markdown
from verify.report.write import write_report

__all__ = ["summary_markdown", "write_report"]
