"""No fact of an entry has a line break in it, whichever way it comes: its text says one thing."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from arena.battles.models import Battle, Vote
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.core.rows import write_rows
from arena.labels.models import Label, LabelSet
from arena.labels.services import label_set, relabel
from arena.labels.states import LabelKind
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.events import LedgerEvent
from arena.ledger.selectors.votes import ChainNames
from arena.ledger.services.chain import facts
from arena.ledger.services.imports import ImportedVote, append_imported
from arena.simulation import services
from arena.simulation.services import SimulationPlan, simulate
from tests.factories import make_card, make_vote

HOSTILE = [
    {"language": "en\nocr"},
    {"category": "ocr\n1"},
    {"language": "\n"},
    {"category": "ocr\n"},
    {"language": "a\r\nb"},
]
OTHERS = ["\r", "\u2028", "\x85", "\t", "'", '"', "%", "\\", "\\n"]
"""What no line of the text ends with is no danger: it stays as it is."""


@pytest.mark.django_db
@pytest.mark.parametrize("labels", HOSTILE)
def test_the_service_refuses_a_line_break(labels):
    with pytest.raises(ValueError, match="one line"):
        label_set(**labels)
    assert not LabelSet.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("labels", HOSTILE)
def test_the_database_refuses_it_past_the_service(labels):
    row = {"language": "", "category": "", **labels}
    with pytest.raises(IntegrityError), transaction.atomic():
        LabelSet.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        write_rows(LabelSet, ("language", "category", "preset"), [(*row.values(), False)])


@pytest.mark.django_db
def test_a_label_set_does_not_become_one_later():
    label_set(language="en")
    with pytest.raises(IntegrityError), transaction.atomic():
        LabelSet.objects.update(language="e\nn")


@pytest.mark.django_db
@pytest.mark.parametrize("sign", OTHERS)
def test_other_signs_are_labels_like_any(sign):
    assert label_set(category=f"a{sign}b").category == f"a{sign}b"


@pytest.mark.django_db
def test_a_slug_has_none_either():
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelCard.objects.create(slug="two\nlines", name="Two")


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["two\nlines", "lmarena\n", "\n", "lmarena\r\n"])
def test_an_import_names_no_source_with_one(source):
    cards, labels = [make_card().pk, make_card().pk], label_set().pk
    vote = ImportedVote(1, *cards, 0, date(2024, 2, 29), labels)
    with pytest.raises(ValueError, match="no name of a source"):
        append_imported(source=source, votes=[vote])


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"source": "a\nb"}, {"reason": "source\nx"}])
def test_no_entry_gets_one_past_the_services(fields):
    cards, labels = [make_card().pk, make_card().pk], label_set().pk
    vote = ImportedVote(1, *cards, 0, date(2024, 2, 29), labels)
    append_imported(source="a", votes=[vote])
    with pytest.raises(IntegrityError), transaction.atomic():
        QuerySet(LedgerEntry).update(**fields)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["LANGUAGES", "CATEGORIES"])
def test_a_simulation_with_one_stores_nothing(no_layer, monkeypatch, name):
    monkeypatch.setattr(services, name, {"en\nocr": 1.0})
    with pytest.raises(ValueError, match="one line"):
        list(simulate(SimulationPlan(3, 20, 1, 5)))
    assert not Battle.objects.exists()
    assert not ModelCard.objects.exists()


@pytest.mark.django_db
def test_an_operator_cannot_move_a_vote_to_one(no_layer):
    vote = make_vote()
    update_live_boards()
    turn = vote.battle.turns.get().pk
    with pytest.raises(ValueError, match="one line"):
        relabel(turns=[turn], kind=LabelKind.CATEGORY, value="ocr\n1")
    assert not Label.objects.filter(value__contains="\n").exists()
    assert Vote.objects.count() == LedgerEntry.objects.count()


LINE = st.text(max_size=6).filter(lambda text: "\n" not in text)
ENTRY = st.tuples(LINE, LINE, LINE, LINE, LINE, LINE)
"""Source, both slugs, reason, language, category."""


def text_of(entry):
    source, one, other, reason, language, category = entry
    versions = {4: f"{one}\n1", 5: f"{other}\n2"}
    names = ChainNames({}, versions, {}, {3: f"{language}\n{category}\n0"})
    return facts(
        LedgerEvent("vote", None, source, 7, 1, 2, 4, 5, 0, reason, 3, "2026-11-23"), names
    )


@given(ENTRY, ENTRY)
def test_two_entries_with_the_same_text_are_the_same(one, other):
    assert (text_of(one) == text_of(other)) == (one == other)


@given(ENTRY)
def test_the_text_gives_its_facts_back(entry):
    lines = text_of(entry).split("\n")
    assert (lines[2], lines[4], lines[6], lines[9], *lines[11:13]) == entry
    assert len(lines) == 14
