"""Figures of a study: frozen specifications that draw themselves from a table and state what they show.

A study declares ``figures=(ErrorAgainstBound("step", errors=("tv",), bounds=("chen",)), …)``. Importing this package
does not import matplotlib; drawing does.
"""

from __future__ import annotations

from verify.report.figures.error_against_bound import ErrorAgainstBound
from verify.report.figures.ladder import Ladder
from verify.report.figures.lines import Lines
from verify.report.figures.specification import Specification
from verify.report.figures.stacked_terms import StackedTerms
from verify.report.figures.tightness_heatmap import TightnessHeatmap

__all__ = ["ErrorAgainstBound", "Ladder", "Lines", "Specification", "StackedTerms", "TightnessHeatmap"]
