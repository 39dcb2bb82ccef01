"""A document as PDSm 3.1 takes it (ANS, Partage de documents de santé en mobilité): FHIR R4 after IHE MHD.

Pure functions: the same document gives the same resources.
"""
