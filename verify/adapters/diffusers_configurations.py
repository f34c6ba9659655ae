"""Which scheduler classes the installed diffusers has, and which configurations of each are worth an audit.

Options come from the constructor's signature: each value of a Literal, each flag flipped, one at a time around a core
of solver types and orders. What an annotation does not say is in `VALUES`.
"""

from __future__ import annotations

import inspect
import itertools
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from verify.adapters.diffusers_scheduler import Scheduled
from verify.adapters.diffusers_spans import quiet
from verify.errors import BackendUnavailable

CORE = ("algorithm_type", "solver_order", "solver_type", "predict_x0", "predictor_order")
VALUES: Mapping[str, tuple[Any, ...]] = {
    "solver_order": (1, 2, 3),
    "predictor_order": (1, 2, 3),
    "corrector_order": (1, 2, 3),
    "algorithm_type": ("dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "noise_prediction"),
    "solver_type": ("midpoint", "heun", "bh1", "bh2", "logrho"),
    "prediction_type": ("epsilon", "sample", "v_prediction"),
    "timestep_spacing": ("linspace", "leading", "trailing"),
    "beta_schedule": ("linear", "scaled_linear", "squaredcos_cap_v2"),
    "interpolation_type": ("linear", "log_linear"),
    "scheduler_type": ("unipc", "euler"),
    "variance_type": ("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"),
    "steps_offset": (1,),
    "shift": (1.0, 3.0),
    "flow_shift": (3.0,),
    "lambda_min_clipped": (-5.1,),
    "shift_terminal": (0.1,),
    "rho": (3.0,),
    "eta": (0.0,),
}
CALLS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "eta": ({"eta": 1.0}, {"eta": 0.5}),
    "order": ({"order": 1}, {"order": 2}, {"order": 3}),
    "s_churn": ({"s_churn": 5.0},),
}
EVEN = "use_exponential_sigmas"
EVEN_LABEL = "[even steps in log-SNR, own levels]"
OFF = {"clip_sample": False, "clip_denoised": False}  # the core must be affine; one row each has it on
PLAIN = ("flow_prediction", "trigflow")  # defaults to which no other value is known
UNREADABLE = ("trained_betas", "variance_type")
REASONS = {
    "KarrasVe": "deprecated; its step needs the pipeline's own loop",
    "RePaint": "needs an image and a mask",
    "RFD4Proteina": "needs a mask of atoms and a schedule without defaults",
    "Piflow": "its network answers a policy on a grid of times, not a denoiser",
    "HeliosDMD": "needs the noisy tensors of its distilled pipeline",
    "ScoreSdeVe": "its corrector takes a step size from the norm of the batch",
    "SCM": "a distilled network for one or two steps",
    "ConsistencyDecoder": "two fixed steps: there is no number of steps to vary",
}


def schedulers() -> dict[str, Any]:
    """Return every scheduler class of the installed diffusers by name, those for missing packages left out."""
    try:
        import diffusers
        from diffusers.schedulers.scheduling_utils import SchedulerMixin
    except ImportError:
        raise BackendUnavailable("diffusers is not installed; run: pip install torch 'boundcheck[interop]'.") from None
    found: dict[str, Any] = {}
    with quiet():
        for name in sorted(dir(diffusers.schedulers)):
            try:
                value = getattr(diffusers.schedulers, name)
            except (AttributeError, ImportError):  # lazy imports of what is not there
                continue
            if isinstance(value, type) and issubclass(value, SchedulerMixin) and hasattr(value, "set_timesteps"):
                found[name] = value
    return found


def unaudited(cls: Any) -> str | None:
    """Return why this class cannot be audited, None where it can."""
    name = cls.__name__
    for prefix, reason in REASONS.items():
        if name.startswith(prefix + "Scheduler"):
            return reason
    step = getattr(cls, "step", None)
    if step is None:
        return "it has no method `step`"
    if "LongTensor" in str(inspect.signature(step).parameters.get("sample")):
        return "its states are discrete tokens"
    if "num_vec_classes" in inspect.signature(cls).parameters:
        return "its states are discrete tokens"
    return None


def choices(cls: Any) -> dict[str, tuple[Any, ...]]:
    """Return the values of each option of the constructor that can be told from its annotation, or from `VALUES`."""
    try:
        hints = typing.get_type_hints(inspect.unwrap(cls.__init__))
    except NameError:
        hints = {}
    found: dict[str, tuple[Any, ...]] = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        literal = tuple(_literals(hints.get(name)))
        if literal and name not in UNREADABLE:
            found[name] = literal
        elif isinstance(parameter.default, bool):
            found[name] = (parameter.default, not parameter.default)
        elif name in VALUES and parameter.default not in (inspect.Parameter.empty, *PLAIN):
            found[name] = tuple(dict.fromkeys((parameter.default, *VALUES[name])))
    return found


def _literals(hint: Any) -> Iterator[Any]:
    if typing.get_origin(hint) is Literal:
        yield from typing.get_args(hint)
    elif typing.get_origin(hint) in (typing.Union, types.UnionType):
        for part in typing.get_args(hint):
            yield from _literals(part)


def configurations(cls: Any) -> list[Scheduled]:
    """Return the samplers to audit of one class: the core product, then every other option alone.

    The core comes twice where the class can take steps that are even in log-SNR: as shipped, and in such steps with the
    network told the scheduler's own levels, so that nothing but the coefficients of the solver is at work.
    """
    options = choices(cls)
    base = {key: value for key, value in OFF.items() if key in options}
    points: list[Mapping[str, Any]] = [{}]
    axes = [[(key, value) for value in options[key]] for key in CORE if key in options]
    points += [dict(point) for point in itertools.product(*axes)]
    points += [{key: value} for key, values in options.items() if key not in CORE for value in values]
    silent = [
        {"tau_func": _no_noise, "predictor_order": p, "corrector_order": c}
        for p, c in ((1, 1), (2, 1), (2, 2), (3, 3), (3, 4))
        if "tau_func" in inspect.signature(cls).parameters
    ]
    points += silent
    parameters = inspect.signature(cls.step).parameters
    calls = [call for key, given in CALLS.items() if key in parameters for call in given]
    made = [_made(cls, base, point, {}) for point in points] + [_made(cls, base, {}, call) for call in calls]
    if EVEN in options and "Inverse" not in cls.__name__:  # inversion breaks down with this option: one row shows it
        core = silent or [{}, *(dict(point) for point in itertools.product(*axes))]
        made += [even(_made(cls, base, point, {})) for point in core]
        made += [even(_made(cls, base, {}, call)) for call in calls]
    return list({sampler.label: sampler for sampler in made}.values())


def even(sampler: Scheduled) -> Scheduled:
    """Return the sampler in steps that are even in log-SNR, its network told the levels that it assumes itself."""
    config = {**sampler.config, EVEN: True}
    begin = hasattr(sampler.cls, "set_begin_index")
    label = f"{sampler.label} {EVEN_LABEL}".strip()
    return replace(sampler, config=config, own_levels=True, begin=begin, label=label)


def _no_noise(t: float) -> float:
    return 0.0


def _made(cls: Any, base: Mapping[str, Any], changed: Mapping[str, Any], call: Mapping[str, Any]) -> Scheduled:
    """Return a sampler, its label the options that differ from the defaults; options that need others bring them."""
    parameters = inspect.signature(cls).parameters
    config = {**base, **changed}
    if config.get("use_flow_sigmas") and "prediction_type" in parameters:
        config["prediction_type"] = "flow_prediction"
    if config.get("prediction_type") == "flow_prediction" and "use_flow_sigmas" in parameters:
        config["use_flow_sigmas"] = True
    if config.get("algorithm_type") in ("dpmsolver", "sde-dpmsolver") and "final_sigmas_type" in parameters:
        config["final_sigmas_type"] = "sigma_min"
    if config.get("rescale_betas_zero_snr") and "prediction_type" in parameters:
        config["prediction_type"] = "v_prediction"  # ε says nothing where there is no signal
    if "stages" in parameters:
        config["stages"] = 1
    different = {key: value for key, value in changed.items() if base.get(key, parameters[key].default) != value}
    shown = [f"{key}={getattr(value, '__name__', value)}" for key, value in {**different, **call}.items()]
    return Scheduled(cls, config, call, label=" ".join(shown).replace("=_no_noise", "=0"))
