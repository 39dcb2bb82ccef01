"""The direct road to the DMP (XDS.b: ITI-41, ITI-57), which is not open to us."""

from adapter.core.errors import Permanent
from adapter.dmp.envelopes import Envelope
from adapter.dmp.transports.roads import Receipt


class NeedsHomologation(Permanent):
    """The DMP takes XDS.b from homologated software with the certificates of a structure only."""

    code = "needs-homologation"


class DirectXds:
    """Where an implementation would stand; it sends nothing."""

    def hand_over(self, envelope: Envelope) -> Receipt:
        """Always raises NeedsHomologation."""
        raise NeedsHomologation(
            "XDS.b needs certificates (IGC-Santé ORG_AUTH_CLI, ORG_SIGN) and a DMP homologation;"
            " hand over to the hospital's platform (file) or to a PDSm server (fhir) instead"
        )
