"""A pack that cannot be used says where and what to do: each recipe breaks the tiny pack in one place."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from adapter.mappings import BadPack, Site, load_pack
from adapter.mappings.cases import load_cases
from adapter.mappings.yaml_text import read_yaml

HERE = Path(__file__).parent
RECIPES = sorted((HERE / "broken").glob("*.yaml"))


def broken_pack(recipe: dict[str, Any], into: Path) -> Path:
    """The tiny pack, broken as the recipe says."""
    folder = into / "tiny"
    shutil.copytree(HERE / "tiny", folder, ignore=shutil.ignore_patterns("__pycache__"))
    if "file" not in recipe:
        return folder
    file = folder / recipe["file"]
    if "replace" not in recipe:
        file.unlink()
        return folder
    text = file.read_text(encoding="utf-8")
    assert text.count(recipe["replace"]) == 1, "the recipe must hit exactly one place"
    file.write_text(text.replace(recipe["replace"], recipe["by"]), encoding=recipe.get("encoding", "utf-8"))
    return folder


def site_of(recipe: dict[str, Any], into: Path) -> Site:
    """The site of a recipe: settings and overrides."""
    for name, text in recipe.get("overrides", {}).items():
        (into / "site" / "tiny").mkdir(parents=True, exist_ok=True)
        (into / "site" / "tiny" / name).write_text(text, encoding="utf-8")
    return Site(overrides=into / "site", settings={"tiny": recipe.get("settings", {})})


def load(folder: Path, site: Site) -> None:
    load_pack(folder, site)
    load_cases(folder)


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_a_broken_pack_is_refused_with_its_place_and_a_remedy(file: Path, tmp_path: Path) -> None:
    recipe = read_yaml(file).data
    folder, site = broken_pack(recipe, tmp_path), site_of(recipe, tmp_path)
    with pytest.raises(BadPack) as refused:
        load(folder, site)
    assert str(refused.value) == recipe["says"]


def test_the_tiny_pack_is_good_before_it_is_broken() -> None:
    assert load_pack(HERE / "tiny").id == "tiny"
    assert [case.name for case in load_cases(HERE / "tiny")] == ["an answered call is paid"]
