"""Model text to HTML that is safe to show: CommonMark without raw HTML, then an allowlist."""

from __future__ import annotations

import json

import nh3
from markdown_it.token import Token

from arena.core.kept import TextCache
from arena.core.text import strip_unsafe_characters
from arena.rendering import markdown_bounds as bounds
from arena.rendering.mathematics import formulas
from arena.rendering.mathml import ATTRIBUTES, attribute_is_safe

BLOCK_BYTES = 48_000
"""The largest HTML of a block as JSON, which fits into a frame. A longer one is shown verbatim."""

_PARSER = bounds.BoundedMarkdown().use(formulas)
_BLOCKS = bounds.BoundedMarkdown().use(formulas)
_BLOCKS.core.ruler.disable(["inline", "text_join"])
_CLEANER = nh3.Cleaner(
    tags={
        "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
        *ATTRIBUTES,
    },
    attributes={"a": {"href"}, "ol": {"start"}, **ATTRIBUTES},
    url_schemes={"http", "https"},
    link_rel="noopener noreferrer nofollow ugc",
    attribute_filter=lambda tag, attribute, value: _allowed(tag, attribute, value),
)  # fmt: skip
_rendered = TextCache(16 * 1024 * 1024)
_split = TextCache(1024 * 1024)


def render(text: str) -> str:
    """Return sanitised HTML; links are absolute http(s) only, and there are no images at all."""
    return "".join(render_blocks(text))


def render_blocks(text: str) -> list[str]:
    """Return the HTML of each top-level block; together they are what ``render`` returns.

    A text is rendered once by a process for as long as there is room to keep it.
    """
    return _rendered.get(text, _render_blocks)


def _render_blocks(text: str) -> list[str]:
    head, tail = bounds.cut(strip_unsafe_characters(text))
    environment: dict[str, object] = {}
    blocks: list[list[Token]] = []
    for token in _PARSER.parse(head, environment):
        if token.level == 0 and token.nesting >= 0:
            blocks.append([])
        blocks[-1].append(token)
    lines = head.splitlines(keepends=True)
    shown = [html for block in blocks for html in _shown(block, lines, environment)]
    return [*shown, *bounds.verbatim(tail)]


def _shown(block: list[Token], lines: list[str], environment: dict[str, object]) -> list[str]:
    """Tamed once more: Markdown turns an entity such as ``&#x202e;`` into its character."""
    if not bounds.is_too_deep(block, _PARSER.options.maxNesting):
        html = _PARSER.renderer.render(block, _PARSER.options, environment)
        if len(html) <= BLOCK_BYTES:
            html = strip_unsafe_characters(_CLEANER.clean(html))
            if len(json.dumps(html, ensure_ascii=False).encode()) <= BLOCK_BYTES:
                return [html]
    start, end = block[0].map or (0, 0)
    return bounds.verbatim("".join(lines[start:end]))


def split_finished(text: str) -> tuple[str, str]:
    """Return the blocks that no later text can change, and the open rest.

    Only the last top-level block may still grow, and only what stands before a blank line is
    looked at, so that a token costs a search and not a parse.
    """
    finished, rest = _split.get(text, _split_finished) if "\n\n" in text else ("", text)
    return finished, rest


def _split_finished(text: str) -> list[str]:
    if bounds.cut(text)[1]:
        return ["", text]
    blocks = [token.map for token in _BLOCKS.parse(text) if token.level == 0 and token.map]
    if len(blocks) < 2:
        return ["", text]
    lines = text.splitlines(keepends=True)
    start = blocks[-1][0]
    return ["".join(lines[:start]), "".join(lines[start:])]


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """The sanitiser lets ``title`` and ``lang`` through on every tag by itself; this doesn't."""
    if attribute == "href":
        return value if value.lower().startswith(("http://", "https://")) else None
    if attribute in ATTRIBUTES.get(tag, ()):
        return value if attribute_is_safe(attribute, value) else None
    return value if attribute in ("start", "rel") else None
