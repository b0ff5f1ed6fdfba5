"""Text as a reader takes it in: rendered, and with look-alike, wide and styled letters told."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from arena.core.markdown import render

_BLOCK_END = re.compile(r"<br>|<hr>|</(?:p|li|h[1-6]|pre|t[dhr]|blockquote|ol|ul)>")
_ANY_TAG = re.compile(r"<[^>]*>")
# Cyrillic, Greek, Armenian, phonetic and small-capital letters, each before the Latin one that it
# looks like.
_PAIRS = (
    "аaвbсcԁdеeғfԍgнhһhіiїiјjкkӏlмmпnоoрpԛqгrѕsтtцuѵvԝwхxуyүyАaВbСcЕeНhІiЈjКkМmОoРpЅsТtУyХxԚqԜwӀl"
    "αaβbεeηnιiκkνvοoρpτtυuχxγyωwΑaΒbΕeΖzΗhΙiΚkΜmΝnΟoΡpΤtΥyΧxσo"
    "օoսuհhոnցgզqԛqոnᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpǫqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzɑaɡgıiʟlƖlɩiſsøoØołlŁlđdĐd"
)
_LATIN = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_LATIN |= {chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_APOSTROPHES = dict.fromkeys("’ʼ＇`´ʹ‛", "'")
_DASHES = dict.fromkeys("‐‑‒–—―−⁃﹘﹣", "-")
_STRUCK = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0652]+")
"""Marks that no letter has of its own once all are composed: they cross it out or decorate
it. Those of Hebrew and Arabic are vowels that most writers leave out."""
_TABLE = str.maketrans({**_APOSTROPHES, **_DASHES})


def visible_text(text: str) -> str:
    """Return what a reader sees of Markdown ``text``, with a line for each block."""
    html = _BLOCK_END.sub("\0", render(text).replace("\n", " "))
    return unescape(_ANY_TAG.sub("", html)).replace("\0", "\n")


def readable(text: str) -> str:
    """Return ``text`` in compatibility form, without what nobody sees, with one kind of dash."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf" and not _selects_variant(c))
    return _STRUCK.sub("", unicodedata.normalize("NFKC", seen)).translate(_TABLE)


def latin(text: str) -> str:
    """Return ``text`` in lower case, letter by letter as the Latin ones that they look like.

    The result is as long as ``text``, so that a place in one is the same place in the other.
    """
    return "".join(map(_latin, text))


def lowered(text: str) -> str:
    """Return ``text`` in lower case and as long as before: İ would become two characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower()[0] for c in text)


def _latin(character: str) -> str:
    if character.isascii():
        return character.lower()
    if character in _LATIN:
        return _LATIN[character]
    base = unicodedata.normalize("NFD", character)[0]
    return _LATIN.get(base, base.lower()[0])


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
