"""Stored entries get their day, and what counts is counted in cells, too.

Labels did not exist yet: all that is there counts as not labelled.
"""

import datetime

from django.db import migrations
from django.db.models import Case, IntegerField, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import TruncDate


def fill(apps, schema_editor):
    LabelSet = apps.get_model('labels', 'LabelSet')
    Vote = apps.get_model('battles', 'Vote')
    LedgerEntry = apps.get_model('leaderboard', 'LedgerEntry')
    Cell = apps.get_model('leaderboard', 'Cell')
    if not LedgerEntry.objects.exists():
        return
    none, _ = LabelSet.objects.get_or_create(language='', category='', preset=False)
    day = TruncDate('created_at', tzinfo=datetime.UTC)
    votes = Vote.objects.filter(pk=OuterRef('vote_id')).values(utc=day)
    LedgerEntry.objects.update(day=Subquery(votes), labels=none)
    sign = Case(When(kind='exclusion', then=Value(-1)), default=Value(1), output_field=IntegerField())
    keys = ('labels_id', 'day', 'card_a_id', 'card_b_id', 'outcome')
    cells = LedgerEntry.objects.order_by().values(*keys).annotate(votes=Sum(sign)).iterator()
    Cell.objects.bulk_create((Cell(**cell) for cell in cells), batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('leaderboard', '0002_labels_days_and_sources'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
