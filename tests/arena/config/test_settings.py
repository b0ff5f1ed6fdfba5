"""Settings that hold the site together."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command

from arena.config import celery_app


def started_with(**variables):
    """What a program says that starts under these variables."""
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "arena.config.settings", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "ARENA_RATE_VOTES", "ARENA_PACING"])
def test_nonsense_in_the_environment_stops_the_start(name):
    program = started_with(**{name: "banana"})
    assert program.returncode == 1
    assert name in program.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "program",
    [
        (str(settings.BASE_DIR / "manage.py"), "doctor"),
        ("-m", "celery", "-A", "arena.config.celery", "beat"),
        ("-m", "uvicorn", "--port", "0", "arena.config.asgi:application"),
        ("-m", "celery", "-A", "inference_worker.celery_app", "worker"),
    ],
)
def test_a_program_says_one_sentence_and_ends(program):
    ended = subprocess.run(
        [sys.executable, *program],
        env={**os.environ, "ARENA_LOG_LEVEL": "banana"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    said = ended.stderr.splitlines()
    assert said[0] == "The environment can't be understood:"
    assert [line.split()[0] for line in said[1:]] == ["ARENA_LOG_LEVEL"]


def test_terms_that_nobody_can_read_are_asked_of_nobody():
    program = started_with(ARENA_TERMS_VERSION="1", ARENA_TERMS_URL="javascript:alert(1)")
    assert "ARENA_TERMS_URL has to be a web page" in program.stderr


def test_a_public_site_over_https_passes_the_deployment_check(tmp_path):
    program = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "arena.config.settings",
            "ARENA_HTTPS": "1",
            "ARENA_SECRET_KEY": "Lw2mGz6Hq9Xr4Vt8Yb3Nc7Kd5Js1Pf0-Aa_Ee-Oo_Uu-Zz_Qq2Ww4",
            "ARENA_ALLOWED_HOSTS": "arena.example",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr


@pytest.mark.parametrize("directive", ["script-src", "style-src", "connect-src", "default-src"])
def test_no_policy_lets_inline_code_or_eval_in(directive):
    allowed = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"][directive]
    assert not [word for word in allowed if "unsafe" in word or "*" in word or "http" in word]


@pytest.mark.django_db
def test_migrations_are_current():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_only_json_is_taken_from_the_broker():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]


def test_every_scheduled_task_exists():
    celery_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(celery_app.tasks)
