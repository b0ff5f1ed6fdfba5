import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('battles', '0003_fill_versions_on_the_vote'),
    ]

    operations = [
        migrations.AlterField(
            model_name='vote',
            name='version_a',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelversion', verbose_name='model A'),
        ),
        migrations.AlterField(
            model_name='vote',
            name='version_b',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelversion', verbose_name='model B'),
        ),
        migrations.RemoveIndex(
            model_name='vote',
            name='battles_vote_unfolded',
        ),
        migrations.RemoveField(
            model_name='vote',
            name='folded',
        ),
    ]
