"""The GitHub action hands its inputs to the command word for word, executes none of them, and returns its exit code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from verify.cli.audit import audit

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github" / "actions" / "audit" / "action.yml").read_text("utf-8")
BASH = shutil.which("bash")
HOSTILE = "mine.py:f\"; touch pwned; '$(touch pwned)' `touch pwned` * &"


def block(text: str, key: str, indent: int) -> str:
    """Return the lines below `key` that are indented deeper than it, which is indented by `indent`."""
    found = re.search(rf"^ {{{indent}}}{re.escape(key)}.*\n((?: {{{indent + 1},}}.*\n|\n)*)", text, re.MULTILINE)
    return "" if found is None else found[1]


def keys(text: str, indent: int) -> list[str]:
    return re.findall(rf"^ {{{indent}}}([\w-]+):", text, re.MULTILINE)


STEPS = re.split(r"^ {4}- ", block(block(TEXT, "runs:", 0), "steps:", 2), flags=re.MULTILINE)[1:]
SCRIPTS = {
    re.search("name: (.*)", step)[1]: (keys(block(step, "env:", 6), 8), dedent(block(step, "run: |", 6)))
    for step in STEPS
    if "run: |" in step
}


def test_every_input_is_declared_described_and_used():
    inputs = block(TEXT, "inputs:", 0)
    declared = keys(inputs, 2)
    assert set(re.findall(r"inputs\.([\w-]+)", TEXT)) == set(declared) >= {"target", "steps", "args", "version"}
    assert keys(inputs, 4).count("description") == len(declared)
    assert keys(inputs, 4).count("default") + keys(inputs, 4).count("required") == len(declared)


def test_scripts_get_inputs_through_the_environment_alone():
    assert set(SCRIPTS) == {"Install boundcheck", "Audit"}
    for step in STEPS:
        assert ("run: |" in step) == ("shell: bash" in step)
    for names, script in SCRIPTS.values():
        assert "${{" not in script
        read = set(re.findall(r"\$\{?([A-Z_]+)", script))
        assert read - {"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} == set(names)


def test_an_independent_parser_sees_the_same_file():
    yaml = pytest.importorskip("yaml", reason="needs PyYAML")
    parsed = yaml.safe_load(TEXT)
    assert list(parsed["inputs"]) == keys(block(TEXT, "inputs:", 0), 2)
    assert parsed["runs"]["using"] == "composite"
    scripts = {step["name"]: (list(step["env"]), step["run"]) for step in parsed["runs"]["steps"] if "run" in step}
    assert {name: (env, text.strip()) for name, (env, text) in scripts.items()} == {
        name: (env, text.strip()) for name, (env, text) in SCRIPTS.items()
    }


def test_the_command_has_the_options_that_the_action_gives():
    options = {name for parameter in audit.params for name in parameter.opts}
    assert set(re.findall(r" (--[a-z]+)", SCRIPTS["Audit"][1])) <= options


@pytest.fixture
def step(tmp_path: Path):
    """Return a function that runs a step as GitHub does, with commands that only note their arguments."""
    if BASH is None:
        pytest.skip("no bash")
    tools, report = tmp_path / "bin", tmp_path / "the report"
    tools.mkdir()
    for name in ("python", "boundcheck"):
        note = (
            '#!/bin/sh\nprintf "%s\\0" "$@" >"$NOTED"\n[ -z "$PAGE" ] || cp "$PAGE" "$REPORT/page.md"\nexit "$STATUS"\n'
        )
        (tools / name).write_text(note, "utf-8")
        (tools / name).chmod(0o755)

    def run(name: str, status: int = 0, page: str = "", **inputs: str) -> tuple[int, list[str], str]:
        """Return the exit status, the arguments of the command and the summary."""
        names, script = SCRIPTS[name]
        noted, summary = tmp_path / "noted", tmp_path / "summary"
        summary.touch()
        fixed = {"NOTED": noted, "PAGE": page, "STATUS": status, "GITHUB_OUTPUT": tmp_path / "output"}
        given = {"GITHUB_STEP_SUMMARY": summary, "REPORT": report, "SOURCE": ROOT, **fixed, **inputs}
        assert set(names) <= set(given)
        env = {"PATH": f"{tools}:{os.environ['PATH']}", **{key: str(value) for key, value in given.items()}}
        command = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert not (tmp_path / "pwned").exists()
        return done.returncode, noted.read_text("utf-8").split("\0")[:-1], summary.read_text("utf-8")

    return run


def test_no_input_is_executed_or_split_where_it_should_not(step, tmp_path):
    options = ["--json", "--reports", str(tmp_path / "the report"), "--", HOSTILE]
    words = "--order 2\n--strict $(touch pwned) *"
    assert step("Audit", TARGET=HOSTILE, STEPS=HOSTILE, ARGS=words)[1] == [
        "audit", "--order", "2", "--strict", "$(touch", "pwned)", "*", "--steps", HOSTILE, *options
    ]  # fmt: skip
    assert step("Audit", TARGET=HOSTILE, STEPS="", ARGS="")[1] == ["audit", *options]


@pytest.mark.parametrize(
    ("target", "version", "packages", "installed"),
    [
        (HOSTILE, HOSTILE, "a\n$(touch pwned)", [f"boundcheck=={HOSTILE}", "a", "$(touch", "pwned)"]),
        ("diffusers", "1.0", "", ["boundcheck[interop]==1.0", "torch"]),
        ("diffusers", "", "jax", [f"{ROOT}[interop]", "jax", "torch"]),
        ("mine.py:f", "", "", [str(ROOT)]),
    ],
)
def test_what_is_installed(step, target, version, packages, installed):
    given = step("Install boundcheck", TARGET=target, VERSION=version, PACKAGES=packages)[1]
    assert given == ["-m", "pip", "install", "--quiet", *installed]


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_exit_code_passes_through_and_the_summary_is_cut_at_a_line(step, tmp_path, status):
    page = tmp_path / "page.md"
    page.write_text("é" * 499 + "\n" if status == 0 else ("é" * 499 + "\n") * 2000, "utf-8")  # 999 bytes a line
    returned, _, summary = step("Audit", status, str(page), TARGET="mine.py:f", STEPS="", ARGS="")
    assert returned == status
    assert summary == "".join(line + "\n" for line in page.read_text("utf-8").splitlines()[: 1_000_000 // 999])


def test_a_command_that_writes_nothing_leaves_the_summary_empty(step):
    assert step("Audit", 2, TARGET="mine.py:f", STEPS="", ARGS="")[::2] == (2, "")
