"""Rows that are written once."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

_Row = TypeVar("_Row", bound=models.Model)


class AppendOnlyRows(models.QuerySet[Any]):
    """Rows that refuse in bulk what ``AppendOnly`` refuses for one row."""

    def update(self, **kwargs: Any) -> int:
        """Raise ValueError, since rows of this table are never changed or deleted."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise ValueError, since rows of this table are never changed or deleted."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be deleted.")


class AppendOnlyManager(models.Manager[_Row]):
    """The manager of models that are written once."""

    def get_queryset(self) -> models.QuerySet[_Row]:
        """Return rows that can neither be changed nor deleted in bulk."""
        return AppendOnlyRows(self.model, using=self._db)


class AppendOnly(models.Model):
    """A row that is written once, never changed and never deleted (invariant 8)."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is stored already."""
        if not self._state.adding:
            raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise ValueError, since rows of this table are never changed or deleted."""
        raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be deleted.")
