"""Formulas are shown as MathML, and as they were written where they are not understood."""

from __future__ import annotations

import re
from html import unescape

import pytest

from arena.rendering.markdown import render, split_finished
from arena.rendering.mathml import ATTRIBUTES, CHARACTERS_OF_A_TEXT, NotUnderstood, to_mathml
from tests.arena.rendering.test_markdown import assert_harmless, elements


def shown(text):
    """What a reader sees of one paragraph, without what only lays it out."""
    html = render(text)
    assert html.count("<p>") == 1
    return unescape(re.sub(r"<[^>]*>", "", html.replace("<br>", "\n"))).strip()


FORMULAS = [
    r"\(a^2\)",
    r"\[ x \]",
    r"$\frac{1}{2}$",
    r"$$\sum_{i=1}^n x_i * y_i * z_i$$",
    r"\(a_1 * b_2 * c_3\) and \[a_1 * b_2 * c_3\]",
    r"$a_{1}*b$ and $c*d_{2}$",
    r"$\{x \mid x < y\}$",
    r"\(a \\ b\)",
    r"$x\$y$",
    r"the area is \(\pi r^2\), so $r = \sqrt{A/\pi}$.",
    r"\begin{align*} a &= b \\ c &= d \end{align*}",
    "\\[\na\n+ b\n- c\n= d \\\\\n> e\n# f\n\\]",
    "$$\na_1 *b*\n$$",
    "\\begin{cases}\n1 & x > 0 \\\\\n- 1 & x < 0\n\\end{cases}",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_mathematics_and_none_of_it_markdown(text):
    tags = {tag for tag, _ in elements(text)}
    assert "math" in tags
    assert tags - {"p"} <= set(ATTRIBUTES)
    assert "\\" not in shown(text)


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("around", ["- {}", "> {}", "1. {}"])
def test_a_formula_inside_a_block_is_the_same_mathematics(text, around):
    line_start = {"-": "\n  ", ">": "\n> ", "1": "\n   "}[around[0]]
    html = render(around.replace("{}", text.replace("\n", line_start)))
    formulas = re.findall("<math.*?</math>", render(text), re.DOTALL)
    assert formulas
    assert re.findall("<math.*?</math>", html, re.DOTALL) == formulas


NOT_UNDERSTOOD = [
    r"$\frac{1}$",
    r"$\{x \mid x < y & y > 0\}$",
    r"\(\unheard{x}\)",
    r"$$\left( x$$",
    r"$\newcommand{\a}{\a\a}\a$",
    r"\(\def\x{y}\x\)",
    r"$\phantom{hidden}$",
    r"$x_1_2$",
    r"\begin{tikzpicture} \draw (0,0); \end{tikzpicture}",
    "$" + r"\sqrt{" * 40 + "x" + "}" * 40 + "$",
    "$5 or 6$ each",
    "\\[\na & b\n\\]",
]


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_shown_as_it_was_written(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    ("tex", "seen"),
    [
        (r"\pi r^2", "πr2"),
        (r"x \le y \ne z", "x≤y≠z"),
        (r"\text{5 < 6 & 7}", "5\xa0<\xa06\xa0&\xa07"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "a=b=c"),
        (r"\begin{gather*} a \\ b \end{gather*}", "ab"),
        (r"\operatorname*{argmax}_x", "argmaxx"),
        (r"90^\circ", "90∘"),
        (r"50\%", "50%"),
    ],
)
def test_signs_are_those_that_are_meant(tex, seen):
    assert unescape(re.sub(r"<[^>]*>", "", to_mathml(tex, block=False))) == seen


def test_a_formula_is_as_large_as_its_place_and_keeps_its_source():
    assert '<math display="block" alttext=" x > &quot;y&quot; ">' in render(
        '\\[ x > "y" \\]'
    ).replace("&gt;", ">")
    assert '<math display="inline" alttext="x">' in render("so $x$ is")


def test_a_text_of_formulas_has_a_budget():
    html = render("$x^2$\n\n" * (2 * CHARACTERS_OF_A_TEXT // 5))
    assert html.count("<math") == CHARACTERS_OF_A_TEXT // 5
    assert "$x^2$" in html


@pytest.mark.parametrize("tex", ["", " ", r"\hspace{1000cm}" * 3 + "{", r"\require{x}y"])
def test_nothing_is_made_of_what_cannot_be_drawn(tex):
    with pytest.raises(NotUnderstood):
        to_mathml(tex, block=False)


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
    "text",
    [
        "$<script>$",
        r"\(<img src=x onerror=alert(1)>\)",
        "\\[\n</p><script>\n\\]",
        r"$\text{</mtext></math><script>alert(1)</script>}$",
        r"$\text{<mglyph><style><img src=x onerror=alert(1)>}$",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\style{background:url(//e)}{x} \class{vote}{y} \id{z}{z}$",
        r"$\hspace{1000cm}\rule{1cm}{1000cm}\color{url(//e)}{x}$",
        r"$\unicode{x202e}abc$",
    ],
)
def test_a_formula_is_no_way_in(text):
    assert_harmless(text)
    assert {tag for tag, _ in elements(text)} <= {"p", "br", *ATTRIBUTES}
    assert "\u202e" not in render(text)
    assert '="1000cm"' not in render(text)


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
