"""Every error this package raises on purpose; each message is one line: what, where, what to do.

::

    BoundcheckError
    ├── InvalidInput (ValueError)      an argument that no formula here accepts          exit code 2
    │   └── UnknownName                a study, claim, bound, sampler … that is not there
    ├── BackendUnavailable             cupy or an extra was asked for but is absent      exit code 2
    ├── DamagedFile                    a journal, baseline or result that cannot be read exit code 2
    ├── NotAffine                      a step that no Gaussian law can follow
    ├── NoDensity                      a law that has no density was asked for one
    ├── Diverged                       a law left the range of float64
    ├── SamplerFailed                  a sampler under audit raised, or returned no samples        exit code 1
    ├── HiddenInput                    a sampler under audit depends on more than its arguments     exit code 1
    └── NotApplicable                  a quantity that this sampler does not have
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BoundcheckError(Exception):
    """Base of every error raised on purpose; the command line prints it as one line and exits with `exit_code`."""

    exit_code: int = 2


class InvalidInput(BoundcheckError, ValueError):
    """An argument outside the domain of the formula it would enter."""


class UnknownName(InvalidInput):
    """A name that is not in the catalogue; says which names come close."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names) or 'none'}."
        super().__init__(f"no {kind} named `{name}`; {hint}")


class BackendUnavailable(BoundcheckError):
    """An array library or optional extra that was asked for is not usable here."""


class DamagedFile(BoundcheckError):
    """A file of ours that cannot be read back; the message names the file and the line."""


class NotAffine(BoundcheckError):
    """The step is not affine in (state, noise), so a Gaussian does not stay Gaussian."""


class NoDensity(BoundcheckError):
    """The law has atoms or a degenerate covariance where a density is needed."""


class Diverged(BoundcheckError):
    """The law left the range of float64: the step size is beyond the stability limit."""


class SamplerFailed(BoundcheckError):
    """A sampler under audit raised an exception, or returned something other than samples."""

    exit_code = 1


class HiddenInput(BoundcheckError):
    """A sampler under audit has randomness or state beside its arguments: no probe can see its law."""

    exit_code = 1


class NotApplicable(BoundcheckError):
    """The quantity is not defined for this sampler (e.g. the path KL of a deterministic one)."""
