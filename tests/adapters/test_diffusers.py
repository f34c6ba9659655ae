"""A scheduler is driven as its pipeline drives it: known recursions come out, levels are those of its table."""

import importlib.util
import math
from itertools import pairwise

import numpy as np
import pytest

from verify.adapters import diffusers_levels as levels
from verify.adapters import diffusers_orders as orders
from verify.errors import BackendUnavailable, UnknownName

ALPHA_BAR = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
WITH = all(importlib.util.find_spec(name) for name in ("torch", "diffusers"))
needs_diffusers = pytest.mark.skipif(not WITH, reason="needs torch and diffusers")


# --- levels: NumPy only ---------------------------------------------------------------------------------------------


def test_levels_at_training_timesteps_are_those_of_the_table():
    got = levels.rows(levels.preserving(ALPHA_BAR, [0, 1, 500, 999]))
    table = ALPHA_BAR[[0, 1, 500, 999]]
    # two square roots and an exponential of a log: a few units in the last place of log(1e4)
    assert np.allclose(got, np.sqrt(np.stack([table, 1 - table], axis=1)), rtol=1e-13, atol=0)


def test_between_timesteps_the_log_snr_is_linear_and_outside_it_is_constant():
    (below,), (low, middle, high), (above,) = (
        levels.preserving(ALPHA_BAR, t) for t in ([-1.0], [3.0, 3.25, 4.0], [1200.0])
    )
    log_snr = [math.log(a / s) for a, s in (low, middle, high)]
    assert math.isclose(log_snr[1], 0.75 * log_snr[0] + 0.25 * log_snr[2], rel_tol=1e-13)
    assert below == levels.preserving(ALPHA_BAR, [0])[0] and above == levels.preserving(ALPHA_BAR, [999])[0]


def test_a_table_that_ends_without_signal_gives_pure_noise():
    assert levels.preserving(np.array([0.9, 0.5, 0.0]), [2])[0] == (0.0, 1.0)


@pytest.mark.parametrize("sigma", [1e-3, 0.7, 80.0])
def test_all_families_keep_the_ratio_of_noise_to_signal(sigma):
    share = sigma / (1 + sigma)
    for level in (levels.from_sigma(sigma)[0], levels.exploding(sigma)[0], levels.flow(share)[0]):
        assert math.isclose(level[1] / level[0], sigma, rel_tol=1e-12)  # 1 − share loses log10(81) digits at most
    a, s = levels.angle(2 * math.atan(sigma) / math.pi)[0]
    assert math.isclose(s / a, sigma, rel_tol=1e-12) and math.isclose(a * a + s * s, 1.0, rel_tol=1e-15)


def test_levels_are_the_same_up_to_single_precision_only():
    assert levels.same((0.5, 0.8), (np.float32(0.5000001), np.float32(0.8)))
    assert not levels.same((0.5, 0.8), (0.5001, 0.8))


def test_orders_follow_the_longest_name():
    assert orders.declared("KDPM2DiscreteScheduler", {}, {}) == 2
    assert orders.declared("KDPM2AncestralDiscreteScheduler", {}, {}) == 1
    stochastic = {"solver_order": 3, "algorithm_type": "sde-dpmsolver++"}
    assert orders.declared("DPMSolverMultistepScheduler", stochastic, {}) == 3
    assert orders.declared("LMSDiscreteScheduler", {}, {"order": 3}) == 3
    assert orders.declared("SomethingNewScheduler", {}, {}) is None


@pytest.mark.skipif(WITH, reason="torch and diffusers are there")
def test_without_diffusers_one_line_says_what_to_install():
    from verify.adapters.diffusers import matrix

    with pytest.raises(BackendUnavailable, match="pip install"):
        matrix()


# --- schedulers -------------------------------------------------------------------------------------------------------


def scheduled(name, config=None, call=None, **options):
    import diffusers.schedulers

    from verify.adapters.diffusers_scheduler import Scheduled

    return Scheduled(getattr(diffusers.schedulers, name), config or {}, call or {}, **options)


def gaussian(mean=0.7, variance=0.3):
    from verify.targets import Gaussian

    return Gaussian(mean=np.array([mean]), cov=np.array([[variance]]))


def law_of(sampler, steps, data):
    """Return the mean and variance of the output from the exact law at the start."""
    from verify.audit import audit

    run = audit(sampler, data, (steps, 2 * steps)).runs[0]
    case = run.cases[0]
    return float(case.output.mean[0]), float(case.output.cov[0, 0])


def ancestral(alpha_bar, timesteps, noise, m, v):
    """Return mean and variance after x' = √ā' x̂ + √(1 − ā' − n²) ε̂ + n z down these timesteps and then to the data."""
    a = np.append(alpha_bar[timesteps], 1.0)
    mean, var = math.sqrt(a[0]) * m, a[0] * v + 1 - a[0]
    for now, then in pairwise(a):
        gain = math.sqrt(now) * v / (now * v + 1 - now)
        fresh = noise(now, then)
        keep = math.sqrt(max(1 - then - fresh, 0.0) / (1 - now))
        slope = math.sqrt(then) * gain + keep * (1 - math.sqrt(now) * gain)
        mean, var = math.sqrt(then) * m + slope * (mean - math.sqrt(now) * m), slope**2 * var + fresh
    return mean, var


@needs_diffusers
@pytest.mark.parametrize(
    ("name", "call", "eta"),
    [("DDIMScheduler", {}, 0.0), ("DDIMScheduler", {"eta": 0.5}, 0.5), ("DDPMScheduler", {}, 1.0)],
)
def test_ddim_and_ddpm_have_the_law_of_their_recursion(name, call, eta):
    data, steps = gaussian(), 20
    alpha_bar = scheduled(name).scheduler().alphas_cumprod.double().numpy()
    timesteps = np.arange(steps)[::-1] * (1000 // steps)
    want = ancestral(
        alpha_bar, timesteps, lambda now, then: eta**2 * (1 - then) / (1 - now) * (1 - now / then), 0.7, 0.3
    )
    got = law_of(scheduled(name, {"clip_sample": False}, call), steps, data)
    # the library's own square roots are in float64 once its schedule is widened; DDPM clamps its variance at 1e-20
    assert np.allclose(got, want, rtol=1e-10)


@needs_diffusers
def test_euler_in_sigma_is_a_product_of_gains():
    data, steps = gaussian(), 20
    sampler = scheduled("EulerDiscreteScheduler", own_levels=True)
    sigmas = sampler.ready(steps).sigmas.numpy()
    gain = 1.0
    for now, then in pairwise(sigmas):
        gain *= 1 + (then - now) * now / (0.3 + now**2)
    mean, var = law_of(sampler, steps, data)
    rounding = 2 * steps * 2.0**-24  # the class rounds its states to single precision, twice a step
    assert math.isclose(mean, 0.7, rel_tol=rounding)  # a run from the exact law keeps the mean
    assert math.isclose(var, gain**2 * (0.3 + sigmas[0] ** 2), rel_tol=2 * rounding)


@needs_diffusers
@pytest.mark.parametrize(
    ("name", "config", "order"),
    [
        ("DPMSolverMultistepScheduler", {"solver_order": 2}, 2.0),
        ("UniPCMultistepScheduler", {"solver_order": 2}, 3.0),
        ("DPMSolverSinglestepScheduler", {"solver_order": 3, "lower_order_final": True}, 3.0),
        ("HeunDiscreteScheduler", {}, 2.0),
    ],
)
def test_on_uniform_log_snr_steps_the_published_orders_appear(name, config, order):
    """Steps that shrink everywhere, and a network told the right level, leave the order of the solver alone."""
    from verify.audit import audit

    sampler = scheduled(name, {**config, "use_exponential_sigmas": True}, own_levels=True, begin=True)
    found = audit(sampler, gaussian(), (40, 80, 160))
    errors = [float(run.cases[0].discretisation) for run in found.runs]
    # the error expansion has ratio 2**order·(1 + O(1/N)); at 80 steps the second term is below a tenth
    assert abs(math.log2(errors[1] / errors[2]) - order) < 0.25


@needs_diffusers
def test_timesteps_that_are_cut_to_integers_are_named_as_the_cause():
    sampler = scheduled("DPMSolverMultistepScheduler", {"use_exponential_sigmas": True})
    assert any("timesteps are rounded" in cause for cause in sampler.without)


@needs_diffusers
def test_brownian_trees_are_the_path_of_the_source():
    pytest.importorskip("torchsde", reason="the class needs torchsde")
    from verify.audit import audit

    found = audit(scheduled("DPMSolverSDEScheduler"), gaussian(), (10, 20))
    # two stages share one interval, cut in the middle: 2 elementary normals a step, none in the last
    assert [run.map.draws for run in found.runs] == [18, 38]


@needs_diffusers
def test_every_class_is_audited_or_has_a_reason():
    from verify.adapters.diffusers_configurations import configurations, schedulers, unaudited

    classes = schedulers()
    assert len(classes) > 20
    for name, cls in classes.items():
        assert unaudited(cls) or configurations(cls), name
    settings = {sampler.label for sampler in configurations(classes["DPMSolverMultistepScheduler"])}
    assert {"solver_order=3", "use_karras_sigmas=True", "timestep_spacing=trailing"} <= settings


@needs_diffusers
def test_a_wrong_name_is_told_what_comes_close():
    from verify.adapters.diffusers import matrix

    with pytest.raises(UnknownName, match="DDIMScheduler"):
        matrix(["DDIMSchedulr"])


@needs_diffusers
def test_configurations_that_do_the_same_are_audited_once():
    from verify.adapters.diffusers import distinct

    twice = [scheduled("DDIMScheduler", {"clip_sample": False}), scheduled("DDIMScheduler", {"clip_sample": False})]
    assert len(list(distinct([*twice, scheduled("DDIMScheduler", {"clip_sample": False}, {"eta": 1.0})]))) == 2


@needs_diffusers
def test_the_script_runs_on_its_own_and_shows_the_errors_of_the_audit(capsys):
    from verify.audit import audit

    sampler = scheduled("DDIMScheduler", {"clip_sample": False})
    found = audit(sampler, gaussian(1.0, 0.25), (10, 20))
    exec(compile(sampler.script(found), "script", "exec"), {})
    shown = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    wanted = [float(run.cases[0].discretisation) for run in found.runs]
    assert np.allclose(shown, wanted, rtol=5e-3)  # printed with three digits


def test_one_failing_sampler_does_not_stop_the_others():
    from verify.audit import Outcome
    from verify.audit.matrix import audit_all

    def broken(model, start, noise, steps):
        raise RuntimeError("no")

    found = list(audit_all([broken, broken], gaussian(), (10, 20)))
    assert [a.outcome for a in found] == [Outcome.FAILED] * 2 and "RuntimeError" in found[0].reason
