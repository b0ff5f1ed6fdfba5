""".env.example lists each variable that the programs read, and no other."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from subprocess import run

from inference_worker.settings import read
from tests.architecture.sources import ROOT

READERS = {
    "address",
    "text",
    "flag",
    "integer",
    "decimal",
    "rate",
    "listing",
    "one_of",
    "secret",
    "token",
    "_parse",
    "get",
}
FOR_COMMANDS = {
    "ARENA_BOOTSTRAP",
    "ARENA_TEST_DATABASE",
    "HF_ENDPOINT",
    "HF_HOME",
    "HF_TOKEN",
    "OMP_NUM_THREADS",
}
"""Read by the two commands, or by libraries."""
FOR_ACCESS = {
    *("ARENA_REDIS_PASSWORD", "ARENA_REDIS_WORKER_PASSWORD", "ARENA_REDIS_OPERATOR_PASSWORD")
}
"""Read by what writes the accounts of Redis."""
FOR_COMPOSE = {
    "ARENA_ALERT_WEBHOOK_FILE",
    "ARENA_BACKUP_FOLDER",
    "ARENA_BACKUP_KEEP",
    "ARENA_BACKUP_SECONDS",
    "ARENA_HTTPS_PORT",
    "ARENA_HTTP_PORT",
    "ARENA_PROXY",
    "ARENA_WORKER_CPUS",
    "POSTGRES_PASSWORD",
    "ARENA_WORKER_REDIS_URL",
    *FOR_ACCESS,
}
"""Read by docker-compose.yml alone."""


def read_by(path):
    """The upper-case names that a module's reading functions are called with."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Call) and name_of(node.func) in READERS:
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            found |= {word for word in words[:1] if re.fullmatch(r"[A-Z][A-Z_]+", str(word))}
    return found


def read_by_site():
    names = ("settings", "accounts", "budgets")
    return set().union(*(read_by(f"arena/config/{name}.py") for name in names))


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def listed():
    text = (ROOT / ".env.example").read_text()
    return re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.M)


def defaults():
    """What the rows of the file would set, were their # taken away."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", text, re.M))


def settings_of_site(told):
    """The site's settings as another process reads them, by name; words for people left out."""
    code = (
        "import json; from arena.config import settings; print(json.dumps({name: repr(value)"
        " for name, value in vars(settings).items() if name.isupper() and name != 'LANGUAGES'}))"
    )
    environment = {"ARENA_SECRET_KEY": "x", "PATH": os.environ["PATH"], **told}
    command = [sys.executable, "-c", code]
    done = run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.replace(f"{ROOT}/", ""))


def test_every_variable_is_listed_once():
    assert sorted(listed()) == sorted(set(listed()))


def test_what_is_listed_is_what_is_read():
    read = read_by_site() | read_by("inference_worker/settings.py")
    assert set(listed()) == read | FOR_COMMANDS | FOR_COMPOSE


def test_the_site_has_the_defaults_that_are_listed():
    told = {name: value for name, value in defaults().items() if name != "ARENA_SECRET_KEY"}
    address = {"REDIS_URL": told["REDIS_URL"]}  # else that of a demo which runs in this tree
    assert settings_of_site(told) == settings_of_site(address)


def test_the_worker_has_the_defaults_that_are_listed():
    address = {"REDIS_URL": defaults()["REDIS_URL"]}
    told = {"ARENA_WORKER_NAME": "w"}
    assert read(defaults() | told) == read(address | told)


def test_every_variable_has_a_word_on_what_it_does():
    blocks = re.split(r"\n\n+", (ROOT / ".env.example").read_text())
    with_rows = [block for block in blocks if re.search(r"^#?[A-Z][A-Z0-9_]+=", block, re.M)]
    assert [block for block in with_rows if not re.search(r"^# \S", block, re.M)] == []
