"""Migrations give way to votes."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from arena.operations import migrating

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def polite(monkeypatch):
    """A quick lock timeout, and the connection as it was afterwards."""
    options = dict(connection.settings_dict["OPTIONS"])
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 0.0)
    yield
    connection.close()
    connection.settings_dict["OPTIONS"] = options


if connection.vendor == "postgresql":

    @pytest.fixture
    def held():
        """Another connection keeps a table; returns what lets go of it."""
        address = connection.get_connection_params()
        own = {name: address[name] for name in ("dbname", "user", "host")}
        with psycopg.connect(**own) as other:
            other.execute("LOCK TABLE voters_voter IN ACCESS SHARE MODE")
            yield other.rollback

    def alter():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE voters_voter ADD COLUMN tried int")
            cursor.execute("ALTER TABLE voters_voter DROP COLUMN tried")

    def test_it_comes_back_when_the_table_is_free(held, polite, monkeypatch):
        said = []
        monkeypatch.setattr(migrating, "call_command", lambda *_, **__: alter())

        def say(line):
            said.append(line)
            held()

        migrating.migrate(attempts=5, say=say)
        assert said == ["A table is in use; trying again (1 of 5)."]

    def test_it_gives_up_in_the_end(held, polite, monkeypatch):
        monkeypatch.setattr(migrating, "call_command", lambda *_, **__: alter())
        with pytest.raises(OperationalError, match="lock timeout"):
            migrating.migrate(attempts=2, say=lambda _: None)

    def test_another_fault_is_not_tried_again(polite, monkeypatch):
        tried = []

        def fail(*_, **__):
            tried.append(1)
            raise OperationalError("no space")

        monkeypatch.setattr(migrating, "call_command", fail)
        with pytest.raises(OperationalError, match="no space"):
            migrating.migrate(attempts=5, say=lambda _: None)
        assert len(tried) == 1


def test_an_upgrade_of_what_is_current_changes_nothing(polite, capsys):
    call_command("upgrade")
    assert "No migrations to apply." in capsys.readouterr().out
