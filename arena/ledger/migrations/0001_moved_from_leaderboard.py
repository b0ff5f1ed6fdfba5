"""These models stood in the app leaderboard until 0.1.0. Their tables keep the names that they were
made under, so only Django's state moves: nothing is locked, copied or rebuilt."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('leaderboard', '0008_one_line'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Recount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='recounted')),
                        ('ledger_number', models.PositiveBigIntegerField(verbose_name='up to ledger entry')),
                        ('findings', models.JSONField(default=list, verbose_name='what is wrong')),
                    ],
                    options={
                        'verbose_name': 'recount',
                        'verbose_name_plural': 'recounts',
                        'db_table': 'leaderboard_recount',
                        'ordering': ['-id'],
                        'get_latest_by': 'id',
                    },
                ),
                migrations.CreateModel(
                    name='Repair',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='repaired')),
                        ('ledger_number', models.PositiveBigIntegerField(verbose_name='up to ledger entry')),
                    ],
                    options={
                        'verbose_name': 'repair of the counts',
                        'verbose_name_plural': 'repairs of the counts',
                        'db_table': 'leaderboard_repair',
                    },
                ),
                migrations.CreateModel(
                    name='Cell',
                    fields=[
                        ('pk', models.CompositePrimaryKey('labels', 'day', 'card_a', 'card_b', 'outcome', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('day', models.DateField(verbose_name='day')),
                        ('outcome', models.PositiveSmallIntegerField(choices=[(0, 'A is better'), (1, 'B is better'), (2, 'Both are good'), (3, 'Both are bad')], verbose_name='outcome')),
                        ('votes', models.BigIntegerField(default=0, verbose_name='votes')),
                        ('card_a', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelcard', verbose_name='model A')),
                        ('card_b', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelcard', verbose_name='model B')),
                        ('labels', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labels.labelset', verbose_name='labels')),
                    ],
                    options={
                        'verbose_name': 'cell',
                        'verbose_name_plural': 'cells',
                        'db_table': 'leaderboard_cell',
                    },
                ),
                migrations.CreateModel(
                    name='LedgerEntry',
                    fields=[
                        ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                        ('kind', models.CharField(choices=[('vote', 'vote'), ('exclusion', 'exclusion'), ('restoration', 'restoration')], max_length=12, verbose_name='kind')),
                        ('source', models.CharField(blank=True, max_length=40, verbose_name='source')),
                        ('source_key', models.BigIntegerField(blank=True, null=True, verbose_name='number in its source')),
                        ('outcome', models.PositiveSmallIntegerField(choices=[(0, 'A is better'), (1, 'B is better'), (2, 'Both are good'), (3, 'Both are bad')], verbose_name='outcome')),
                        ('reason', models.CharField(blank=True, choices=[('betrayed', 'an answer named its model'), ('operator', 'by decision of an operator'), ('integrity', "the voter's votes look wrong"), ('source', 'the source it was imported from'), ('relabelled', 'its labels were changed')], max_length=20, verbose_name='reason')),
                        ('day', models.DateField(verbose_name='day')),
                        ('hash', models.CharField(max_length=64, verbose_name='hash')),
                        ('by', models.CharField(blank=True, max_length=150, verbose_name='by')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='entered')),
                        ('card_a', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelcard', verbose_name='model A')),
                        ('card_b', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelcard', verbose_name='model B')),
                        ('labels', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labels.labelset', verbose_name='labels')),
                        ('vote', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='battles.vote', verbose_name='vote')),
                    ],
                    options={
                        'verbose_name': 'ledger entry',
                        'verbose_name_plural': 'ledger entries',
                        'db_table': 'leaderboard_ledgerentry',
                        'ordering': ['-number'],
                        'indexes': [models.Index(condition=models.Q(('kind', 'vote'), _negated=True), fields=['-number'], name='leaderboard_entry_decisions'), models.Index(condition=models.Q(models.Q(('kind', 'vote'), _negated=True), ('vote__isnull', False)), fields=['vote', 'number'], name='leaderboard_entry_later'), models.Index(condition=models.Q(models.Q(('kind', 'vote'), _negated=True), ('vote__isnull', True)), fields=['source', 'source_key', 'number'], name='leaderboard_entry_import_later')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'vote'), ('vote__isnull', False)), fields=('vote',), name='leaderboard_entry_vote_once'), models.UniqueConstraint(condition=models.Q(('kind', 'vote'), ('vote__isnull', True)), fields=('source', 'source_key'), name='leaderboard_entry_import_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='leaderboard_entry_counts_from_one'), models.CheckConstraint(condition=models.Q(('kind__in', ['vote', 'exclusion', 'restoration'])), name='leaderboard_entry_kind_known'), models.CheckConstraint(condition=models.Q(('outcome__in', [0, 1, 2, 3])), name='leaderboard_entry_outcome_known'), models.CheckConstraint(condition=models.Q(models.Q(('source', ''), ('source_key__isnull', True), ('vote__isnull', False)), models.Q(('source_key__isnull', False), ('vote__isnull', True), models.Q(('source', ''), _negated=True)), _connector='OR'), name='leaderboard_entry_own_or_imported'), models.CheckConstraint(condition=models.Q(('source__contains', '\n'), ('reason__contains', '\n'), _connector='OR', _negated=True), name='leaderboard_entry_one_line')],
                    },
                ),
                migrations.CreateModel(
                    name='PairCount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('outcome', models.PositiveSmallIntegerField(choices=[(0, 'A is better'), (1, 'B is better'), (2, 'Both are good'), (3, 'Both are bad')], verbose_name='outcome')),
                        ('votes', models.BigIntegerField(default=0, verbose_name='votes')),
                        ('card_a', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='counts_a', to='catalog.modelcard', verbose_name='model A')),
                        ('card_b', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='counts_b', to='catalog.modelcard', verbose_name='model B')),
                    ],
                    options={
                        'verbose_name': 'pair count',
                        'verbose_name_plural': 'pair counts',
                        'db_table': 'leaderboard_paircount',
                        'constraints': [models.UniqueConstraint(fields=('card_a', 'card_b', 'outcome'), name='leaderboard_count_once'), models.CheckConstraint(condition=models.Q(('card_a', models.F('card_b')), _negated=True), name='leaderboard_count_two_models'), models.CheckConstraint(condition=models.Q(('outcome__in', [0, 1, 2, 3])), name='leaderboard_count_outcome_known')],
                    },
                ),
            ],
        ),
    ]
