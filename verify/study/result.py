"""Result: the table of a study, what was found on its claims, and where the numbers come from."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from verify.claims import Claim
from verify.finding import Finding, Verdict

if TYPE_CHECKING:
    from verify.study.study import Study


@dataclass(frozen=True)
class ClaimFinding:
    """The finding on one claim, filed under its id in the catalogue of claims."""

    claim_id: str
    claim: Claim
    finding: Finding


@dataclass(frozen=True)
class Result:
    """One study run at one budget; `computed` of the table's rows are new, the others came from the journal."""

    study: Study
    budget: str
    table: pd.DataFrame
    findings: tuple[ClaimFinding, ...]
    provenance: Mapping[str, str]
    computed: int = 0

    def count(self, verdict: Verdict) -> int:
        """Return how many claims have this verdict."""
        return sum(entry.finding.verdict == verdict for entry in self.findings)


def versions() -> dict[str, str]:
    """Return what the numbers may depend on beside the code: versions of the interpreter and of the libraries."""
    try:
        ours = metadata.version("boundcheck")
    except metadata.PackageNotFoundError:
        ours = "not installed"
    return {
        "boundcheck": ours,
        "python": ".".join(map(str, sys.version_info[:3])),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
    }
