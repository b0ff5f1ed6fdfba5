""".env.example lists each variable that the programs read, and no other."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from subprocess import run
from unittest.mock import patch

from inference_worker import settings as worker
from inference_worker.wire.environment import Environment
from tests.architecture.sources import ROOT

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


@cache
def read_by_site():
    """Every variable that the site's settings ask for, whatever the values are."""
    told = {"DATABASE_URL": "postgres://a:b@c/d", "ARENA_SECRET_KEY": "x"}
    code = (
        "import json; from arena.config import settings; from arena.config.env import env;"
        " print(json.dumps(sorted(env.names)))"
    )
    return frozenset(json.loads(printed_by(code, told)))


@cache
def read_by_worker():
    """Every variable that the worker's settings ask for."""
    asked = set()

    class Noted(Environment):
        def check(self):
            asked.update(self.names)

    with patch.object(worker, "Environment", Noted):
        worker.read()
    return frozenset(asked)


def printed_by(code, told):
    """What a program prints that runs in the repository with these variables alone."""
    environment = {"PATH": os.environ["PATH"], **told}
    command = [sys.executable, "-c", code]
    done = run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


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
    told = {"ARENA_SECRET_KEY": "x", **told}
    return json.loads(printed_by(code, told).replace(f"{ROOT}/", ""))


def test_every_variable_is_listed_once():
    assert sorted(listed()) == sorted(set(listed()))


def test_what_is_listed_is_what_is_read():
    assert set(listed()) == read_by_site() | read_by_worker() | FOR_COMMANDS | FOR_COMPOSE


def test_the_site_has_the_defaults_that_are_listed():
    told = {name: value for name, value in defaults().items() if name != "ARENA_SECRET_KEY"}
    address = {"REDIS_URL": told["REDIS_URL"]}  # else that of a demo which runs in this tree
    assert settings_of_site(told) == settings_of_site(address)


def test_the_worker_has_the_defaults_that_are_listed():
    told = {"REDIS_URL": defaults()["REDIS_URL"], "ARENA_WORKER_NAME": "w"}
    with patch.dict(os.environ, defaults() | told, clear=True):
        listed = worker.read()
    with patch.dict(os.environ, told, clear=True):
        assert listed == worker.read()


def test_every_variable_has_a_word_on_what_it_does():
    blocks = re.split(r"\n\n+", (ROOT / ".env.example").read_text())
    with_rows = [block for block in blocks if re.search(r"^#?[A-Z][A-Z0-9_]+=", block, re.M)]
    assert [block for block in with_rows if not re.search(r"^# \S", block, re.M)] == []
