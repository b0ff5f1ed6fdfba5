"""`manage.py publish`: publish an export now, in the place of the settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena.datasets.states import PublicationState
from arena.publications.services.publishing import ENDLESS, publish


class Command(BaseCommand):
    """Does at once, in one step, what the beat has done on a schedule and in short ones."""

    help = "Publish an export in the folder or bucket of ARENA_PUBLICATION_PLACE."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PUBLICATION_PLACE:
            raise CommandError("ARENA_PUBLICATION_PLACE says nowhere to publish.")
        publication = publish(at_once=True, patience=ENDLESS)
        if publication is None:
            raise CommandError("Another process is publishing.")
        if publication.state != PublicationState.PUBLISHED:
            raise CommandError(f"{publication.name} is not published: {publication.problem}")
        self.stdout.write(
            f"{publication.name} is published: {publication.votes} votes,"
            f" {publication.battles} battles, {publication.files} files."
        )
