"""What operators see of labels and change on them."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User

from arena.battles.selectors.samples import shipped_samples
from arena.labels.models import BattleLabels, Label
from arena.labels.services import label_battles, relabel
from arena.labels.states import LabelKind
from tests.arena.queries import queries_of

LIST = "/admin/labels/battlelabels/"
SINGLE = "/admin/labels/label/"


@pytest.fixture
def labelled(asked):
    """A function: asks, votes, labels."""

    def ask(prompt, **fields):
        battle = asked(prompt, **fields)
        label_battles(10)
        return battle

    return ask


def text_of(response):
    content = re.sub(r"(?s)<(script|style|datalist).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content)))


def questions(response):
    return [row.prompt for row in response.context["cl"].result_list]


def act(client, action, *battles, **fields):
    data = {"action": action, "_selected_action": [battle.pk for battle in battles], **fields}
    return client.post(LIST, data, follow=True)


def told(battle):
    return BattleLabels.objects.get(battle=battle).labels


def test_the_list_shows_question_labels_and_who_said_so(admin_client, labelled):
    labelled("Wie viele Sterne siehst du?")
    text = text_of(admin_client.get(LIST))
    assert "Wie viele Sterne siehst du? Counting German" in text
    assert "Counting German rule, language library" in text


def test_a_long_prompt_is_cut_in_the_list_and_whole_on_its_page(admin_client, labelled):
    battle = labelled("Describe " + "very " * 40 + "well")
    assert "well" not in text_of(admin_client.get(LIST))
    assert "very well" in text_of(admin_client.get(f"{LIST}{battle.pk}/change/"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=counting", ["How many cats are there?"]),
        ("category=-", ["Est-ce que le chat dort ?"]),
        ("language=fr", ["Est-ce que le chat dort ?"]),
        ("q=cats", ["How many cats are there?"]),
        ("source=library", ["Est-ce que le chat dort ?", "How many cats are there?"]),
        ("source=operator", []),
        ("labels__preset__exact=1", []),
    ],
)
def test_the_list_is_filtered_and_searched(admin_client, labelled, query, found):
    labelled("How many cats are there?")
    labelled("Est-ce que le chat dort ?")
    assert questions(admin_client.get(f"{LIST}?{query}")) == found


def test_queries_of_the_list_do_not_grow_with_its_rows(admin_client, labelled):
    labelled("What is this?")
    before = queries_of(admin_client, LIST)
    for _ in range(8):
        labelled("What is this?")
    assert queries_of(admin_client, LIST) == before


def test_the_page_of_a_battle_changes_its_labels(admin_client, labelled):
    battle = labelled("What is this?")
    data = {"category": "homework", "language": "en"}
    admin_client.post(f"{LIST}{battle.pk}/change/", data, follow=True)
    assert told(battle).facts == {"language": "en", "category": "homework", "preset": False}
    label = Label.objects.get(turn__battle=battle, kind=LabelKind.CATEGORY)
    assert (label.value, label.source) == ("homework", "operator")


def test_a_change_is_in_the_log_of_the_admin(admin_client, labelled):
    battle = labelled("What is this?")
    data = {"category": "homework", "language": "en"}
    admin_client.post(f"{LIST}{battle.pk}/change/", data)
    entry = LogEntry.objects.get(action_flag=CHANGE)
    assert (entry.object_id, entry.user.username) == (str(battle.pk), "admin")
    assert "Category" in entry.get_change_message()


def test_what_is_not_changed_keeps_its_source(admin_client, labelled):
    battle = labelled("What is this?")
    admin_client.post(f"{LIST}{battle.pk}/change/", {"category": "entity", "language": "en"})
    assert not Label.objects.filter(source="operator").exists()
    assert not BattleLabels.objects.get().stale


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("category", "Two Words", "Use small letters, digits, _ and - only"),
        ("category", "x" * 21, "at most 20 characters"),
        ("language", "German", "Use the code of one language"),
    ],
)
def test_nonsense_is_refused_in_words(admin_client, labelled, field, value, complaint):
    battle = labelled("What is this?")
    data = {"category": "", "language": "", field: value}
    assert complaint in text_of(admin_client.post(f"{LIST}{battle.pk}/change/", data))
    assert told(battle).category == "entity"


def test_known_categories_and_operators_own_are_suggested(admin_client, labelled):
    battle = labelled("What is this?")
    relabel(turns=[battle.turns.get().pk], kind=LabelKind.CATEGORY, value="kittens")
    page = admin_client.get(f"{LIST}{battle.pk}/change/").content.decode()
    assert '<option value="ocr" label="Reading text">' in page
    assert '<option value="kittens" label="kittens">' in page


def test_the_picture_is_shown_to_operators_alone(admin_client, client, labelled):
    battle = labelled("What is this?")
    address = f"{LIST}{battle.pk}/picture"
    assert f'src="{address}"' in admin_client.get(f"{LIST}{battle.pk}/change/").content.decode()
    answer = admin_client.get(address)
    # Whole, not a stream of the file: an asynchronous server can't send that.
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert client.get(address).status_code == 302


def test_a_picture_that_was_removed_is_no_error_of_the_site(admin_client, labelled):
    battle = labelled("What is this?")
    image = battle.turns.get().image
    image.file.delete(save=False)
    assert admin_client.get(f"{LIST}{battle.pk}/picture").status_code == 410


def test_the_bulk_action_asks_first(admin_client, labelled):
    battles = [labelled("What is this?"), labelled("What do you see?")]
    text = text_of(act(admin_client, "set_category", *battles))
    assert "2 labels of battles" in text
    assert "You become the source of this label" in text
    assert {told(battle).category for battle in battles} == {"entity", "captioning"}


def test_the_bulk_action_sets_the_category_of_what_was_selected(admin_client, labelled):
    chosen, left = [labelled("What is this?") for _ in range(2)], labelled("What is this?")
    text = text_of(act(admin_client, "set_category", *chosen, value="ocr", confirmed="Set"))
    assert "2 battles were changed." in text
    assert [told(battle).category for battle in (*chosen, left)] == ["ocr", "ocr", "entity"]
    assert LogEntry.objects.filter(change_message="category: ocr").count() == 2


def test_the_bulk_action_takes_all_pages_where_that_was_chosen(admin_client, labelled):
    battles = [labelled("What is this?") for _ in range(3)]
    fields = {"select_across": "1", "value": "", "confirmed": "Set"}
    page = act(admin_client, "set_category", battles[0], select_across="1")
    assert '<input type="hidden" name="select_across" value="1">' in page.content.decode()
    act(admin_client, "set_category", battles[0], **fields)
    assert {told(battle).category for battle in battles} == {""}


def test_the_bulk_action_sets_the_language(admin_client, labelled):
    battle = labelled("???")
    act(admin_client, "set_language", battle, value="de", confirmed="Set")
    assert told(battle).language == "de"


def test_nonsense_in_the_bulk_action_asks_again(admin_client, labelled):
    battle = labelled("What is this?")
    text = text_of(act(admin_client, "set_language", battle, value="German", confirmed="Set"))
    assert "Use the code of one language" in text
    assert told(battle).language == "en"


def test_one_label_is_changed_on_its_own_page(admin_client, labelled, follow_up):
    battle = labelled("What is this?")
    label = Label.objects.get(turn__battle=battle, kind=LabelKind.LANGUAGE)
    admin_client.post(f"{SINGLE}{label.pk}/change/", {"value": "nl"})
    label.refresh_from_db()
    assert (label.value, label.source) == ("nl", "operator")
    assert told(battle).language == "nl"


def test_single_labels_are_listed_by_kind_value_and_source(admin_client, labelled):
    labelled("How many cats are there?")
    text = text_of(admin_client.get(f"{SINGLE}?kind__exact=category&value=counting&q=cats"))
    assert "How many cats are there? category counting rule" in text


def test_a_sample_is_marked(admin_client, labelled):
    name, row = next(iter(shipped_samples().items()))
    labelled(row["prompt"], sample=name)
    assert questions(admin_client.get(f"{LIST}?labels__preset__exact=1")) == [row["prompt"]]


@pytest.mark.parametrize("address", [LIST, SINGLE])
def test_labels_are_neither_added_nor_deleted_by_hand(admin_client, labelled, address):
    battle = labelled("What is this?")
    assert admin_client.get(f"{address}add/").status_code == 403
    assert admin_client.post(f"{LIST}{battle.pk}/delete/").status_code == 403


def test_who_may_only_look_changes_nothing(client, labelled):
    battle = labelled("What is this?")
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_battlelabels"))
    client.force_login(reader)
    assert client.get(LIST).status_code == 200
    act(client, "set_category", battle, value="ocr", confirmed="Set")
    client.post(f"{LIST}{battle.pk}/change/", {"category": "ocr", "language": ""})
    assert told(battle).category == "entity"
