"""Scripts: the smallest program that shows what an audit found, fit to be sent to somebody else."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from verify.audit.audit import Audit, default_targets
from verify.audit.level import Span
from verify.errors import InvalidInput
from verify.targets import Gaussian

_SCRIPT = '''\
"""{title}

{reason}
"""

{imports}

import numpy as np

from verify.audit import {names}
from verify.targets import Gaussian

{code}data = Gaussian(mean=np.array({mean}), cov=np.array({cov}))
found = audit(sampler, data, {steps}{options})

for run in found.runs:
    print(f"{{run.steps:6d}} steps: W2 error {{float(run.cases[0].discretisation):.4g}}")
for judgement in found.judgements:
    if judgement.order.value is not None:
        print(f"measured order {{judgement.order.value.value:.2f}}, declared {declared}")
print(found)
'''


def script(
    found: Audit,
    code: str,
    steps: Sequence[int],
    *,
    order: float | None = None,
    span: Span | None = None,
    array: str | None = None,
    dtype: str = "float64",
) -> str:
    """Return a program that audits one sampler again on the smallest target that shows the finding.

    `code` are the lines, imports first, that make the object `sampler`. Step counts are those of the order that was
    fitted, the first of `steps` where the audit came to no runs. The other arguments are those of the audit.
    """
    target, counts = _smallest(found, steps)
    given = {"order": order, "span": span, "array": array, "dtype": None if dtype == "float64" else dtype}
    options = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
    lines = code.splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    return _SCRIPT.format(
        title=_quoted(f"{found.name}: {found.outcome.value}."),
        reason=_quoted("\n".join(textwrap.wrap(found.reason, 110))),
        imports="\n".join(imports),
        names="audit" if span is None else "Level, Span, audit",
        code="".join(f"{line}\n" for line in lines if line not in imports),
        mean=_listed(target.mean),
        cov=_listed(target.cov),
        steps=counts,
        options=options,
        declared="none" if found.declared is None else f"{found.declared:g}",
    )


def imported(sampler: Any) -> str:
    """Return the line that imports a sampler as `sampler`; InvalidInput where it has no place that can be imported."""
    module, name = getattr(sampler, "__module__", "__main__"), getattr(sampler, "__qualname__", "")
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, part, None)
    if module == "__main__" or value is not sampler:
        raise InvalidInput(f"`{name or type(sampler).__name__}` cannot be imported by a script; put it into a module.")
    head, _, rest = name.partition(".")
    return f"from {module} import {head} as sampler" if not rest else f"from {module} import {head}\nsampler = {name}"


def _smallest(found: Audit, steps: Sequence[int]) -> tuple[Gaussian, tuple[int, ...]]:
    """Return the target of least dimension with the audit's outcome, and three step counts at most."""
    if found.block is None:
        return default_targets()[0], tuple(steps)[:3]
    shown = [i for i, judgement in enumerate(found.judgements) if judgement.outcome is found.outcome]
    block = min(shown, key=lambda i: found.runs[0].cases[i].target.dim)
    used = found.judgements[block].order.used or tuple(run.steps for run in found.runs)[-3:]
    return found.runs[0].cases[block].target, used


def _quoted(text: str) -> str:
    """Return text fit to stand between triple quotes."""
    return text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def _listed(values: np.ndarray) -> str:
    """Return an array as Python source, to the last bit."""
    return repr(np.asarray(values).tolist())
