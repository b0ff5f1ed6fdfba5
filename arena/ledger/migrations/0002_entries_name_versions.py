"""Entries name both model versions, and counts are kept per version, in tables of their own.

What the release before entered stays as it is. Its tables of counts stay, too, so that it can run
beside this one; a later release drops them. The new counts are filled from the ledger by the first
who takes its lock.
"""

import django.db.models.deletion
from django.db import migrations, models


def leave_room(apps, schema_editor):
    """Counts are updated again and again: PostgreSQL does that in the same page, past all indexes,
    where it finds room there."""
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('ALTER TABLE ledger_paircount SET (fillfactor = 50)')
        schema_editor.execute('ALTER TABLE ledger_cell SET (fillfactor = 90)')


OUTCOMES = [(0, 'A is better'), (1, 'B is better'), (2, 'Both are good'), (3, 'Both are bad')]


def version(label, **options):
    given = {'db_index': False, 'related_name': '+', **options}
    return models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.modelversion', verbose_name=label, **given)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_one_line'),
        ('leaderboard', '0009_tables_go_to_ledger_and_boards'),
        ('ledger', '0001_moved_from_leaderboard'),
    ]

    operations = [
        # Out of the way for as long as columns come, and on the way back go: on SQLite, Django
        # can't drop a column beside a constraint that lists numbers.
        migrations.RemoveConstraint(
            model_name='ledgerentry',
            name='leaderboard_entry_outcome_known',
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='version_a',
            field=version('version A', null=True, blank=True),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='version_b',
            field=version('version B', null=True, blank=True),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('version_a__isnull', True), ('version_b__isnull', True)), models.Q(('version_a__isnull', False), ('version_b__isnull', False)), _connector='OR'), name='ledger_entry_both_versions'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', [0, 1, 2, 3])), name='leaderboard_entry_outcome_known'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='PairCount'),
                migrations.DeleteModel(name='Cell'),
            ],
        ),
        migrations.CreateModel(
            name='CountedEntries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(verbose_name='up to ledger entry')),
            ],
            options={
                'verbose_name': 'counted entries',
                'verbose_name_plural': 'counted entries',
            },
        ),
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('pk', models.CompositePrimaryKey('labels', 'day', 'version_a', 'version_b', 'outcome', blank=True, editable=False, primary_key=True, serialize=False)),
                ('labels', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labels.labelset', verbose_name='labels')),
                ('day', models.DateField(verbose_name='day')),
                ('version_a', version('version A')),
                ('version_b', version('version B')),
                ('outcome', models.PositiveSmallIntegerField(choices=OUTCOMES, verbose_name='outcome')),
                ('votes', models.BigIntegerField(default=0, verbose_name='votes')),
            ],
            options={
                'verbose_name': 'cell',
                'verbose_name_plural': 'cells',
            },
        ),
        migrations.CreateModel(
            name='PairCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version_a', version('version A', related_name='counts_a')),
                ('version_b', version('version B', related_name='counts_b', db_index=True)),
                ('outcome', models.PositiveSmallIntegerField(choices=OUTCOMES, verbose_name='outcome')),
                ('votes', models.BigIntegerField(default=0, verbose_name='votes')),
            ],
            options={
                'verbose_name': 'pair count',
                'verbose_name_plural': 'pair counts',
                'constraints': [models.UniqueConstraint(fields=('version_a', 'version_b', 'outcome'), name='ledger_count_once'), models.CheckConstraint(condition=models.Q(('version_a', models.F('version_b')), _negated=True), name='ledger_count_two_models'), models.CheckConstraint(condition=models.Q(('outcome__in', [0, 1, 2, 3])), name='ledger_count_outcome_known')],
            },
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
