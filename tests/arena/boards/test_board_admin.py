"""How operators define boards, and what they can't do to them."""

from __future__ import annotations

import html
import json
import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry

from arena.battles.models import Turn
from arena.boards.models import Board, Snapshot
from arena.boards.services.defaults import fill_boards
from arena.boards.services.updating import update_live_boards
from arena.labels.services import relabel
from arena.labels.states import LabelKind
from arena.rating.methods import available_methods
from tests.arena.queries import queries_of

pytestmark = pytest.mark.one_database

LIST = "/admin/boards/board/"
NEW = {
    "name": "Counting, German",
    "slug": "counting-de",
    "category": "counting",
    "language": "de",
    "days": "30",
    "without_presets": "on",
    "method": "davidson",
    "parameters": '{"min_votes": 3}',
    "rates": "versions",
    "seed": "7",
    "position": "5",
    "active": "on",
}
PLAIN = {**NEW, "category": "", "language": "", "days": "", "without_presets": ""}


def text_of(response):
    content = re.sub(r"(?s)<(script|style|datalist).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content)))


def add(client, **fields):
    data = {name: value for name, value in {**NEW, **fields}.items() if value}
    return client.post(f"{LIST}add/", data, follow=True)


def change(client, board, **fields):
    kept = {"name": board.name, "method": board.method, "parameters": "{}"}
    given = {**PLAIN, **kept, **fields}
    data = {name: value for name, value in given.items() if value}
    return client.post(f"{LIST}{board.pk}/change/", data, follow=True)


def act(client, action, *boards):
    data = {"action": action, "_selected_action": [board.pk for board in boards]}
    return client.post(LIST, data, follow=True)


@pytest.fixture
def overall(voted):
    return Board.objects.get(slug="overall")


def test_one_form_defines_a_board(admin_client, voted):
    add(admin_client)
    board = Board.objects.get(slug="counting-de")
    assert (board.category, board.language, board.days) == ("counting", "de", 30)
    assert (board.without_presets, board.by_voter, board.active) == (True, False, True)
    assert (board.method, board.parameters, board.seed) == ("davidson", {"min_votes": 3}, 7)
    assert board.position == 5


def test_a_new_board_is_computed_with_the_next_vote_and_linked_from_its_form(admin_client, voted):
    answer = add(admin_client, **{**PLAIN, "slug": "everything"})
    assert 'href="/leaderboard/everything/"' in answer.content.decode()
    update_live_boards()
    assert Snapshot.objects.filter(board__slug="everything").exists()


def test_saving_says_how_many_votes_the_filter_holds(admin_client, voted):
    text = text_of(add(admin_client, **{**PLAIN, "parameters": '{"min_votes": 15}'}))
    assert "15 votes now; 1 of 3 models have at least 15." in text
    text = text_of(add(admin_client, **{**PLAIN, "slug": "other", "parameters": ""}))
    assert "15 votes now; 2 of 3 models have at least 10." in text


def test_counting_the_votes_stores_nothing_and_keeps_what_was_typed(admin_client, voted):
    answer = add(admin_client, **PLAIN, _preview="Count the votes")
    assert "15 votes now" in text_of(answer)
    assert 'value="Counting, German"' in answer.content.decode()
    assert "Please correct" not in text_of(answer)
    assert not Board.objects.filter(slug="counting-de").exists()


def test_the_count_is_that_of_the_filter(admin_client, voted):
    answer = add(admin_client, category="ocr", language="", days="", _preview="1")
    assert "0 votes now; 0 of 0 models" in text_of(answer)


def test_counting_the_votes_of_a_stored_board_leaves_it_as_it_is(admin_client, overall):
    answer = change(admin_client, overall, name="Another name", _preview="1")
    assert "15 votes now" in text_of(answer)
    overall.refresh_from_db()
    assert overall.name == "Overall"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"parameters": "{"}, "Enter a valid JSON"),
        ({"parameters": "[1]"}, "Write an object, as in"),
        ({"parameters": '{"k": 4}'}, "davidson knows no k; it knows: min_votes"),
        ({"parameters": '{"min_votes": 0}'}, "min_votes is a whole number from 1 on"),
        ({"method": "guessing"}, "guessing is not one of the available choices"),
        ({"days": "-1"}, "greater than or equal to 1"),
        ({"days": "99999"}, "less than or equal to 3650"),
        ({"category": "Two Words"}, "Use small letters, digits, _ and - only"),
        ({"language": "German"}, "Use the code of one language"),
        ({"slug": "overall"}, "Board with this Slug already exists"),
    ],
)
def test_nonsense_is_refused_in_words(admin_client, voted, fields, complaint):
    assert complaint in text_of(add(admin_client, **fields))
    assert Board.objects.filter(name=NEW["name"]).count() == 0


def test_methods_and_their_parameters_are_found_by_name(admin_client, voted):
    page = admin_client.get(f"{LIST}add/")
    offered = re.findall(r'<option value="(\w+)"[^>]*>[^<]*\(\1\)</option>', page.content.decode())
    assert tuple(offered) == available_methods()
    text = unescape(text_of(page))
    assert 'bradley_terry: penalty ("firth"), firth rates perfect records' in text


def test_categories_and_languages_that_exist_are_suggested(admin_client, voted):
    page = admin_client.get(f"{LIST}add/").content.decode()
    assert '<option value="ocr" label="Reading text">' in page
    assert '<option value="en" label="English">' in page


def test_a_change_is_for_the_next_snapshot_and_in_the_log(admin_client, overall):
    change(admin_client, overall, name="All", parameters='{"penalty": "none"}')
    update_live_boards()
    newest = Snapshot.objects.filter(board=overall).latest()
    assert newest.parameters["penalty"] == "none"
    assert "Parameters" in LogEntry.objects.get().get_change_message()


def test_every_board_that_an_arena_starts_with_passes_its_own_form(admin_client, voted):
    fill_boards()
    for board in Board.objects.all():
        fields = {
            name: str(getattr(board, name) or "") for name in ("category", "language", "days")
        }
        flags = {n: "on" * getattr(board, n) for n in ("without_presets", "by_voter")}
        kept = {"method": board.method, "parameters": json.dumps(board.parameters)}
        change(admin_client, board, name=f"{board.name}!", **fields, **flags, **kept)
    assert not Board.objects.exclude(name__endswith="!").exists()


def test_the_address_of_a_board_never_changes(admin_client, overall):
    change(admin_client, overall, slug="another")
    overall.refresh_from_db()
    assert overall.slug == "overall"


@pytest.mark.parametrize("fields", [{"category": "ocr"}, {"days": "7"}, {"active": ""}])
def test_the_overall_board_counts_every_vote_and_stays_on(admin_client, overall, fields):
    assert "counts every vote and stays on" in text_of(change(admin_client, overall, **fields))
    overall.refresh_from_db()
    assert overall.active
    assert overall.category == ""


def test_a_board_with_snapshots_can_not_be_deleted(admin_client, overall):
    other = Board.objects.create(slug="other", name="Other")
    update_live_boards()
    for board in (overall, other):
        page = admin_client.get(f"{LIST}{board.pk}/change/")
        assert "Delete" not in text_of(page)
        answer = admin_client.post(f"{LIST}{board.pk}/delete/", {"post": "yes"})
        assert answer.status_code == 403
    act(admin_client, "delete_selected", other)
    assert Board.objects.filter(pk=other.pk).exists()


def test_a_board_without_snapshots_can_be_deleted(admin_client, voted):
    board = Board.objects.create(slug="slip", name="Slip", active=False)
    admin_client.post(f"{LIST}{board.pk}/delete/", {"post": "yes"})
    assert not Board.objects.filter(pk=board.pk).exists()


def test_boards_are_switched_off_and_on_from_the_list(admin_client, voted):
    board = Board.objects.create(slug="other", name="Other")
    assert "1 board: Switched off." in text_of(act(admin_client, "switch_off", board))
    update_live_boards()
    assert not board.snapshots.exists()
    assert "1 board: Switched on." in text_of(act(admin_client, "switch_on", board))
    update_live_boards()
    assert board.snapshots.exists()
    assert LogEntry.objects.filter(object_id=board.pk).count() == 2


def test_the_overall_board_is_not_switched_off_from_the_list(admin_client, overall):
    assert "The overall board stays on." in text_of(act(admin_client, "switch_off", overall))
    overall.refresh_from_db()
    assert overall.active


def test_boards_are_put_in_order_in_the_list(admin_client, overall):
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(overall.pk)}
    admin_client.post(LIST, {**data, "form-0-position": "9", "_save": "Save"})
    overall.refresh_from_db()
    assert overall.position == 9


def test_the_list_says_what_each_board_counts_and_how_new_it_is(admin_client, voted):
    fields = {"category": "ocr", "language": "de", "days": 7, "without_presets": True}
    Board.objects.create(slug="narrow", name="Narrow", position=1, **fields)
    text = text_of(admin_client.get(LIST))
    assert "Overall every vote bradley_terry ledger entry 15" in text
    assert "Narrow Reading text, German, last 7 days, without sample pictures" in text


def test_queries_of_the_list_do_not_grow_with_the_boards(admin_client, voted):
    before = queries_of(admin_client, LIST)
    for number in range(8):
        Board.objects.create(slug=f"board-{number}", name=f"Board {number}")
    update_live_boards()
    assert queries_of(admin_client, LIST) == before


def test_an_operators_own_category_can_be_a_board(admin_client, voted):
    first = Turn.objects.order_by("pk").values_list("pk", flat=True)[0]
    relabel(turns=[first], kind=LabelKind.CATEGORY, value="kittens")
    update_live_boards()
    answer = add(admin_client, **{**PLAIN, "category": "kittens"}, _preview="1")
    assert "1 vote now" in text_of(answer)


def test_what_a_board_rates_is_chosen_in_its_own_field(admin_client, voted):
    add(admin_client, rates="cards")
    assert Board.objects.get(slug="counting-de").rates == "cards"
    typed = '{"min_votes": 3, "rates": "cards"}'
    said = text_of(add(admin_client, slug="another", parameters=typed))
    assert "What the board rates is chosen in its own field." in said
    assert not Board.objects.filter(slug="another").exists()
