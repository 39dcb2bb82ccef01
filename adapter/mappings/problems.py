"""What is wrong with a pack, so that whoever wrote it finds the place at once."""

from pathlib import Path

from adapter.core.errors import Permanent


class BadPack(Permanent):
    """A pack or an override that cannot be used: file, line (0 = unknown), key, what is wrong, what to do."""

    code = "bad-pack"

    def __init__(self, file: Path, line: int, key: str, what: str, remedy: str) -> None:
        inside = 3 if file.parent.name == "cases" else 2
        place = "/".join(file.parts[-inside:]) + (f":{line}" if line else "")
        super().__init__(f"{place}: {key}: {what}; {remedy}")
        self.file, self.line, self.key, self.what, self.remedy = file, line, key, what, remedy
