"""`manage.py onboard`: from a Hub id, an address or a folder to a model that answers."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.catalog.models import ModelCard
from arena.catalog.services import activate
from arena.catalog.states import ProbeResult
from arena.core.errors import DomainError
from arena.onboarding import services
from arena.onboarding.hub.folders import FolderElsewhere, copy_folder
from arena.onboarding.services import ModelProposal
from arena.probes.management.commands.probe import await_probe


class Command(BaseCommand):
    """Adds the card, waits for the worker's word, and activates where that is asked for."""

    help = "Add a model by Hub id, endpoint, folder or ready card, and have a worker try it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "place", help="owner/name[@commit], https://host/v1, /folder, or a name"
        )
        parser.add_argument("--activate", action="store_true", help="draw it once it has answered")
        parser.add_argument(
            "--copy",
            action="store_true",
            help="copy a folder into the first of ARENA_MODEL_DIRS, where the worker may read it",
        )
        parser.add_argument("--name", help="of the card, in place of the one that was found")
        parser.add_argument("--slug", help="of the card, in place of the one made of its name")
        parser.add_argument("--queue", help="the workers that answer for it")
        parser.add_argument("--model", help="the model's name at an endpoint")
        parser.add_argument("--backend", help="the protocol that an endpoint speaks")
        parser.add_argument(
            "--key-from",
            metavar="VARIABLE",
            help="the environment variable with the endpoint's key",
        )
        parser.add_argument(
            "--wait", type=int, default=1800, help="seconds to wait for the worker at most"
        )
        parser.add_argument("--plan", action="store_true", help="say what would be added, no more")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proposal = _changed(services.propose(_place(options)), options)
            self.stdout.write(describe(proposal))
            twin = services.stored_twin(proposal.recipe)
            if twin is not None:
                _refuse_changes(twin.card, options)
                self.stdout.write(f"It is there already, as {twin.card.name} ({twin.card.slug}).")
            if options["plan"]:
                return
            version = twin or services.onboard(proposal)
            await_probe(version, options["wait"], cast(IO[str], self.stdout._out))
            if version.probe != ProbeResult.PASSED:
                raise CommandError(
                    f"{version.card.name} does not answer; its card stays as a draft."
                )
            if options["activate"]:
                activate(card=version.card)
        except FolderElsewhere as error:
            raise CommandError(f"{error.message} With --copy this command does that.") from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        done = "It is in the draw." if options["activate"] else "Activate it in the admin."
        self.stdout.write(f"{version.card.name} ({version.card.slug}) answers. {done}")


def _place(options: dict[str, Any]) -> str:
    """Return the place, as an absolute path where it is a folder; a folder is copied first where
    that is asked for. Raises FolderProblem."""
    place: str = options["place"]
    if place.startswith(("./", "../", "~")):
        place = str(Path(place).expanduser().absolute())
    if options["copy"] and not options["plan"] and place.startswith("/"):
        place = str(copy_folder(Path(place)))
    return place


def _refuse_changes(card: ModelCard, options: dict[str, Any]) -> None:
    """Raise CommandError where the command line wants a stored card to have other words."""
    given = {name: options[name] for name in ("name", "slug", "queue") if options[name]}
    other = [f"--{name}" for name, value in given.items() if getattr(card, name) != value]
    if other:
        named = " and ".join(other)
        raise CommandError(
            f"This model is there already, as {card.name} ({card.slug}), and {named} would change"
            f" its card. Change that in the admin, or leave {named} out to have it tried again."
        )


def _changed(proposal: ModelProposal, options: dict[str, Any]) -> ModelProposal:
    """Return the proposal with what the command line says over what was found."""
    card = {name: options[name] for name in ("name", "slug", "queue") if options[name]}
    recipe = proposal.recipe
    if options["model"]:
        if not recipe.base_url:
            raise CommandError("--model names a model at an endpoint.")
        recipe = replace(recipe, source=options["model"])
    if options["backend"]:
        recipe = replace(recipe, backend=options["backend"])
    if variable := options["key_from"]:
        if not os.environ.get(variable):
            raise CommandError(f"{variable} is not set.")
        if not settings.SEALING_KEYS:
            raise CommandError("Set ARENA_SEALING_KEY first: keys are stored sealed.")
        recipe = replace(recipe, key=os.environ[variable])
    named = {**proposal.card, **card}
    if recipe.base_url and recipe.source:
        named["name"] = named["name"] or recipe.source
        named["slug"] = named["slug"] or services.free_slug(recipe.source)
        return replace(proposal, card=named, recipe=recipe, incomplete="")
    return replace(proposal, card=named, recipe=recipe)


def describe(proposal: ModelProposal) -> str:
    """Return what would be added, one fact a line."""
    size = proposal.facts.get("download_mb")
    rows = {
        "Model": proposal.card.get("name"),
        "Source": proposal.recipe.source,
        "Revision": proposal.recipe.revision,
        "Endpoint": proposal.recipe.base_url,
        "Licence": proposal.card.get("license"),
        "Commercial use": proposal.facts.get("commercial_use"),
        "Parameters": proposal.card.get("parameters"),
        "Picture": proposal.facts.get("image_resolution"),
        "Languages": proposal.facts.get("languages"),
        "Download": f"{size:,} MB" if size else "",
    }
    return "\n".join(f"{name + ':':<16} {value}" for name, value in rows.items() if value)
