"""The models leave Django's state of this app: see the first migrations of `ledger` and `boards`.

Content types follow, and with them the permissions that groups and accounts have, and the admin's
log. They are renamed, not made anew, so that whoever was allowed something still is.
"""

from django.db import migrations

MOVED = {
    'board': 'boards',
    'snapshot': 'boards',
    'cell': 'ledger',
    'ledgerentry': 'ledger',
    'paircount': 'ledger',
    'recount': 'ledger',
    'repair': 'ledger',
}


def rename(apps, schema_editor, model, old, new):
    types = apps.get_model('contenttypes', 'ContentType').objects.using(schema_editor.connection.alias)
    if not types.filter(app_label=new, model=model).exists():
        types.filter(app_label=old, model=model).update(app_label=new)


def follow(apps, schema_editor):
    for model, app in MOVED.items():
        rename(apps, schema_editor, model, 'leaderboard', app)


def lead_back(apps, schema_editor):
    for model, app in MOVED.items():
        rename(apps, schema_editor, model, app, 'leaderboard')


class Migration(migrations.Migration):

    dependencies = [
        ('boards', '0001_moved_from_leaderboard'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('leaderboard', '0008_one_line'),
        ('ledger', '0001_moved_from_leaderboard'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='Snapshot'),
                migrations.DeleteModel(name='Board'),
                migrations.DeleteModel(name='Cell'),
                migrations.DeleteModel(name='LedgerEntry'),
                migrations.DeleteModel(name='PairCount'),
                migrations.DeleteModel(name='Recount'),
                migrations.DeleteModel(name='Repair'),
            ],
        ),
        migrations.RunPython(follow, lead_back),
    ]
