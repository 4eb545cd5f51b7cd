"""The study file: composes the sections that the packages declare, and checks what only shows across them."""

from rramsim.study.study import Study, load_run_study, load_study

__all__ = ["Study", "load_run_study", "load_study"]
