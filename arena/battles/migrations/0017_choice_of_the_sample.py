from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('battles', '0016_moderation'),
    ]

    operations = [
        migrations.AddField(
            model_name='turn',
            name='sample_stratum',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='stratum of the sample'),
        ),
        migrations.AddField(
            model_name='turn',
            name='picture_probability',
            field=models.FloatField(blank=True, null=True, verbose_name='probability of the picture'),
        ),
        migrations.AddField(
            model_name='turn',
            name='picture_candidates',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='pictures to choose from'),
        ),
    ]
