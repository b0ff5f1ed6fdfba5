"""The group of those who read is called as its role is, in an arena that has it already."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def rename(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("auth", "Group").objects
    if not groups.filter(name="Viewers").exists():
        groups.filter(name="Readers").update(name="Viewers")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("operations", "0003_audit_log_and_external_accounts"),
    ]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
