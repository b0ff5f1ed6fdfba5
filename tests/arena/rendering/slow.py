"""Texts that a model may write to make whoever renders them slow."""

from __future__ import annotations

import random

LENGTH = 20_000

UNITS = [
    "[", "![", "[a](", "[a](b", "[]()", "[a][b]", "[[a]](x)", "](", "((", "*", "*a", "*a*", "**a",
    "_a _b ", "***a ", "~~a", "~", "*_", "*[", "[`", "`", "`a", "``a`", "> ", ">", "> > a\n", "- ",
    "- a\n", "-\n", "- - - a\n", "> - 1. a\n", "1) a\n", "|", "| a ", "|-|-|\n", "a|b\n-|-\n",
    "|\n|-\n", "<", "<a", "<http://a>", "<a@b.c>", "<!--", "&", "&amp;", "&#1;", "\\", "\\\n",
    "\n", "a\n", "a\n\n", "# a\n", "=\n", "a\n=\n", "---\n", "```\n", "~~~\n", "    a\n",
    "[a]: b\n", "[a]: b 'c\n", "[a](b \"", "<a:", "a  \n", '"', "\u6f22", "\U0001f389",
    "$a$", "$a ", " $a", "$", "$$\n", "$$ a\n", "\\(", "\\[ ", "\\[\n", "\\[ a\n", "\\begin{a}\n",
]  # fmt: skip


def long(unit: str) -> str:
    """Return LENGTH characters of the unit."""
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH]


def answers(count: int, *, seed: int = 1) -> list[str]:
    """Return so many texts: each unit by itself, what grows when it is shown, and mixtures."""
    texts = [*map(long, UNITS), *GROWING]
    random_ = random.Random(seed)  # the same texts at each run
    while len(texts) < count:
        units = random_.choices(UNITS, k=random_.randint(2, 6))
        repeated = [unit * random_.choice([1, 1, 2, 50, 2000]) for unit in units]
        texts.append(long("".join(repeated)))
    return texts[:count]


GROWING = [
    f"[a]: http://{'x' * 8000}\n\n" + "[a]" * 3000,
    f"[a]: b '{'x' * 8000}'\n\n" + "[a]" * 3000,
    "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + "|\n" * 9000,
    "|" + "a|" * 31 + "\n|" + "-|" * 31 + "\n" + "|\n" * 2800,
    "|a|b|c|\n|-|-|-|\n" + "|x\n" * 6000,
    "".join(" " * (2 * depth) + "- a\n" for depth in range(140)),
    "- " * 12 + "deep\n" + "- - - - - - - - - - a\n" * 900,
    ">" * 30 + " deep\n" + ">>>>>>>>>>>>>>>>>>>> a\n" * 900,
    "[" * 9000 + "a" + "](b)" * 2500,
    "*a " * 3000 + "b* " * 3000,
    "*" * 9999 + "a" + "*" * 9999,
    "".join("`" * run + "a" for run in range(1, 199)),
    "".join(f"[a{number}]: b\n" for number in range(1800)),
]
