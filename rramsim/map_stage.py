"""The mapping of a study's networks as a stage of its own, without a sweep and without a training."""

from __future__ import annotations

import logging

import pandas as pd

from rramsim.errors import MissingExtraError
from rramsim.runs.folder import RunFolder
from rramsim.study import Study
from rramsim.study.mapped import find_networks, read_reads, write_mapping
from rramsim.study.run_folder import keep_study
from rramsim.tables.mapping import MAPPING

logger = logging.getLogger(__name__)


def map_stage(study: Study, folder: RunFolder) -> pd.DataFrame:
    """Map networks, and draw their floor plans where the extra ``report`` is installed; the table ``mapping.csv``.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, into which nobody else writes.

    Raises
    ------
    InputError, RramsimError
        As for :func:`rramsim.pipeline.map_networks`.
    """
    networks = find_networks(study, folder.path)
    reads = read_reads(study, folder.path)  # a damaged one is told before anything is written
    folder.prepare()
    keep_study(study, folder)
    write_mapping(study, folder.path, networks, reads)
    mapping = MAPPING.read(folder.path / MAPPING.file)
    try:
        from rramsim.report.html import write_figures
        from rramsim.report.sections.mapping import floor_plans
    except MissingExtraError as error:
        logger.warning("no floor plans: %s", error)
    else:
        write_figures(folder.path, floor_plans(mapping))
    return mapping
