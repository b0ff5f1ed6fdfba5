"""The page says what the register and the settings say."""

from __future__ import annotations

from arena.config.settings import LANGUAGES
from arena.privacy.register import REGISTER
from arena.privacy.selectors import battles_named
from arena.privacy.words import WORDS
from arena.reveal.models import SharedBattle
from tests.factories import make_battle

PAGE = "/privacy/"


def test_it_names_every_kind_of_data_and_the_durations_in_force(client, settings):
    settings.CONTENT_DAYS, settings.PICTURE_HOURS = 45.0, 36.0
    text = client.get(PAGE).content.decode()
    assert all(f'id="stored-{kind.key}"' in text for kind in REGISTER)
    assert "45 days" in text
    assert "36 hours" in text
    assert "%(" not in text


def test_it_names_what_stands_beside_a_vote_in_each_language(client):
    english = str(WORDS["votes"].what)
    assert "before on that day" in english
    assert "your account" in english
    said = {code: client.get(PAGE, headers={"accept-language": code}) for code, _ in LANGUAGES}
    told = {code: english in answer.content.decode() for code, answer in said.items()}
    assert [code for code, alike in told.items() if alike] == ["en"]


def test_it_names_the_operator_or_says_that_nobody_did(client, settings):
    assert b"has not said who they are" in client.get(PAGE).content
    settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "Lab <One>", "privacy@example.org"
    settings.TERMS_URL = "javascript:alert(1)"
    text = client.get(PAGE).content.decode()
    assert "Lab &lt;One&gt;" in text
    assert 'href="mailto:privacy@example.org"' in text
    assert "javascript:" not in text


def test_battles_are_found_in_whatever_somebody_pasted():
    first, second = make_battle(), make_battle()
    text = f"please: https://arena.example/battles/{first.public_id}/ and ({second.public_id}), no"
    assert battles_named(text + first.public_id.upper()) == [first, second]
    token = SharedBattle.objects.create(battle=second, wording="1").token
    link = f"my face: https://arena.example/shared/{token}/images/0 "
    assert battles_named(link + text) == [second, first]
