"""Each card keeps the version that it answers with, and drafts stand where their probes left them.

Before, the newest version that had passed its trial answered, and there were three states. No row
is lost on the way there or back.
"""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Name the version that answered until now; move drafts on by what their trials said."""
    cards = apps.get_model("catalog", "ModelCard").objects.using(schema_editor.connection.alias)
    versions = apps.get_model("catalog", "ModelVersion").objects.using(
        schema_editor.connection.alias
    )
    newest = versions.filter(card=OuterRef("pk"), probe="passed").order_by("-number")
    cards.update(answering_version=Subquery(newest.values("pk")[:1]))
    drafts = cards.filter(state="draft")
    drafts.exclude(answering_version=None).update(state="trial")
    running = versions.filter(probe="running").values("card")
    drafts.filter(answering_version=None, pk__in=running).update(state="probing")


def empty(apps, schema_editor):
    """Name the states as before: what waits for its activation is a draft, what pauses is out."""
    cards = apps.get_model("catalog", "ModelCard").objects.using(schema_editor.connection.alias)
    cards.filter(state__in=["probing", "trial"]).update(state="draft")
    cards.filter(state="paused").update(state="retired")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_states_and_reports"),
    ]

    operations = [
        migrations.RunPython(fill, empty),
    ]
