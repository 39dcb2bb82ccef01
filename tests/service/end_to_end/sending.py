"""The scenes of `fixtures/` as a hospital and a HAD hold them: every resource under a name that tells the scene."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.fixtures.scenes import FILES, documents_of
from tests.service.end_to_end.regions import Region, Server

# The files of whoever comes to the home; all others are the hospital's.
_HOME = ("had-", "station", "gp-", "dac-")
_LOCAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}")


@dataclass
class Sent:
    """What one source holds of a scene: contents in the order in which it stored them, and what it then deleted."""

    source: Server
    contents: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Everything that was ever stored, once."""
        return list(dict.fromkeys(f"{one['resourceType']}/{one['id']}" for one in self.contents))


@dataclass(frozen=True)
class _Entry:
    """A resource of a file (none: deleted), the URL that names it there, and other names for it."""

    url: str
    also: str
    resource: dict[str, Any] | None


def send(region: Region, scene: Path) -> list[Sent]:
    """Store a scene at its sources; where each resource came to be."""
    files = [file for file in FILES if scene in file.parents]
    held = {file: list(_entries(file)) for file in files}
    all_sent = {file: Sent(region.had if file.name.startswith(_HOME) else region.hospital) for file in files}
    names = {
        name: (all_sent[file].source, _name(scene.name, entry))
        for file, entries in held.items()
        for entry in entries
        for name in (entry.url, entry.also)
        if name
    }
    for file, sent in all_sent.items():
        for entry in held[file]:
            name = names[entry.url][1]
            if entry.resource is None:
                sent.deleted.append(name)
            else:
                base = entry.url.rpartition("/")[0].rpartition("/")[0]
                content = _renamed(entry.resource, base, names, sent.source)
                sent.contents.append({**content, "id": name.partition("/")[2]})
    return [_stored(list(group)) for _, group in groupby(sorted(all_sent.values(), key=_of), key=_of)]


def _of(sent: Sent) -> str:
    return sent.source.name


def _stored(parts: list[Sent]) -> Sent:
    """Stores what all files of a source hold, as one transaction, since their resources need one another."""
    whole = Sent(parts[0].source, [c for p in parts for c in p.contents], [n for p in parts for n in p.deleted])
    whole.source.transact(whole.contents)
    for name in whole.deleted:
        whole.source.delete(name)
    return whole


def _entries(file: Path) -> Iterator[_Entry]:
    for document in documents_of(file):
        if document["resourceType"] != "Bundle":
            base = f"urn:export/{document['resourceType']}/{document['id']}"
            yield _Entry(base, "", document)
            continue
        # A history lists the newest first.
        entries = document["entry"][:: -1 if document["type"] == "history" else 1]
        for number, one in enumerate(entries):
            asked = one.get("request", {}).get("url", "")
            yield _Entry(one.get("fullUrl", f"urn:entry:{number}"), asked if "?" in asked else "", one.get("resource"))


def _name(scene: str, entry: _Entry) -> str:
    type_name, _, id_ = entry.url.rpartition("/")
    if entry.url.startswith("urn:uuid:") and entry.resource is not None:
        return f"{entry.resource['resourceType']}/{scene}.{entry.url[9:22]}"
    return f"{type_name.rpartition('/')[2]}/{scene}.{id_}"


def _renamed(node: Any, base: str, names: Mapping[str, tuple[Server, str]], source: Server) -> Any:
    """With every reference to what the scene holds as its server knows it: local, or absolute to the other one."""
    if isinstance(node, list):
        return [_renamed(child, base, names, source) for child in node]
    if not isinstance(node, dict):
        return node
    made = {key: _renamed(child, base, names, source) for key, child in node.items()}
    text = node.get("reference")
    if isinstance(text, str):
        found = names.get(f"{base}/{text}" if _LOCAL.fullmatch(text) else text)
        if found:
            made["reference"] = found[1] if found[0] is source else f"{found[0].base}/{found[1]}"
    return made
