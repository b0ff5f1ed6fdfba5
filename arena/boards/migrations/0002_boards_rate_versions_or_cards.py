"""Boards that are there go on rating cards, so that their old snapshots keep their bytes."""

from django.db import migrations, models


def stay_on_cards(apps, schema_editor):
    apps.get_model('boards', 'Board').objects.update(rates='cards')


class Migration(migrations.Migration):

    dependencies = [
        ('boards', '0001_moved_from_leaderboard'),
        ('leaderboard', '0009_tables_go_to_ledger_and_boards'),
    ]

    operations = [
        migrations.AddField(
            model_name='board',
            name='rates',
            field=models.CharField(choices=[('versions', 'each version of a model by itself'), ('cards', 'models, over all their versions')], db_default='cards', default='versions', max_length=10, verbose_name='rates'),
        ),
        migrations.RunPython(stay_on_cards, migrations.RunPython.noop),
    ]
