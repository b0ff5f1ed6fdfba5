"""Take battles whose content was erased before reviews were closed with it out of the queue."""

from django.db import migrations

REASON = "content erased"


def close(apps, schema_editor):
    reviews = apps.get_model("battles", "ModerationReview").objects.filter(
        state="open", battle__erased_at__isnull=False
    )
    decisions = apps.get_model("battles", "ReviewDecision").objects
    keys = list(reviews.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        decisions.create(review_id=key, state="withheld", reason=REASON, by="")
    reviews.filter(pk__in=keys).update(state="withheld")


class Migration(migrations.Migration):
    dependencies = [("battles", "0023_account_days_of_votes")]

    operations = [migrations.RunPython(close, migrations.RunPython.noop)]
