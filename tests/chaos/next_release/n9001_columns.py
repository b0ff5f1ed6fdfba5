"""New columns on the tables that every vote writes, and a constraint that is checked later."""

from __future__ import annotations

from pathlib import Path

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from arena.battles import migrations as present

_NEWEST = max(path.stem for path in Path(present.__path__[0]).glob("0*.py"))


class Migration(migrations.Migration):
    dependencies = [("battles", _NEWEST)]
    operations = [
        migrations.AddField("battle", "noted", models.CharField(max_length=40, null=True)),
        migrations.AddField("vote", "noted", models.IntegerField(db_default=0)),
        AddConstraintNotValid(
            "vote",
            models.CheckConstraint(condition=models.Q(noted__gte=0), name="battles_vote_noted"),
        ),
    ]
