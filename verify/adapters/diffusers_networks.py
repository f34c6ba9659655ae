"""The networks that diffusers schedulers ask for: exact denoisers and consistency functions in their own units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verify.adapters import diffusers_levels as levels
from verify.adapters.torch_noise import imported
from verify.audit import Model

CONSISTENCY = ("CMStochasticIterative", "LCM", "TCD", "FlowMatchLCM")  # trained to jump along the ODE, not to denoise


def network(scheduler: Any, model: Model, call: dict[str, Any]) -> Callable[[Any, tuple[float, float], int], Any]:
    """Return network(input, level, call number), in the parametrisation of the configuration."""
    config, kind = scheduler.config, levels.family(scheduler)
    name = type(scheduler).__name__
    if name.startswith(CONSISTENCY):
        return _consistency(scheduler, model, float(call.get("eta", 0.3)))
    if kind == "edm":
        return lambda x, level, _: _preconditioned(scheduler, model, x, level[1])
    prediction = config.get("prediction_type") or ("v_prediction" if kind == "angle" else "epsilon")
    if kind == "flow":
        if name == "MiniMaxH3Scheduler":  # its network answers x_0 − z
            return lambda x, level, _: -model.flow(x, level[1], level[0])
        return lambda x, level, _: model.flow(x, level[1], level[0])
    answer = {"epsilon": model.epsilon, "sample": model.denoised, "v_prediction": model.velocity}[prediction]
    return lambda x, level, _: answer(x, level[1], level[0])


def _preconditioned(scheduler: Any, model: Model, seen: Any, sigma: float) -> Any:
    """Return F with D(x) = c_skip·x + c_out·F(c_in·x) (Karras et al., NeurIPS 2022)."""
    data = scheduler.config.sigma_data
    norm = (sigma**2 + data**2) ** 0.5
    x = seen * norm
    sign = -1.0 if scheduler.config.prediction_type == "v_prediction" else 1.0
    return (model.denoised(x, sigma) - data**2 / norm**2 * x) / (sign * sigma * data / norm)


def _consistency(scheduler: Any, model: Model, eta: float) -> Callable[[Any, tuple[float, float], int], Any]:
    """Return the network with which the scheduler's own formula gives the exact jump along the ODE."""
    config, name = scheduler.config, type(scheduler).__name__
    timesteps = scheduler.timesteps
    if name.startswith("FlowMatchLCM"):
        return lambda x, level, _: (x - model.consistency(x, level[1], level[0])) / level[1]
    if name.startswith("CM"):
        data = config.sigma_data

        def boundary(seen: Any, level: tuple[float, float], _: int) -> Any:
            sigma = level[1]
            x = seen * (sigma**2 + data**2) ** 0.5
            skip, out = (float(c) for c in scheduler.get_scalings_for_boundary_condition(sigma))
            return (model.consistency(x, sigma, end=(1.0, config.sigma_min)) - skip * x) / (out or 1.0)

        return boundary

    def discrete(x: Any, level: tuple[float, float], number: int) -> Any:
        alpha, sigma = level
        if name.startswith("LCM"):
            skip, out = (float(c) for c in scheduler.get_scalings_for_boundary_condition_discrete(timesteps[number]))
            clean = (model.consistency(x, sigma, alpha) - skip * x) / (out or 1.0)
            noise = (x - alpha * clean) / sigma
        else:  # TCD jumps to (1 − eta) of the next timestep
            beta, tau = levels.told(scheduler, _jump(scheduler, number, eta))[0]
            jumped = model.consistency(x, sigma, alpha, end=(beta, tau))
            noise = (
                (beta * x - alpha * jumped) / (sigma * beta - alpha * tau)
                if tau != sigma
                else model.epsilon(x, *level[::-1])
            )
            clean = (jumped - tau * noise) / beta
        answers = {"epsilon": noise, "sample": clean, "v_prediction": alpha * noise - sigma * clean}
        return answers[config.prediction_type]

    return discrete


def _jump(scheduler: Any, number: int, eta: float) -> Any:
    """Return the timestep, as a tensor of one, that TCD jumps to in step `number` before it adds noise."""
    torch = imported()
    following = scheduler.timesteps[number + 1 : number + 2]
    return torch.floor((1 - eta) * (following if len(following) else torch.tensor([0])))
