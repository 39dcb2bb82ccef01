"""Care of the body (死後の処置, エンゼルケア): paid privately, and only where the station has set a price."""

from collections.abc import Iterable

from adapter.core.facts import Link
from adapter.core.findings import Finding, criterion, met, missing
from adapter.core.occasions import Charge, Occasion, Payer, PayerKind

from .fact_types import PostMortemCare
from .visits import DONE
from .windows import LastDays


@criterion("post-mortem-recorded", "JP-AMT-20")
def post_mortem_recorded(days: LastDays) -> Finding:
    """The care is recorded as done; no public rule says more about it."""
    done = [c for c in days.look.of(PostMortemCare) if c.status in DONE]
    return met(*done) if done else missing("Procedure.status", *days.look.of(PostMortemCare))


def post_mortem_care(days: LastDays) -> Iterable[Occasion]:
    """One occasion a death; its price is the station's own on the day of the care."""
    care = [c for c in days.look.of(PostMortemCare) if c.status not in ("not-done", "cancelled")]
    if not care or not days.look.settings["post_mortem_price"]:
        return
    day = next((c.at.day for c in care if c.at and c.at.day), days.day)
    link = next((v for c in care for v in c.visits), Link(None, {}))
    yield Occasion(
        kind="post-mortem-care",
        key=days.key,
        day=day,
        causes=tuple(c.evidence for c in care),
        findings=(post_mortem_recorded(days),),
        charges=(Charge(code="post-mortem-care", on=day, occurrence=str(day) if day else None, payer=_family(days)),),
        performers=days.performers,
        context=link if link.key else None,
        values={"day": str(day or "?")},
    )


def _family(days: LastDays) -> Payer:
    """The person or the family: the Patient stands for them where no other party is known."""
    patient = next((d.evidence.key for d in days.deaths), None)
    party = {"reference": patient.text, "type": "Patient"} if patient else {}
    return Payer(PayerKind.GUARANTOR, "family", party)
