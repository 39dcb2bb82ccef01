"""No number, date or amount of a pack may change unnoticed: each change fails a worked case, or is refused at load."""

import copy
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapter.mappings import BadPack
from adapter.mappings.cases import Case, run_case
from adapter.mappings.yaml_text import read_yaml
from tests.packs.worked import FOLDERS, cases_of


@dataclass(frozen=True)
class Mutation:
    """One value of one file of a pack, and what it is changed to.

    `wide` is the same change of a date by a month: an amount "to day 14 of the month" that starts on the 1st is never
    charged on the day before, so that one day less makes no difference that anybody could see.
    """

    folder: Path
    file: str
    path: tuple[str | int, ...]
    old: Any
    new: Any
    wide: str | None = None

    @property
    def id(self) -> str:
        return f"{self.folder.name}/{'.'.join(map(str, self.path))}={self.new}"


def mutations_of(folder: Path) -> Iterator[Mutation]:
    for name, number in read_yaml(folder / "pack.yaml").data.get("numbers", {}).items():
        for new in (number["value"] - 1, number["value"] + 1):
            yield Mutation(folder, "pack.yaml", ("numbers", name, "value"), number["value"], new)
    for name, tariff in read_yaml(folder / "tariffs.yaml").data.items():
        for place, value in enumerate(tariff["values"]):
            yield from mutations_of_value(folder, (name, "values", place), value)


def mutations_of_value(folder: Path, at: tuple[str | int, ...], value: dict[str, Any]) -> Iterator[Mutation]:
    more = str(Decimal(value["amount"]) + 1)
    yield Mutation(folder, "tariffs.yaml", (*at, "amount"), value["amount"], more)
    for key in ("from", "known_from", "to"):
        for days in (-1, 1) if value.get(key) else ():
            new, wide = (str(date.fromisoformat(value[key]) + timedelta(days=days * n)) for n in (1, 31))
            yield Mutation(folder, "tariffs.yaml", (*at, key), value[key], new, wide)


MUTATIONS = [mutation for folder in FOLDERS for mutation in mutations_of(folder)]


def mutated(mutation: Mutation, into: Path) -> Path:
    """A copy of the pack with that one change."""
    folder = into / mutation.folder.name
    shutil.copytree(mutation.folder, folder, ignore=shutil.ignore_patterns("cases"))
    data = copy.deepcopy(data_of(mutation.folder / mutation.file))
    *above, last = mutation.path
    node = data
    for step in above:
        node = node[step]
    node[last] = mutation.new
    text = yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True)
    (folder / mutation.file).write_text(text, encoding="utf-8")
    return folder


@cache
def data_of(file: Path) -> Any:
    return read_yaml(file).data


def likeliest_first(mutation: Mutation) -> Sequence[Case]:
    """The cases that name the tariff or number, and the old or new value, come first."""
    words = [f"'{mutation.path[0]}'", f"'{mutation.path[1]}'", str(mutation.old), str(mutation.new)]
    ranks = {case_id: sum(word in text for word in words) for case_id, text in texts_of(mutation.folder).items()}
    return sorted(cases_of(mutation.folder), key=lambda case: (-ranks[case.id], len(case.settings)))


@cache
def texts_of(folder: Path) -> dict[str, str]:
    return {case.id: repr((case.expect, case.resources)) for case in cases_of(folder)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_a_changed_number_date_or_amount_fails_a_case_or_the_load(mutation: Mutation, tmp_path: Path) -> None:
    changes = [mutation, replace(mutation, new=mutation.wide)] if mutation.wide else [mutation]
    noticed = any(is_noticed(change, tmp_path / str(place)) for place, change in enumerate(changes))
    assert noticed, f"no case notices that {mutation.old} became {mutation.new}"


def is_noticed(mutation: Mutation, into: Path) -> bool:
    into.mkdir()
    folder = mutated(mutation, into)
    try:
        return any(run_case(folder, case) for case in likeliest_first(mutation))
    except BadPack:
        return True


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_copy_without_a_change_passes_so_that_only_the_change_can_fail(folder: Path, tmp_path: Path) -> None:
    version = read_yaml(folder / "pack.yaml").data["version"]
    same = Mutation(folder, "pack.yaml", ("version",), None, version)
    copied = mutated(same, tmp_path)
    assert [case.id for case in cases_of(folder) if run_case(copied, case)] == []
