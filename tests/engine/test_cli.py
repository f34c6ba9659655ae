"""The command says what it found, and every mistake ends in one line on stderr and the documented exit code."""

from __future__ import annotations

import inspect
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from verify import catalog
from verify.cli import main, main_study
from verify.cli.catalogue import bibliography
from verify.cli.quantities import QUANTITIES
from verify.cli.run import wake
from verify.executor import open_pool

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ("--budget", "smoke")
Capture = pytest.CaptureFixture[str]
CHEN = [
    "bound", "chen2023-theorem2", "--dim", "3072", "--smoothness", "100", "--second-moment", "3072", "--kl", "500",
    "--horizon", "8", "--steps", "1000", "--score-error", "0.05",
]  # fmt: skip
BENTON = [
    "bound", "benton2024-explicit", "--dim", "2", "--second-moment", "2", "--kappa", "0.1", "--horizon", "2", "--stop",
    "0.01", "--score-error", "0",
]  # fmt: skip


def error(capsys: Capture) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("boundcheck: error: ")
    return lines[0].removeprefix("boundcheck: error: ")


def test_run_prints_findings_and_counts(project: Path, capsys: Capture) -> None:
    assert main(["run", "toy", *SMOKE]) == 0
    out = capsys.readouterr().out
    assert "toy/steps: How fast does the toy error fall?" in out
    assert "T-1  holds  kl ≤ line at every point — largest kl/line" in out
    assert "5 hold, 0 violated, 1 inconclusive; 12 cells, 0 from the journal" in out
    assert main(["run", "toy/steps", *SMOKE]) == 0
    assert "12 cells, 12 from the journal" in capsys.readouterr().out


def test_a_script_is_the_command(project: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    commands = ([sys.executable, "studies/toy/steps.py"], [sys.executable, "-m", "verify", "run", "toy/steps"])
    runs = [
        subprocess.run([*c, *SMOKE, "--results", "r", "--fresh"], env=env, capture_output=True, text=True)
        for c in commands
    ]
    assert runs[0].returncode == runs[1].returncode == 0, runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == runs[1].stderr == ""


def test_exit_codes_of_claims(project: Path, edit: Callable[..., Path], capsys: Capture) -> None:
    assert main(["run", "toy", *SMOKE, "--strict"]) == 3  # dim has two values at smoke: the drift is not tested
    assert main(["run", "toy", "--strict"]) == 0
    edit("ORDER = 2.0", "ORDER = 1.9")
    assert main_study("studies/toy/steps.py", SMOKE) == 1
    assert "T-1  violated" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "toi"], "no study named `toi`; did you mean toy?"),
        (["run", "toy", "--budget", "smok"], "no budget named `smok`; did you mean smoke?"),
        (["run", "toy", "--executor", "threads"], "no executor `threads`; use serial"),
        (
            ["run", "toy", *SMOKE, "--results", "/dev/null/x"],
            "cannot write `/dev/null/x/toy/steps/smoke/journal.jsonl`",
        ),
        (["run", "missing.py"], "there is no study file `missing.py`"),
        (["run", "--fast"], "No such option '--fast'"),
        (["rum"], "No such command 'rum'"),
        (["list", "studys"], "is not one of 'studies'"),
        (["report", "toy", *SMOKE], "has 12 of 12 cells still to compute"),
        (["report", *SMOKE], "there are no results for budget smoke"),
        (["cite", "nobody1900"], "no bound, study or citation key named `nobody1900`"),
        (["bound", "chen2023-theorem"], "no bound or scheme named `chen2023-theorem`; did you mean chen2023-theorem2"),
        (["bound", "chen2023-theorem2"], "Missing option '--dim'"),
        ([*CHEN, "--dim", "many"], "Invalid value for '--dim': 'many' is not a valid integer"),
        ([*CHEN, "--score-error", "-1"], "--score-error must be a finite number >= 0; got -1.0"),
        ([*CHEN, "--kl", "nan"], "--kl must be a number >= 0; got nan"),
        ([*CHEN, "--steps", "0"], "--steps must be a whole number >= 1; got 0."),
        ([*CHEN, "--dim", "0"], "--dim must be a whole number >= 1; got 0."),
        ([*CHEN, "--horizon", "0"], "--horizon must be a finite number > 0; got 0.0."),
        ([*CHEN, "--horizon", "inf"], "--horizon must be a finite number > 0; got inf."),
        ([*CHEN, "--smoothness", "0"], "--smoothness must be a finite number > 0; got 0.0."),
        ([*BENTON, "--kappa", "0"], "--kappa must be a finite number > 0; got 0.0."),
        ([*BENTON, "--stop", "0"], "--stop must be a finite number > 0; got 0.0."),
        (["run", ""], "`` names no study"),
        (["run", "/"], "`/` names no study"),
        (["check", *SMOKE], "there is no baseline in `reports/baselines`"),
        (["check", *SMOKE, "--baselines", "studies"], "there is no baseline in `studies`"),
    ],
)
def test_mistakes(project: Path, capsys: Capture, args: list[str], said: str) -> None:
    assert main(args) == 2
    assert said in error(capsys)


def test_a_damaged_journal_is_named(project: Path, capsys: Capture) -> None:
    main(["run", "toy", *SMOKE])
    journal = project / "results/toy/steps/smoke/journal.jsonl"
    journal.write_text(journal.read_text().replace("made up", "").replace("0.3333", "0.3334", 1))
    capsys.readouterr()
    assert main(["run", "toy", *SMOKE]) == 2
    assert "journal.jsonl` line 1 is damaged; delete that line" in error(capsys)


def test_a_failing_cell_is_named(project: Path, edit: Callable[..., Path], capsys: Capture) -> None:
    edit("    return math.inf\n", "    return math.nan\n")
    assert main(["run", "toy", *SMOKE]) == 2
    assert error(capsys) == "study toy/steps, cell step = 1.0, dim = 1: `inf` is NaN."


def test_check_update_pass_and_each_failure(project: Path, edit: Callable[..., Path], capsys: Capture) -> None:
    check = ["check", *SMOKE]
    (project / "reports/baselines").mkdir(parents=True)
    (project / "reports/baselines/other.json").write_text("{}")
    assert main([*check, "toy"]) == 1
    assert "FAILED: toy/steps: no baseline `reports/baselines/toy/steps.json`" in capsys.readouterr().out
    (project / "reports/baselines/other.json").unlink()
    assert main([*check, "--update"]) == 0
    assert (project / "reports/baselines/toy/steps.json").is_file()
    assert main(check) == 0
    assert main([*check, "--strict"]) == 3
    capsys.readouterr()
    assert main(["check"]) == 1
    assert "is for budget smoke, this run for budget ci; nothing was compared" in capsys.readouterr().out
    edit("STUDY = Study(", "STUDY = Study(seed=7,")
    assert main(check) == 1
    assert "is for seed 0, this run for seed 7; nothing was compared" in capsys.readouterr().out
    edit("STUDY = Study(seed=7,", "STUDY = Study(")
    edit("order: float = ORDER", "order: float = ORDER + 0.005")
    assert main(check) == 1  # the claim still holds, the interval has moved
    assert "FAILED: toy/steps T-1: the intervals are disjoint; committed: holds, 2 [2, 2]" in capsys.readouterr().out
    edit("ORDER + 0.005", "ORDER - 1")
    assert main(check) == 1
    assert "the verdict dropped" in capsys.readouterr().out
    edit("ORDER - 1", "ORDER")
    edit('Identity("mc", "kl", 1.0)', 'Identity("mc", "kl", 2.0)')
    assert main(check) == 1
    out = capsys.readouterr().out
    assert "T-2: the claim is gone: mc = kl to 1" in out
    assert "note: toy/steps T-2: new:" in out
    (project / "studies/toy/steps.py").rename(project / "studies/toy/renamed.py")
    edit('name="toy/steps"', 'name="toy/renamed"', "studies/toy/renamed.py")
    assert main(check) == 1
    assert "toy/steps: the study is gone" in capsys.readouterr().out


def test_the_calculator_gives_terms_total_and_verdict(capsys: Capture) -> None:
    """By hand: √500 e^{−8}, (100√(3072·0.008) + 100·√3072·0.008)√8, 0.05√8."""
    assert main([*CHEN, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    terms = {
        "initialisation": math.sqrt(500) * math.exp(-8),
        "discretisation": (100 * math.sqrt(3072 * 0.008) + 100 * math.sqrt(3072) * 0.008) * math.sqrt(8),
        "score": 0.05 * math.sqrt(8),
    }
    assert found["terms"] == pytest.approx(terms, rel=1e-13)
    assert found["total"] == pytest.approx(sum(terms.values()), rel=1e-13)
    assert found["vacuous"] is True
    assert found["reference"].startswith("chen2023")
    assert main(CHEN) == 0
    assert "yes: a TV of 1 or more says nothing" in capsys.readouterr().out


def test_the_calculators_help_lists_its_quantities(capsys: Capture) -> None:
    assert main(["bound", "chen2023-theorem2", "--help"]) == 0
    out = capsys.readouterr().out
    for option in (
        "--dim",
        "--smoothness",
        "--second-moment",
        "--kl",
        "--horizon",
        "--steps",
        "--score-error",
        "--json",
    ):
        assert option in out


def test_every_quantity_of_every_bound_is_explained(capsys: Capture) -> None:
    for name, kind in catalog.classes("bounds").items():
        if hasattr(kind, "formula"):
            assert set(inspect.signature(kind.formula).parameters) <= set(QUANTITIES)
            assert main(["bound", name, "--help"]) == 0
    assert main(["bound", "chen2023-theorem2", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "second moment m_2^2 = E|X|^2 of the data; a finite number >= 0." in shown
    assert 'an infinity, which JSON lacks, is {"float": "inf"}' in shown


def test_an_infinite_bound_is_said_without_warnings(capsys: Capture) -> None:
    """`filterwarnings = error` turns a leak into a failure."""
    assert main([*CHEN, "--kl", "inf", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == {"float": "inf"}
    conforti = "bound conforti2025-explicit --kl 1 --relative-fisher 1 --horizon 1000 --steps 1 --score-error 1"
    assert main(conforti.split()) in (0, 2)  # e^1000 overflows: the bound is infinite, or said to be undefined
    shown = capsys.readouterr()
    assert "Warning" not in shown.out + shown.err


def test_ctrl_c_while_the_commands_are_imported(project: Path) -> None:
    code = (
        "import sys, verify.__main__ as entry\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'verify.cli.app':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "sys.exit(entry.main(['list']))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "boundcheck: error: interrupted.\n")


def test_exceptions_of_a_study_are_one_line_and_exit_code_two(
    project: Path, edit: Callable[..., Path], capsys: Capture
) -> None:
    edit("    return math.inf\n", "    raise RuntimeError('boom')\n")
    assert main(["run", "toy", *SMOKE]) == 2
    assert error(capsys).startswith("study toy/steps, cell step = 1.0, dim = 1: RuntimeError: boom (steps.py line ")
    edit("import math\n", "raise SystemExit(0)\n")
    assert main(["run", "toy", *SMOKE]) == 2
    assert "raised SystemExit: 0." in error(capsys)


def test_list(project: Path, capsys: Capture) -> None:
    assert main(["list", "studies"]) == 0
    assert capsys.readouterr().out == "toy/steps  How fast does the toy error fall?\n"
    assert main(["list", "claims"]) == 0
    assert "T-1  toy/steps: kl ≤ line at every point" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "chen2023-theorem2" in capsys.readouterr().out


def test_bibtex_entries_end_at_their_own_brace(tmp_path: Path) -> None:
    text = "% a comment\n@article{a1,\n  title = {On {KL}},\n}\n\n@book{b2, title={x}}\n"
    (tmp_path / "r.bib").write_text(text)
    assert bibliography(tmp_path / "r.bib") == {
        "a1": "@article{a1,\n  title = {On {KL}},\n}", "b2": "@book{b2, title={x}}",
    }  # fmt: skip
    assert bibliography(tmp_path / "none.bib") == {}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from verify.cli import main; code = main(['--help']); "
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'rich'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for command in ("list", "run", "report", "check", "audit", "bound", "cite"):
        assert f"  {command}" in done.stdout


def test_no_arguments_shows_the_help(capsys: Capture) -> None:
    assert main([]) == 2
    assert "Usage: boundcheck" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(project: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -m verify list | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], env=env, capture_output=True, text=True)
    assert done.stderr == ""


def test_the_report_is_written_from_the_journal(project: Path, capsys: Capture) -> None:
    pytest.importorskip("verify.report")
    assert main(["run", "toy", *SMOKE, "--reports", "one"]) == 0
    assert capsys.readouterr().out.endswith("report: one/index.html\n")
    assert main(["report", *SMOKE, "--reports", "two"]) == 0
    pages = [(project / folder / "index.html").read_text() for folder in ("one", "two")]
    assert pages[0] == pages[1]
    assert "How fast does the toy error fall?" in pages[0]
    assert main(["report", *SMOKE, "--reports", "/dev/null/x"]) == 2
    assert "/dev/null/x" in error(capsys)


def test_figure_files_are_of_the_kinds_asked_for(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verify.report.render import FORMATS

    asked = []
    monkeypatch.setattr("verify.report.write_report", lambda results, folder, formats: asked.append(tuple(formats)))
    assert main(["run", "toy", *SMOKE, "--reports", "few", "--figures", "svg"]) == 0
    assert main(["report", *SMOKE, "--reports", "few", "--figures", "svg", "--figures", "pdf"]) == 0
    assert main(["report", *SMOKE, "--reports", "all"]) == 0
    assert asked == [("svg",), ("svg", "pdf"), FORMATS]
    capsys.readouterr()
    assert main(["run", "toy", *SMOKE, "--reports", "few", "--figures", "gif"]) == 2  # said before anything runs
    assert "'gif' is not one of 'svg', 'png', 'pdf'" in error(capsys)


def test_workers_import_the_package_while_the_driver_does(project: Path) -> None:
    with open_pool("processes:1") as pool:
        wake(pool)
        assert pool.executor.submit(loaded_modules).result() >= {"verify.study", "verify.bounds", "verify.observables"}
    with open_pool("serial") as pool:
        wake(pool)  # nothing to wake


def loaded_modules() -> set[str]:
    return set(sys.modules)


def test_cite_prints_what_a_bound_and_a_study_rest_on(
    project: Path, edit: Callable[..., Path], capsys: Capture
) -> None:
    assert main(["cite", "chen2023-theorem2", "Chen2023Theorem2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("@")
    assert out.count("@") == 1  # one entry for two names of one bound
    assert main(["cite", "toy"]) == 0
    assert capsys.readouterr().out == out
    edit("chen2023sampling", "toy1900")
    assert main(["cite", "toy"]) == 2
    assert "no citation key named `toy1900`" in error(capsys)


def test_a_terminal_gets_a_bar_and_a_table_with_words_and_colours(project: Path) -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "160"}
    run = subprocess.Popen([sys.executable, "-m", "verify", "run", "toy", *SMOKE], env=env, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while chunk := _read(master):
        shown += chunk
    os.close(master)
    text = shown.decode()
    assert run.wait(30) == 0
    assert "/12" in text  # the bar counts cells
    assert "\x1b[32mholds" in text
    assert "\x1b[33minconclusive" in text
    assert "kl ≤ line at every point" in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a terminal says that its last user has left
        return b""
