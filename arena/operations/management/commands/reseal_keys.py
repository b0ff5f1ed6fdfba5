"""`manage.py reseal_keys`: seal every stored secret with the newest key of ARENA_SEALING_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from arena.operations.resealing import SealedSecret, stored_secrets, unreadable_secrets
from arena.operations.sealing import BrokenSeal

_NAMED = 10


class Command(BaseCommand):
    """Rows are stored one by one: a run that is interrupted is simply started again."""

    help = (
        "Seal every stored secret (keys of endpoints, second factors) with the first key of "
        "ARENA_SEALING_KEY. Afterwards the other keys can be dropped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument(
            "--leave-unreadable",
            action="store_true",
            help="reseal the others although no key opens some",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            secrets = list(stored_secrets())
            unreadable = unreadable_secrets(secrets)
            if unreadable and not options["leave_unreadable"]:
                raise CommandError(missing_key_sentence(unreadable))
            old = [one for one in secrets if one.is_readable and not one.is_current]
            current = sum(one.is_current for one in secrets)
            self.stdout.write(f"{len(secrets)} secrets, {current} under the newest key already.")
            if options["dry_run"]:
                self.stdout.write(f"{len(old)} would be sealed anew. Nothing was changed.")
                return
            self.stdout.write(f"{reseal_with_bar(old)} sealed anew.")
            found = [one for one in stored_secrets() if not one.is_current and one.is_readable]
            left = [one.name for one in found]
            if left:
                raise CommandError(
                    f"{len(left)} are not under the newest key: {_listed(left)}. "
                    "Restart every process of the site with the new key first, then run this again."
                )
            if unreadable:
                self.stdout.write(f"No key opens {_listed(unreadable)}: left as they are.")
            self.stdout.write(
                "All others are under the newest key."
                if unreadable
                else "All are under the newest key. Once every worker has it, the other keys can"
                " be dropped; only backups from before need them."
            )
        except BrokenSeal as error:
            raise CommandError(f"Nothing was changed: {error}.") from error


def reseal_with_bar(secrets: list[SealedSecret]) -> int:
    """Reseal the secrets behind a bar on terminals; return how many rows were changed."""
    console = Console(stderr=True)
    done = 0
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for secret in progress.track(secrets, description="Sealing"):
            done += secret.reseal()
    return done


def missing_key_sentence(names: list[str]) -> str:
    return (
        f"{len(names)} can't be opened with any key of ARENA_SEALING_KEY: {_listed(names)}. "
        "Put the key that sealed them behind the newest one, separated by a comma. If it is lost, "
        "enter the endpoints' keys as new versions and turn the second factors on anew; "
        "--leave-unreadable reseals the others. Nothing was changed."
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
