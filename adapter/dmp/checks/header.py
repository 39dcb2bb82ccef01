"""The header as *Structuration minimale de documents de santé* wants it, rule by rule.

They follow the schematrons ASIP-STRUCT-MIN-StrucMin and CI-SIS_StructurationMinimale of
github.com/ansforge/TestContenuCDA-3-0 (commits 0ae79f59 and 0c4d6391); where the DMP needs more than these (a known
author, a time with its offset), the rule says so by its message.
"""

from adapter.dmp.checks.rules import Rule

_UID = r"'^([0-2](\.(0|[1-9]\d*))+|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$'"
_INSTANT = r"'^\d{12}(\d\d)?[+-]\d{4}$'"
_TIME = r"'^(\d{4}(\d\d(\d\d)?)?|\d{12}(\d\d)?[+-]\d{4})$'"
_PERSON_ID = "h:id[@root='1.2.250.1.71.4.2.1' and normalize-space(@extension)]"
_STRUCTURE_ID = "h:id[@root='1.2.250.1.71.4.2.2' and normalize-space(@extension)]"
_CODED = "normalize-space(@code) and normalize-space(@codeSystem) and normalize-space(@displayName)"
_FAMILY = "h:assignedPerson/h:name/h:family[normalize-space()]"
_EVENT = "h:documentationOf[1]/h:serviceEvent"
_SETTING = "h:assignedEntity/h:representedOrganization/h:standardIndustryClassCode"
_FACILITY = "h:location/h:healthCareFacility/h:code"

_DOCUMENT = (
    Rule(
        code="cda-realm",
        place="realmCode",
        holds="count(h:realmCode)=1 and h:realmCode/@code='FR'",
        message="the realm is not FR, once",
    ),
    Rule(
        code="cda-type-id",
        place="typeId",
        holds="h:typeId[@root='2.16.840.1.113883.1.3' and @extension='POCD_HD000040']",
        message="the type is not that of CDA R2",
    ),
    Rule(
        code="cda-templates",
        place="templateId",
        holds="count(h:templateId[@root='2.16.840.1.113883.2.8.2.1'])=1"
        " and count(h:templateId[@root='1.2.250.1.213.1.1.1.1'])=1",
        message="HL7 France and CI-SIS are not declared, each once",
    ),
    Rule(
        code="cda-third-template",
        place="templateId",
        holds="h:component/h:nonXMLBody and count(h:templateId)=3"
        " and h:templateId/@root='1.3.6.1.4.1.19376.1.2.20'"
        " or not(h:component/h:nonXMLBody) and count(h:templateId)>2",
        message="a level-1 body wants exactly one more template, that of IHE XDS-SD; sections want one of their own",
    ),
    Rule(
        code="cda-document-id",
        place="id",
        holds=f"count(h:id)=1 and re:test(h:id/@root, {_UID})",
        message="the document has no id that is an OID or a UUID, once",
    ),
    Rule(
        code="cda-document-code",
        place="code",
        holds=f"h:code[{_CODED}]",
        message="the type of document lacks code, code system or label",
    ),
    Rule(code="cda-title", place="title", holds="normalize-space(h:title)", message="there is no title"),
    Rule(
        code="cda-time",
        place="effectiveTime",
        holds=f"re:test(h:effectiveTime/@value, {_INSTANT})",
        message="the time of creation is not a day and a time with its offset",
    ),
    Rule(
        code="cda-confidentiality",
        place="confidentialityCode",
        holds="count(h:confidentialityCode)=1"
        f" and h:confidentialityCode[@codeSystem='2.16.840.1.113883.5.25'][{_CODED}]",
        message="there is no level of HL7 Confidentiality, once",
    ),
    Rule(
        code="cda-language",
        place="languageCode",
        holds="re:test(h:languageCode/@code, '^[a-z]{2}-[A-Z]{2}$')",
        message="the language is not one like fr-FR",
    ),
    Rule(
        code="cda-set-id",
        place="setId",
        holds=f"count(h:setId)=1 and re:test(h:setId/@root, {_UID})",
        message="the versions share no id that is an OID or a UUID",
    ),
    Rule(
        code="cda-version",
        place="versionNumber",
        holds=r"re:test(h:versionNumber/@value, '^[1-9]\d*$')",
        message="the version is not a number from 1 on",
    ),
)
_PEOPLE = (
    Rule(code="cda-author", place="author", holds="h:author", message="there is no author"),
    Rule(
        code="cda-author-id",
        place="author/assignedAuthor/id",
        holds=f"not(h:author[not(h:assignedAuthor/{_PERSON_ID})])",
        message="an author has no national id (idNatPS)",
    ),
    Rule(
        code="cda-author-name",
        place="author/assignedAuthor/assignedPerson/name",
        holds=f"not(h:author[not(h:assignedAuthor/{_FAMILY})])",
        message="an author has no family name",
    ),
    Rule(
        code="cda-author-profession",
        place="author/assignedAuthor/code",
        holds=f"not(h:author[not(h:assignedAuthor/h:code[{_CODED}])])",
        message="an author's profession lacks code, code system or label",
    ),
    Rule(
        code="cda-author-time",
        place="author/time",
        holds=f"not(h:author[not(re:test(h:time/@value, {_INSTANT}))])",
        message="the time of an author is not a day and a time with its offset",
    ),
    Rule(
        code="cda-custodian",
        place="custodian/assignedCustodian/representedCustodianOrganization/id",
        holds="count(h:custodian)=1"
        f" and h:custodian/h:assignedCustodian/h:representedCustodianOrganization/{_STRUCTURE_ID}",
        message="no structure with a national id (idNatSt) keeps the document",
    ),
    Rule(
        code="cda-authenticator",
        place="legalAuthenticator",
        holds="count(h:legalAuthenticator)=1 and h:legalAuthenticator/h:signatureCode/@code='S'"
        f" and h:legalAuthenticator/h:assignedEntity/{_PERSON_ID} and h:legalAuthenticator/h:assignedEntity/{_FAMILY}",
        message="nobody with a national id and a name answers for the document, with signature code S",
    ),
    Rule(
        code="cda-authenticator-time",
        place="legalAuthenticator/time",
        holds=f"re:test(h:legalAuthenticator/h:time/@value, {_INSTANT})",
        message="the time of signature is not a day and a time with its offset",
    ),
    Rule(
        code="cda-name-part",
        place="*/assignedPerson/name",
        holds="not(//h:assignedPerson/h:name[h:prefix[not(.='M' or .='MLLE' or .='MME')]"
        " or h:suffix[not(.='DR' or .='MC' or .='MG' or .='PC' or .='PG' or .='PR')]])",
        message="the prefix or the suffix of a name is none of JDV_J245 and JDV_J246",
    ),
)
_CONTEXT = (
    Rule(
        code="cda-act-time",
        place="documentationOf/serviceEvent/effectiveTime/low",
        holds=f"{_EVENT}/h:effectiveTime/h:low/@value",
        message="the act has no beginning",
    ),
    Rule(
        code="cda-act-performer",
        place="documentationOf/serviceEvent/performer",
        holds=f"count({_EVENT}/h:performer)=1 and {_EVENT}/h:performer[@typeCode='PRF']/h:assignedEntity/{_PERSON_ID}",
        message="nobody with a national id did the act, or more than one",
    ),
    Rule(
        code="cda-setting",
        place="documentationOf/serviceEvent/performer/assignedEntity/representedOrganization/standardIndustryClassCode",
        holds=f"{_EVENT}/h:performer/{_SETTING}[{_CODED}]",
        message="the practice setting lacks code, code system or label",
    ),
    Rule(
        code="cda-encounter",
        place="componentOf/encompassingEncounter",
        holds="count(h:componentOf)=1 and h:componentOf/h:encompassingEncounter/h:effectiveTime",
        message="there is no encounter with a time (of unknown value, if need be), once",
    ),
    Rule(
        code="cda-facility",
        place="componentOf/encompassingEncounter/location/healthCareFacility/code",
        holds=f"h:componentOf/h:encompassingEncounter/{_FACILITY}[{_CODED}]",
        message="the kind of structure lacks code, code system or label",
    ),
)
_FORM = (
    Rule(
        code="cda-time-form",
        place="*/@value",
        holds="not(//*[self::h:time or self::h:low or self::h:high or self::h:effectiveTime]"
        f"[@value and not(re:test(@value, {_TIME}))])",
        message="a time is malformed, or has no offset",
    ),
    Rule(
        code="cda-blank",
        place="*/@*",
        holds="not(//@*[not(normalize-space())])",
        message="an attribute is blank",
    ),
    Rule(
        code="cda-code-form",
        place="*/@code",
        holds=r"not(//@code[re:test(., '\s')])",
        message="a code holds white space",
    ),
)
HEADER_RULES = (*_DOCUMENT, *_PEOPLE, *_CONTEXT, *_FORM)
