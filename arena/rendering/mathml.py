"""TeX formulas as MathML, which browsers draw without a script or a font of ours.

latex2mathml reads TeX; what it writes is not trusted. Its tree is written anew from closed lists of
elements and attributes, and a formula of which any part is not understood is not converted at all,
so that a reader sees the TeX in place of a wrong formula.
"""

from __future__ import annotations

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

CHARACTERS_OF_A_TEXT = 6_000
"""Converting takes some 7 µs a character, so that a text of formulas stays within 0.05 s."""
DEPTH = 24

ATTRIBUTES = {
    "math": {"alttext", "display"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mn": {"mathvariant"},
    "mo": {"accent", "fence", "form", "maxsize", "minsize", "stretchy"},
    "mover": {"accent"},
    "mpadded": {"width"},
    "mroot": set[str](),
    "mrow": set[str](),
    "mspace": {"width"},
    "msqrt": set[str](),
    "mstyle": {"displaystyle", "scriptlevel"},
    "msub": set[str](),
    "msubsup": set[str](),
    "msup": set[str](),
    "mtable": {"displaystyle"},
    "mtd": {"columnalign"},
    "mtext": {"mathvariant"},
    "mtr": set[str](),
    "munder": {"accentunder"},
    "munderover": set[str](),
}
"""The elements of a formula with their attributes. ``mphantom`` is not among them: it hides text
from the reader that a program would find."""

_PARTS = {"mfrac": 2, "mover": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2}
_PARTS |= {"msubsup": 3, "munderover": 3}
_VALUE = re.compile(
    r"true|false|block|inline|prefix|infix|postfix|left|center|right|bold|normal|box|solid"
    r"|updiagonalstrike|downdiagonalstrike|updiagonalstrike downdiagonalstrike|horizontalstrike"
    r"|[0-3]|-?[0-4]?(?:\.\d{1,3})?em"
)
_MACRO = re.compile(r"\\(?:def|gdef|edef|let|newcommand|renewcommand|providecommand|require)\b")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:align|aligned|alignat|eqnarray|split)\*?\}")
_CENTRED = re.compile(r"\\(begin|end)\{(?:gather|gathered|multline)\*?\}")
_PLAIN = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}")
_STARRED = re.compile(r"\\(?:operatorname|tag)\*")


class NotUnderstood(Exception):
    """The formula has a part that can't be shown as it is meant."""


def to_mathml(tex: str, *, block: bool) -> str:
    """Return the MathML of ``tex``, which has no delimiters around it, as one ``<math>`` element.

    Its ``alttext`` is the TeX, for those who can't see the formula and for programs that judge it.
    Raises NotUnderstood.
    """
    if _MACRO.search(tex) or not tex.strip():
        raise NotUnderstood
    known = _ALIGNED.sub(r"\\\1{align*}", _CENTRED.sub(r"\\\1{matrix}", _PLAIN.sub("", tex)))
    known = _STARRED.sub(lambda starred: starred[0][:-1], known)
    try:
        tree = convert_to_element(known, display="block" if block else "inline")
    except Exception as error:
        # What the library raises for broken TeX is an open list: StopIteration, IndexError, ...
        raise NotUnderstood from error
    tree.set("alttext", tex)
    return _written(tree, 0)


def attribute_is_safe(name: str, value: str) -> bool:
    """Return whether an attribute of a formula may have this value: no address, no style."""
    return name == "alttext" or _VALUE.fullmatch(value) is not None


def _written(element: Element, depth: int) -> str:
    allowed = ATTRIBUTES.get(element.tag)
    text = unescape(element.text or "")
    if allowed is None or depth > DEPTH or "\\" in text or text.strip() == "&":
        raise NotUnderstood
    if len(element) != _PARTS.get(element.tag, len(element)):
        raise NotUnderstood
    values = {name: _SPACES.get(value, value) for name, value in element.attrib.items()}
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in values.items()
        if name in allowed and attribute_is_safe(name, value)
    )
    inner = "".join(_written(child, depth + 1) for child in element)
    return f"<{element.tag}{attributes}>{escape(text)}{inner}</{element.tag}>"


_SPACES = {"negativethinmathspace": "-.167em"}
