"""No export holds anything of voters, keys, networks, or of what nobody agreed to publish."""

from __future__ import annotations

import io

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from PIL import Image as Picture

from arena.battles.models import Battle, Generation, Image, Turn
from arena.battles.states import BattleState
from arena.catalog.models import ModelVersion
from arena.datasets.services.exporting import ExportOptions, export
from arena.ledger.services.exclusions import exclude
from arena.ledger.services.folding import fold
from arena.voters.models import Voter
from tests.factories import (
    make_battle,
    make_card,
    make_image,
    make_models,
    make_version,
    make_vote,
    make_voter,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


def picture(shade):
    out = io.BytesIO()
    Picture.new("RGB", (3, 3), (shade, 0, 0)).save(out, "PNG")
    return out.getvalue()


def tell(battle, words, shade):
    """Give the battle a prompt, answers and a picture that can be looked for."""
    image = make_image(picture(shade))
    Turn.objects.filter(battle=battle).update(prompt=f"Prompt {words}", image=image)
    for side in "ab":
        answers = Generation.objects.filter(turn__battle=battle, side=side)
        answers.update(text=f"Answer {side} {words}", worker="worker-room-17", fence="FENCESECRET")
    return [f"Prompt {words}", f"Answer a {words}", f"Answer b {words}"], image


@pytest.fixture
def secrets(models_with_keys):
    """Everything that must not be found, by what it is; the one battle that may be is `public`."""
    first, second = models_with_keys
    agreed = make_voter(publish=True, network="bucket-agreed", consent_at=timezone.now())
    silent = make_voter(publish=False, network="bucket-silent")
    public = make_vote(first, second, "a", voter=agreed, publish=True).battle
    words, public_image = tell(public, "of the public battle", 1)
    refused = {
        "no consent": make_vote(first, second, "b", voter=silent).battle,
        "not voted": make_battle(first, second, voter=agreed, publish=True),
        "expired": make_battle(
            first, second, voter=agreed, publish=True, state=BattleState.EXPIRED
        ),
        "erased": make_vote(first, second, "tie", voter=agreed, publish=True).battle,
        "picture gone": make_vote(first, second, "tie", voter=agreed, publish=True).battle,
        "outside the ledger": None,
    }
    found = {}
    for shade, (name, battle) in enumerate(refused.items(), start=10):
        if battle is not None:
            found[name], image = tell(battle, f"of one with {name}", shade)
            found[f"picture of one with {name}"] = [image.digest, picture(shade)]
            found[f"address of one with {name}"] = [battle.public_id]
    Generation.objects.filter(turn__battle=refused["erased"], side="a").update(text="")
    Image.objects.filter(turns__battle=refused["picture gone"]).update(removed_at=timezone.now())
    fold()
    exclude(votes=[public.vote.pk], reason="operator", by="operator-jane")
    late = make_vote(first, second, "a", voter=agreed, publish=True).battle
    found["outside the ledger"], _ = tell(late, "of one outside the ledger", 30)
    found["address"] = [public.public_id]
    found["operator"] = ["operator-jane"]
    found["network"] = list(Voter.objects.exclude(network="").values_list("network", flat=True))
    found["voter"] = [
        form
        for pk in Voter.objects.values_list("pk", flat=True)
        for form in (str(pk), pk.hex, pk.bytes)
    ]
    found["worker"] = ["worker-room-17", "FENCESECRET"]
    found["endpoint"] = ["http://10.11.12.13", "SEALEDKEY", "sk-in-options", "/srv/weights"]
    return {"public": [*words, public_image.digest], "secret": found}


@pytest.fixture
def models_with_keys():
    (first,) = make_models("open-model")
    ModelVersion.objects.filter(pk=first.pk).update(source="/srv/weights/open-model")
    remote = make_version(
        make_card("remote-model"),
        backend="openai",
        source="vendor/model-name",
        base_url="http://10.11.12.13:8000/v1",
        sealed_key="SEALEDKEY",
        options='{"extra_body": {"api_key": "sk-in-options"}}',
    )
    return first, remote


def everything_in(folder):
    """The bytes of each file, those of Parquet with each column unpacked."""
    for path in sorted(folder.rglob("*")):
        yield path.relative_to(folder).as_posix().encode()
        if path.is_file():
            yield path.read_bytes()
        if path.suffix == ".parquet":
            yield from (
                value if isinstance(value, bytes) else str(value).encode()
                for row in pq.read_table(path).to_pylist()
                for value in leaves(row)
            )


def leaves(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif value is not None:
        yield value


def test_nothing_that_nobody_agreed_to_is_in_an_export(secrets, tmp_path):
    export(tmp_path / "out", ExportOptions())
    data = b"\0".join(everything_in(tmp_path / "out"))
    missing = [one for one in secrets["public"] if one.encode() not in data]
    assert missing == []
    leaked = {
        name: one
        for name, values in secrets["secret"].items()
        for one in values
        if (one if isinstance(one, bytes) else one.encode()) in data
    }
    assert leaked == {}


def test_the_scan_finds_what_is_there(secrets, tmp_path):
    """A battle whose voter agrees after all is found by the same search."""
    Battle.objects.filter(vote__isnull=False).update(publish=True)
    export(tmp_path / "out", ExportOptions())
    data = b"\0".join(everything_in(tmp_path / "out"))
    for name in ("no consent", "picture of one with no consent"):
        values = secrets["secret"][name]
        assert all((one if isinstance(one, bytes) else one.encode()) in data for one in values)
