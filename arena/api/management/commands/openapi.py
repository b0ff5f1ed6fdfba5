"""`manage.py openapi`: the API's description, as `docs/openapi-v1.json` keeps it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from arena.api import views


class Command(BaseCommand):
    """Write the description of the API to the standard output."""

    help = "Print the OpenAPI document of the public API."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(views.schema(), indent=2, ensure_ascii=False))
