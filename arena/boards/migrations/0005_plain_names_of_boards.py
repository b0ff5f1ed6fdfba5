"""Boards that still have the name which an earlier release gave them get the plain one."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAMES = {
    "equal-style": ("At equal style", "Style taken out"),
    "by-voter": ("Errors by voter", "Careful with frequent voters"),
}


def rename(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Leave a name alone that an operator has given."""
    board = apps.get_model("boards", "Board")
    for slug, (old, new) in NAMES.items():
        board._default_manager.filter(slug=slug, name=old).update(name=new)


class Migration(migrations.Migration):
    dependencies = [("boards", "0004_boards_of_one_source")]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop, elidable=True)]
