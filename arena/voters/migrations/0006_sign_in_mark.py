from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("voters", "0005_account_since")]

    operations = [
        migrations.AddField(
            model_name="voter",
            name="sign_in_mark",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
    ]
