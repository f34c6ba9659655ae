"""Second route for the findings on diffusers 0.42.1: plain torch and diffusers, no boundcheck.

The data are N(0.75, 0.25) on the line, the network is exact. Without noise a run is the affine map of its first state
that two runs give, hence the exact law of the output; with noise it is run on 400,000 particles. Errors are W2 to what
a run without discretisation error returns, from the exact first law. Where a line of the library is at fault, the same
class with that line changed runs beside it.

    pip install torch diffusers==0.42.1
    python confirm_diffusers.py
"""

import inspect
import logging
import math
import sys
import types
import warnings
from itertools import pairwise

import numpy as np
import torch
from diffusers import schedulers

MEAN, VARIANCE = 0.75, 0.25
PARTICLES = 400_000
EVEN = {"use_exponential_sigmas": True}  # steps even in log-SNR


def level(sigma):
    """(alpha, sigma) of x = alpha x_0 + sigma z with the ratio `sigma`, variance preserving."""
    return 1 / math.hypot(1, sigma), sigma / math.hypot(1, sigma)


def epsilon(x, alpha, sigma):
    """E[z | x]."""
    return sigma * (x - alpha * MEAN) / (alpha**2 * VARIANCE + sigma**2)


def x0(x, alpha, sigma):
    """E[x_0 | x]."""
    return MEAN + alpha * VARIANCE * (x - alpha * MEAN) / (alpha**2 * VARIANCE + sigma**2)


def velocity(x, alpha, sigma):
    """alpha E[z | x] - sigma E[x_0 | x]."""
    return alpha * epsilon(x, alpha, sigma) - sigma * x0(x, alpha, sigma)


def patched(cls, *changes):
    """The same class with lines of its file changed; each must be there exactly once."""
    source = inspect.getsource(inspect.getmodule(cls))
    for old, new in changes:
        assert source.count(old) == 1, (source.count(old), old)
        source = source.replace(old, new)
    source = source.replace("from ..", "from diffusers.").replace(
        "from .scheduling", "from diffusers.schedulers.scheduling"
    )
    module = types.ModuleType(f"patched_{cls.__name__}")
    module.__file__ = "patched"
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    return getattr(module, cls.__name__)


def ready(cls, steps, config):
    """A scheduler with its timesteps set and its tensors in double precision."""
    scheduler = cls(**config)
    scheduler.set_timesteps(steps)
    for name, value in vars(scheduler).items():
        if isinstance(value, torch.Tensor) and value.dtype == torch.float32:
            setattr(scheduler, name, value.double())
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    return scheduler


def table(scheduler):
    """sigma/alpha of the training timesteps."""
    kept = scheduler.alphas_cumprod.double()
    return ((1 - kept) / kept).sqrt().numpy()


def told(scheduler, t):
    """The level that the network takes timestep t to mean: log(sigma/alpha) is linear between training timesteps."""
    ratio = table(scheduler)
    return level(float(np.exp(np.interp(float(t), np.arange(len(ratio)), np.log(ratio)))))


def simulate(scheduler, x, predict=epsilon, own=False, **call):
    """The pipelines' loop; with `own` the network is told the scheduler's sigma instead of the timestep's."""
    for number, t in enumerate(scheduler.timesteps):
        seen = scheduler.scale_model_input(x, t)
        here = level(float(scheduler.sigmas[scheduler.step_index or number])) if own else told(scheduler, t)
        x = scheduler.step(predict(seen, *here), t, x, **call).prev_sample
    return x


def w2(mean, deviation, goal):
    """W2 between N(mean, deviation²) and the goal."""
    return math.hypot(mean - goal[0], deviation - goal[1])


def ends(scheduler, exploding):
    """(mean, deviation) of the exact first law, and of the posterior mean at the last noise level."""
    if hasattr(scheduler, "sigmas"):
        first, last = (float(s) for s in (scheduler.sigmas[0], scheduler.sigmas[scheduler.sigmas > 0][-1]))
        alpha, sigma = (1.0, first) if exploding else level(first)
        jump = level(last)
        stop = float(scheduler.sigmas[-1])
    else:
        (alpha, sigma), jump, stop = (
            told(scheduler, scheduler.timesteps[0]),
            told(scheduler, scheduler.timesteps[-1]),
            0.0,
        )
    start = alpha * MEAN, math.sqrt(alpha**2 * VARIANCE + sigma**2)
    if stop > 0:
        alpha, sigma = level(stop)
        return start, (alpha * MEAN, math.sqrt(alpha**2 * VARIANCE + sigma**2))
    return start, (MEAN, jump[0] * VARIANCE / math.sqrt(jump[0] ** 2 * VARIANCE + jump[1] ** 2))


def error(cls, steps, config, *, predict=epsilon, own=False, noise=False, exploding=False, goal=None, **call):
    """W2 of the output to its goal."""
    scheduler = ready(cls, steps, config)
    (mean, deviation), found = ends(scheduler, exploding)
    if noise:
        torch.manual_seed(0)
        x = mean + deviation * torch.randn(PARTICLES, 1, dtype=torch.float64)
        out = simulate(scheduler, x, predict, own, **call)
        return w2(float(out.mean()), float(out.std()), goal or found)
    out = simulate(scheduler, torch.tensor([[0.0], [1.0]], dtype=torch.float64), predict, own, **call).ravel()
    gain = float(out[1] - out[0])
    return w2(float(out[0]) + gain * mean, abs(gain) * deviation, goal or found)


def row(label, cls, steps, config, **options):
    """Print the errors at all step counts, and the orders between neighbours."""
    errors = [error(cls, n, config, **options) for n in steps]
    pairs = zip(errors, errors[1:], steps, steps[1:], strict=False)
    orders = [math.log(a / b) / math.log(m / n) if a > 0 and b > 0 else math.nan for a, b, n, m in pairs]
    print(f"  {label:58s}", " ".join(f"{e:.2e}" for e in errors), "| orders", " ".join(f"{p:.2f}" for p in orders))
    return errors


def heading(number, text, steps=()):
    """Print the title of a finding."""
    print(f"\n{number}. {text}" + (f"  [steps {', '.join(map(str, steps))}]" if steps else ""))


def multistep_third_order():
    """D1_0 - D1_1 = (r0 + r1) h^2 D''/2, and the term is the integral of e^{u - h} (u/h)^2/2 times h^2 D''."""
    steps, cls = (20, 40, 80, 160), schedulers.DPMSolverMultistepScheduler
    heading(1, "DPMSolverMultistep, solver_order=3: the second difference lacks a factor 2", steps)
    old = "D2 = (1.0 / (r0 + r1)) * (D1_0 - D1_1)"
    mended = patched(cls, (old, old.replace("1.0 /", "2.0 /")))
    for label, one in (("as shipped", cls), ("2.0 / (r0 + r1)", mended)):
        row(label, one, steps, {**EVEN, "solver_order": 3}, own=True)
    print("  for comparison, the singlestep solver of order 3, which has the factor:")
    row(
        "DPMSolverSinglestep",
        schedulers.DPMSolverSinglestepScheduler,
        (21, 42, 84, 168),
        {**EVEN, "solver_order": 3},
        own=True,
    )


def stochastic_third_order():
    """The integral of 2 e^{-2(h-u)} (u/h)^2/2 over a step is (1 - e^{-2h} - 2h)/(2h)^2 + 1/2."""
    steps = (20, 40, 80)
    heading(2, "sde-dpmsolver++, solver_order=3: the sign of 0.5 in the last coefficient", steps)
    config = {**EVEN, "solver_order": 3, "algorithm_type": "sde-dpmsolver++"}
    cls = schedulers.DPMSolverMultistepScheduler
    old = "((1.0 - torch.exp(-2.0 * h) - 2.0 * h) / (2.0 * h) ** 2 - 0.5)"
    mended = patched(cls, (old, old.replace("- 0.5", "+ 0.5")))
    print(f"  Monte Carlo, {PARTICLES} particles: standard error of W2 about {0.5 / math.sqrt(PARTICLES):.0e}")
    for label, one in (("multistep as shipped", cls), ("multistep, + 0.5", mended)):
        row(label, one, steps, config, own=True, noise=True)
    row("multistep of order 2, as shipped", cls, steps, {**config, "solver_order": 2}, own=True, noise=True)
    cls = schedulers.DPMSolverSinglestepScheduler
    old = "((1.0 - torch.exp(-2.0 * h) + (-2.0 * h)) / (-2.0 * h) ** 2 - 0.5)"
    mended = patched(cls, (old, old.replace("- 0.5", "+ 0.5")))
    for label, one in (("singlestep heun as shipped", cls), ("singlestep heun, + 0.5", mended)):
        row(label, one, steps, {**config, "solver_type": "heun"}, own=True, noise=True)


def pndm_velocity():
    """Velocities of different timesteps are combined before they become epsilons."""
    steps, cls = (10, 20, 40, 100), schedulers.PNDMScheduler
    heading(3, "PNDM, prediction_type=v_prediction: outputs are combined before they are converted", steps)
    last = told(ready(cls, 10, {}), 0)  # its last step goes to the level of timestep 0
    goal = last[0] * MEAN, math.sqrt(last[0] ** 2 * VARIANCE + last[1] ** 2)
    row("epsilon", cls, steps, {}, goal=goal)
    row("v_prediction as shipped", cls, steps, {"prediction_type": "v_prediction"}, predict=velocity, goal=goal)

    def converted(x, alpha, sigma):
        return alpha * velocity(x, alpha, sigma) + sigma * x

    row("the same velocities, made epsilons first", cls, steps, {}, predict=converted, goal=goal)


def ipndm():
    """At alpha = 0 the first step divides by 1e-8 what is 0: the network's x_0 is lost."""
    steps, cls = (20, 40, 80, 160), schedulers.IPNDMScheduler
    heading(4, "IPNDM: first order, though called fourth-order", steps)
    old = "steps = torch.linspace(1, 0, num_inference_steps + 1)[:-1]"
    for label, one in (
        ("as shipped", cls),
        ("from 0.9 instead of 1", patched(cls, (old, old.replace("(1,", "(0.9,")))),
    ):
        errors = []
        for n in steps:
            scheduler = ready(one, n, {})
            angles = [0.5 * math.pi * float(t) for t in scheduler.timesteps]
            x = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
            for a, t in zip(angles, scheduler.timesteps, strict=True):
                x = scheduler.step(velocity(x, math.cos(a), math.sin(a)), t, x).prev_sample
            gain, shift = float(x[1] - x[0]), float(x[0])
            alpha, sigma = math.cos(angles[0]), math.sin(angles[0])
            jump = math.cos(angles[-1]), math.sin(angles[-1])
            goal = MEAN, jump[0] * VARIANCE / math.sqrt(jump[0] ** 2 * VARIANCE + jump[1] ** 2)
            errors.append(w2(shift + gain * alpha * MEAN, abs(gain) * math.sqrt(alpha**2 * VARIANCE + sigma**2), goal))
        orders = [math.log2(a / b) for a, b in pairwise(errors)]
        print(f"  {label:58s}", " ".join(f"{e:.2e}" for e in errors), "| orders", " ".join(f"{p:.2f}" for p in orders))


def lms():
    """No fault: its last step extrapolates slopes to sigma = 0, so that its goal is the data, not a posterior mean."""
    steps, cls = (20, 40, 80, 160), schedulers.LMSDiscreteScheduler
    heading(5, "LMSDiscrete: order 4, and the tolerance of its quadrature does not matter", steps)
    exact = patched(cls, ("epsrel=1e-4", "epsrel=1e-12"))
    data = MEAN, math.sqrt(VARIANCE)
    for label, one in (("as shipped, quad(epsrel=1e-4)", cls), ("quad(epsrel=1e-12)", exact)):
        row(label, one, steps, dict(EVEN), exploding=True, own=True, goal=data)


def truncated_timesteps():
    """`timesteps` are cast to int64 without rounding: the network is always told a level with too little noise."""
    steps = (20, 40, 100, 200)
    heading(6, "Timesteps of exponential, beta and flow sigmas are truncated to integers", steps)
    names = ("DPMSolverMultistep", "DEISMultistep", "UniPCMultistep", "DPMSolverSinglestep")
    for name in names:
        cls = getattr(schedulers, f"{name}Scheduler")
        row(f"{name} exponential, timesteps as shipped", cls, steps, dict(EVEN))
        row(f"{name} exponential, told its own sigma", cls, steps, dict(EVEN), own=True)
    cls = schedulers.DPMSolverMultistepScheduler
    row("DPMSolverMultistep beta, timesteps as shipped", cls, steps, {"use_beta_sigmas": True})
    row("DPMSolverMultistep beta, told its own sigma", cls, steps, {"use_beta_sigmas": True}, own=True)


def euler_log_linear():
    """Sigmas even in their logarithm are paired with timesteps that are even in t."""
    steps, cls = (20, 40, 100, 200), schedulers.EulerDiscreteScheduler
    heading(7, "EulerDiscrete, interpolation_type=log_linear: sigmas change, timesteps do not", steps)
    config = {"interpolation_type": "log_linear"}
    row("timesteps as shipped", cls, steps, config, exploding=True)
    row("told its own sigma", cls, steps, config, exploding=True, own=True)


def previous_timestep():
    """prev = t - 1000 // N is the next timestep only where the spacing is 1000 // N."""
    heading(8, "DDIM and PNDM: the previous timestep is t - 1000 // N")
    for spacing in ("leading", "linspace"):
        scheduler = ready(schedulers.PNDMScheduler, 40, {"timestep_spacing": spacing, "skip_prk_steps": True})
        seen = [int(t) for t in scheduler.timesteps[-4:]]
        print(f"  PNDM {spacing:9s} 40 steps: last timesteps {seen}, assumed spacing {1000 // 40}")
    steps = (40, 100, 350, 700)
    last = told(ready(schedulers.PNDMScheduler, 10, {}), 0)
    goal = last[0] * MEAN, math.sqrt(last[0] ** 2 * VARIANCE + last[1] ** 2)
    print(f"  steps {steps}")
    for spacing in ("leading", "linspace"):
        row(
            f"PNDM {spacing}",
            schedulers.PNDMScheduler,
            steps,
            {"timestep_spacing": spacing, "skip_prk_steps": True},
            goal=goal,
        )
    for spacing in ("leading", "linspace", "trailing"):
        config = {"timestep_spacing": spacing, "clip_sample": False}
        row(f"DDIM {spacing}", schedulers.DDIMScheduler, steps, config)


def outcome(name, steps, **config):
    """What a run in single precision with a tame network ends in."""
    torch.manual_seed(0)
    try:
        scheduler = getattr(schedulers, f"{name}Scheduler")(**config)
        scheduler.set_timesteps(steps)
        x = torch.randn(1, 3, 8, 8)
        for t in scheduler.timesteps:
            x = scheduler.step(0.1 * scheduler.scale_model_input(x, t), t, x).prev_sample
        return "finite" if bool(torch.isfinite(x).all()) else "NaN or infinity"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:90]}"


def not_finite():
    """Plain runs with a random network."""
    heading(9, "Configurations that give NaN or raise, each beside a neighbour that does not")
    for name, steps, config in (
        ("UniPCMultistep", 10, {}),
        ("UniPCMultistep", 10, {"solver_type": "bh1"}),
        ("UniPCMultistep", 10, {"solver_type": "bh1", "final_sigmas_type": "sigma_min"}),
        ("UniPCMultistep", 10, {"lower_order_final": False}),
        ("UniPCMultistep", 10, {"predict_x0": False}),
        ("UniPCMultistep", 10, {"predict_x0": False, "final_sigmas_type": "sigma_min"}),
        ("CosineDPMSolverMultistep", 10, {}),
        ("CosineDPMSolverMultistep", 10, {"final_sigmas_type": "sigma_min"}),
        ("CosineDPMSolverMultistep", 10, {"solver_order": 3}),
        (
            "DPMSolverMultistep",
            10,
            {"algorithm_type": "sde-dpmsolver", "final_sigmas_type": "sigma_min", "solver_order": 3},
        ),
        ("EDMDPMSolverMultistep", 10, {"algorithm_type": "sde-dpmsolver++", "solver_order": 3}),
        (
            "DPMSolverMultistep",
            20,
            {**EVEN, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min", "solver_order": 3},
        ),
        ("DDIMInverse", 10, {}),
        ("DDIMInverse", 10, {"prediction_type": "sample"}),
        ("KDPM2AncestralDiscrete", 20, {"beta_schedule": "squaredcos_cap_v2"}),
        ("KDPM2AncestralDiscrete", 8, {"beta_schedule": "squaredcos_cap_v2"}),
        ("EulerAncestralDiscrete", 250, {"rescale_betas_zero_snr": True}),
        ("EulerAncestralDiscrete", 500, {"rescale_betas_zero_snr": True}),
        ("DDPM", 10, {"variance_type": "fixed_large"}),
        ("DDPM", 10, {"variance_type": "fixed_large_log"}),
        ("DPMSolverMultistepInverse", 20, dict(EVEN)),
        ("DPMSolverMultistepInverse", 40, dict(EVEN)),
        ("DPMSolverMultistepInverse", 10, {"algorithm_type": "sde-dpmsolver++"}),
    ):
        options = ", ".join(f"{key}={value}" for key, value in config.items()) or "defaults"
        print(f"  {name} ({options}), {steps} steps: {outcome(name, steps, **config)}")


def corrector():
    """Without noise (tau = 0) the last word is the corrector's."""
    steps, cls = (20, 40, 80), schedulers.SASolverScheduler
    heading(10, "SASolver without noise: the order is that of the corrector", steps)
    for predictor, order in ((2, 1), (2, 2), (3, 2), (3, 3)):
        config = {**EVEN, "predictor_order": predictor, "corrector_order": order, "tau_func": lambda t: 0.0}
        row(f"predictor {predictor}, corrector {order}", cls, steps, config, own=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.getLogger("diffusers").setLevel(logging.ERROR)
    for finding in (
        multistep_third_order,
        stochastic_third_order,
        pndm_velocity,
        ipndm,
        lms,
        truncated_timesteps,
        euler_log_linear,
        previous_timestep,
        not_finite,
        corrector,
    ):
        finding()
