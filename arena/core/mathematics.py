"""Mathematics in Markdown, shown as it was written: nothing inside a formula is Markdown.

Formulas stand between ``$`` and ``$``, ``$$`` and ``$$``, ``\\(`` and ``\\)``, ``\\[`` and ``\\]``,
or ``\\begin{name}`` and ``\\end{name}``. The known plugins leave the delimiters out, and some know
no ``\\[`` inside a paragraph or search the whole text anew from each opening one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MOST_CHARACTERS, MOST_LINES = 2000, 60
"""Of one formula, so that an opening delimiter costs a bounded search for its closing one."""

_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_DOLLAR = re.compile(r"(?<![\w\\])\$(?=[^\s$])(?:\\.|[^\\$]){1,500}?(?<!\s)\$(?!\w)", re.DOTALL)
_BEGIN = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
_OPENING = re.compile(rf"\\\[|\$\$|{_BEGIN.pattern}")


def verbatim_formulas(parser: MarkdownIt) -> None:
    """Teach ``parser`` formulas. Raises nothing: what has no end is ordinary text."""
    parser.inline.ruler.before("escape", "formula", _inline)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _block, {"alt": interrupts})
    parser.add_render_rule("formula", _as_text)
    parser.add_render_rule("formula_block", _as_paragraph)


def _inline(state: StateInline, silent: bool) -> bool:
    end = _end_of(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of(text: str, start: int, end: int) -> int | None:
    """Where the formula ends that begins at ``start``; None where none does."""
    if text[start] not in "\\$":
        return None
    closing = _CLOSING.get(text[start : start + 2])
    if begin := _BEGIN.match(text, start):
        closing = f"\\end{{{begin[1]}}}"
    if closing is None:
        single = _DOLLAR.match(text, start, end)
        return single.end() if single else None
    at = text.find(closing, start + 2, min(end, start + MOST_CHARACTERS))
    return at + len(closing) if at > start + 2 else None


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula that fills whole lines, none of them blank."""
    if state.is_code_block(start):
        return False
    opening = _OPENING.match(_line(state, start))
    if opening is None:
        return False
    closing = f"\\end{{{opening[1]}}}" if opening[1] else _CLOSING[opening[0]]
    for last in range(start, min(end, start + MOST_LINES)):
        line = _line(state, last)
        if not line or (last > start and state.sCount[last] < state.blkIndent):
            return False
        rest = line[opening.end() :] if last == start else line
        if closing in rest:
            return rest.endswith(closing) and (silent or _push(state, start, last + 1))
    return False


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def _push(state: StateBlock, start: int, end: int) -> bool:
    token = state.push("formula_block", "", 0)
    token.content = "\n".join(_line(state, number) for number in range(start, end))
    token.map = [start, end]
    state.line = end
    return True


def _as_text(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return escapeHtml(tokens[index].content)


def _as_paragraph(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return f"<p>{'<br>'.join(map(escapeHtml, tokens[index].content.split(chr(10))))}</p>\n"
