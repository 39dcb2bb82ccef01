"""Every payload at hand, posted: the charge that it is about changes on the target, or it rightly is no event.

A 200 alone proves nothing. The source is a real server, and so is the target; before the news the charge waits.
"""

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import loads
from adapter.inbound.relevance import Relevance
from adapter.settings import Settings, SourceSettings
from adapter.store import outbox
from adapter.store.contents import contents
from adapter.store.engine import Store
from adapter.store.writer import GroupCommit
from adapter.work import Surroundings, Worker
from tests.inbound.wire import sent
from tests.outbound.visits import pack
from tests.service.bench import FIRST_DAY, OPEN, Bench
from tests.service.conftest import Start
from tests.service.payloads import FILES, HEADERS, ROWS, How, Row, Untouched, payload, reply_to
from tests.service.visits import EXAMPLE, HAD, Content, Visit
from tests.web.service import Service

PDSM = "dialects/pdsm-iti105-vsp.json"
_NEWS = [name for name in FILES if name in ROWS and ROWS[name].how in (How.CONTENT, How.READING, How.CATCHING_UP)]

# One pair of servers is enough.
pytestmark = pytest.mark.xdist_group("dialects")


def test_every_payload_is_told_what_becomes_of_it() -> None:
    assert sorted(ROWS) == FILES


@pytest.mark.parametrize("name", _NEWS)
def test_news_make_the_charge_of_their_visit_billable(bench: Start, name: str) -> None:
    row = ROWS[name]
    running: Bench = bench(row.visit)
    running.prepare(row.waits_for)
    assert running.status() == "planned"
    body = payload(name, running.base, _news(running, name, row) if row.how is How.CONTENT else ())
    if row.how is not How.CONTENT:
        running.complete(row.waits_for)
    running.keep_up()
    running.settle()
    assert running.status() == "planned"
    _post(running, name, body)
    if row.how is How.CATCHING_UP:
        running.keep_up()
    running.settle()
    assert running.status() == "billable"


@pytest.mark.parametrize("name", [name for name in FILES if name in ROWS and ROWS[name].how is How.TELLS_NOTHING])
def test_word_of_a_subscription_is_no_event(bench: Start, name: str) -> None:
    running: Bench = bench(ROWS[name].visit)
    running.prepare(ROWS[name].waits_for)
    known = len(running.service.events)
    _unmoved(running, name)
    assert len(running.service.events) == known


@pytest.mark.parametrize("visit", [EXAMPLE, HAD], ids=["example", "had"])
def test_what_no_pack_reads_leaves_the_charge_as_it_is(bench: Start, visit: Visit) -> None:
    running: Bench = bench(visit)
    running.prepare("Encounter")
    names = [name for name, row in ROWS.items() if (row.how, row.visit) == (How.NOT_READ, visit)]
    assert names
    for name in names:
        _unmoved(running, name)


def _unmoved(running: Bench, name: str) -> None:
    """Although the source could tell more, if it were asked."""
    running.complete("Encounter")
    before = running.charges()
    assert [charge["status"] for charge in before] == ["planned"]
    _post(running, name, payload(name, running.base))
    running.keep_up()
    running.settle()
    assert running.charges() == before


def _news(running: Bench, name: str, row: Row) -> list[Content]:
    """What the source would send next; of a document that a portal publishes, itself, naming the visit."""
    if name != PDSM:
        return [running.next(row.waits_for), running.held("Patient")]
    document: Content = loads(sent(name))
    document["context"]["encounter"] = [{"reference": f"Encounter/{row.visit.encounter}"}]
    return [document]


def _post(running: Bench, name: str, body: bytes) -> None:
    answer = running.service.post(body, "had", **HEADERS.get(name, {"Content_Type": "application/fhir+json"}))
    assert (answer.status, answer.body) == (200, reply_to(name))


def test_a_document_that_does_not_name_its_visit_is_for_a_person_to_judge(bench: Start) -> None:
    running: Bench = bench(ROWS[PDSM].visit)
    running.prepare("DocumentReference")
    assert running.reviews() == []
    _post(running, PDSM, sent(PDSM))
    running.settle()
    assert running.status() == "planned"
    (review,) = running.reviews()
    assert (review["status"], review["code"]["coding"][0]["code"]) == ("requested", "manual-review")


@pytest.mark.parametrize("name", FILES)
def test_an_example_as_it_was_published_makes_no_charge(store: Store, inbox: GroupCommit, name: str) -> None:
    service = Service(store, inbox, Settings(sources={"open": SourceSettings(notifications=OPEN)}), (pack(),))
    service.now = FIRST_DAY
    worker = Worker(Surroundings(store, (pack(),), b"key", pack().base, {}), "alone", clock=lambda: FIRST_DAY)
    answer = service.post(sent(name))
    while worker.tick():
        pass
    service.stop()
    assert (answer.status, answer.body) == (200, reply_to(name))
    is_unread = ROWS[name].untouched is Untouched.ONLY_NAMED
    # What cannot be read is kept aside for the operator, and not lost without a word.
    assert {row.state for row in service.events} <= {"quarantined" if is_unread else "applied"}
    with store.read() as tx:
        assert sum(outbox.counts(tx).values()) == 0
    assert _why(store, service) is ROWS[name].untouched


def _why(store: Store, service: Service) -> Untouched:
    """What the store shows of an example that made no charge."""
    if not service.events:
        return Untouched.TELLS_NOTHING
    if not any(row.body for row in service.events):
        return Untouched.ONLY_NAMED
    relevance = Relevance((pack(),))
    of_visits = [row for row in service.events if row.type != "Patient" and relevance.of(loads(row.body))]
    if not of_visits:
        return Untouched.NOT_READ
    with store.read() as tx:
        for row in of_visits:
            assert contents(tx, Key(row.base or "open", row.type, row.resource_id))
    return Untouched.NOBODY_KNOWN
