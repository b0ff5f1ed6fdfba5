"""Text as a reader takes it in: rendered, and with look-alike, wide and styled letters told."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from arena.rendering.markdown import render

_BLOCK_END = re.compile(r"<br>|<hr>|</(?:p|li|h[1-6]|pre|t[dhr]|blockquote|ol|ul)>")
_CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
"""Code blocks, which keep the ends of their lines."""
_FORMULA = re.compile(r'<math(?: (?:alttext="([^"]*)"|display="\w+"))*>(.*?)</math>', re.DOTALL)
"""A formula shows letters without the spaces between words, which its TeX still has."""
_ANY_TAG = re.compile(r"<[^>]*>")
# Cyrillic, Greek, Armenian, phonetic and small-capital letters, each before the Latin one that it
# looks like.
_PAIRS = (
    "аaвbсcԁdеeғfԍgнhһhіiїiјjкkӏlмmпnоoрpԛqгrѕsтtцuѵvԝwхxуyүyАaВbСcЕeНhІiЈjКkМmОoРpЅsТtУyХxԚqԜwӀl"
    "αaβbεeηnιiκkνvοoρpτtυuχxγyωwΑaΒbΕeΖzΗhΙiΚkΜmΝnΟoΡpΤtΥyΧxσo"
    "օoսuհhոnցgզqԛqոnᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpǫqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzɑaɡgıiʟlƖlɩiſsøoØołlŁlđdĐd"
)
_PAIRS += (  # Cherokee, Lisu and more of Cyrillic, Greek and Armenian
    "ᎪaᏴbᏟcᎠdᎬeᏀgᎻhᎥiᎫjᏦkᏞlᎷmᏢpᎡrᏚsᎢtᏙvᎳwᏃzꓐbꓑpꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓟmꓠnꓡlꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu"
    "ϲcϳjϙqɋqшwѡwпnгrьbзzѕsԍgԏdҽeҿeєeіiҏpүyұyѳoѲoϴoΘoθoꞓcȼcɇeɨiɩiɫlɱmɳnŋnƞnɵoƥpʠqɾrɼrʂsƨsƭtʈtʉuʋvƴyƶz"
)
_PAIRS += "ǝeʍwɐaɔcɟfƃgɥhᴉiʞkɯmɹrʇtʌvʎyꞁlⱯa"  # letters on their heads
_LATIN = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_LATIN |= {chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_APOSTROPHES = dict.fromkeys("’ʼ＇`´ʹ‛", "'")
_DASHES = dict.fromkeys("‐‑‒–—―−⁃﹘﹣", "-")
_SHOWN_TAG = re.compile(
    r"(?<=\w)(?:</?[a-zA-Z]{1,6}(?:\s[^<>\n]{0,60})?/?>|<!--[^\n]{0,60}?-->|\[/?[a-zA-Z]{1,3}\]){1,3}"
    r"(?=\w)"
)
"""Tags that the page shows as they are written, within a word: "Q<b>w</b>en"."""
_STRUCK = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0652]+")
"""Marks that no letter has of its own once all are composed: they cross it out or decorate
it. Those of Hebrew and Arabic are vowels that most writers leave out."""
_VARIANT_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that nobody sees, though they are called letters or signs."""
_SMALL_CAPITALS = {
    letter: same
    for letter, same in _LATIN.items()
    if unicodedata.name(letter).startswith("LATIN LETTER SMALL CAPITAL")
}
"""Letters that whole sentences are written in for their look, and no language."""
_TABLE = str.maketrans({**_APOSTROPHES, **_DASHES, **_SMALL_CAPITALS})


def visible_text(text: str) -> str:
    """Return what a reader sees of Markdown ``text``, with a line for each block."""
    html = _CODE.sub(lambda code: code[0].replace("\n", "\0"), render(text))
    html = _FORMULA.sub(r"\2 \1", _BLOCK_END.sub("\0", html.replace("\n", " ")))
    shown = unescape(_ANY_TAG.sub("", html)).replace("\0", "\n")
    return unescape(_SHOWN_TAG.sub("", shown))


def readable(text: str) -> str:
    """Return ``text`` in compatibility form, without what nobody sees, with one kind of dash."""
    shown = (c for c in text if unicodedata.category(c) != "Cf" and c not in _BLANKS)
    seen = _VARIANT_SELECTORS.sub("", "".join(shown))
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
