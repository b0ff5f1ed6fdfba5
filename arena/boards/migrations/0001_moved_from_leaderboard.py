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
                    name='Board',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(unique=True, verbose_name='slug')),
                        ('name', models.CharField(max_length=100, verbose_name='name')),
                        ('method', models.CharField(default='bradley_terry', max_length=50, verbose_name='method')),
                        ('parameters', models.JSONField(blank=True, default=dict, verbose_name='parameters of the method')),
                        ('seed', models.PositiveIntegerField(default=0, verbose_name='seed')),
                        ('category', models.CharField(blank=True, max_length=20, verbose_name='category')),
                        ('language', models.CharField(blank=True, max_length=12, verbose_name='language')),
                        ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='last days')),
                        ('without_presets', models.BooleanField(default=False, verbose_name='without sample pictures')),
                        ('by_voter', models.BooleanField(default=False, verbose_name='errors clustered by voter')),
                        ('active', models.BooleanField(default=True, verbose_name='active')),
                        ('position', models.IntegerField(default=0, verbose_name='position')),
                    ],
                    options={
                        'verbose_name': 'board',
                        'verbose_name_plural': 'boards',
                        'db_table': 'leaderboard_board',
                        'ordering': ['position', 'slug'],
                    },
                ),
                migrations.CreateModel(
                    name='Snapshot',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('ledger_number', models.PositiveBigIntegerField(verbose_name='up to ledger entry')),
                        ('ledger_hash', models.CharField(max_length=64, verbose_name='hash of that entry')),
                        ('method', models.CharField(max_length=50, verbose_name='method')),
                        ('parameters', models.JSONField(verbose_name='parameters')),
                        ('seed', models.PositiveIntegerField(verbose_name='seed')),
                        ('filter', models.JSONField(default=dict, verbose_name='filter')),
                        ('code_version', models.CharField(max_length=50, verbose_name='version of the arena')),
                        ('body', models.TextField(verbose_name='body')),
                        ('etag', models.CharField(max_length=64, verbose_name='SHA-256 of the body')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='computed')),
                        ('board', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='boards.board', verbose_name='board')),
                    ],
                    options={
                        'verbose_name': 'snapshot',
                        'verbose_name_plural': 'snapshots',
                        'db_table': 'leaderboard_snapshot',
                        'ordering': ['-id'],
                        'get_latest_by': 'id',
                        'indexes': [models.Index(fields=['board', '-id'], name='leaderboard_snapshot_latest'), models.Index(condition=models.Q(('body', ''), _negated=True), fields=['board', '-id'], name='leaderboard_snapshot_text')],
                    },
                ),
            ],
        ),
    ]
