"""The study file: composes the sections that the packages declare, and checks what only shows across them."""

from rramsim.study.study import General, Study, load_run_study, load_study

__all__ = ["General", "Study", "load_run_study", "load_study"]
