"""Stored votes learn what they compared, and those outside the ledger get their row."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery


def fill(apps, schema_editor):
    Generation = apps.get_model('battles', 'Generation')
    Vote = apps.get_model('battles', 'Vote')
    UnfoldedVote = apps.get_model('battles', 'UnfoldedVote')
    answers = Generation.objects.filter(turn__battle=OuterRef('battle')).order_by('turn__number')

    def version(side):
        return Subquery(answers.filter(side=side).values('version')[:1])

    Vote.objects.update(
        version_a=version('a'),
        version_b=version('b'),
        betrayed=Exists(answers.filter(betrays=True)),
    )
    waiting = Vote.objects.filter(folded=False).values_list('pk', flat=True).iterator()
    UnfoldedVote.objects.bulk_create((UnfoldedVote(vote_id=pk) for pk in waiting), batch_size=1000)


def empty(apps, schema_editor):
    Vote = apps.get_model('battles', 'Vote')
    UnfoldedVote = apps.get_model('battles', 'UnfoldedVote')
    waiting = UnfoldedVote.objects.filter(vote=OuterRef('pk'))
    Vote.objects.update(folded=~Exists(waiting))


class Migration(migrations.Migration):

    dependencies = [
        ('battles', '0002_versions_on_the_vote'),
    ]

    operations = [migrations.RunPython(fill, empty)]
