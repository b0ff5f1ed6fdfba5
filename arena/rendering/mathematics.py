"""Mathematics in Markdown: nothing inside a formula is Markdown.

A formula is shown as MathML, or as it was written where it is not understood. Formulas stand
between ``$`` and ``$``, ``$$`` and ``$$``, ``\\(`` and ``\\)``, ``\\[`` and ``\\]``, or
``\\begin{name}`` and ``\\end{name}``. The known plugins leave the delimiters out, and some know no
``\\[`` inside a paragraph or search the whole text anew from each opening one.
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
from markdown_it.utils import EnvType

from arena.rendering.mathml import CHARACTERS_OF_A_TEXT, NotUnderstood, to_mathml

MOST_CHARACTERS, MOST_LINES = 2000, 60
"""The longest formula, which bounds the search for the closing delimiter."""

_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_DOLLAR = re.compile(r"(?<![\w\\])\$(?=[^\s$])(?:\\.|[^\\$]){1,500}?(?<!\s)\$(?!\w)", re.DOTALL)
_TEX_SIGN = re.compile(r"[\\^_{}=<>+*/|]")
_BEGIN = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
_OPENING = re.compile(rf"\\\[|\$\$|{_BEGIN.pattern}")


def formulas(parser: MarkdownIt) -> None:
    """Teach ``parser`` formulas. Raises nothing: what has no end is ordinary text."""
    parser.inline.ruler.before("escape", "formula", _inline)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _block, {"alt": interrupts})
    parser.add_render_rule(
        "formula",
        lambda _, tokens, index, __, environment: (
            _mathml_of(tokens[index].content, environment) or escapeHtml(tokens[index].content)
        ),
    )
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
    """Return the place behind the formula that begins at ``start``; None where none does."""
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
            if rest.endswith(closing) and not silent:
                token = state.push("formula_block", "", 0)
                token.content = "\n".join(_line(state, n) for n in range(start, last + 1))
                token.map = [start, last + 1]
                state.line = last + 1
            return rest.endswith(closing)
    return False


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def _as_paragraph(
    _: Any, tokens: Sequence[Token], index: int, __: Any, environment: EnvType
) -> str:
    formula = tokens[index].content
    shown = _mathml_of(formula, environment)
    return f"<p>{shown or '<br>'.join(map(escapeHtml, formula.split(chr(10))))}</p>\n"


def _mathml_of(formula: str, environment: EnvType) -> str | None:
    """Return the MathML of a formula with its delimiters while the text's budget lasts."""
    left = environment.get("formulas_left", CHARACTERS_OF_A_TEXT) - len(formula)
    environment["formulas_left"] = left
    if left < 0:
        return None
    closing = _CLOSING.get(formula[:2])
    if not closing and formula[0] == "$" and " " in formula and not _TEX_SIGN.search(formula):
        return None  # two prices, as in "$5 or 6$ each"
    around = 2 if closing else 0 if formula.startswith("\\begin") else 1
    try:
        return to_mathml(
            formula[around : len(formula) - around], block=closing in ("\\]", "$$") or not around
        )
    except NotUnderstood:
        return None
