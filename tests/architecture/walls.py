"""Walls that no import crosses: names of higher apps, writes in selectors, tasks that are sent.

Each check takes the folder of a checkout, so that a test can show it a copy in which a wall is
broken.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

WRITING = {
    "bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "select_for_update",
    "update_or_create", "write_rows", "hset", "incr", "incrby", "publish", "set", "xadd",
}  # fmt: skip
"""Methods of rows, of querysets and of Redis that change something or lock it."""
SENDING = {"apply_async", "delay", "send_task"}
_OUTSIDE = {"migrations", "management", "__pycache__"}


def layers(root: Path) -> list[set[str]]:
    """Return the apps of the site, floor by floor from the highest, as .importlinter has them."""
    parser = ConfigParser()
    parser.read(root / ".importlinter")
    floors = parser["importlinter:contract:apps"]["layers"].split("\n")
    return [set(re.findall(r"\w+", floor)) for floor in floors if floor.strip()]


def without_contract(root: Path) -> set[str]:
    """Return the apps and packages of the site that no contract of layers looks into."""
    parser = ConfigParser()
    parser.read(root / ".importlinter")
    listed = " ".join(
        section.get("containers", "") for section in map(parser.__getitem__, parser.sections())
    ).split()
    present = {f"arena.{folder.parent.name}" for folder in (root / "arena").glob("*/__init__.py")}
    return present - set(listed)


def climbing_names(root: Path) -> list[str]:
    """Return each task name and URL name of an app that stands in one that may not import it."""
    floor = {app: number for number, apps in enumerate(layers(root)) for app in apps}
    owners = {**_url_namespaces(root), **task_names(root)}
    climbing = []
    for app, place, name in _names(root):
        owner = owners.get(name) or owners.get(name.partition(":")[0] + ":" if ":" in name else "")
        if owner and owner != app and floor[owner] <= floor[app]:
            climbing.append(f"{place}: {name} is {owner}'s")
    return climbing


def writing_selectors(root: Path) -> list[str]:
    """Return each call in a selector that writes or locks, and each variable that it keeps."""
    found = []
    for path in _modules(root, "selectors"):
        tree = ast.parse(path.read_text())
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _called(call) in WRITING and not _is_set(call):
                found.append(f"{path.relative_to(root)}:{call.lineno}: {_called(call)}")
            elif isinstance(call, ast.Global):
                found.append(f"{path.relative_to(root)}:{call.lineno}: global")
        for name, line in _variables(tree):
            found.append(f"{path.relative_to(root)}:{line}: {name} is kept")
    return found


def submissions(root: Path) -> list[str]:
    """Return each call that sends a task from a module which is no dispatch."""
    return [
        f"{path.relative_to(root)}:{call.lineno}: {_called(call)}"
        for path in sorted((root / "arena").rglob("*.py"))
        if "dispatch" not in path.relative_to(root).with_suffix("").parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _called(call) in SENDING
    ]


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_set(call: ast.Call) -> bool:
    """Return whether this is Python's own ``set``, not that of Redis."""
    return isinstance(call.func, ast.Name) and call.func.id == "set"


def _variables(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield what a module keeps that is no constant, by its name in small letters."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if (
                isinstance(target, ast.Name)
                and target.id not in {"log", "__all__"}
                and (target.id.strip("_").islower())
            ):
                yield target.id, node.lineno


def _modules(root: Path, name: str) -> Iterator[Path]:
    """Yield the modules of that name in all apps, be they files or folders."""
    for app in sorted((root / "arena").iterdir()):
        yield from [path for path in [app / f"{name}.py"] if path.exists()]
        yield from sorted((app / name).rglob("*.py"))


def _url_namespaces(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (root / "arena").glob("*/urls.py"):
        if name := re.search(r'^app_name = "(\w+)"', path.read_text(), re.M):
            found[f"{name[1]}:"] = path.parent.name
    return found


def task_names(root: Path) -> dict[str, str]:
    """Return the tasks of the site, by name, with the app that each is in."""
    found: dict[str, str] = {}
    for path in _modules(root, "tasks"):
        app = path.relative_to(root / "arena").parts[0]
        found |= dict.fromkeys(re.findall(r'name="([\w.]+)"', path.read_text()), app)
    return found


def _names(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield what may be a name: its app, where it stands, and the name itself."""
    for path in sorted((root / "arena").rglob("*.py")):
        inside = path.relative_to(root / "arena").parts
        if len(inside) > 1 and not _OUTSIDE & set(inside):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield inside[0], f"{path.relative_to(root)}:{node.lineno}", node.value
    for path in sorted((root / "templates").glob("*/*.html")):
        for name in re.findall(r"{% url [\"']([\w:-]+)", path.read_text()):
            yield path.parent.name, str(path.relative_to(root)), name
