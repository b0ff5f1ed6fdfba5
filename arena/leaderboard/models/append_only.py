"""Rows that are written once."""

from __future__ import annotations

from typing import Any

from django.db import models


class AppendOnlyRows(models.QuerySet[Any]):
    """Refuses in bulk what ``AppendOnly`` refuses for one row."""

    def update(self, **kwargs: Any) -> int:
        """Always raises ValueError."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Always raises ValueError."""
        raise ValueError(f"{self.model._meta.verbose_name_plural} can't be deleted.")


AppendOnlyManager = models.Manager.from_queryset(AppendOnlyRows)


class AppendOnly(models.Model):
    """Written once, never changed, never deleted (invariant 8)."""

    objects = AppendOnlyManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is stored already."""
        if not self._state.adding:
            raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Always raises ValueError."""
        raise ValueError(f"{self._meta.verbose_name} {self.pk} can't be deleted.")
