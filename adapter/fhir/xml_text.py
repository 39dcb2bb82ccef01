"""FHIR XML and back, without loss: hospitals still send XML, and all the rest works on JSON's shape."""

from adapter.fhir.xml_read import from_xml
from adapter.fhir.xml_shared import BadXml
from adapter.fhir.xml_write import to_xml

__all__ = ["BadXml", "from_xml", "to_xml"]
