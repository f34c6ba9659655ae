"""Observables: what a study measures on the sampler that runs."""

from verify.observables.along_path import (
    FisherAtHorizon,
    LargestFisher,
    LargestMovement,
    LargestSecondMoment,
    NoiseKL,
    ScoreChange,
)
from verify.observables.bias import LogBias, VarianceBias
from verify.observables.fidelity import Infidelity
from verify.observables.isolated import DiscretisationOnly, InitialisationOnly, NoiseGap, ScoreEffect, ScoreOnly
from verify.observables.line_chain import LineChain
from verify.observables.observable import Cell, Observable, ideal, output
from verify.observables.one_step_defect import OneStepDefect
from verify.observables.path_kl import LargestPathKLRate, PathKL, PathKLMonteCarlo
from verify.observables.sampling_error import ParticleError, SamplingError
from verify.observables.score_error import ScoreError, ScoreErrorMonteCarlo
from verify.observables.skeleton_kl import SkeletonKL
from verify.observables.variations import Difference, OnPerturbed

__all__ = [
    "Cell",
    "Difference",
    "DiscretisationOnly",
    "FisherAtHorizon",
    "Infidelity",
    "InitialisationOnly",
    "LargestFisher",
    "LargestMovement",
    "LargestPathKLRate",
    "LargestSecondMoment",
    "LineChain",
    "LogBias",
    "NoiseGap",
    "NoiseKL",
    "Observable",
    "OnPerturbed",
    "OneStepDefect",
    "ParticleError",
    "PathKL",
    "PathKLMonteCarlo",
    "SamplingError",
    "ScoreChange",
    "ScoreEffect",
    "ScoreError",
    "ScoreErrorMonteCarlo",
    "ScoreOnly",
    "SkeletonKL",
    "VarianceBias",
    "ideal",
    "output",
]
