"""Answers of manage.py before anything is installed: help, version, unknown commands.

It uses the standard library only, as everything that runs before the installation.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
HELP, VERSION = {"-h", "--help"}, {"--version", "version"}
DATABASE_OPTION = "--database="
DATABASES = ("sqlite", "postgresql")
_DJANGO_COMMANDS = """
changepassword check collectstatic compilemessages createcachetable createsuperuser dbshell
diffsettings dumpdata findstatic flush help inspectdb loaddata makemessages makemigrations
migrate optimizemigration remove_stale_contenttypes runserver runworker sendtestemail shell
showmigrations sqlflush sqlmigrate sqlsequencereset squashmigrations startapp startproject
testserver clearsessions addstatictoken axes_list_attempts axes_reset axes_reset_failure_logs
axes_reset_ip axes_reset_ip_username axes_reset_logs axes_reset_username export_openapi_schema
"""
DJANGO_COMMANDS = frozenset(_DJANGO_COMMANDS.split())
"""The commands of Django and of the libraries; nobody can be asked for them yet."""


def version() -> str:
    """Return the version of these sources, which pyproject.toml states."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def answer(argv: Sequence[str], *, installed: bool) -> None:
    """Print what `argv` asks for and exit, where that needs nothing installed; else return.

    Exits with status 2 for options and with 1 for a command that can't be understood.
    """
    command, words = (argv[1], argv[2:]) if len(argv) > 1 else ("help", [])
    if command in VERSION and not words:
        _say(f"Vision Arena {version()}")
    if command == "help" and words:
        command, words = words[0], ["--help"]
    if command == "demo":
        demo_options().parse_args(words)
    if command == "test":
        # Everything else is pytest's, whose own help is another command's.
        if HELP & set(words):
            _say(f"{_about('test')}\npytest's own options: .venv/bin/pytest --help")
        test_databases(words)
    if not installed and (command in {"help", *HELP} or HELP & set(words)):
        _say(_about(command))
    if not installed and command not in DJANGO_COMMANDS | set(_commands()):
        near = difflib.get_close_matches(command, [*_commands(), *DJANGO_COMMANDS], n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        sys.exit(f"Unknown command: {command!r}.{hint} `manage.py help` lists all.")


def demo_options() -> argparse.ArgumentParser:
    """Return the parser of what follows `manage.py demo`."""
    parser = argparse.ArgumentParser("manage.py demo", description="Start the whole arena here.")
    parser.add_argument("--port", type=int, default=8000, help="where the site listens")
    parser.add_argument("--data", type=Path, help="the folder that keeps the state")
    parser.add_argument(
        "--reload", action="store_true", help="start the site again when its sources change"
    )
    parser.add_argument(
        "--with",
        dest="models",
        action="append",
        default=[],
        metavar="MODEL",
        help="also fetch and add a model: a ready card such as smolvlm, or a Hub id",
    )
    return parser


def test_databases(words: Sequence[str]) -> list[str]:
    """Return the databases that `manage.py test` was asked for; exits for an unknown one."""
    names = [w.removeprefix(DATABASE_OPTION) for w in words if w.startswith(DATABASE_OPTION)]
    if unknown := sorted(set(names) - set(DATABASES)):
        sys.exit(f"{DATABASE_OPTION}{unknown[0]}: the tests run on {' or '.join(DATABASES)}.")
    return names


def _say(text: str) -> NoReturn:
    sys.stdout.write(f"{text}\n")
    sys.exit()


def _about(command: str) -> str:
    files = _commands()
    if command in files:
        return f"usage: manage.py {command} [options]\n\n{_help_of(files[command])}"
    lines = [f"  {name:<16} {_help_of(file)}" for name, file in sorted(files.items())]
    return "\n".join(
        [
            "usage: manage.py COMMAND [options]",
            "",
            *lines,
            "",
            "Nothing is installed yet, so these are described without their options, and Django's",
            "own commands are missing. `python3 manage.py demo` installs what they need.",
        ]
    )


def _commands() -> dict[str, Path]:
    files = ROOT.glob("arena/*/management/commands/*.py")
    return {file.stem: file for file in files if file.stem != "__init__"}


def _help_of(file: Path) -> str:
    """The text that the command's class has for it, read without importing the class."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "help":
            return str(ast.literal_eval(node.value))
    return ""
