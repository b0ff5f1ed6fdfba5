from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from arena.catalog import services
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.selectors import active_versions
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db

ENTRY = {
    "slug": "finch",
    "name": "Finch",
    "organization": "Vision Arena",
    "license": "apache-2.0",
    "parameters": 1_000_000,
    "description": "Small.",
    "limits": "Drawn pictures only.",
    "accuracy": {"counting": 80.5},
    "revision": "one",
}


@pytest.fixture
def ship(tmp_path):
    def write(**changes):
        entry = {**ENTRY, **changes}
        folder = tmp_path / entry["slug"]
        folder.mkdir(exist_ok=True)
        (folder / "arena.json").write_text(json.dumps(entry))
        return tmp_path

    return write


def filled(folder):
    out = StringIO()
    call_command("fill_catalogue", folder=folder, stdout=out)
    return out.getvalue()


def test_a_shipped_model_can_be_drawn_at_once(ship):
    assert filled(ship()) == "finch: added\n"
    version = active_versions()["finch"]
    assert (version.source, version.revision, version.number) == ("shipped:finch", "one", 1)
    assert version.card.accuracy == {"counting": 80.5}


def test_a_model_that_points_declares_its_format(ship):
    filled(ship())
    assert active_versions()["finch"].grounding == ""
    filled(ship(revision="two", grounding="florence2"))
    assert active_versions()["finch"].grounding == "florence2"


def test_filling_twice_changes_nothing(ship):
    filled(ship())
    assert filled(ship()) == "finch: unchanged\n"
    assert ModelVersion.objects.count() == 1


def test_another_revision_is_a_new_version(ship):
    filled(ship())
    assert filled(ship(revision="two", description="Better.")) == "finch: new version\n"
    version = active_versions()["finch"]
    assert (version.number, version.revision) == (2, "two")
    assert version.card.description == "Better."


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_a_card_stays_in_the_state_that_its_operator_chose(ship, state):
    filled(ship())
    ModelCard.objects.update(state=state, weight=0.5)
    filled(ship(revision="two"))
    card = ModelCard.objects.get()
    assert (card.state, card.weight) == (state, 0.5)


def test_a_card_of_the_operators_own_is_left_alone(ship):
    make_version(make_card("finch", name="Mine"), source="org/finch")
    assert filled(ship()) == "finch: not ours\n"
    assert ModelCard.objects.get().name == "Mine"


def test_a_shipped_model_does_not_take_the_name_of_an_operators_own(ship):
    own = make_card("own", name=ENTRY["name"].upper())
    assert filled(ship()) == "finch: name taken\n"
    own.state = "retired"
    own.save()
    assert filled(ship()) == "finch: added\n"


def test_all_models_of_the_folder_are_taken(ship):
    ship(slug="wren", name="Wren")
    assert services.fill(ship()) == [("finch", "added"), ("wren", "added")]


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_an_entry_that_cant_be_understood_is_named(ship, text):
    folder = ship()
    (folder / "finch" / "arena.json").write_text(text)
    with pytest.raises(CommandError, match=r"finch/arena\.json"):
        filled(folder)


def test_an_empty_folder_is_said(tmp_path):
    assert "No models" in filled(tmp_path)
