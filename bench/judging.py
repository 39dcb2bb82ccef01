"""How long a look takes beside the parsing of the same resources into models."""

import json

from fhir.resources.R4B import get_fhir_model_class

from adapter.core.assembling import assemble
from adapter.core.decisions import judge
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.inbound.clocks import instant_of
from adapter.mappings import PACKS_FOLDER, load_pack
from bench.inputs import doctor, person
from bench.timing import ratio_of


def judging_against_parsing(visits: int = 19) -> float:
    """Record, facts, findings and decisions of one person (40 relevant resources) against parsing them."""
    pack = load_pack(PACKS_FOLDER / "fr-vsp")
    contents = [*person(1, visits), doctor()]
    resources = [Resource(Key("s", r["resourceType"], r["id"]), r, str(i)) for i, r in enumerate(contents)]
    texts = [(get_fhir_model_class(r["resourceType"]), json.dumps(r)) for r in contents]
    as_of = instant_of("2026-11-21")
    if as_of is None:
        raise AssertionError("a day is an instant")

    def look() -> None:
        judgement = judge(pack, assemble(resources, {}, b"bench"), as_of)
        if [str(d.outcome) for d in judgement.decisions] != ["billable"] * visits:
            raise AssertionError("every visit is charged")

    def parse() -> None:
        for model, text in texts:
            model.model_validate_json(text)

    return ratio_of(lambda: [look() for _ in range(20)], lambda: [parse() for _ in range(20)])
