"""The command ``boundcheck``: list, run, report, check, cite and the bound calculator."""

from verify.cli.app import main, main_study

__all__ = ["main", "main_study"]
