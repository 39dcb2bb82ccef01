"""Documents for the DMP (dossier médical partagé, the French shared record): made, checked, and handed over.

A decision and the record give a `Document`; CDA R2, DocumentReference, PDSm and HL7 v2 are forms of it. What the
record does not say is never made up: it is a line of the readiness report, and no document is handed over.
"""
