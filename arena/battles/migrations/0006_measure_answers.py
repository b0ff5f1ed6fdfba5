"""Answers that ended earlier get the counts that new ones get when they end."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from arena.battles.style import AnswerStyle, measure

BATCH = 1000


def measure_all(apps: Any, schema_editor: Any) -> None:
    generations = apps.get_model("battles", "Generation").objects
    pending = generations.filter(state="ended", length=None).exclude(text="").order_by("pk")
    while rows := list(pending.only("text")[:BATCH]):
        for row in rows:
            for name, count in measure(row.text)._asdict().items():
                setattr(row, name, count)
        generations.bulk_update(rows, AnswerStyle._fields)


class Migration(migrations.Migration):
    dependencies = [("battles", "0005_style_of_answers")]

    operations = [migrations.RunPython(measure_all, migrations.RunPython.noop, elidable=True)]
