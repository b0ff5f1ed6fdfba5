"""Seals the keys of apps and the codes on paper that were stored in the clear.

The rows of devices stay, each with a new random key that nobody has: a release from before that
still runs goes on asking for a code, and accepts none. Backups made before hold the old secrets.
"""

from django.db import migrations
from django_otp.plugins.otp_totp.models import default_key

from arena.operations.sealing import seal


def seal_what_is_there(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":  # else the old bytes stay in the file
        schema_editor.execute("PRAGMA secure_delete = ON")
    app_device = apps.get_model("otp_totp", "TOTPDevice")
    sealed_key = apps.get_model("operations", "SealedKey")
    for device in app_device.objects.filter(sealed_key__isnull=True):
        ciphertext = seal(device.key, account=device.user_id)
        sealed_key.objects.create(device=device, ciphertext=ciphertext)
        device.key = default_key()
        device.save(update_fields=["key"])
    paper_code = apps.get_model("otp_static", "StaticToken")
    sealed_code = apps.get_model("operations", "SealedCode")
    for code in paper_code.objects.select_related("device"):
        ciphertext = seal(code.token, account=code.device.user_id)
        sealed_code.objects.create(device=code.device, ciphertext=ciphertext)
    paper_code.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_sealed_second_factors")]

    operations = [migrations.RunPython(seal_what_is_there, migrations.RunPython.noop, elidable=False)]
