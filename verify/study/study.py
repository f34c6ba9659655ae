"""Study: a question, the sweep that answers it, what is observed, and the claims that the table must support."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from verify.catalog import study_file
from verify.claims import Claim
from verify.claims.points import widen_table
from verify.errors import BoundcheckError, InvalidInput, UnknownName
from verify.executor import Pool, open_pool
from verify.fingerprint import digest, package_version
from verify.journal import Journal, read
from verify.study.budget import Budgeted, at_budget, known_budget
from verify.study.failure import told
from verify.study.loading import execute
from verify.study.result import ClaimFinding, Result, versions
from verify.study.running import compute, write_table

RESULTS = Path("results")


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """A sweep over named axes; `subject(**point)` is what runs at a point, `observe` what is measured on it.

    `claims` are filed under their ids in the catalogue (``"S3-10"``). `only(**point)` leaves out the points where it is
    false. `seed` is the root of all random streams. A study that was loaded from a file knows its `path`.
    """

    name: str
    question: str = ""
    subject: Callable[..., Any]
    sweep: Mapping[str, Sequence[Any] | Budgeted]
    observe: Mapping[str, Any]
    claims: Mapping[str, Sequence[Claim]] = field(default_factory=dict)
    figures: Sequence[Any] = ()
    tables: Sequence[Any] = ()
    only: Callable[..., bool] | None = None
    seed: int = 0
    path: Path | None = None
    source: str = ""  # digest of the file and its helpers

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*", self.name):
            raise InvalidInput(f"`name` must look like chen2023/step_size; got {self.name!r}.")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise InvalidInput(f"`seed` must be a whole number >= 0; got {self.seed!r}.")
        for name in (*self.sweep, *self.observe):
            if not isinstance(name, str) or not name or "." in name:
                raise InvalidInput(f"study {self.name}: axes and observables need names without a dot; got {name!r}.")
        if twice := set(self.sweep) & set(self.observe):
            raise InvalidInput(f"study {self.name}: {sorted(twice)} are both axes and observables; rename one.")
        self._check_claims()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the study that a file defines as STUDY; InvalidInput says in one line why there is none.

        A relative path that is not there is looked for among the studies that `boundcheck list studies` names.
        """
        file = study_file(path)
        study, source = execute(file)
        if not isinstance(study, cls):
            raise InvalidInput(f"STUDY in `{file}` must be a Study; got {type(study).__qualname__}.")
        return replace(study, path=file.resolve(), source=source)

    @functools.cached_property
    def version(self) -> str:
        """Digest of the code that computes the table: the package, the study file and the versions beneath them."""
        libraries = {name: text for name, text in versions().items() if name not in ("boundcheck", "pandas")}
        code = self.source or digest(self.subject, self.only)
        return digest(package_version(), libraries, code)

    def points(self, budget: str = "ci") -> list[dict[str, Any]]:
        """Return the sweep points at a budget, the last axis fastest."""
        axes = {name: _values(self.name, name, at_budget(v, known_budget(budget))) for name, v in self.sweep.items()}
        grid = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
        try:
            points = [point for point in grid if self.only is None or self.only(**point)]
        except (Exception, SystemExit) as error:
            raise InvalidInput(f"study {self.name}, `only`: {told(error, self.path)}") from error
        if not points:
            raise InvalidInput(f"study {self.name} has no point at budget {budget}; widen `sweep` or `only`.")
        return points

    def observed(self, budget: str) -> dict[str, Any]:
        """Return the observables of a budget."""
        return {name: what[budget] if isinstance(what, Budgeted) else what for name, what in self.observe.items()}

    def key(self, point: Mapping[str, Any], budget: str) -> str:
        """Return the key of a cell in the journal: it changes with all that its row depends on, and with no more."""
        return digest(self._context(budget), dict(point))

    def run(
        self,
        budget: str = "ci",
        results: str | Path = RESULTS,
        executor: str | Pool = "serial",
        progress: bool | None = None,
        *,
        fresh: bool = False,
    ) -> Result:
        """Return the result at `budget`; finished cells come from the journal in `results`, new ones are added to it.

        `executor` is ``serial``, ``processes:N``, ``dask``, ``dask:tcp://…`` or an open `executor.Pool`; `progress`
        None shows a bar where stderr is a terminal; `fresh` forgets the journal first.
        """
        points = self.points(budget)
        folder = self.folder(budget, results)
        with open_pool(executor) as pool, Journal(folder / "journal.jsonl", fresh=fresh) as journal:
            keys = [self.key(point, budget) for point in points]
            missing = [i for i, key in enumerate(keys) if key not in journal.rows]
            compute(self, budget, points, keys, missing, pool, journal, progress)
            result = self._result(budget, [journal.rows[key] for key in keys], len(missing))
        write_table(result.table, folder / "table.csv")
        return result

    def recall(self, budget: str = "ci", results: str | Path = RESULTS) -> Result:
        """Return the result from the journal alone; InvalidInput where cells are missing or the code has changed."""
        keys = [self.key(point, budget) for point in self.points(budget)]
        file = self.folder(budget, results) / "journal.jsonl"
        rows = read(file)[0] if file.is_file() else {}
        if missing := sum(key not in rows for key in keys):
            raise InvalidInput(
                f"study {self.name} has {missing} of {len(keys)} cells still to compute at budget {budget}; "
                f"boundcheck run {self.name} --budget {budget} first."
            )
        return self._result(budget, [rows[key] for key in keys], 0)

    def folder(self, budget: str, results: str | Path = RESULTS) -> Path:
        """Return where the journal and the table of this study lie."""
        return Path(results) / self.name / known_budget(budget)

    def judge(self, table: pd.DataFrame) -> tuple[ClaimFinding, ...]:
        """Return the findings of all claims; those that rest on statistical intervals share the error budget."""
        loose = {str(c).removesuffix(".confidence") for c in table.columns if _statistical(table, str(c))}
        entries = [(claim_id, claim) for claim_id, claims in self.claims.items() for claim in claims]
        shared = widen_table(table, sum(bool(loose & set(claim.columns)) for _, claim in entries))
        return tuple(self._judged(claim_id, claim, shared) for claim_id, claim in entries)

    def _judged(self, claim_id: str, claim: Claim, table: pd.DataFrame) -> ClaimFinding:
        try:
            return ClaimFinding(claim_id, claim, claim.judge(table))
        except BoundcheckError:
            raise
        except (Exception, SystemExit) as error:  # claims may be anybody's code
            raise InvalidInput(f"study {self.name}, claim {claim_id}: {told(error, self.path)}") from error

    def _result(self, budget: str, rows: Sequence[Mapping[str, Any]], computed: int) -> Result:
        table = pd.DataFrame(list(rows))
        provenance = {**versions(), "code": self.version, "seed": str(self.seed), "budget": budget}
        return Result(self, budget, table, self.judge(table), provenance, computed)

    @functools.cached_property
    def _contexts(self) -> dict[str, str]:
        return {}

    def _context(self, budget: str) -> str:
        """Return the digest of what all cells share, with the budget's own values put in."""
        if budget not in self._contexts:
            self._contexts[budget] = digest(self.version, self.seed, at_budget(self.observe, budget))
        return self._contexts[budget]

    def _check_claims(self) -> None:
        seen: set[tuple[str, str]] = set()
        for claim_id, claims in self.claims.items():
            if isinstance(claims, Claim):
                raise InvalidInput(f"study {self.name}: claims[{claim_id!r}] must be a sequence of claims.")
            for claim in claims:
                for column in claim.columns:
                    if column.partition(".")[0] not in (*self.observe, *self.sweep):
                        raise UnknownName(f"observable (study {self.name}, claim {claim_id})", column, self.observe)
                if (claim_id, claim.statement) in seen:
                    raise InvalidInput(f"study {self.name}: two claims {claim_id} have one statement; tell them apart.")
                seen.add((claim_id, claim.statement))


def _statistical(table: pd.DataFrame, column: str) -> bool:
    return column.endswith(".confidence") and bool((table[column] < 1).any())


def _values(study: str, axis: str, values: Any) -> list[Any]:
    """Return the values of an axis as plain Python scalars."""
    plain = [v.item() if isinstance(v, np.generic) else v for v in values]
    bad = [v for v in plain if not isinstance(v, (bool, int, float, str)) or v != v]
    if bad or not plain or len(set(plain)) < len(plain):
        what = f"got {bad[0]!r}" if bad else "none given" if not plain else "a value comes twice"
        raise InvalidInput(f"study {study}: axis `{axis}` needs distinct numbers or strings; {what}.")
    return plain
