"""Made-up documents of several kinds, which tests write, read back, and compare with what was put in."""

from dataclasses import replace

from adapter.core.ids import business_id
from adapter.dmp.documents import (
    Act,
    Attachment,
    Concept,
    Document,
    Identifier,
    Organization,
    Patient,
    Professional,
    Section,
    Stay,
)
from adapter.dmp.value_sets import ValueSet, concept
from tests.dmp.papers import pdf

INS = "1.2.250.1.213.1.4.8"
INS_TEST = "1.2.250.1.213.1.4.10"
PROFESSIONS = "1.2.250.1.213.1.1.4.5"
NORMAL = concept(ValueSet.CONFIDENTIALITY, "N")

PATIENT = Patient(
    ins=Identifier(INS_TEST, "279035121518989", "INS-NIR-TEST"),
    local=(Identifier("1.2.3.4.567.8.9.10", "IPP-0042", "PI"),),
    birth_name="PAT-TROIS",
    birth_given="DOMINIQUE MARIE-LOUISE",
    first_given="DOMINIQUE",
    used_name="MARTIN",
    used_given="DOMINIQUE",
    gender="female",
    birth_date="1979-03-28",
    birth_place="63220",
)
PRACTICE = Organization(identifier=Identifier("1.2.250.1.71.4.2.2", "1750512345"), name="Cabinet des Tilleuls")
HOME_HOSPITAL = Organization(identifier=Identifier("1.2.250.1.71.4.2.2", "1120459876"), name="HAD du Val & de la Rive")
DOCTOR = Professional(
    identifier=Identifier("1.2.250.1.71.4.2.1", "801234567897", "IDNPS"),
    family="MEDIONI",
    given="Stéphane",
    prefix="DR",
    profession=Concept("G15_10/SM26", PROFESSIONS, "", "Médecin - Qualifié en Médecine Générale (SM)"),
    organization=PRACTICE,
)
NURSE = Professional(
    identifier=Identifier("1.2.250.1.71.4.2.1", "801234567893", "IDNPS"),
    family="BLEEDER",
    given="Roberta",
    prefix="MME",
    profession=Concept("G15_60", PROFESSIONS, "", "Infirmier"),
    organization=HOME_HOSPITAL,
)
VISIT = Act(
    code=None,
    start="2026-11-20T10:15:00+01:00",
    end="2026-11-20T11:05:00+01:00",
    performer=DOCTOR,
)
STAY = Stay(
    identifier=Identifier("1.2.250.1.71.4.2.2.1120459876", "VN-77"),
    start="2026-11-20T10:15:00+01:00",
    end="2026-11-20T11:05:00+01:00",
    facility_type=concept(ValueSet.FACILITY_TYPE, "SA07"),
    organization=PRACTICE,
)

VISIT_IN_SECTIONS = Document(
    set_id=business_id("scene", "visit"),
    type=concept(ValueSet.DOCUMENT_TYPE, "11488-4"),
    title="Synthèse de la visite à domicile",
    created="2026-11-20T11:30:00+01:00",
    practice_setting=concept(ValueSet.PRACTICE_SETTING, "PALLIATIF"),
    confidentiality=(NORMAL,),
    patient=PATIENT,
    author=DOCTOR,
    custodian=PRACTICE,
    legal_authenticator=DOCTOR,
    act=VISIT,
    stay=STAY,
    body=(
        Section("Conclusions", ("Douleur < 3 à l'EVA & sommeil conservé.", "Reprise:\n- morphine 10 mg\n- laxatif")),
        Section("Directives anticipées", ("Voir le document du 2 mars.",)),
    ),
)
VISIT_AS_PDF = replace(
    VISIT_IN_SECTIONS, set_id=business_id("scene", "visit as PDF"), body=Attachment("application/pdf", pdf())
)
FOLLOW_UP_AS_TEXT = replace(
    VISIT_IN_SECTIONS,
    set_id=business_id("scene", "follow-up"),
    type=concept(ValueSet.DOCUMENT_TYPE, "11506-3"),
    title="Suivi d'immunothérapie à domicile",
    practice_setting=concept(ValueSet.PRACTICE_SETTING, "HAD"),
    author=NURSE,
    custodian=HOME_HOSPITAL,
    act=replace(VISIT, performer=NURSE, code=Concept("AMI", "1.2.250.1.215.200.3.3", "", "Acte infirmier")),
    stay=replace(
        STAY, start=None, end=None, facility_type=concept(ValueSet.FACILITY_TYPE, "SA01"), organization=HOME_HOSPITAL
    ),
    body=Attachment("text/plain", "Perfusion bien tolérée.\nPas de fièvre.\n".encode()),
)
CARE_PLAN_HIDDEN = replace(
    VISIT_IN_SECTIONS,
    set_id=business_id("scene", "plan"),
    type=concept(ValueSet.DOCUMENT_TYPE, "18776-5"),
    title="Dossier de coordination",
    confidentiality=(concept(ValueSet.CONFIDENTIALITY, "INVISIBLE_PATIENT"), concept(ValueSet.CONFIDENTIALITY, "R")),
    patient=replace(PATIENT, ins=Identifier(INS, "279035121518989", "INS-NIR"), used_name=None, used_given=None),
    body=(Section("Objectifs", ("Rester à la maison.",)),),
)
VISIT_REPLACED = replace(VISIT_IN_SECTIONS, version=2, title="Synthèse de la visite à domicile, corrigée")
UNCERTAIN_PERSON = replace(
    VISIT_AS_PDF,
    set_id=business_id("scene", "uncertain"),
    created="2026-11-20T10:30:00Z",
    patient=replace(PATIENT, gender="unknown", birth_place=None, first_given=None, local=()),
    act=replace(VISIT, end=None),
)

SCENES = {
    "visit-in-sections": VISIT_IN_SECTIONS,
    "visit-as-pdf": VISIT_AS_PDF,
    "follow-up-as-text": FOLLOW_UP_AS_TEXT,
    "care-plan-hidden": CARE_PLAN_HIDDEN,
    "visit-replaced": VISIT_REPLACED,
    "uncertain-person": UNCERTAIN_PERSON,
}
SOUND = {name: document for name, document in SCENES.items() if document is not UNCERTAIN_PERSON}
