"""Manifests of the worker's backends, read from their source without importing them.

    python -m inference_worker.wire.manifests

A backend is one module, or one package, in ``inference_worker/backends``. Its manifest is a literal
there, ``MANIFEST = BackendManifest(title=gettext_noop("…"), …)``: site and command line learn from
it what a backend is called and takes, and need neither torch nor the backend's other libraries.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

from inference_worker.wire.messages import MalformedMessage, WholeNumber, WireMessage

FOLDER = Path(__file__).parents[1] / "backends"
_SHARED = frozenset({"__init__", "base", "remote"})
"""Modules that backends use and that are no backends."""


class BadManifest(ValueError):
    """A backend has no manifest, or one that can't be read; the message names the backend."""


def gettext_noop(text: str) -> str:
    """Return the English text as it is.

    The name marks the text for the site's `makemessages`, which finds translatable texts by the
    names of functions, while the worker stays free of Django. Whoever shows the text translates it.
    """
    return text


class BackendManifest(WireMessage, frozen=True):
    """Facts about a backend that its operators and the site need."""

    title: str
    """A name for people, such as "Folder or Hub repository"."""
    summary: str
    """One sentence for operators: which models it runs, and where."""
    source: str
    """One sentence for operators: what names a model of this backend."""
    examples: tuple[str, ...]
    """Sources that the contract tests load; a remote one is asked at an endpoint of theirs."""
    remote: bool = False
    """True if its models answer at an endpoint, which has an address and perhaps a key."""
    hub: bool = False
    """True if a source of the form OWNER/NAME is a repository of the public Hub."""
    images: WholeNumber = 1
    """The most pictures that one prompt may bring."""
    settings: tuple[str, ...] = ()
    """Environment variables of the worker that it reads."""


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of all backends in the folder, sorted."""
    modules = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return sorted((modules | packages) - _SHARED)


@cache
def read(name: str, folder: Path = FOLDER) -> BackendManifest:
    """Return the manifest of one backend. Raises BadManifest."""
    package = folder / name / "__init__.py"
    path = package if package.is_file() else folder / f"{name}.py"
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError) as error:
        raise BadManifest(f"the backend {name!r} can't be read: {error}") from error
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == "MANIFEST" for target in targets):
            if not isinstance(node.value, ast.Call) or node.value.args:
                raise BadManifest(
                    f"the MANIFEST of {name!r} is no BackendManifest with keywords alone"
                )
            try:
                data = {keyword.arg: _literal(keyword.value) for keyword in node.value.keywords}
                return BackendManifest.from_json(data)
            except MalformedMessage as error:
                raise BadManifest(f"the MANIFEST of {name!r}: {error}") from error
            except ValueError as error:
                raise BadManifest(f"the MANIFEST of {name!r} holds more than literals") from error
    raise BadManifest(f"the backend {name!r} has no MANIFEST")


def _literal(value: ast.expr) -> object:
    """Return what a literal says, marked for translation or not; else raise ValueError."""
    match value:
        case ast.Call(func=ast.Name(id="gettext_noop"), args=[text], keywords=[]):
            return ast.literal_eval(text)
    return ast.literal_eval(value)


def every() -> dict[str, BackendManifest]:
    """Return the manifests of all backends by name. Raises BadManifest."""
    return {name: read(name) for name in names()}


def find(name: str) -> BackendManifest | None:
    """Return the manifest of one backend; None for a name that no backend has (any more).

    Raises BadManifest.
    """
    return read(name) if name in names() else None


def main() -> int:
    """Print each backend's name, title and facts; the exit status is 1 for a bad manifest."""
    try:
        found = every()
    except BadManifest as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, one in found.items():
        place = "at an endpoint" if one.remote else "in the worker"
        lines = [f"{name}: {one.title}", one.summary, f"Source: {one.source}"]
        lines += [f"Runs {place}. Pictures in a prompt: {one.images}."]
        lines += [f"Settings: {', '.join(one.settings) or 'none'}"]
        sys.stdout.write("\n  ".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
