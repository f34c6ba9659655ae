"""The order in W2 that each diffusers scheduler declares, by class and configuration, and where it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Config = Mapping[str, Any]
Rule = Callable[[Config, Config], float]


def _one(config: Config, call: Config) -> float:
    return 1.0


def _two(config: Config, call: Config) -> float:
    return 2.0


def _solver_order(config: Config, call: Config) -> float:
    return float(config["solver_order"])


def _corrected(config: Config, call: Config) -> float:
    if config.get("scheduler_type") == "euler":
        return 1.0
    return float(config["solver_order"]) + 1.0


def _adams(config: Config, call: Config) -> float:
    return float(config["corrector_order"]) if _never(config) else 1.0


def _never(config: Config) -> bool:
    tau = config.get("tau_func")
    return tau is not None and all(tau(t) == 0 for t in (0, 500, 999))


def _exact(config: Config, call: Config) -> float:
    return 1.0


CONSISTENCY = "a consistency model jumps exactly: any number of steps is exact, first order is asked for"
EULER = "first order by construction: one evaluation a step, no history"
# The longest prefix of a class name that is here decides.
TABLE: Mapping[str, tuple[Rule, str]] = {
    "CogVideoXDDIM": (_one, EULER),
    "CogVideoXDPM": (_one, "a stochastic multistep rule: first order in the law, whatever the drift's order"),
    "CMStochasticIterative": (_exact, CONSISTENCY),
    "CosineDPMSolverMultistep": (_one, "a stochastic multistep rule: first order in the law"),
    "DDIM": (_one, EULER),
    "DDPM": (_one, EULER),
    "DEISMultistep": (_solver_order, "the option solver_order (Zhang, Chen, ICLR 2023)"),
    "DPMSolverMultistep": (_solver_order, "the option solver_order (Lu et al., 2022), stochastic types too"),
    "DPMSolverSDE": (_one, "ancestral noise: first order in the law"),
    "DPMSolverSinglestep": (_solver_order, "the option solver_order (Lu et al., NeurIPS 2022), stochastic types too"),
    "EDMDPMSolverMultistep": (_solver_order, "the option solver_order, stochastic types too"),
    "EDMEuler": (_one, EULER),
    "Euler": (_one, EULER),
    "FlowMapEuler": (_one, EULER),
    "FlowMatchEuler": (_one, EULER),
    "FlowMatchLCM": (_exact, CONSISTENCY),
    "FlowMatchHeun": (_two, "Heun's rule is of second order"),
    "Helios": (_corrected, "UniPC: solver_order, and one more by the corrector"),
    "Heun": (_two, "Heun's rule is of second order (Karras et al., NeurIPS 2022)"),
    "IPNDM": (lambda config, call: 4.0, "the class says: a fourth-order linear multistep scheduler"),
    "KDPM2": (_two, "inspired by DPM-Solver-2, a midpoint rule"),
    "KDPM2Ancestral": (_one, "ancestral noise: first order in the law"),
    "LMS": (lambda config, call: float(call.get("order", 4)), "the argument `order` of step, 4 by default"),
    "LCM": (_exact, CONSISTENCY),
    "LTXEulerAncestral": (_one, EULER),
    "MiniMaxH3": (_one, EULER),
    "PNDM": (_two, "second-order convergent (Liu, Ren, Lin, Zhao, ICLR 2022)"),
    "SASolver": (_adams, "corrector_order without noise, else 1 in the noise (Xue et al., NeurIPS 2023)"),
    "TCD": (_exact, CONSISTENCY),
    "UnCLIP": (_one, EULER),
    "UniPCMultistep": (_corrected, "solver_order, and one more by the corrector (Zhao et al., NeurIPS 2023)"),
}


def declared(name: str, config: Config, call: Config) -> float | None:
    """Return the declared order of scheduler class `name`; None for a class that nothing is known about."""
    rule = _rule(name)
    return None if rule is None else rule[0](config, call)


def source(name: str) -> str:
    """Return where the order of class `name` is declared."""
    rule = _rule(name)
    return "nowhere: convergence at any order is asked for" if rule is None else rule[1]


def _rule(name: str) -> tuple[Rule, str] | None:
    prefixes = [prefix for prefix in TABLE if name.startswith(prefix)]
    return TABLE[max(prefixes, key=len)] if prefixes else None
