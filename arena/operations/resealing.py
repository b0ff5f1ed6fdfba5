"""Sealing every stored secret anew with the newest key, so that an older one can be dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet

from arena.catalog.models import ModelVersion
from arena.operations.models import SealedCode, SealedKey
from arena.operations.sealing import account_keys
from inference_worker.wire import sealed


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A stored secret: its row, its ciphertext, and the keys that may open it, newest first.

    `name` says in the admin's words whose secret it is.
    """

    model: type[Model]
    pk: Any
    field: str
    ciphertext: str
    name: str
    keys: Sequence[str]

    @property
    def is_readable(self) -> bool:
        """Return whether one of the keys opens it."""
        return sealed.is_sealed_with(self.ciphertext, keys=self.keys)

    @property
    def is_current(self) -> bool:
        """Return whether the newest key opens it."""
        return sealed.is_sealed_with(self.ciphertext, keys=self.keys[:1])

    def reseal(self) -> bool:
        """Store the secret under the newest key; return False where the row has changed meanwhile.

        Raises BrokenSeal where no key opens it.
        """
        anew = sealed.reseal(self.ciphertext, keys=self.keys)
        # A version is immutable, and stays so: the secret and its endpoint are the same.
        rows: QuerySet[Any] = self.model._default_manager.filter(
            pk=self.pk, **{self.field: self.ciphertext}
        )
        return bool(rows.update(**{self.field: anew}))


def stored_secrets() -> Iterator[SealedSecret]:
    """Yield every stored secret: keys of endpoints, then second factors of accounts."""
    endpoint_keys, keys = tuple(settings.SEALING_KEYS), tuple(account_keys())
    versions = ModelVersion.objects.exclude(sealed_key="").select_related("card").order_by("pk")
    for version in versions.iterator():
        name = f"the endpoint key of {version}"
        yield SealedSecret(
            ModelVersion, version.pk, "sealed_key", version.sealed_key, name, endpoint_keys
        )
    for model in (SealedKey, SealedCode):
        rows: QuerySet[Any] = model.objects.select_related("device__user").order_by("pk")
        for row in rows.iterator():
            name = f"the second factor of {row.device.user}"
            yield SealedSecret(model, row.pk, "ciphertext", row.ciphertext, name, keys)


def unreadable_secrets(secrets: Iterable[SealedSecret]) -> list[str]:
    """Return the names of the secrets that no key opens, each once, in order."""
    return list(dict.fromkeys(one.name for one in secrets if not one.is_readable))
