"""The packs of the project and their worked cases, read once."""

from functools import cache
from pathlib import Path

from adapter.core.assembling import assemble
from adapter.core.decisions import Judgement
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.mappings import PACKS_FOLDER, load_pack
from adapter.mappings.cases import Case, judge_case, load_cases, resources_of

FOLDERS = sorted(file.parent for file in PACKS_FOLDER.glob("*/pack.yaml"))


@cache
def pack_in(folder: Path) -> Pack:
    return load_pack(folder)


@cache
def cases_of(folder: Path) -> tuple[Case, ...]:
    return tuple(load_cases(folder))


@cache
def judgements_of(folder: Path) -> tuple[Judgement, ...]:
    return tuple(judge_case(folder, case) for case in cases_of(folder))


@cache
def records_of(folder: Path) -> tuple[Record, ...]:
    return tuple(assemble(resources_of(case), {}, b"worked cases") for case in cases_of(folder))
