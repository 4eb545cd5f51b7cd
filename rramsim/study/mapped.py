"""The networks of a study in arrays: found without training where that can be, and the tables of their mapping."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, corner_of
from rramsim.errors import InputError, TableError
from rramsim.files import is_file
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.mapping.energy import energy_table
from rramsim.nn.mapping.networks import network_layers
from rramsim.nn.mapping.table import mapping_table
from rramsim.runs.stamps import file_hash, read_stamps, text_hash, write_stamped
from rramsim.study.injected import read_injected
from rramsim.study.study import Study
from rramsim.tables.ber import BER
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING
from rramsim.tables.points import CELL, PROGRAMMED, read_points
from rramsim.tables.reads import READS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The table of reads, and the SHA-256 of its file."""

    table: pd.DataFrame
    digest: str


def find_networks(study: Study, folder: Path) -> dict[str, AbstractNetwork]:
    """Networks of a study that need no training, by name: those of files, and those that its run folder keeps.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder.

    Raises
    ------
    NetworkError, MissingResourceError
        A network file cannot be used, or a data set is missing.
    """
    if not study.measured:  # torch may be missing
        return {}
    from rramsim.nn.trained import known_networks

    ber = None
    if any(network.errors_at for network in study.measured) and is_file(folder / BER.file):
        try:
            ber = read_injected(study, folder).table
        except InputError as error:
            logger.warning("%s; networks that learnt with its errors are taken for untrained", error)
    return known_networks(study.measured, seed=study.study.seed, folder=study.folder, kept=folder, ber=ber)


def read_reads(study: Study, folder: Path) -> Reads | None:
    """Read the table of reads in a run folder; None where there is none of this study, which is told.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder.

    Raises
    ------
    TableError
        It is damaged, or has a weight at a corner at several sense times.
    """
    path = folder / READS.file
    if not is_file(path):
        logger.info("no %s: energies of inferences are left out until rramsim sweep has written it", path)
        return None
    digest, origin = file_hash(path), read_stamps(folder).origin(path)
    if origin is not None and origin.get("sweep") != study.identity["sweep"]:
        logger.warning("%s was made for another study: energies of inferences are left out", path)
        return None
    if origin is None:
        logger.warning("%s is taken as a table of your own: it is not as rramsim wrote it", path)
    table = read_points(READS, path, study.alphabets)
    twice = table[table.duplicated([CELL.name, *CORNER_COLUMNS, PROGRAMMED.name])]
    if not twice.empty:
        corner = corner_of(twice.iloc[0]).id
        raise TableError(f"{path} has several sense times of {twice.iloc[0]['cell']} at corner {corner}; one is needed")
    return Reads(table=table, digest=digest)


def write_mapping(study: Study, folder: Path, networks: Mapping[str, AbstractNetwork], reads: Reads | None) -> None:
    """Write ``mapping.csv``, and ``energy.csv`` where the run folder has the reads of the study.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, into which nobody else writes.
    networks
        Those that are trained, by name; the others are mapped by the shapes of their models.
    reads
        Reads of the study; None where there are none.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    mapping = mapping_table(network_layers(study.networks, networks), study.array)
    energy = None if reads is None else energy_table(mapping, reads.table, study.network_cells)
    used = {f"network:{name}": network.hash for name, network in networks.items()}
    origin = {"mapping": study.identity["mapping"], **used}
    text = MAPPING.text(mapping)
    write_stamped(folder, {MAPPING.file: text}, origin)
    shapes = [section.name for section in study.networks if section.name not in networks]
    if shapes:
        logger.info("not trained, so mapped by shape, without counts of +1, 0 and -1: %s", ", ".join(shapes))
    if reads is not None and energy is not None:
        origin |= {"table": text_hash(text), "reads": reads.digest}
        write_stamped(folder, {ENERGY.file: ENERGY.text(energy)}, origin)
