"""Render chat templates of model folders, in a process that may be killed.

A program of its own: ``rendering`` starts it and sends requests as lines of JSON. A template is a
program by whoever published the folder. Jinja's sandbox keeps it from files and from Python's
internals; the limits that the system sets here keep it from the machine's time and memory. The
environment is the one in which transformers renders.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

MOST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space; the program itself takes a tenth of that."""
MOST_WRITTEN = 4_000_000
"""Characters of a rendered prompt."""
MOST_SAID = 400
"""Characters of an error's own words."""
TEMPLATES = 4
"""The number of compiled templates that are kept."""


class _Generation(Extension):
    """The tag around what a model says, which only training looks at."""

    tags = {"generation"}  # as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Return what stands within the tag, in a scope of its own: names set there end with it,
        and no loop around it can be left from there."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_said"), [], [], body).set_lineno(line)

    def _said(self, caller: Callable[[], str]) -> str:
        return caller()


class _Names(Namespace):
    """A namespace whose names do not begin with an underscore."""

    def __init__(*args: Any, **values: Any) -> None:  # "self" may be one of the names
        given = dict(*args[1:], **values)
        for name in given:
            _refuse_private(name)
        Namespace.__init__(args[0], given)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_private(name)
        super().__setitem__(name, value)


class _Dictionary:
    """The constructor of dictionaries, without the attributes of the class."""

    def __call__(self, *args: Any, **values: Any) -> dict[Any, Any]:
        return dict(*args, **values)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        """Return a dictionary with one value under all keys."""
        return dict.fromkeys(*args)


def _refuse_private(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise jinja2.exceptions.SecurityError(f"a namespace has no {name!r}")


def raise_exception(message: str) -> NoReturn:
    """Refuse a conversation in the template's words."""
    raise jinja2.TemplateError(message)


def to_json(value: Any, **options: Any) -> str:
    """Return JSON whose letters are not escaped, as templates expect it."""
    return json.dumps(value, **{"ensure_ascii": False, **options})


def strftime_now(wanted: str) -> str:
    """Return the local time as the template wants it written."""
    return datetime.now().strftime(wanted)  # noqa: DTZ005  # a template writes local time


@lru_cache(maxsize=TEMPLATES)
def compiled(template: str) -> jinja2.Template:
    """Return the template in an environment of its own."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.filters["tojson"] = to_json
    environment.globals.update(
        raise_exception=raise_exception,
        strftime_now=strftime_now,
        dict=_Dictionary(),
        namespace=_Names,
    )
    return environment.from_string(template)


def answer(line: str) -> dict[str, str]:
    """Return the rendered text of a request, or the kind of its failure and what was said."""
    try:
        request = json.loads(line)
        text = compiled(request["template"]).render(request["variables"])
    except MemoryError:
        return {"failed": "memory", "said": ""}
    except TypeError as error:
        return {"failed": "type", "said": str(error)[:MOST_SAID]}
    except Exception as error:  # noqa: BLE001  # whatever a stranger's program raises
        return {"failed": "template", "said": f"{type(error).__name__}: {error}"[:MOST_SAID]}
    if len(text) > MOST_WRITTEN:
        return {"failed": "length", "said": ""}
    return {"text": text}


def main() -> None:
    """Answer requests until the input ends. The argument is the seconds that each may take."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # others do not hold a process to it
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin:
        # Past this time the system ends the process.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, most))
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
