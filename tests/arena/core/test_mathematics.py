"""Formulas are shown as they were written."""

from __future__ import annotations

from html import unescape

import pytest

from arena.core.markdown import render, split_finished
from tests.arena.core.test_markdown import assert_harmless, elements


def shown(text):
    """What a reader sees of one paragraph."""
    html = render(text)
    assert html.count("<p>") == 1
    return unescape(html.replace("<p>", "").replace("</p>", "").replace("<br>", "\n")).strip()


FORMULAS = [
    r"\(a^2\)",
    r"\[ x \]",
    r"$\frac{1}{2}$",
    r"$$\sum_{i=1}^n x_i * y_i * z_i$$",
    r"\(a_1 * b_2 * c_3\) and \[a_1 * b_2 * c_3\]",
    r"$a_{1}*b$ and $c*d_{2}$",
    r"$\{x \mid x < y & y > 0\}$",
    r"\(a \\ b\)",
    r"$x\$y$",
    r"the area is \(\pi r^2\), so $r = \sqrt{A/\pi}$.",
    r"\begin{align*} a &= b \\ c &= d \end{align*}",
    "\\[\na\n+ b\n- c\n= d \\\\\n> e\n# f\n\\]",
    "$$\na_1 *b*\n$$",
    "\\begin{cases}\n1 & x > 0 \\\\\n- 1 & x < 0\n\\end{cases}",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_shown_as_it_was_written(text):
    assert shown(text) == text


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("around", ["- {}", "> {}", "1. {}"])
def test_a_formula_inside_a_block_is_shown_as_it_was_written(text, around):
    indented = around.replace("{}", text.replace("\n", "\n   " if "-" not in around else "\n  "))
    if around.startswith(">"):
        indented = around.replace("{}", text.replace("\n", "\n> "))
    html = render(indented).replace("<br>", "\n")
    assert text in unescape(html)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_code_is_code(text):
    assert "<pre><code>" in render(f"```\n{text}\n```")
    assert f"{text}\n</code>" in unescape(render(f"```\n{text}\n```"))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("It costs $5 and *not* $6.", "It costs $5 and <em>not</em> $6."),
        ("**$5**, US$6 or $7.50", "<strong>$5</strong>, US$6 or $7.50"),
        ("from $5-$6 *each*", "from $5-$6 <em>each</em>"),
        ("$ *a* $", "$ <em>a</em> $"),
        (r"\$a\$ *b*", "$a$ <em>b</em>"),
        (r"`\(a\)` *b*", r"<code>\(a\)</code> <em>b</em>"),
        (r"\\(a\\) *b*", r"\(a\) <em>b</em>"),
        (r"\(*a*", "(<em>a</em>"),
        ("$$ *a*", "$$ <em>a</em>"),
        (r"\begin{a} *b* \end{c}", r"\begin{a} <em>b</em> \end{c}"),
        ("$a *b*\n\nc*d*$", "$a <em>b</em></p>\n<p>c<em>d</em>$"),
    ],
)
def test_what_is_no_formula_stays_markdown(text, html):
    assert render(text).strip() == f"<p>{html}</p>"


@pytest.mark.parametrize(
    "text", ["$<script>$", r"\(<img src=x onerror=alert(1)>\)", "\\[\n</p><script>\n\\]"]
)
def test_a_formula_is_no_way_in(text):
    assert_harmless(text)
    assert {tag for tag, _ in elements(text)} <= {"p", "br"}


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("\\[\na\n\\]\n\nb", "\\[\na\n\\]\n\n"),
        ("\\[\na\n\nb", "\\[\na\n\n"),
        ("$$\na", ""),
    ],
)
def test_an_open_formula_ends_with_its_paragraph(text, finished):
    assert split_finished(text)[0] == finished
