"""What a pack wants in the shared record, and a Communication that says no more than what became of it."""

from typing import Any

import pytest

from adapter.core.desired import desired_of
from adapter.core.handing import Handing, HandOver, HandOvers
from adapter.core.occasions import Outcome
from adapter.mappings import PACKS_FOLDER
from adapter.mappings.cases import judge_case
from tests.packs.worked import cases_of

FR_VSP = PACKS_FOLDER / "fr-vsp"
DOCUMENT = {"reference": "urn:uuid:1", "type": "DocumentReference"}
OPPOSED = {"text": "La personne s'oppose."}


def told(case_name: str, handed: HandOvers) -> dict[str, Any]:
    case = next(case for case in cases_of(FR_VSP) if case.name.startswith(case_name))
    (decision,) = judge_case(FR_VSP, case).decisions
    (document,) = decision.occasion.documents
    assert decision.outcome in document.when
    wanted = [d.resource for d in desired_of(decision, handed) if d.type == "Communication"]
    return next(c for c in wanted if "about" in c and c.get("topic", {}).get("coding"))


@pytest.mark.parametrize(
    ("hand_over", "status", "reason"),
    [
        (HandOver(), "in-progress", None),
        (HandOver(Handing.DONE, reference=DOCUMENT), "completed", None),
        (HandOver(Handing.NOT_DONE, reason=OPPOSED), "not-done", OPPOSED),
    ],
)
def test_a_communication_says_what_became_of_the_document(
    hand_over: HandOver, status: str, reason: dict[str, Any] | None
) -> None:
    communication = told("the public insurance", {("synthesis",): hand_over})
    references = [p["contentReference"] for p in communication["payload"] if "contentReference" in p]
    assert communication["status"] == status
    assert communication.get("statusReason") == reason
    assert ("sent" in communication) is (status == "completed")
    assert (DOCUMENT in references) is (status == "completed")


def test_a_document_of_which_nothing_is_known_waits() -> None:
    assert told("the public insurance", {})["status"] == "in-progress"


def test_only_a_finished_palliative_visit_with_conclusions_is_shared() -> None:
    needed = {"finished", "one-visit", "palliative", "conclusions"}
    shared = 0
    for case in cases_of(FR_VSP):
        for decision in judge_case(FR_VSP, case).decisions:
            if decision.outcome in (Outcome.CANCELLED, Outcome.ENTERED_IN_ERROR):
                assert decision.occasion.documents == ()
                continue
            met = {f.criterion for f in decision.occasion.findings if f.state == "met"}
            shared += bool(decision.occasion.documents)
            assert bool(decision.occasion.documents) is (needed <= met)
            assert all(d.content for d in decision.occasion.documents)
    assert shared > 0
