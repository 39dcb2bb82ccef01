"""Reads a Dockerfile, and does what its builder says in a folder instead of a container."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction with its words, continued lines joined."""

    name: str
    text: str

    @property
    def array(self) -> list[str]:
        """The words of the exec form; ValueError for the shell form."""
        words: list[str] = json.loads(self.text)
        return words


Stage = list[Instruction]


def read_stages(file: Path) -> list[Stage]:
    """The instructions of every stage, each beginning with its FROM."""
    lines = [line for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
    stages: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, text = line.strip().partition(" ")
        if name == "FROM":
            stages.append([])
        stages[-1].append(Instruction(name, text.strip()))
    return stages


def named(stage: Stage, name: str) -> list[Instruction]:
    """The instructions of one name."""
    return [one for one in stage if one.name == name]


def environment_of(stage: Stage) -> dict[str, str]:
    """What ENV sets, unexpanded."""
    return dict(pair.split("=", 1) for one in named(stage, "ENV") for pair in one.text.split())


def build(stage: Stage, context: Path, root: Path) -> None:
    """Do what a stage says, with `root` for `/`: COPY, WORKDIR and RUN, its commands word by word."""
    kept = ("PATH", "HOME", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_CERT", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | environment_of(stage)
    folder = root
    for one in stage:
        if one.name == "WORKDIR":
            folder = root / one.text.lstrip("/")
            folder.mkdir(parents=True, exist_ok=True)
        elif one.name == "COPY":
            *sources, target = one.text.split()
            for source in sources:
                _copy(context / source, folder / target / (source if target == "./" else ""))
        elif one.name == "RUN":
            command = re.sub(r"(?<=[\s=])/(?=opt/)", f"{root}/", f" {one.text}")
            ran = subprocess.run(
                ["/bin/sh", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, f"{one.text}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)
