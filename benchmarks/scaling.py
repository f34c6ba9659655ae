"""Measures what a law costs against the number of particles n, of steps N and of dimensions d: seconds and peak memory.

The chain is the exponential integrator on a Gaussian with full covariance, T = 4. Three forms of its output: the exact
law, float32 particles, and particles streamed through moments. Each point is a process of its own; its memory is what
making the chain and running it adds to the peak after the imports; its time is the least of up to three runs. Exponents
are least-squares slopes of the logarithms over the last three or four points. One core.
Run: ``python benchmarks/scaling.py [--out FILE.json] [--figure FILE]`` (FILE.svg and FILE.png are written).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from measuring import alone, peak_here, versions, written

import verify as vf
from verify.laws import Particles, StreamedParticles
from verify.report.figures.style import RC, panels
from verify.report.render import render

EXACT, CLOUD, STREAM = "exact law", "particles", "streamed particles"
AXES = {"n": "particles n", "N": "steps N", "d": "dimension d"}
BASE = {"n": 30_000, "N": 100, "d": 16}  # what the axes that are not swept stand at
SWEEPS: dict[tuple[str, str], list[int]] = {
    (EXACT, "N"): [100, 1000, 10_000, 100_000, 300_000],
    (EXACT, "d"): [2, 8, 32, 128, 512, 1024],
    (CLOUD, "n"): [1000, 10_000, 100_000, 1_000_000],
    (CLOUD, "N"): [10, 30, 100, 300, 1000],
    (CLOUD, "d"): [2, 8, 32, 128, 256],
    (STREAM, "n"): [1000, 10_000, 100_000, 1_000_000],
}
LONG = 5.0  # seconds; what has taken as long is not repeated
COLOURS = {EXACT: "#0072B2", CLOUD: "#D55E00", STREAM: "#009E73"}
MARKS = {EXACT: "o", CLOUD: "s", STREAM: "^"}


def chain(steps: int, dim: int) -> Any:
    """Return the sampler."""
    rng = np.random.default_rng(7)
    a = rng.standard_normal((dim, dim)) / np.sqrt(dim)
    target = vf.targets.Gaussian(rng.standard_normal(dim), a @ a.T + 0.3 * np.eye(dim))
    return vf.samplers.ExponentialIntegrator(vf.scores.Exact(target), vf.TimeGrid.uniform(4.0, steps))


def pushed(form: str, n: int, sampler: Any) -> Any:
    """Return the law of the sampler's output in this form."""
    if form == EXACT:
        return sampler.run()
    if form == STREAM:
        return StreamedParticles(n, sampler.dim, 3).through(sampler)
    return sampler.run(Particles.standard(n, sampler.dim, 3, dtype="float32"))


def point(form: str, n: int, steps: int, dim: int) -> dict[str, float]:
    """Return the seconds of one run and the MB by which it raises the peak."""
    pushed(form, 10, chain(2, 2))  # what only the first call loads
    before, seconds, peak = peak_here(), [], 0.0
    for _ in range(3):
        sampler = chain(steps, dim)  # a new one, which remembers nothing
        start = time.perf_counter()
        law = pushed(form, n, sampler)
        seconds.append(time.perf_counter() - start)
        del law
        peak = peak or peak_here()
        if sum(seconds) > LONG:
            break
    return {"seconds": min(seconds), "MB": peak - before}


def swept() -> dict[str, dict[str, Any]]:
    """Return {"form against axis": its points and exponents}."""
    found: dict[str, dict[str, Any]] = {}
    for (form, axis), values in SWEEPS.items():
        points = [alone("--point", form, *(BASE | {axis: value}).values()) for value in values]
        first = (len(values) - 1) // 2
        logs = np.log(np.array(values[first:], dtype=float))
        found[f"{form} against {axis}"] = {
            axis: values,
            "seconds": [round(p["seconds"], 5) for p in points],
            "MB": [round(p["MB"], 1) for p in points],
            "exponent of the time": round(
                float(np.polyfit(logs, np.log([p["seconds"] for p in points[first:]]), 1)[0]), 2
            ),
        }
    return found


def drawn(found: dict[str, dict[str, Any]]) -> dict[str, bytes]:
    """Return the log–log figure as SVG and PNG: time above, memory below, one column an axis."""
    from matplotlib import rc_context

    with rc_context(RC):
        figure, panes = panels(6, sharey=False)
        for (form, axis), values in SWEEPS.items():
            column, series = list(AXES).index(axis), found[f"{form} against {axis}"]
            name = f"{form}: {axis}^{series['exponent of the time']:.2f}"
            look = {"color": COLOURS[form], "marker": MARKS[form]}
            panes[column].plot(values, series["seconds"], label=name, **look)
            panes[column + 3].plot(values, np.maximum(series["MB"], 0.1), label=form, **look)
        for i, pane in enumerate(panes):
            pane.set(xscale="log", yscale="log", xlabel=list(AXES.values())[i % 3])
            if i % 3 == 0:
                pane.set_ylabel("seconds" if i == 0 else "peak memory, MB")
            if i < 3:
                pane.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=8)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        return render(figure, "scaling", ("svg", "png"))


def main() -> None:
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--figure", type=Path, help="figure file, without its ending")
    parser.add_argument("--redraw", type=Path, help="draw from this JSON file and measure nothing")
    parser.add_argument("--point", nargs=4, metavar=("FORM", "n", "N", "d"), help="one point, in this process")
    options = parser.parse_args()
    if options.point:
        print(json.dumps(point(options.point[0], *map(int, options.point[1:]))))
        return
    if options.redraw:
        found = json.loads(options.redraw.read_text("utf-8"))
    else:
        found = {**swept(), "elsewhere": BASE, "versions": versions(("numpy", "scipy")), "cores": 1}
        written(found, options.out)
    if options.figure:
        options.figure.parent.mkdir(parents=True, exist_ok=True)
        for kind, content in drawn(found).items():
            options.figure.with_suffix(f".{kind}").write_bytes(content)


if __name__ == "__main__":
    main()
