"""Studies: a sweep, what is observed along it and what is claimed about it."""

from verify.study.budget import BUDGETS, Budgeted
from verify.study.cell import Cell, CellFailed
from verify.study.result import ClaimFinding, Result
from verify.study.study import Study

__all__ = ["BUDGETS", "Budgeted", "Cell", "CellFailed", "ClaimFinding", "Result", "Study"]
