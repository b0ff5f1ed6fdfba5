"""Lists of the admin cost the same, however many rows their tables have."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.admin import site
from django.db import connection
from django.utils import timezone

from arena.battles.models import Battle, Generation, ModerationReview, Vote
from arena.boards import dispatch
from arena.boards.models import Board, Snapshot
from arena.boards.services.updating import update_live_boards
from arena.core.admin import keyset_list
from arena.core.admin.keyset_list import LongList
from arena.labels.models import BattleLabels, Label
from arena.ledger.models import LedgerEntry
from arena.ledger.services.exclusions import exclude
from arena.ledger.states import ExclusionReason
from arena.operations.models import AuditEntry
from arena.shadows.models import ShadowAnswer
from tests.arena.queries import queries_of, statements_of
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db

GROWING = (
    Battle,
    Generation,
    Vote,
    ModerationReview,
    BattleLabels,
    Label,
    LedgerEntry,
    Snapshot,
    AuditEntry,
    ShadowAnswer,
)
BOUNDED = {
    "auth.group",
    "auth.user",
    "axes.accessattempt",
    "battles.drawplan",
    "benchmarks.evaluatedmodel",
    "benchmarks.benchmarkscore",
    "benchmarks.scoreimport",
    "catalog.modelcard",
    "console.alarm",
    "datasets.publication",
    "demographics.surveyquestion",
    "evaluation.evaluatortoken",
    "gates.invitedmodel",
    "integrity.case",
    "boards.board",
    "ledger.paircount",
    "ledger.recount",
    "spending.cardbudget",
    "voters.invitation",
}
"""Grow with people, models, files of scores, incidents and nights, not with votes."""

FILTERS = {
    Battle: ["state__exact=voted", "draw_policy=uniform", "publish__exact=1", "q=nothing"],
    Generation: ["state__exact=failed", "code=timeout", "worker=gpu", "version__card__id__exact=1"],
    Vote: [
        *("choice__exact=a", "folded=yes", "folded=no", "out=betrayed", "model=first"),
        *(f"q={'0' * 32}", f"q={UUID(int=1)}", "q=some-battle"),
    ],
    AuditEntry: ["account=admin", "outcome=done", "outcome=none"],
    BattleLabels: ["category=ocr", "language=-", "source=rule", "labels__preset__exact=1", "q=cat"],
    Label: ["kind__exact=category", "source__exact=rule", "value=ocr", "q=cat"],
    LedgerEntry: ["kind__exact=exclusion", "reason__exact=betrayed", "imported=yes"],
    Snapshot: ["board__id__exact=1", "method=elo"],
}
ASKED = [(model, query) for model, queries in FILTERS.items() for query in ["", *queries]]


def address(model, query=""):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/?{query}"


@pytest.fixture
def voted(monkeypatch):
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: None)
    first, second = make_models("first", "second")

    def vote(times):
        for choice in ("a", "b", "tie", "both_bad", "a")[:times]:
            make_vote(first, second, choice)
        update_live_boards()

    vote(5)
    return vote


def changes(client, model, query=""):
    return client.get(address(model, query)).context["cl"]


def keys(changelist):
    return [row.pk for row in changelist.result_list]


def newest_keys(model):
    return list(model._base_manager.order_by("-pk").values_list("pk", flat=True))


def test_every_list_of_the_admin_is_long_or_known_to_stay_short():
    long = {
        m._meta.label_lower for m, admin in site._registry.items() if isinstance(admin, LongList)
    }
    assert long == {model._meta.label_lower for model in GROWING}
    assert {model._meta.label_lower for model in site._registry} - long == BOUNDED


def test_no_row_is_counted_and_no_table_is_read_without_an_end(admin_client, voted):
    tables = "|".join(f'FROM "{growing._meta.db_table}"' for growing in GROWING)
    for model, query in ASKED:
        statements = statements_of(admin_client, address(model, query))
        found = [statement for statement in statements if re.search(tables, statement)]
        assert found, (model, query)
        for statement in found:
            assert not re.search(r"COUNT\(|DISTINCT|MIN\(|MAX\(", statement)
            assert re.search(r'LIMIT \d+$|"id" IN \(|_id" IN \(', statement)


def test_a_filter_is_joined_to_no_table_that_is_shown_beside(admin_client, voted):
    """PostgreSQL reorders eight tables at most, and would join a million votes to each of them."""
    statements = statements_of(admin_client, address(Vote, "out=betrayed"))
    [keys] = [statement for statement in statements if '"reason" = ' in statement]
    assert "JOIN" not in keys


def test_queries_do_not_grow_with_the_rows(admin_client, voted):
    def asked():
        return {one: queries_of(admin_client, address(*one)) for one in ASKED}

    asked()  # what a process keeps is there from now on
    before = asked()
    voted(5)
    assert asked() == before


@pytest.mark.parametrize("model", GROWING)
def test_pages_follow_one_another_without_a_row_lost_or_shown_twice(
    admin_client, voted, monkeypatch, model
):
    monkeypatch.setattr(site._registry[model], "list_per_page", 2)
    page = changes(admin_client, model)
    seen = keys(page)
    while page.older is not None:
        page = changes(admin_client, model, page.older_link.removeprefix("?"))
        seen += keys(page)
    assert seen == newest_keys(model)


def test_no_page_leaves_out_those_before_it(admin_client, voted):
    statements = statements_of(admin_client, address(Vote, "before=3"))
    assert not any("OFFSET" in statement for statement in statements)


@pytest.mark.parametrize("order", ["o=1", "o=-3.2", "o=99", "p=7", "all="])
def test_the_address_can_ask_for_no_other_order_and_no_page_far_down(admin_client, voted, order):
    assert keys(changes(admin_client, Vote, order)) == newest_keys(Vote)


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30, "²"])
def test_what_is_no_key_is_the_beginning(admin_client, voted, before):
    assert keys(changes(admin_client, Vote, f"before={before}")) == newest_keys(Vote)


def test_a_short_list_says_its_number_and_a_page_of_a_long_one_does_not(
    admin_client, voted, monkeypatch
):
    assert "5 votes" in admin_client.get(address(Vote)).content.decode()
    monkeypatch.setattr(site._registry[Vote], "list_per_page", 2)
    page = admin_client.get(address(Vote)).content.decode()
    assert "3 votes" not in page
    assert "Select all, on every page" in page


@pytest.fixture
def short_stretch(voted, monkeypatch):
    """Two ties, as far from each other as the stretch is long."""
    voted(5)
    monkeypatch.setattr(keyset_list, "STRETCH", 3)
    return newest_keys(Vote)


def test_a_filter_without_an_index_looks_through_a_stretch_and_says_so(admin_client, short_stretch):
    page = admin_client.get(address(Vote, "choice__exact=tie"))
    assert keys(page.context["cl"]) == [short_stretch[2]]
    assert "Look further back" in page.content.decode()


def test_looking_further_back_finds_the_others(admin_client, short_stretch):
    page, seen = changes(admin_client, Vote, "choice__exact=tie"), []
    while page.older is not None:
        seen += keys(page)
        page = changes(admin_client, Vote, page.older_link.removeprefix("?"))
    assert seen + keys(page) == [short_stretch[2], short_stretch[7]]


def test_keys_before_the_oldest_row_are_not_looked_through(admin_client, short_stretch):
    newest = newest_keys(Label)
    Label.objects.exclude(pk__in=newest[:4]).delete()
    first = changes(admin_client, Label, "value=ocr")
    assert first.older == newest[2] > 4
    assert changes(admin_client, Label, first.older_link.removeprefix("?")).older is None


def test_a_filter_with_an_index_finds_everything_at_once(admin_client, short_stretch):
    exclude(votes=short_stretch[-1:], reason=ExclusionReason.OPERATOR)
    assert keys(changes(admin_client, Vote, "out=operator")) == short_stretch[-1:]


def test_a_battle_is_found_by_its_id_wherever_it_is(admin_client, short_stretch):
    oldest = Battle.objects.earliest("pk")
    assert keys(changes(admin_client, Battle, f"q={oldest.public_id}")) == [oldest.pk]


def test_another_filter_begins_with_the_newest(admin_client, voted):
    links = (
        changes(admin_client, Vote, "before=3")
        .filter_specs[0]
        .choices(changes(admin_client, Vote, "before=3"))
    )
    assert not any("before" in link["query_string"] for link in links)


@pytest.fixture
def days(voted):
    """Votes of the last five days, one a day; returns the days, oldest first."""
    today = timezone.now()
    moments = [today - timedelta(days=4 - number) for number in range(5)]
    for pk, moment in zip(newest_keys(Vote)[::-1], moments, strict=True):
        Vote.objects.filter(pk=pk).update(created_at=moment)
    return [moment.date() for moment in moments]


@pytest.mark.parametrize("number", range(5))
def test_a_list_can_end_with_a_day(admin_client, days, number):
    page = changes(admin_client, Vote, f"until={days[number]}")
    assert [vote.created_at.date() for vote in page.result_list] == days[: number + 1][::-1]


@pytest.mark.parametrize("number", range(5))
def test_a_list_can_begin_with_a_day(admin_client, days, number):
    page = changes(admin_client, Vote, f"since={days[number]}")
    assert [vote.created_at.date() for vote in page.result_list] == days[number:][::-1]


def test_the_days_hold_on_further_pages_and_for_an_action_on_all_of_them(
    admin_client, days, monkeypatch
):
    monkeypatch.setattr(site._registry[Vote], "list_per_page", 2)
    page = changes(admin_client, Vote, f"since={days[1]}&until={days[3]}")
    later = changes(admin_client, Vote, page.older_link.removeprefix("?"))
    shown = [vote.created_at.date() for vote in [*page.result_list, *later.result_list]]
    assert shown == days[1:4][::-1]
    assert later.older is None
    chosen = {"action": "take_out", "select_across": "1", "_selected_action": keys(page)}
    given = {**chosen, "confirmed": "yes", "reason": "operator"}
    admin_client.post(address(Vote, f"since={days[1]}&until={days[3]}"), given)
    out = LedgerEntry.objects.filter(kind="exclusion").values_list("vote", flat=True)
    assert sorted(out) == sorted(keys(page) + keys(later))


@pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta(days=1)])
def test_a_list_can_be_of_some_minutes_within_a_day(admin_client, voted, apart):
    middle = timezone.now().replace(hour=12, minute=30, second=59, microsecond=999_000)
    moments = [middle + number * apart for number in (-2, -1, 0, 1, 2)]
    for pk, moment in zip(newest_keys(Vote)[::-1], moments, strict=True):
        Vote.objects.filter(pk=pk).update(created_at=moment)
    first, last = (moments[n].strftime("%Y-%m-%dT%H:%M") for n in (1, 3))
    page = changes(admin_client, Vote, f"since={first}&until={last}")
    assert [vote.created_at for vote in page.result_list] == moments[1:4][::-1]
    assert (page.since, page.until) == (first, last)
    assert f"since={first}".replace(":", "%3A") in page.get_query_string()


def test_a_day_stands_in_the_form_as_its_first_and_last_minute(admin_client, days):
    page = changes(admin_client, Vote, "since=2026-02-01&until=2026-02-03")
    assert (page.since, page.until) == ("2026-02-01T00:00", "2026-02-03T23:59")


def test_from_a_day_to_come_there_is_nothing(admin_client, days):
    assert keys(changes(admin_client, Vote, "since=9999-12-31")) == []


@pytest.mark.parametrize("day", ["9999-12-31", "nonsense", ""])
def test_a_day_to_come_or_none_ends_nothing(admin_client, days, day):
    assert len(keys(changes(admin_client, Vote, f"until={day}"))) == 5


def test_before_the_first_day_there_is_nothing(admin_client, days):
    assert keys(changes(admin_client, Vote, "until=0001-01-01")) == []


@pytest.mark.parametrize("model", GROWING)
def test_every_long_list_knows_its_days(admin_client, voted, model):
    today = timezone.now().date()
    assert keys(changes(admin_client, model, f"until={today}")) == newest_keys(model)


@pytest.mark.parametrize(
    ("model", "query", "index"),
    [
        (LedgerEntry, "kind__exact=exclusion", "leaderboard_entry_decisions"),
        (LedgerEntry, "reason__exact=betrayed", "leaderboard_entry_decisions"),
        (Vote, "out=betrayed", "leaderboard_entry_later"),
        (Snapshot, "board__id__exact=1", "leaderboard_snapshot_(latest|board_id)"),
    ],
)
def test_what_is_said_to_have_an_index_has_one(admin_client, voted, model, query, index):
    Board.objects.create(slug="other", name="Other")  # there is no choice of one
    page = changes(admin_client, model, query)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # so few rows would be read without an index
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert re.search(index, page.queryset[:101].explain())
