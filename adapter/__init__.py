"""An HL7 FHIR integration adapter for palliative care and immunotherapy at home."""

__version__ = "0.1.0"
