"""A document as a hospital's integration platform (PFI) takes it: HL7 v2 MDM messages with the CDA and its metadata.

After the ANS volet « Transmission d'un document CDA-R2 en HL7v2 » 2.1 (ansforge/IG-hl7v2-volet-transmission-document-
cda-r2): T02 for a new document, T10 for one that replaces, T04 for one that is deleted. hl7apy writes and validates.
"""
