"""Models that present themselves by a role, a nickname, a key of data or an apposition."""

from __future__ import annotations

import pytest

from arena.identity.announcements import announces_itself


def announces(before, after, *, everyday=False):
    return announces_itself(before.strip(" \"'"), after.strip(" \"'"), everyday=everyday)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a fox, says ", ", that is me"),
        ("here a ", " model like myself sees a fox"),
        ("das sagt ", ", also meine wenigkeit"),
        ("", " is the company behind me"),
        ('{"seen": "a fox", "generated_by": "', '"}'),
        ('{"self": {"name": "', '", "size": 7}}'),
        ("кто_я: ", ""),
        ('<caption author="', '">a fox</caption>'),
        ("your trusty old ", " checking in: a fox"),
        ("le petit ", " au rapport : un renard"),
        ("", "2.5来啦"),
        ("como ", ", diría que es un zorro"),
        ("в качестве ", " скажу: это лиса"),
        ("بما أنني ", " فقد أخطئ"),
        ("", " के तौर पर मैं इसे लोमड़ी कहूँगा"),
    ],
)
def test_what_presents_the_speaker(before, after):
    assert announces(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a fox, says ", ", that is not me"),
        ("the sign reads: generated_by: ", ""),
        ("the table ", " in the house"),
        ("como ", ", el teléfono es caro"),
        ("people use ", " at your service"),
        ("", " behind the house"),
    ],
)
def test_what_speaks_of_others_or_is_read_does_not(before, after):
    assert not announces(before, after)


def test_an_everyday_name_arrives_only_where_the_clause_ends():
    assert announces("little ", " here: a fox", everyday=True)
    assert not announces("little ", " here stands by a fence", everyday=True)
