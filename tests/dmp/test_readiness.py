"""The readiness report: what is proven blocks, what is not known waits, and the announcement only hides."""

import pytest

from adapter.core.findings import Finding, State
from adapter.core.handing import Handing
from adapter.dmp.faults import Fault, Severity
from adapter.dmp.readiness import Judged, Verdict, before_handing, is_announced, readiness_of
from adapter.mappings import PACKS_FOLDER, load_pack

PACK = load_pack(PACKS_FOLDER / "fr-dmp")
BASE = "https://adapter.example.org"


def judged(**states: State) -> list[Judged]:
    criteria = {"identity": State.MET, "dmp-open": State.MET, "non-opposition": State.MET, "announced": State.MET}
    criteria |= {name.replace("_", "-"): state for name, state in states.items()}
    return [(PACK, Finding(state, criterion=name)) for name, state in criteria.items()]


def test_with_everything_met_it_is_ready_and_waits_only_for_the_road() -> None:
    report = readiness_of(judged(), ())
    assert report.is_ready
    assert {line.verdict for line in report.lines} == {Verdict.MET}
    assert before_handing(report, BASE).state is Handing.WAITS


@pytest.mark.parametrize("state", [State.MISSING, State.ASK])
@pytest.mark.parametrize("criterion", ["identity", "dmp_open", "non_opposition"])
def test_what_is_not_known_waits(criterion: str, state: State) -> None:
    report = readiness_of(judged(**{criterion: state}), ())
    assert not report.is_ready
    assert before_handing(report, BASE).state is Handing.WAITS


@pytest.mark.parametrize("criterion", ["identity", "dmp_open", "non_opposition"])
def test_what_is_proven_is_not_done_and_says_why(criterion: str) -> None:
    report = readiness_of(judged(**{criterion: State.UNMET}), (), language="en")
    hand_over = before_handing(report, BASE)
    assert not report.is_ready
    assert hand_over.state is Handing.NOT_DONE
    assert hand_over.reason is not None
    (coding,) = hand_over.reason["coding"]
    assert coding == {"system": f"{BASE}/CodeSystem/dmp-not-done", "code": criterion.replace("_", "-")}
    assert hand_over.reason["text"] == report.blocking()[0].words


@pytest.mark.parametrize("state", [State.MISSING, State.UNMET, State.ASK])
def test_without_the_announcement_it_leaves_hidden(state: State) -> None:
    report = readiness_of(judged(announced=state), ())
    assert report.is_ready
    assert not is_announced(judged(announced=state))
    assert [line.name for line in report.lines if line.verdict is Verdict.WARNS] == ["announced"]


def test_an_error_in_the_document_holds_it_back_and_a_warning_does_not() -> None:
    error = Fault("no-author", "author", "nobody is named")
    warning = Fault("pdf-not-a1", "content", "it does not say so", Severity.WARNING)
    assert not readiness_of(judged(), (error, warning)).is_ready
    assert readiness_of(judged(), (warning,)).is_ready
    assert [line.name for line in readiness_of(judged(), (error,)).lines][-1] == "no-author"


def test_where_no_pack_has_a_say_nothing_leaves() -> None:
    assert not is_announced([])
    assert not readiness_of([], ()).is_ready
    assert not readiness_of(judged()[:2], ()).is_ready
