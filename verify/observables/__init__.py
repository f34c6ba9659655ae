"""Observables: what a study measures on the sampler that runs."""

from verify.observables.along_path import (
    FisherAtHorizon,
    LargestFisher,
    LargestMovement,
    LargestSecondMoment,
    NoiseKL,
    ScoreChange,
)
from verify.observables.isolated import DiscretisationOnly, InitialisationOnly, NoiseGap, ScoreOnly
from verify.observables.observable import Cell, Observable, ideal, output
from verify.observables.one_step_defect import OneStepDefect
from verify.observables.path_kl import LargestStepPathKL, PathKL, PathKLMonteCarlo
from verify.observables.sampling_error import ParticleError, SamplingError
from verify.observables.score_error import ScoreError, ScoreErrorMonteCarlo
from verify.observables.skeleton_kl import SkeletonKL

__all__ = [
    "Cell",
    "DiscretisationOnly",
    "FisherAtHorizon",
    "InitialisationOnly",
    "LargestFisher",
    "LargestMovement",
    "LargestSecondMoment",
    "LargestStepPathKL",
    "NoiseGap",
    "NoiseKL",
    "Observable",
    "OneStepDefect",
    "ParticleError",
    "PathKL",
    "PathKLMonteCarlo",
    "SamplingError",
    "ScoreChange",
    "ScoreError",
    "ScoreErrorMonteCarlo",
    "ScoreOnly",
    "SkeletonKL",
    "ideal",
    "output",
]
