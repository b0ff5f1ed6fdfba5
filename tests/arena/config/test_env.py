"""What can't be understood stops the start with its name."""

from __future__ import annotations

import stat
import threading

import pytest

from arena.config.env import SiteEnvironment, settings_in_use
from inference_worker.wire.endpoints import read_exemption
from inference_worker.wire.environment import BadEnvironment, read_fernet_key

NAME = "ARENA_TRIED"


@pytest.fixture
def env():
    return SiteEnvironment()


@pytest.fixture
def value(monkeypatch):
    """Set the variable, or unset it."""
    monkeypatch.delenv(NAME, raising=False)
    return lambda value: monkeypatch.setenv(NAME, value)


@pytest.mark.parametrize(
    ("read", "nonsense"),
    [
        (lambda env: env.flag(NAME, default=True), "perhaps"),
        (lambda env: env.flag(NAME, default=True), "2"),
        (lambda env: env.integer(NAME, 1), "one"),
        (lambda env: env.integer(NAME, 1), "1.5"),
        (lambda env: env.integer(NAME, 1), "-1"),
        (lambda env: env.integer(NAME, 5, least=2), "1"),
        (lambda env: env.decimal(NAME, 1.0), "half"),
        (lambda env: env.decimal(NAME, 1.0), "nan"),
        (lambda env: env.decimal(NAME, 1.0), "inf"),
        (lambda env: env.decimal(NAME, 1.0), "-0.1"),
        (lambda env: env.decimal(NAME, 0.5, most=1.0), "70"),
        (lambda env: env.one_of(NAME, "a", ("a", "b")), "c"),
        (lambda env: env.rate(NAME, "1/minute"), "often"),
        (lambda env: env.rate(NAME, "1/minute"), "1 per fortnight"),
        (lambda env: env.url(NAME, "redis://x", ("redis",)), "banana"),
        (lambda env: env.url(NAME, "redis://x", ("redis",)), "redis://host:port/0"),
        (lambda env: env.url(NAME, "redis://x", ("redis",)), "redis://[host/0"),
        (lambda env: env.listing(NAME, check=read_exemption), "gpu.lan,http://gpu.lan:8000"),
        (lambda env: env.listing(NAME, check=read_fernet_key), "short"),
        (lambda env: env.listing(NAME, check=read_fernet_key), f"{'8' * 43}=,{'8' * 44}"),
        (lambda env: env.token(NAME), "fifteen-letters"),
        (lambda env: env.token(NAME), "sixteen letters, and blanks"),
        (lambda env: env.token(NAME), "sechzehn-und-ein-ü"),
    ],
)
def test_nonsense_is_refused_with_the_variables_name(env, value, read, nonsense):
    value(nonsense)
    read(env)
    with pytest.raises(BadEnvironment, match=NAME):
        env.check()


def test_a_sealing_key_that_seals_nothing_is_refused_without_a_repetition(env, monkeypatch):
    monkeypatch.setenv("ARENA_SEALING_KEY", f"{'8' * 43}=")
    assert env.sealing_keys() == [f"{'8' * 43}="]
    monkeypatch.setenv("ARENA_SEALING_KEY", "hunter2")
    env.sealing_keys()
    with pytest.raises(BadEnvironment, match="ARENA_SEALING_KEY takes keys of 32") as refused:
        env.check()
    assert "hunter2" not in str(refused.value)


def test_a_folder_without_room_for_secret_and_database_is_named(env, monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    env.secret("ARENA_KEPT", folder / "secret-key")
    env.database_url(f"sqlite:///{folder}/arena.sqlite3")
    with pytest.raises(BadEnvironment) as refused:
        env.check()
    assert str(refused.value).splitlines()[1:] == [
        f"ARENA_KEPT can't be kept in {folder}/secret-key: Not a directory.",
        f"DATABASE_URL names a SQLite file in {folder}, which is no folder that can be written.",
    ]


def test_the_folder_of_the_databases_default_is_made_and_no_other(env, monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    default = f"sqlite:///{tmp_path}/a/arena.sqlite3"
    assert env.database_url(default) == default
    assert (tmp_path / "a").is_dir()
    env.check()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/b/arena.sqlite3")
    env.database_url(default)
    assert not (tmp_path / "b").exists()
    with pytest.raises(BadEnvironment, match="DATABASE_URL"):
        env.check()


def test_all_that_is_wrong_is_named_at_once(env, monkeypatch):
    told = {"FIRST": "one", "SECOND": "banana", "THIRD": "3", "FIFTH_FILE": "/nowhere/at/all"}
    for name, text in told.items():
        monkeypatch.setenv(f"ARENA_{name}", text)
    assert env.integer("ARENA_FIRST", 7) == 7
    assert env.url("ARENA_SECOND", "redis://x", ("redis",)) == "redis://x"
    assert env.integer("ARENA_THIRD", 0) == 3
    env.text("ARENA_FOURTH")
    env.text("ARENA_FIFTH", "x")
    with pytest.raises(BadEnvironment) as refused:
        env.check()
    lines = str(refused.value).splitlines()[1:]
    assert [line.split()[0] for line in lines] == [
        f"ARENA_{name}" for name in ("FIFTH", "FIRST", "FOURTH", "SECOND")
    ]
    assert "'one'" in lines[1]
    assert "not set" in lines[2]


def test_a_refused_address_does_not_repeat_its_password(env, value):
    value("mysql://user:hunter2@db/x")
    env.url(NAME, "", ("sqlite",))
    with pytest.raises(BadEnvironment) as refused:
        env.check()
    assert "hunter2" not in str(refused.value)


def test_a_refused_token_is_not_repeated(env, value):
    value("hunter2")
    env.token(NAME)
    with pytest.raises(BadEnvironment) as refused:
        env.check()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("read", "given", "understood"),
    [
        (lambda env: env.flag(NAME, default=False), " Yes ", True),
        (lambda env: env.flag(NAME, default=True), "off", False),
        (lambda env: env.integer(NAME, 1), " 12 ", 12),
        (lambda env: env.integer(NAME, 5, least=2), "2", 2),
        (lambda env: env.decimal(NAME, 1.0), "0.25", 0.25),
        (lambda env: env.decimal(NAME, 0.5, most=1.0), "1", 1.0),
        (lambda env: env.listing(NAME), " a, b ,,c", ["a", "b", "c"]),
        (lambda env: env.one_of(NAME, "a", ("a", "b")), "b", "b"),
        (lambda env: env.rate(NAME, "1/minute"), "20/minute", "20/minute"),
        (lambda env: env.url(NAME, "", ("redis",)), "redis://h/1", "redis://h/1"),
        (lambda env: env.text(NAME), "x", "x"),
        (lambda env: env.token(NAME), "sixteen-letters!", "sixteen-letters!"),
        (lambda env: env.token(NAME), "", ""),
    ],
)
def test_sense_is_understood(env, value, read, given, understood):
    value(given)
    assert read(env) == understood
    env.check()


UNSET = pytest.mark.parametrize(
    ("read", "default"),
    [
        (lambda env: env.flag(NAME, default=True), True),
        (lambda env: env.integer(NAME, 7), 7),
        (lambda env: env.decimal(NAME, 0.5), 0.5),
        (lambda env: env.listing(NAME, "a,b"), ["a", "b"]),
        (lambda env: env.text(NAME, "x"), "x"),
        (lambda env: env.token(NAME), ""),
    ],
)


@UNSET
def test_an_unset_variable_has_its_default(env, value, read, default):
    assert read(env) == default


@UNSET
def test_an_empty_variable_counts_as_not_set(env, value, read, default):
    value(" ")
    assert read(env) == default
    env.check()


def test_a_variable_without_a_default_has_to_be_set(env, value):
    env.text(NAME)
    with pytest.raises(BadEnvironment, match=f"{NAME} is not set"):
        env.check()


def test_a_value_may_stand_in_a_file(env, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.text(NAME) == env.secret(NAME, tmp_path / "other") == "from a file"


def test_a_file_that_is_not_there_stops_the_start(env, monkeypatch, tmp_path):
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "absent"))
    env.text(NAME)
    with pytest.raises(BadEnvironment, match=f"{NAME}_FILE"):
        env.check()


def test_a_secret_is_made_once_and_kept(env, value, tmp_path):
    file = tmp_path / "folder" / "key"
    first = env.secret(NAME, file)
    assert len(first) >= 50
    assert env.secret(NAME, file) == first


def test_a_secret_file_is_its_owners_alone(env, value, tmp_path):
    env.secret(NAME, tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_folder_that_is_made_for_a_secret_is_its_owners_alone(env, value, tmp_path):
    env.secret(NAME, tmp_path / "state" / "key")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_variable_wins_over_the_kept_secret(env, value, tmp_path):
    env.secret(NAME, tmp_path / "key")
    value("given")
    assert env.secret(NAME, tmp_path / "key") == "given"


def test_what_a_demo_has_written_down_is_read_but_for_what_is_set_here(tmp_path, monkeypatch):
    file = tmp_path / "note"
    assert settings_in_use(file) == {}
    file.write_text("A=1=2\nB=3\nC=4\n\nspoilt\n")
    monkeypatch.setenv("B", "own")
    monkeypatch.setenv("C_FILE", "/own")
    assert settings_in_use(file) == {"A": "1=2"}


def test_programs_that_start_together_agree_on_the_secret(value, tmp_path):
    made, start = [], threading.Barrier(8)

    def read():
        start.wait()
        made.append(SiteEnvironment().secret(NAME, tmp_path / "key"))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert made[0]
