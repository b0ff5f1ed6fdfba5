"""Every column that can hold something of a person is in the register of arena.privacy.

If this fails for a column of yours: add it to arena/privacy/register.py with the rule by which the
erasure of a battle treats it, or its table to NOT_ABOUT_PEOPLE.
"""

from __future__ import annotations

from django.apps import apps
from django.db import models

from arena.battles.models import Battle, Image
from arena.privacy import register
from arena.privacy.register import ErasureRule
from arena.privacy.words import WORDS
from arena.voters.models import Voter

PERSONAL = (models.FileField, models.GenericIPAddressField, models.EmailField)
WORDED = (models.TextField, models.JSONField, models.BinaryField, models.UUIDField)
LIBRARIES = {"axes.accessattemptexpiration", "auth.group_permissions"}


def is_personal(field):
    """A file, an address, or a key to a person, a picture or an account."""
    if field.is_relation:
        return field.related_model in (Voter, Image, apps.get_model("auth.user"))
    return isinstance(field, PERSONAL)


def is_worded(field):
    """A column that takes whatever somebody writes."""
    free = isinstance(field, models.CharField) and not field.choices
    return isinstance(field, WORDED) or free


def candidates(model):
    label = model._meta.label_lower
    for field in model._meta.local_concrete_fields:
        if is_personal(field) or (is_worded(field) and label not in register.NOT_ABOUT_PEOPLE):
            yield label, field.name


def test_every_column_that_can_hold_something_of_a_person_is_in_the_register():
    listed = {(column.model, column.name) for column in register.columns()}
    found = {
        one for model in apps.get_models(include_auto_created=True) for one in candidates(model)
    }
    assert sorted(found - listed) == []


def test_a_new_column_of_each_kind_would_be_found():
    class Letter(models.Model):
        words = models.TextField()
        sender = models.ForeignKey(Voter, models.CASCADE, related_name="+")
        scan = models.ForeignKey(Image, models.CASCADE, related_name="+")
        kind = models.CharField(max_length=1, choices=[("a", "A")])

        class Meta:
            app_label = "privacy"
            managed = False

    try:
        assert {name for _, name in candidates(Letter)} == {"words", "sender", "scan"}
    finally:
        del apps.all_models["privacy"]["letter"]
        apps.clear_cache()


def leads_to(column, lookup):
    """The model that a lookup leads to, step by step."""
    model = column.table
    for step in lookup.split("__"):
        model = model if step == "pk" else model._meta.get_field(step).related_model
    return model


def test_columns_exist_and_their_lookups_lead_to_battles_and_voters():
    for column in register.columns():
        field = column.table._meta.get_field(column.name)
        assert not column.battle or leads_to(column, column.battle) is Battle, column
        assert not column.voter or leads_to(column, column.voter) is Voter, column
        assert column.rule is ErasureRule.STAY or column.battle, column
        assert (column.rule is ErasureRule.PICTURE) == (field.related_model is Image), column


def test_every_kind_is_described_and_none_twice():
    keys = [kind.key for kind in register.REGISTER]
    assert keys == list(WORDS)
