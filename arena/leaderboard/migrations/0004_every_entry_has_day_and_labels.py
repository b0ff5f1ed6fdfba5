import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labels', '0001_initial'),
        ('leaderboard', '0003_fill_days_and_cells'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ledgerentry',
            name='day',
            field=models.DateField(verbose_name='day'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='labels',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labels.labelset', verbose_name='labels'),
        ),
    ]
