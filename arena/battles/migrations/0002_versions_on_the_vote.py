import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('battles', '0001_initial'),
        ('catalog', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnfoldedVote',
            fields=[
                ('vote', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='unfolded', serialize=False, to='battles.vote', verbose_name='vote')),
            ],
            options={
                'verbose_name': 'vote outside the ledger',
                'verbose_name_plural': 'votes outside the ledger',
            },
        ),
        migrations.AddField(
            model_name='vote',
            name='betrayed',
            field=models.BooleanField(default=False, verbose_name='an answer named its model'),
        ),
        migrations.AddField(
            model_name='vote',
            name='version_a',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelversion', verbose_name='model A'),
        ),
        migrations.AddField(
            model_name='vote',
            name='version_b',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.modelversion', verbose_name='model B'),
        ),
    ]
