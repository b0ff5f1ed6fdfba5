"""What can't be understood stops the start with its name."""

from __future__ import annotations

import stat
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured

from arena.config import env
from inference_worker.wire.endpoints import exemption

NAME = "ARENA_TRIED"


@pytest.fixture
def value(monkeypatch):
    """Set the variable, or unset it."""
    monkeypatch.delenv(NAME, raising=False)
    return lambda value: monkeypatch.setenv(NAME, value)


@pytest.mark.parametrize(
    ("read", "nonsense"),
    [
        (lambda: env.flag(NAME, default=True), "perhaps"),
        (lambda: env.flag(NAME, default=True), "2"),
        (lambda: env.integer(NAME, 1), "one"),
        (lambda: env.integer(NAME, 1), "1.5"),
        (lambda: env.integer(NAME, 1), ""),
        (lambda: env.integer(NAME, 1), "-1"),
        (lambda: env.integer(NAME, 5, least=2), "1"),
        (lambda: env.decimal(NAME, 1.0), "half"),
        (lambda: env.decimal(NAME, 1.0), "nan"),
        (lambda: env.decimal(NAME, 1.0), "inf"),
        (lambda: env.decimal(NAME, 1.0), "-0.1"),
        (lambda: env.decimal(NAME, 0.5, most=1.0), "70"),
        (lambda: env.one_of(NAME, "a", ("a", "b")), "c"),
        (lambda: env.rate(NAME, "1/minute"), "often"),
        (lambda: env.rate(NAME, "1/minute"), "1 per fortnight"),
        (lambda: env.address(NAME, "redis://x", ("redis",)), "banana"),
        (lambda: env.address(NAME, "redis://x", ("redis",)), ""),
        (lambda: env.listing(NAME, check=exemption), "gpu.lan,http://gpu.lan:8000"),
        (lambda: env.token(NAME), "fifteen-letters"),
        (lambda: env.token(NAME), "sixteen letters, and blanks"),
        (lambda: env.token(NAME), "sechzehn-und-ein-ü"),
    ],
)
def test_nonsense_is_refused_with_the_variables_name(value, read, nonsense):
    value(nonsense)
    with pytest.raises(ImproperlyConfigured, match=NAME):
        read()


def test_a_refused_address_does_not_repeat_its_password(value):
    value("mysql://user:hunter2@db/x")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.address(NAME, "", ("sqlite",))
    assert "hunter2" not in str(refused.value)


def test_a_refused_token_is_not_repeated(value):
    value("hunter2")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.token(NAME)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("read", "given", "understood"),
    [
        (lambda: env.flag(NAME, default=False), " Yes ", True),
        (lambda: env.flag(NAME, default=True), "off", False),
        (lambda: env.integer(NAME, 1), " 12 ", 12),
        (lambda: env.integer(NAME, 5, least=2), "2", 2),
        (lambda: env.decimal(NAME, 1.0), "0.25", 0.25),
        (lambda: env.decimal(NAME, 0.5, most=1.0), "1", 1.0),
        (lambda: env.listing(NAME), " a, b ,,c", ["a", "b", "c"]),
        (lambda: env.one_of(NAME, "a", ("a", "b")), "b", "b"),
        (lambda: env.rate(NAME, "1/minute"), "20/minute", "20/minute"),
        (lambda: env.address(NAME, "", ("redis",)), "redis://h/1", "redis://h/1"),
        (lambda: env.text(NAME), "x", "x"),
        (lambda: env.token(NAME), "sixteen-letters!", "sixteen-letters!"),
        (lambda: env.token(NAME), "", ""),
    ],
)
def test_sense_is_understood(value, read, given, understood):
    value(given)
    assert read() == understood


@pytest.mark.parametrize(
    ("read", "default"),
    [
        (lambda: env.flag(NAME, default=True), True),
        (lambda: env.integer(NAME, 7), 7),
        (lambda: env.decimal(NAME, 0.5), 0.5),
        (lambda: env.listing(NAME, "a,b"), ["a", "b"]),
        (lambda: env.text(NAME, "x"), "x"),
        (lambda: env.token(NAME), ""),
    ],
)
def test_an_unset_variable_has_its_default(value, read, default):
    assert read() == default


def test_a_variable_without_a_default_has_to_be_set(value):
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.text(NAME)


def test_a_value_may_stand_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.text(NAME) == env.secret(NAME, tmp_path / "other") == "from a file"


def test_a_file_that_is_not_there_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.text(NAME)


def test_a_secret_is_made_once_and_kept(value, tmp_path):
    file = tmp_path / "folder" / "key"
    first = env.secret(NAME, file)
    assert len(first) >= 50
    assert env.secret(NAME, file) == first


def test_a_secret_file_is_its_owners_alone(value, tmp_path):
    env.secret(NAME, tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_folder_that_is_made_for_a_secret_is_its_owners_alone(value, tmp_path):
    env.secret(NAME, tmp_path / "state" / "key")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_variable_wins_over_the_kept_secret(value, tmp_path):
    env.secret(NAME, tmp_path / "key")
    value("given")
    assert env.secret(NAME, tmp_path / "key") == "given"


@pytest.mark.parametrize(("text", "found"), [("redis://x\n", "redis://x"), ("", "y"), (None, "y")])
def test_what_is_written_down_goes_before_a_default(tmp_path, text, found):
    if text is not None:
        (tmp_path / "note").write_text(text)
    assert env.written_down(tmp_path / "note", "y") == found


def test_programs_that_start_together_agree_on_the_secret(value, tmp_path):
    made, start = [], threading.Barrier(8)

    def read():
        start.wait()
        made.append(env.secret(NAME, tmp_path / "key"))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert made[0]
