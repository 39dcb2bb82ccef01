"""The folder that the hospital's interface engine reads: one message, one file.

A file appears whole (written under another name, synced, renamed), is named by the control id of its message, which
tells nothing of a person, and is never written over.
"""

import os
from pathlib import Path

from adapter.core.errors import Temporary
from adapter.dmp.envelopes import Envelope
from adapter.dmp.pfi.messages import Correspondents, control_id, mdm
from adapter.dmp.transports.roads import OtherContent, Receipt

SUFFIX = ".hl7"


class DropUnavailable(Temporary):
    """The folder cannot be read or written now: not mounted, full, no rights."""

    code = "drop-unavailable"


class FileDrop:
    """Hands over to a PFI as HL7 v2 MDM files in a folder."""

    def __init__(self, folder: Path, between: Correspondents) -> None:
        self._folder, self._between = folder, between

    def hand_over(self, envelope: Envelope) -> Receipt:
        """Write the message, unless its file is there. Once the engine took it away, it would be written again:
        the same message with the same control id (MSH-10), by which a receiver knows it.
        """
        name = f"{control_id(envelope)}{SUFFIX}"
        content = mdm(envelope, self._between)
        try:
            return self._dropped(name, content)
        except OSError as error:
            raise DropUnavailable(f"the drop folder: {error.strerror}") from error

    def _dropped(self, name: str, content: bytes) -> Receipt:
        final = self._folder / name
        if final.exists():
            if final.read_bytes() != content:
                raise OtherContent("the drop folder holds another message with this control id")
            return Receipt(name, again=True)
        making = self._folder / f".{name}.part"
        with making.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        making.rename(final)
        _sync(self._folder)
        return Receipt(name)


def _sync(folder: Path) -> None:
    """Make the new name itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
