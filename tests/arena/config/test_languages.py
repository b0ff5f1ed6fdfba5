"""What a visitor reads in each language: every word of every public page is translated.

What a catalogue gives is put between marks, so whatever stands outside of marks on a page has not
come from it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core import signing
from django.utils.translation import get_language_info, to_locale, trans_real

from arena.boards.services.defaults import fill_boards
from arena.boards.services.updating import update_live_boards
from arena.reveal.services import share_battle
from arena.voters.selectors import COOKIE, SALT
from tests.e2e.addresses import MISSING, PAGES
from tests.factories import ballot, make_battle, make_card, make_version, make_vote, make_worker
from tests.templates.test_catalogues import CATALOGUES, messages_of, singular

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
OPEN, CLOSE = "\u27e6", "\u27e7"
NOT_READ = {"script", "style", "code", "kbd", "bdi", "title", "svg", "time"}
"""Programs, keys, names of models, plots and dates; a title ends with the site's name."""
VOID = {"meta", "link", "img", "input", "br", "hr", "wbr", "rect", "circle", "line", "path"}
READ_ALOUD = ("aria-label", "placeholder", "alt", "data-live", "data-blocked")
NAMES = re.compile(
    r"Vision Arena|Quick.(Owl|Elk)|Brook Works|apache-2.0|I am side [ab]|UTC|JSON|CSV|https?://\S+|"
    + "|".join(name for _code, name in settings.LANGUAGES)
)
"""What is the same in every language."""
WORDS = re.compile(r"[^\W\d_]{3,}")


class MarkedCatalogue:
    """A language's translation that puts what it holds between marks."""

    def __init__(self, language: str) -> None:
        self._real = trans_real.translation(language)
        self._known = vars(self._real)["_catalog"]

    def __getattr__(self, name):
        return getattr(self._real, name)

    def gettext(self, message):
        text = self._real.gettext(message)
        return f"{OPEN}{text}{CLOSE}" if message in self._known else text

    def ngettext(self, one, many, count):
        text = self._real.ngettext(one, many, count)
        known = any((one, form) in self._known for form in range(6))
        return f"{OPEN}{text}{CLOSE}" if known else text


class PageReader(HTMLParser):
    """The text of a page and of the attributes that are read to somebody."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        own = given.get("dir") == "auto" and tag not in ("input", "textarea")
        self.text += [" ", *(f" {given[name]} " for name in READ_ALOUD if given.get(name))]
        if tag not in VOID:
            self.within.append("svg" if own else tag)

    def handle_startendtag(self, tag, attrs):
        """Nothing stands in it."""

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.within.pop()

    def handle_data(self, data):
        if not NOT_READ & set(self.within):
            self.text.append(data)


def unmarked(html: str) -> list[str]:
    """The words of a page that stand outside of all marks."""
    reader = PageReader()
    reader.feed(html)
    depth, outside = 0, ""
    for character in "".join(reader.text):
        depth += {OPEN: 1, CLOSE: -1}.get(character, 0)
        outside += character if depth == 0 and character != CLOSE else " "
    return WORDS.findall(NAMES.sub(" ", outside))


@pytest.fixture
def addresses(no_layer, valkey_url, settings, client):
    """Every public page, with votes to show, a battle with its names, and a shared one."""
    settings.BOARD_MIN_VOTES = 3
    fill_boards()
    make_worker()
    about = {"organization": "Brook Works", "license": "apache-2.0"}
    pair = [make_version(make_card(s, **about)) for s in ("quick-owl", "quick-elk")]
    votes = [make_vote(*pair, choice) for choice in ("a", "a", "b", "tie", "both_bad", "a")]
    update_live_boards()
    voter = votes[0].voter
    client.cookies[COOKIE] = signing.dumps(str(voter.pk), salt=SALT)
    open_battle = make_battle(*pair, voter=voter)
    token = share_battle(**ballot(votes[0].battle))
    own = [f"/battles/{battle.public_id}/" for battle in (votes[0].battle, open_battle)]
    return [*PAGES.values(), *own, f"{own[0]}facts", f"/shared/{token}/", MISSING]


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_english_is_left_on_any_page(client, addresses, language, monkeypatch):
    monkeypatch.setitem(trans_real._translations, language, MarkedCatalogue(language))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    left = {}
    for address in addresses:
        page = client.get(address)
        assert page.status_code == (404 if address == MISSING else 200), address
        html = page.content.decode()
        if words := unmarked(html):
            left[address] = words
        direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
        assert "<html" not in html or f'dir="{direction}"' in html
    assert left == {}


def test_the_site_s_own_language_is_for_whoever_asks_for_no_other(client, settings):
    settings.LANGUAGE_CODE = "fr"
    shown = {
        asked: client.get("/privacy/", headers={"Accept-Language": asked}).headers[
            "Content-Language"
        ]
        for asked in ("pl", "en", "ar-EG")
    }
    assert shown == {"pl": "fr", "en": "en", "ar-EG": "ar"}
    page = client.get("/privacy/", headers={"Accept-Language": "en"}).content.decode()
    assert "Who is responsible" in page


def test_all_offered_languages_have_the_same_messages():
    """Whether they are all there is for `.ci/translations` to say, which reads them anew."""
    first, *others = (
        {singular(one) for one in messages_of(CATALOGUES[to_locale(code)])} for code in TRANSLATED
    )
    for one in others:
        assert one ^ first == set()


def test_the_reader_of_pages_finds_what_is_not_translated():
    """So that the test above can fail."""
    html = (
        f"<p>{OPEN}da <b>{OPEN}innen{CLOSE}</b>{CLOSE} left <code>over</code><img alt='bare'></p>"
    )
    assert unmarked(html) == ["left", "bare"]
