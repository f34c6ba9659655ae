"""pytest plugin: audits and rates as fixtures for other people's test suites. With six lines ::

    from mine import heun
    from verify.pytest_plugin import assert_law, assert_order

    def test_heun(audit):
        found = audit(heun, order=2)
        assert_order(found)
        assert_law(found, steps=250, within=0.01)

a test suite has a deterministic check of a sampler's order; `audit.unchanged(found)` also compares with the committed
baseline, which ``pytest --update-baselines`` writes. ``@pytest.mark.audit(steps=…, target=…)`` sets what the fixture
hands to `verify.audit.audit`. Nothing heavy is imported before a fixture or an assertion is used.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.assertions import assert_bound, assert_law, assert_order
    from verify.audit import Audit
    from verify.audit.probe import Sampler
    from verify.finding import Finding

__all__ = ["Audits", "Rates", "assert_bound", "assert_law", "assert_order"]

PROPERTY = "boundcheck"  # name of the report property that carries a line to the summary, from whatever process


def __getattr__(name: str) -> Any:
    if name.startswith("assert_") and name in __all__:
        return getattr(import_module("verify.assertions"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --update-baselines and the folder of the baselines."""
    group = parser.getgroup("boundcheck", "audits of samplers")
    group.addoption(
        "--update-baselines", action="store_true", help="write the baselines that `audit.unchanged` compares with"
    )
    parser.addini("boundcheck_baselines", "folder of the baselines (default: `baselines` beside each test file)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "audit(**options): what the `audit` fixture hands to verify.audit.audit")
    config.addinivalue_line("markers", "rate(**options): what the `rate` fixture takes for granted")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each audit and rate, workers' included."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    lines = {
        (report.nodeid, value): None  # an ordered set: set-up, call and tear-down repeat what came before
        for report in sorted(reports, key=lambda report: str(getattr(report, "nodeid", "")))
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    }
    if lines:
        terminalreporter.section("boundcheck", sep="-")
        for _, line in lines:
            terminalreporter.line(line)


@pytest.fixture
def audit(request: pytest.FixtureRequest) -> Audits:
    """Call it like `verify.audit.audit`; `audit.unchanged(found)` compares with the committed baseline."""
    return Audits(request.node, _options(request.node, "audit"))


@pytest.fixture
def rate(request: pytest.FixtureRequest) -> Rates:
    """Call it with step counts and errors for the order of convergence, with its interval and a verdict."""
    return Rates(request.node, _options(request.node, "rate"))


class Audits:
    """The `audit` fixture: audits samplers, tells the summary, keeps baselines."""

    def __init__(self, item: pytest.Item, options: dict[str, Any]) -> None:
        self._item = item
        self._options = options
        self._compared: set[Path] = set()

    def __call__(
        self, sampler: Sampler, target: Any = None, steps: Sequence[int] | None = None, **options: Any
    ) -> Audit:
        """Return `verify.audit.audit` of the sampler; arguments go before those of the `audit` marker."""
        from verify.audit import audit

        given = {"target": target, "steps": steps, **options}
        found = audit(sampler, **self._options | {name: value for name, value in given.items() if value is not None})
        _tell(self._item, _line(found))
        return found

    def unchanged(self, found: Audit) -> None:
        """Raise AssertionError where outcome, an order or an error became worse or moved since the baseline.

        There is one file per test and sampler; --update-baselines writes it.
        """
        __tracebackhide__ = True
        from verify import audit_baseline
        from verify.errors import InvalidInput

        path = _file(self._item, found.name)
        if path in self._compared:
            raise InvalidInput(f"two audits in one test are called {found.name!r}; tell them apart with `name=`.")
        self._compared.add(path)
        if self._item.config.getoption("--update-baselines"):
            audit_baseline.write(path, found)
            _tell(self._item, f"{found.name}: baseline written: {path}")
            return
        command = f'pytest "{self._item.nodeid}" --update-baselines'
        if not path.is_file():
            raise AssertionError(f"no baseline `{path}`; run {command} and commit the file.")
        if worse := audit_baseline.compare(path, found):
            told = "\n".join([*worse[:6], *([f"and {len(worse) - 6} more"] if worse[6:] else [])])
            raise AssertionError(
                f"{found.name} is not what `{path}` says:\n{told}\nWhere that is meant: {command}, and commit the file."
            )


class Rates:
    """The `rate` fixture: orders of a user's own errors."""

    def __init__(self, item: pytest.Item, options: dict[str, Any]) -> None:
        self._item = item
        self._options = options

    def __call__(self, steps: Sequence[int], errors: Sequence[Any], *, name: str = "", **options: Any) -> Finding:
        """Return `verify.assertions.rate_of` the errors: verdict, interval and the sentence that says why."""
        from verify.assertions import rate_of

        found = rate_of(steps, errors, **self._options | options)
        _tell(self._item, f"{name or self._item.name}: {found.verdict.value}: {found.evidence}")
        return found


def _options(item: pytest.Item, marker: str) -> dict[str, Any]:
    """Return the keywords of all markers of that name, those nearest to the test first in rank."""
    return {name: value for mark in reversed([*item.iter_markers(marker)]) for name, value in mark.kwargs.items()}


def _tell(item: pytest.Item, line: str) -> None:
    """Send a line to the summary: properties of reports reach it from workers as well."""
    item.user_properties.append((PROPERTY, line))


def _line(found: Audit) -> str:
    """Return name, verdict, least order and evaluations."""
    orders = [j.order.value for j in found.judgements if j.order.value is not None]
    least = min(orders, key=lambda order: order.low, default=None)
    order = "no order" if least is None else f"order {least.value:.2f} [{least.low:.2f}, {least.high:.2f}]"
    counts = [run.evaluations for run in found.runs]
    calls = f"{min(counts)}–{max(counts)} evaluations" if counts else found.reason
    return f"{found.name}: {found.verdict.value}: {found.outcome.value}, {order}, {calls}"


def _file(item: pytest.Item, sampler: str) -> Path:
    """Return where the baseline lies: FOLDER/test file/test name.sampler.json."""
    config, (module, *test) = item.config, item.nodeid.split("::")
    folder = str(config.getini("boundcheck_baselines"))
    place = (
        config.rootpath / folder / Path(module).with_suffix("")
        if folder
        else item.path.parent / "baselines" / item.path.stem
    )
    return place / f"{_safe('.'.join(test))}.{_safe(sampler)}.json"


def _safe(name: str) -> str:
    """Return the name as part of a file name, with a checksum where something had to go."""
    kept = re.sub(r"[^\w.=\[\]-]+", "_", name)[:80]
    return kept if kept == name else f"{kept}-{zlib.crc32(name.encode()):08x}"
