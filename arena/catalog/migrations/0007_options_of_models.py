import arena.catalog.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0006_options_of_endpoints'),
    ]

    operations = [
        migrations.AlterField(
            model_name='modelversion',
            name='options',
            field=models.TextField(blank=True, db_default='', default='', help_text='JSON. At an endpoint: extra_body, omit, length_parameter, thinks, reasoning_marks, reasoning_from_start, max_images, silence_seconds; left empty, the trial finds out what it can and proposes it. In a worker: prompt_template, max_images, max_turns.', validators=[arena.catalog.models.validate_options], verbose_name='options'),
        ),
    ]
