"""What each catalogue of arena/locale owes the messages that it translates."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import get_language_info, to_locale

from arena.core.templatetags.plurals import PLURAL_FORMS
from inference_worker.wire import manifests

CATALOGUES = {
    path.parents[1].name: path for path in sorted(settings.LOCALE_PATHS[0].rglob("django.mo"))
}
OFFERED = [to_locale(code) for code, _name in settings.LANGUAGES if code != "en"]
"""The catalogues without gaps; one that is not offered may still be empty."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd](?!\w)|%%|\{\w*\}")
MARKUP = re.compile(r"</?[a-z]+|href=\"[^\"]*\"")


def catalogue_of(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def messages_of(path: Path) -> dict[str | tuple[str, int], str]:
    """The catalogue's messages; a plural has an entry for each of its forms."""
    kept: dict[str | tuple[str, int], str] = vars(catalogue_of(path))["_catalog"]
    return {msgid: text for msgid, text in kept.items() if msgid != ""}


def singular(msgid: str | tuple[str, int]) -> str:
    """The English of a message without its context."""
    words = msgid if isinstance(msgid, str) else msgid[0]
    return words.rpartition("\x04")[2]


def parts(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(pattern.findall(text))


@pytest.mark.parametrize("language", CATALOGUES)
def test_placeholders_and_markup_survive_the_translation(language):
    """Those of plural forms are compared by msgfmt, which knows both English forms."""
    for msgid, text in messages_of(CATALOGUES[language]).items():
        english = singular(msgid)
        assert parts(MARKUP, text) == parts(MARKUP, english), (msgid, text)
        wanted, found = parts(PLACEHOLDER, english), parts(PLACEHOLDER, text)
        if isinstance(msgid, str):
            assert found == wanted, (msgid, text)


@pytest.mark.parametrize("language", CATALOGUES)
def test_spaces_and_ends_of_sentences_survive_the_translation(language):
    for msgid, text in messages_of(CATALOGUES[language]).items():
        english = singular(msgid)
        assert text.strip() != "", msgid
        assert (text[0].isspace(), text[-1].isspace()) == (
            english[0].isspace(),
            english[-1].isspace(),
        ), (msgid, text)
        assert not english.endswith(".") or text.endswith((".", "。", "…")), (msgid, text)


@pytest.mark.parametrize("language", OFFERED)
def test_what_a_backend_says_of_itself_is_translated(language):
    """The worker marks its words, and knows nothing of who translates them."""
    messages = messages_of(CATALOGUES[language])
    said = [
        text for one in manifests.every().values() for text in (one.title, one.summary, one.source)
    ]
    assert [text for text in said if text not in messages] == []


@pytest.mark.parametrize("language", OFFERED)
def test_scripts_have_a_sentence_for_each_plural_form(language):
    plural = catalogue_of(CATALOGUES[language]).plural
    written = {msgid[1] for msgid in messages_of(CATALOGUES[language]) if isinstance(msgid, tuple)}
    assert {plural(example) for _name, example in PLURAL_FORMS} == written


def test_each_language_stands_in_the_list_by_its_own_name():
    for code, name in settings.LANGUAGES:
        assert name.lower() == get_language_info(code)["name_local"].lower()
