"""The plugin works in other people's suites: strict, in parallel, silent, without the terminal, and light to load."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest

from verify import pytest_plugin
from verify.pytest_plugin import assert_bound, assert_law, assert_order

ROOT = Path(__file__).resolve().parents[2]
MINE = Path(__file__).with_name("mine.py")
STRICT = ("--strict-markers", "--strict-config", "-Werror")

SUITE = """
    import pytest
    from mine import euler, heun
    from verify.pytest_plugin import assert_order

    pytestmark = pytest.mark.audit(steps=(20, 40, 80, 160, 320))

    @pytest.mark.parametrize("sampler", [euler, heun], ids=["euler", "heun/2 a"])
    def test_order(audit, sampler):
        found = audit(sampler)
        assert_order(found)
        audit.unchanged(found)

    class TestOwn:
        @pytest.mark.rate(at_least=3)
        def test_rate(self, rate):
            assert rate((1, 2, 4, 8), [1, 1 / 4, 1 / 16, 1 / 64]).verdict == "violated"
            assert rate((1, 2, 4, 8), [1, 1 / 4, 1 / 16, 1 / 64], at_least=2, name="mine").verdict == "holds"
"""


class Suite:
    """A folder with a test suite of somebody else, run by a pytest that knows this plugin and xdist alone."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
        self.pytester = pytester
        self.path = pytester.path
        (self.path / "mine.py").write_text(MINE.read_text("utf-8"), "utf-8")

    def write(self, text: str, ini: str = "") -> None:
        (self.path / "test_mine.py").write_text(dedent(text), "utf-8")
        (self.path / "pytest.ini").write_text(f"[pytest]\npythonpath = .\n{ini}", "utf-8")

    def run(self, *options: str) -> pytest.RunResult:
        plugins = ("-p", "verify.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider")
        return self.pytester.runpytest_subprocess(*plugins, *options, timeout=120)


@pytest.fixture
def suite(pytester, monkeypatch):
    return Suite(pytester, monkeypatch)


def section(result: pytest.RunResult) -> list[str]:
    """Return the lines under the heading `boundcheck`."""
    start = next((k for k, line in enumerate(result.outlines) if line.strip("- ") == "boundcheck"), None)
    rest = [] if start is None else result.outlines[start + 1 :]
    end = next((k for k, line in enumerate(rest) if line.startswith(("=", "-")) or " passed" in line), len(rest))
    return rest[:end]


def test_the_six_lines_of_the_documentation_are_a_test(suite):
    lines = pytest_plugin.__doc__.split("::\n")[1].split("\na test suite")[0]
    assert len([line for line in lines.splitlines() if line.strip()]) == 6
    suite.write(lines)
    result = suite.run(*STRICT, "-q")
    result.assert_outcomes(passed=1)
    (line,) = section(result)
    assert line.startswith("heun: holds: converges at the declared order, order 2.0") and "19–499 evaluations" in line


def test_baselines_and_summary_alone_and_on_two_workers(suite):
    suite.write(SUITE)
    missing = suite.run(*STRICT, "-k", "euler")
    missing.assert_outcomes(failed=1, deselected=2)
    missing.stdout.fnmatch_lines(['*run pytest "test_mine.py::test_order[[]euler[]]" --update-baselines and commit*'])

    written = suite.run(*STRICT, "-n2", "--update-baselines")
    written.assert_outcomes(passed=3)
    files = [f.relative_to(suite.path) for f in suite.path.rglob("*.json")]
    assert {f.parent.as_posix() for f in files} == {"baselines/test_mine"}
    names = sorted(f.name for f in files)
    assert (
        len(names) == 2
        and names[0].startswith("test_order[euler].euler")
        and names[1].startswith("test_order[heun_2_a]-")
    )
    assert len(section(written)) == 2 + 2 + 2  # audits, baselines, rates

    again = suite.run(*STRICT, "-q")
    again.assert_outcomes(passed=3)
    assert section(again) == [line for line in section(written) if ": baseline written: " not in line]
    said = "\n".join(section(again))
    for start in ("euler: holds: converges at the declared order, order 1.0", "heun: holds: ", "mine: holds: order 2"):
        assert start in said
    assert "test_rate: violated: order 2" in said and len(section(again)) == 4


def test_what_moved_fails_also_without_the_terminal(suite):
    suite.write(SUITE, "boundcheck_baselines = kept\n")
    written = suite.run("-p", "no:terminal", "--update-baselines", "-k", "heun")
    assert written.ret == 0
    (file,) = (suite.path / "kept" / "test_mine").iterdir()
    content = json.loads(file.read_text("utf-8"))
    key = "discretisation, target 1, 80 steps"
    content[key] = [2 * number for number in content[key]]
    file.write_text(json.dumps(content), "utf-8")
    result = suite.run("-k", "heun")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines([f"*{key}: committed *, now *", "*Where that is meant: pytest *--update-baselines*"])
    assert len(section(result)) == 1  # the summary tells failed tests too


def test_a_failed_assertion_points_at_the_line_of_the_test(suite):
    suite.write("""
        from mine import euler
        from verify.pytest_plugin import assert_order

        def test_it(audit):
            found = audit(euler, steps=(20, 40, 80, 160))
            assert_order(found, at_least=2)
    """)
    result = suite.run("-n0")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*euler: its order in W2 is not shown to be at least 2.", "*test_mine.py:7: AssertionError"]
    )
    assert "assertions/order.py" not in result.stdout.str()


def test_loading_it_imports_nothing_heavy_and_warns_of_nothing():
    code = (
        "import sys, verify.pytest_plugin; "
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'click', 'torch', 'verify.audit', 'verify.errors'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-Werror", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_entry_point_is_this_plugin(pytestconfig):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (target,) = project["entry-points"]["pytest11"].values()
    assert import_module(target) is pytest_plugin
    if entry_points(group="pytest11", name="boundcheck"):  # not in a plain checkout
        assert pytestconfig.pluginmanager.get_plugin("boundcheck") is pytest_plugin


def test_assertions_are_importable_from_the_plugin():
    assert all(map(callable, (assert_order, assert_law, assert_bound)))
    with pytest.raises(AttributeError, match="no attribute 'assert_nothing'"):
        _ = pytest_plugin.assert_nothing
