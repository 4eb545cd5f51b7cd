"""The study file: composes the sections that the packages declare, and checks what only shows across them."""

from rramsim.study.run_folder import load_run_study
from rramsim.study.study import General, Study, build_study, load_study, parse_study

__all__ = ["General", "Study", "build_study", "load_run_study", "load_study", "parse_study"]
