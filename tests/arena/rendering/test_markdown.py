"""Model text as HTML: nothing in it acts, fetches or leads anywhere unseen."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rendering.markdown import render, split_finished
from arena.rendering.mathml import ATTRIBUTES
from tests.arena.core.hostile import CHARACTERS, EVERYTHING, RELATIVE_LINKS

REL = {"noopener", "noreferrer", "nofollow", "ugc"}
MARKDOWN = st.text(st.sampled_from("ab1.*_`~#>-|[]()!<&;:/$\\\"' \n\t\0\u202e"), max_size=120)


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def elements(text):
    return Elements(render(text)).found


def assert_harmless(text):
    for tag, attributes in elements(text):
        assert tag not in {"img", "script", "svg", "style", "iframe", "form", "input"}
        allowed = {"a": {"href", "rel"}, "ol": {"start"}, **ATTRIBUTES}.get(tag, set())
        assert set(attributes) <= allowed
        if "href" in attributes:
            assert attributes["href"].lower().startswith(("http://", "https://"))
            assert set(attributes["rel"].split()) == REL


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_text_is_harmless(text):
    assert_harmless(text)


@pytest.mark.parametrize("around", ["**{}**", "> {}", "- {}", "| {} |\n| - |", "[{}](http://e)"])
def test_hostile_text_inside_other_markup_is_harmless(around):
    for text in EVERYTHING:
        assert_harmless(around.replace("{}", text))


@given(MARKDOWN)
def test_any_text_is_harmless(text):
    assert_harmless(text)


@pytest.mark.parametrize("text", RELATIVE_LINKS)
def test_a_link_that_is_not_absolute_leads_nowhere(text):
    assert not any("href" in attributes for _, attributes in elements(text))


def test_an_absolute_link_stays_and_vouches_for_nothing():
    [_, (tag, attributes)] = elements("see [x](https://e.example/a?b=c#d)")
    assert (tag, attributes["href"]) == ("a", "https://e.example/a?b=c#d")
    assert set(attributes["rel"].split()) == REL


def test_a_link_has_no_title_of_its_own():
    assert "title" not in render("[x](https://e.example 'your bank')")


@pytest.mark.parametrize("text", CHARACTERS)
def test_no_hidden_character_comes_back_through_markup(text):
    left = {unicodedata.category(c) for c in render(text) if c not in "\n\t\u200d\u200c"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# a\n\nb **c** *d* ~~e~~", ["h1", "p", "strong", "em", "s"]),
        ("1. a\n2. b", ["ol", "li", "li"]),
        ("> a\n\n- b", ["blockquote", "p", "ul", "li"]),
        ("```\na\n```", ["pre", "code"]),
        ("| a |\n| - |\n| b |", ["table", "thead", "tr", "th", "tbody", "tr", "td"]),
        ("a  \nb\n\n---", ["p", "br", "hr"]),
    ],
)
def test_ordinary_markdown_is_rendered(text, tags):
    assert [tag for tag, _ in elements(text)] == tags


def test_a_list_keeps_its_start():
    assert elements("7. a")[0] == ("ol", {"start": "7"})


@given(MARKDOWN)
def test_splitting_loses_nothing(text):
    assert "".join(split_finished(text)) == text


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("a", ""),
        ("a\n\n", ""),
        ("a\n\nb", "a\n\n"),
        ("a\n\nb\n\nc", "a\n\nb\n\n"),
        ("- a\n\n- b", ""),
        ("```\na\n\nb", ""),
        ("```\na\n\nb\n```\n\nc", "```\na\n\nb\n```\n\n"),
        ("> a\n\nb\nc", "> a\n\n"),
    ],
)
def test_only_the_last_block_is_open(text, finished):
    assert split_finished(text)[0] == finished
