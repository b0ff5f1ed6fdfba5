"""Say of the votes of cases that are there which carry the evidence, and which stand excluded."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("integrity", "CaseVote").objects
    held = apps.get_model("integrity", "HeldVote").objects
    rows.filter(case__status="excluded").update(excluded=True)
    rows.exclude(case__kind="drift").update(carries=True)
    # A drift case that was decided kept no note of them: all its votes stay as they were.
    for case, vote in held.filter(carries=True).values_list("case", "vote").iterator():
        rows.filter(case=case, vote=vote).update(carries=True)


class Migration(migrations.Migration):
    dependencies = [("integrity", "0004_votes_that_carry_evidence")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
