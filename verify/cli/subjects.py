"""What ``boundcheck audit`` can audit: the schedulers of diffusers, and samplers in a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, UnknownName

if TYPE_CHECKING:
    from verify.audit import Audit, CrossCheck, Span
    from verify.audit.loading import Loaded

OWN = ("order", "start", "stop", "array")  # options on a sampler of one's own; a library declares these itself
CROSS = (10, 20, 40, 100)  # step counts of a cross-check: its errors are resolved early
LIBRARIES = ("diffusers", "torch", "jax", "cupy", "torchsde", "blackjax")  # whose versions a result may depend on


@dataclass(frozen=True)
class Subject:
    """What is audited: its name, how many samplers, their audits as they come; of the n-th sampler the script, and its
    cross-check on a mixture."""

    name: str
    total: int
    audits: Iterator[Audit]
    script: Callable[[int, Audit], str]
    check: Callable[[int], CrossCheck]


def find(subject: str, schedulers: Sequence[str], steps: Sequence[int] | None, **given: Any) -> Subject:
    """Return what `subject` names; `given` are the options of the command."""
    if subject == "diffusers":
        if needless := [name for name in OWN if given[name] is not None]:
            raise InvalidInput(f"--{needless[0]} is for a sampler of your own; the schedulers of diffusers declare it.")
        return _diffusers(schedulers, steps, given["dtype"])
    if schedulers:
        raise InvalidInput(f"--scheduler goes with `diffusers`, not with `{subject}`.")
    if ":" not in subject and not subject.endswith(".py"):
        raise UnknownName("library to audit", subject, ("diffusers", "FILE.py:NAME"))
    return _file(subject, steps, **given)


def _diffusers(schedulers: Sequence[str], steps: Sequence[int] | None, dtype: str) -> Subject:
    from verify.adapters.diffusers import STEPS, matrix, not_audited
    from verify.audit import Audit, Outcome, cross_check
    from verify.audit.matrix import audit_all

    samplers = matrix(schedulers)
    left = [Audit(name, None, Outcome.NOT_AUDITED, reason) for name, reason in not_audited(schedulers).items()]
    audits = chain(audit_all(samplers, None, steps or STEPS, dtype=dtype), left)
    title = f"diffusers {versions()['diffusers']}"
    return Subject(
        title,
        len(samplers) + len(left),
        audits,
        lambda n, found: samplers[n].script(found),
        lambda n: cross_check(samplers[n], steps=steps or CROSS),
    )


def _file(place: str, steps: Sequence[int] | None, *, start: Any, stop: Any, **options: Any) -> Subject:
    from verify.audit import STEPS, cross_check
    from verify.audit.loading import load
    from verify.audit.matrix import audit_all
    from verify.audit.script import script

    loaded, grid = load(place), steps or STEPS
    options |= {"span": _span(start, stop)}

    def audited(one: Loaded) -> Audit:
        return replace(next(audit_all([one.sampler], None, grid, **options)), name=one.name)

    def written(number: int, found: Audit) -> str:
        one = loaded[number]
        own = getattr(one.sampler, "script", None)
        return str(own(found)) if callable(own) else script(found, one.code, grid, **options)

    def checked(number: int) -> CrossCheck:
        asked = {key: options[key] for key in ("order", "span", "array")}
        return cross_check(loaded[number].sampler, steps=steps or CROSS, **asked)

    return Subject(Path(place).name, len(loaded), map(audited, loaded), written, checked)


def _span(start: tuple[float, float] | None, stop: tuple[float, float] | None) -> Span | None:
    from verify.audit import DATA, Level, Span

    if start is None:
        if stop is not None:
            raise InvalidInput("--stop needs --start ALPHA,SIGMA beside it.")
        return None
    first = Level(*start)
    return Span(first, DATA if stop is None else Level(*stop), first.prior)


def versions() -> dict[str, str]:
    """Return what the numbers may depend on: our versions and those of the array and sampler libraries in use."""
    from verify.study import result

    used = {name: getattr(sys.modules[name], "__version__", "") for name in LIBRARIES if name in sys.modules}
    return {**result.versions(), **{name: str(version) for name, version in used.items() if version}}
