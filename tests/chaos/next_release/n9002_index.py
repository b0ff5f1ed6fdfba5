"""An index that is built beside the votes, and the check of what stands there."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("battles", "n9001_columns")]
    operations = [
        AddIndexConcurrently("vote", models.Index(fields=["choice"], name="battles_vote_choice")),
        ValidateConstraint("vote", "battles_vote_noted"),
    ]
