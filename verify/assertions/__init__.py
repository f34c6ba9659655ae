"""Assertions on samplers for test suites: order of convergence, exact output law, error below a bound.

Each takes a sampler or an `Audit` of it and raises AssertionError with one paragraph: what was found against what was
wanted, the orders, the last rows of the table, floors and causes. Inconclusive is not enough to pass.
"""

from verify.assertions.bound import assert_bound
from verify.assertions.law import assert_law
from verify.assertions.order import assert_order
from verify.assertions.rate import rate_of

__all__ = ["assert_bound", "assert_law", "assert_order", "rate_of"]
