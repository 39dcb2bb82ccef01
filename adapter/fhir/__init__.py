"""What FHIR R4 itself says: elements, bindings, exact JSON text, XML, and the way back from R5.

Nothing here knows a scheme, a hospital or a person; every other room may import it.
"""
