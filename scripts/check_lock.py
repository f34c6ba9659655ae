"""Tell whether requirements.lock fits pyproject.toml: each direct dependency pinned in range, hashed, no address.

Usage: python scripts/check_lock.py [FOLDER]. Works offline and without uv. One line per mistake; exit code 1 if any.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("linux", "darwin", "win32")
ENVIRONMENTS = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform}
    for python in PYTHONS
    for platform in PLATFORMS
]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)")


def declared(pyproject: Path) -> list[Requirement]:
    """Return what the core, the extra `test` and the group `dev` ask for, without the project itself."""
    data = tomllib.loads(pyproject.read_text("utf-8"))
    project = data["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["test"] + data["dependency-groups"]["dev"]
    requirements = [Requirement(line) for line in lines]
    return [r for r in requirements if canonicalize_name(r.name) != canonicalize_name(project["name"])]


def entries(lock: Path) -> Iterator[tuple[str, str]]:
    """Yield each entry of the lock file as (requirement, hashes), continuation lines joined."""
    text = lock.read_text("utf-8").replace("\\\n", " ")
    for line in filter(None, (line.split("#", 1)[0].strip() for line in text.splitlines())):
        requirement, _, hashes = line.partition(" --hash")
        yield requirement.strip(), f"--hash{hashes}" if hashes else ""


def mistakes(folder: Path) -> Iterator[str]:
    """Yield one line per thing that is wrong with the lock file of `folder`."""
    pins: list[Requirement] = []
    for text, hashes in entries(folder / "requirements.lock"):
        try:
            pin = Requirement(text)
        except InvalidRequirement:
            yield f"`{text}` is not of the form name==version; markers."
            continue
        if not hashes or HASH.sub("", hashes).strip():
            yield f"`{pin.name}` needs sha256 hashes and nothing else after its version."
        if pin.url:
            yield f"`{pin.name}` is locked to an address; lock a version."
        elif [s.operator for s in pin.specifier] != ["=="] or "*" in str(pin.specifier):
            yield f"`{text}` is not pinned to one version."
        else:
            pins.append(pin)
    for requirement in declared(folder / "pyproject.toml"):
        yield from unmet(
            requirement, [p for p in pins if canonicalize_name(p.name) == canonicalize_name(requirement.name)]
        )


def unmet(requirement: Requirement, pins: list[Requirement]) -> Iterator[str]:
    """Yield the first platform and Python on which `pins` do not give `requirement` exactly one fitting version."""
    for environment in ENVIRONMENTS:
        where = f"on Python {environment['python_version']} ({environment['sys_platform']})"
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        versions = [next(iter(p.specifier)).version for p in pins if not p.marker or p.marker.evaluate(environment)]
        if len(versions) != 1:
            yield f"`{requirement.name}` has {len(versions)} pins {where}; it needs one."
            return
        if not requirement.specifier.contains(versions[0], prereleases=True):
            yield f"`{requirement.name}` is locked to {versions[0]} {where}; wanted is {requirement.specifier}."
            return


def main() -> int:
    """Check the folder named on the command line, by default the project's own."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = [f"requirements.lock: {mistake} Run scripts/lock." for mistake in mistakes(folder)]
    print("\n".join(found) or "requirements.lock fits pyproject.toml")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
