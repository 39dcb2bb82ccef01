"""CDA R2 documents as *Structuration minimale de documents de santé* (CI-SIS) wants them."""

from adapter.dmp.cda.clinical_document import to_cda
from adapter.dmp.cda.losses import losses
from adapter.dmp.cda.writing import NotWritten

__all__ = ["NotWritten", "losses", "to_cda"]
