"""Bounds on what a Markdown parser does with a text that was made to be slow.

Its time goes with the tokens that it makes and with how often it looks ahead, and both follow from
marks such as ``[`` and from lines, not from characters: 20,000 ``[`` cost it as much as a book.
So marks, lines and cells have budgets far above those of any honest answer. What lies past one
stays text as it was written; nothing is left out.
"""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MARKS = 4_000
"""Characters of a text that an inline rule could begin at; those in code blocks don't count."""
LINES = 2_500
"""Lines of a text and marks of lists and quotations that open them, together."""
CELLS = 3_000
"""Cells of a table, those that a short row leaves out included."""
HREF_CHARACTERS = 500
"""A label that is defined once may be used a thousand times, and each use repeats its address."""
VERBATIM_CHARACTERS = 6_000
"""The length of a block of verbatim text; as HTML a character takes at most five bytes."""

_PIECE = re.compile(rf"(?s).{{1,{VERBATIM_CHARACTERS}}}(?:(?<=\n)|\Z)|.{{{VERBATIM_CHARACTERS}}}")
_MARK = re.compile(r"[\n!$&*<\[\]\\_`~]")
_OPENING = re.compile(r"[ \t]*(?:(?:>|(?:[-+*]|\d{1,9}[.)])(?=\s))[ \t]*)*")
_CONTAINERS = {"blockquote_open", "list_item_open"}
_OPENER = re.compile(r"[-+*>]|\d[.)]")


class BoundedMarkdown(MarkdownIt):
    """CommonMark with tables and struck text, without raw HTML and images, within the bounds."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.enable(["table", "strikethrough"]).disable("image")
        self.core.ruler.at("inline", _parse_inline)
        self.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})

    def validateLink(self, url: str) -> bool:  # the library's name
        """Return whether an address may be a link's; a definition with another one stays text."""
        return len(url) <= HREF_CHARACTERS and super().validateLink(url)


def cut(text: str) -> tuple[str, str]:
    """Return the lines that are within the budget, and the rest of the text."""
    left, end = LINES, 0
    if text.count("\n") + len(_OPENER.findall(text)) < left:
        return text, ""
    for line in text.splitlines(keepends=True):
        opening = _OPENING.match(line)
        left -= 1 + (len(_OPENER.findall(opening[0])) if opening else 0)
        if left < 0:
            break
        end += len(line)
    return text[:end], text[end:]


def is_too_deep(blocks: list[Token], nesting: int) -> bool:
    """Return whether the parser left out what stands in these blocks: it does so past its depth."""
    return any(token.level + 1 >= nesting for token in blocks if token.type in _CONTAINERS)


def verbatim(text: str) -> list[str]:
    """Return blocks of HTML that show the text as it was written, cut at ends of lines."""
    pieces = _PIECE.findall(text)
    return [f"<pre>{html.escape(piece, quote=False)}</pre>\n" for piece in pieces]


def _parse_inline(state: StateCore) -> None:
    """Parse each paragraph while the text's budget of marks lasts; a longer one stays text."""
    left = MARKS
    for token in state.tokens:
        if token.type != "inline":
            continue
        marks = len(_MARK.findall(token.content))
        if marks > left:
            token.children = [Token("text", "", 0, content=token.content)]
            continue
        left -= marks
        token.children = []
        state.md.inline.parse(token.content, state.md, state.env, token.children)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Refuse a table of too many cells, and after it all others: counting rows costs time, too."""
    if state.env.get("tables_refused") or not table(state, start, end, True):
        return False
    if silent:
        return True
    columns = state.src[state.bMarks[start + 1] : state.eMarks[start + 1]].count("|") + 1
    last = min(end, start + 2 + CELLS // columns)
    if last < end and not any(state.isEmpty(line) for line in range(start + 2, last)):
        state.env["tables_refused"] = True
        return False
    return table(state, start, end, False)
