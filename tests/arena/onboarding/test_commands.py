"""The catalogue's commands: onboard, probe, models, cards."""

from __future__ import annotations

from io import StringIO

import pytest
import yaml
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from arena.catalog.models import CardFacts, ModelCard, ModelVersion
from arena.core.redis import client
from arena.probes import dispatch, services
from inference_worker.wire import presence
from inference_worker.wire.capacity import MemoryBudget
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.sealed import seal
from tests.arena.probes.probing import failed, outcome_of
from tests.factories import make_card, make_version
from tests.hub.making import make_repository

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey_url")]

ENDPOINT = "https://93.184.216.34/v1"


def told(*words, **options):
    out = StringIO()
    call_command(*words, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def answered(monkeypatch):
    """A worker that answers each probe at once; what comes of it can be changed."""
    changes = {}

    def answer(version):
        stored = ModelVersion.objects.get(pk=version.pk)
        services.finish_report(outcome_of(stored, **changes))

    monkeypatch.setattr(dispatch, "begin_probe", answer)
    return changes


class TestOnboard:
    def test_a_model_is_added_tried_and_activated(self, hub, answered):
        make_repository(hub.folder, cardData={"license": "mit"})
        said = told("onboard", "maker/tiny-vlm", "--activate", "--slug", "mine")
        card = ModelCard.objects.get(slug="mine")
        assert card.state == "active"
        for part in ("maker/tiny-vlm", "mit", "1 MB", "It is in the draw."):
            assert part in said

    def test_a_plan_changes_nothing(self, hub):
        make_repository(hub.folder)
        assert "maker/tiny-vlm" in told("onboard", "maker/tiny-vlm", "--plan")
        assert not ModelCard.objects.exists()

    def test_twice_is_once(self, hub, answered):
        make_repository(hub.folder)
        for _ in range(2):
            told("onboard", "maker/tiny-vlm", "--activate")
        assert ModelVersion.objects.count() == 1
        assert ModelCard.objects.get().state == "active"

    def test_another_name_for_what_is_there_already_is_said_not_passed_over(self, hub, answered):
        make_repository(hub.folder)
        told("onboard", "maker/tiny-vlm", "--name", "Mine")
        with pytest.raises(CommandError, match=r"as Mine \(tiny-vlm\), and --name would change"):
            told("onboard", "maker/tiny-vlm", "--name", "Other")
        assert "there already, as Mine" in told("onboard", "maker/tiny-vlm", "--name", "Mine")
        assert ModelVersion.objects.count() == 1

    def test_a_folder_from_elsewhere_is_copied_where_the_worker_reads(
        self, answered, settings, tmp_path, monkeypatch
    ):
        settings.MODEL_DIRS = (tmp_path / "models",)
        (tmp_path / "models").mkdir()
        folder = make_repository(tmp_path / "elsewhere", "my-vlm")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(CommandError, match="--copy"):
            told("onboard", "./elsewhere/my-vlm", "--plan", "--copy")
        told("onboard", str(folder), "--copy", "--activate")
        copy = tmp_path / "models" / "my-vlm"
        assert ModelVersion.objects.get().source == str(copy)
        assert {file.name for file in copy.iterdir()} == {file.name for file in folder.iterdir()}
        with pytest.raises(CommandError, match="exists already"):
            told("onboard", str(folder), "--copy")
        (tmp_path / "empty").mkdir()
        with pytest.raises(CommandError, match=r"no config\.json"):
            told("onboard", str(tmp_path / "empty"), "--copy")

    def test_one_that_does_not_answer_stays_a_draft(self, hub, answered):
        make_repository(hub.folder)
        answered["answers"] = failed("truncated")
        with pytest.raises(CommandError, match="stays as a draft"):
            told("onboard", "maker/tiny-vlm", "--activate")
        assert ModelCard.objects.get().state == "draft"

    def test_a_worker_that_never_comes_is_not_awaited_for_ever(self, hub, monkeypatch):
        monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)
        make_repository(hub.folder)
        with pytest.raises(CommandError, match=r"queue inference: manage\.py doctor"):
            told("onboard", "maker/tiny-vlm", "--wait", "0")

    def test_an_endpoint_takes_its_key_from_the_environment(self, answered, settings, monkeypatch):
        settings.SEALING_KEYS = [Fernet.generate_key().decode()]
        monkeypatch.setenv("MY_KEY", "canary-key")
        words = ("onboard", ENDPOINT, "--model", "some-vlm", "--key-from", "MY_KEY")
        said = told(*words)
        version = ModelVersion.objects.get()
        assert (version.source, version.base_url, version.backend) == (
            *("some-vlm", ENDPOINT, "openai"),
        )
        assert version.sealed_key
        assert version.card.slug == "some-vlm"
        assert "canary" not in said

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("nonsense",), "owner/name"),
            (("maker/none",), "no public model"),
            ((ENDPOINT,), "Choose one of the models"),
            ((ENDPOINT, "--model", "x", "--key-from", "NOT_THERE"), "NOT_THERE is not set"),
            (("http://127.0.0.1:1/v1", "--model", "x"), "must be called over https"),
        ],
    )
    def test_what_cannot_be_added_is_one_sentence(self, hub, words, why):
        with pytest.raises(CommandError, match=why):
            told("onboard", *words)
        assert not ModelCard.objects.exists()


class TestProbe:
    def test_a_model_is_tried_again_and_what_was_found_is_printed(self, answered):
        version = make_version(make_card("mine"))
        said = told("probe", "mine")
        assert "Looks at the picture:" in said
        assert "Answered in 1.2 s on worker-1: A red disc." in said
        assert version.reports.count() == 1
        assert "Memory:" in told("probe", "mine", "--report")
        assert version.reports.count() == 1

    def test_what_came_of_it_is_said_once(self, answered):
        version = make_version(make_card("mine"))
        said = told("probe", "mine")
        version.refresh_from_db()
        assert said.count(version.probe_note) == 1

    def test_one_that_fails_says_why_and_what_to_do(self, answered):
        make_version(make_card("mine"))
        answered["answers"] = failed("truncated")
        with pytest.raises(CommandError, match="Fetch the files again"):
            told("probe", "mine")

    @pytest.mark.parametrize("words", [("other",), ("mine", "--number", "7")])
    def test_one_that_is_not_there_is_said(self, words):
        make_version(make_card("mine"))
        with pytest.raises(CommandError, match="no such model"):
            told("probe", *words)


class TestModels:
    def test_each_says_its_state_whether_it_fits_and_where_it_is_loaded(self):
        budget = MemoryBudget(megabytes=5000, taken=4000, bytes_per_number=4)
        worker = WorkerReport("gpu-1", ("inference",), "cpu", ("org/small",), 0, 1.0, memory=budget)
        presence.report(client(), worker)
        for slug, parameters in (("small", 10**8), ("middle", 5 * 10**8), ("large", 10**10)):
            card = make_card(slug, parameters=parameters)
            make_version(card, source=f"org/{slug}")
        make_version(make_card("far", parameters=1), base_url=ENDPOINT, source="far")
        rows = {line.split()[0]: line for line in told("models").splitlines()}
        assert "now" in rows["small"]
        assert "gpu-1" in rows["small"]
        assert "after others leave" in rows["middle"]
        assert "never" in rows["large"]
        assert "10B" in rows["large"]
        assert "MB" not in rows["far"]


class TestCards:
    @pytest.fixture
    def catalogue(self, settings):
        settings.SEALING_KEYS = [Fernet.generate_key().decode()]
        one = make_card("one", license="mit", parameters=7, description="Wörter\nund Zeilen")
        make_version(one, source="maker/one", revision="a" * 40, number=1)
        known = {"energy": 0.5, "energy_source": "a meter at the socket"}
        CardFacts.objects.create(
            card=one, hub_id="maker/one", sources={"license": "https://x.y"}, **known
        )
        two = make_card("two", state="retired")
        key = seal("canary-key", base_url=ENDPOINT, keys=settings.SEALING_KEYS)
        endpoint = {"backend": "openai", "base_url": ENDPOINT, "sealed_key": key}
        make_version(two, source="two", options='{"thinks":true}', **endpoint)

    @pytest.fixture
    def file(self, tmp_path, catalogue):
        told("cards", "export", str(tmp_path / "cards.yaml"))
        return tmp_path / "cards.yaml"

    def test_a_file_has_no_key_and_nothing_of_this_installation(self, file):
        text = file.read_text()
        assert "canary" not in text
        assert ModelVersion.objects.exclude(sealed_key="").get().sealed_key not in text
        one, two = yaml.safe_load(text)
        assert two["version"]["has_key"] is True
        assert "state" not in one
        assert one["facts"]["sources"] == {"license": "https://x.y"}
        assert one["facts"]["energy"] == 0.5
        assert one["facts"]["energy_source"] == "a meter at the socket"

    def test_a_round_trip_changes_nothing(self, file, monkeypatch):
        before = list(ModelVersion.objects.values())
        assert told("cards", "import", str(file)) == "one: unchanged\ntwo: unchanged\n"
        assert list(ModelVersion.objects.values()) == before

    def test_cards_of_imported_or_simulated_votes_are_left_out_and_named(self, catalogue, tmp_path):
        make_version(make_card("elsewhere", state="retired"), backend="imported", source="arena")
        make_version(make_card("simulated-1-0"), backend="simulated", source="0.5")
        make_version(ModelCard.objects.get(slug="one"), backend="imported", source="arena")
        file = tmp_path / "cards.yaml"
        assert "2 (elsewhere, simulated-1-0)" in told("cards", "export", str(file))
        assert told("cards", "import", str(file)) == "one: unchanged\ntwo: unchanged\n"

    def test_an_empty_catalogue_is_filled_and_writes_the_same_file(self, file, monkeypatch):
        monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)
        for model in (CardFacts, ModelVersion):
            model.objects.all()._raw_delete("default")
        ModelCard.objects.all()._raw_delete("default")
        said = told("cards", "import", str(file))
        assert said == "one: added\ntwo: added (enter the key of its endpoint in the admin)\n"
        assert set(ModelCard.objects.values_list("state", flat=True)) <= {"draft", "probing"}
        again = told("cards", "export")
        assert again.replace("    has_key: true\n", "") == file.read_text().replace(
            "    has_key: true\n", ""
        )

    @pytest.mark.parametrize("wrong", [{"energy_source": ""}, {"energy": -1.0}, {"energy": "much"}])
    def test_an_energy_without_a_source_or_below_zero_is_refused(self, file, wrong):
        entries = yaml.safe_load(file.read_text())
        entries[0]["facts"] |= wrong
        file.write_text(yaml.safe_dump(entries))
        with pytest.raises(CommandError, match="Card 1, facts: "):
            told("cards", "import", str(file))

    def test_a_dry_run_says_what_would_change_and_changes_nothing(self, file, monkeypatch):
        asked = []
        monkeypatch.setattr(dispatch, "begin_probe", asked.append)
        entries = yaml.safe_load(file.read_text())
        entries[0] |= {"license": "apache-2.0"}
        entries[1]["version"]["options"] = '{"thinks": false}'
        del entries[0]["facts"]
        file.write_text(yaml.safe_dump(entries))
        said = told("cards", "import", str(file), "--dry-run")
        assert said.splitlines() == [
            *("one: license, facts", "two: version", "Nothing was changed."),
        ]
        assert ModelCard.objects.get(slug="one").license == "mit"
        assert asked == []
        told("cards", "import", str(file))
        assert ModelCard.objects.get(slug="one").license == "apache-2.0"
        newest = ModelCard.objects.get(slug="two").versions.order_by("-number").first()
        assert (newest.number, bool(newest.sealed_key)) == (2, True)
        assert len(asked) == 1

    def test_a_key_does_not_go_to_another_endpoint(self, file, monkeypatch):
        monkeypatch.setattr(dispatch, "begin_probe", lambda version: None)
        entries = yaml.safe_load(file.read_text())
        entries[1]["version"]["base_url"] = "https://93.184.216.35/v1"
        file.write_text(yaml.safe_dump(entries))
        assert "enter the key" in told("cards", "import", str(file))
        newest = ModelCard.objects.get(slug="two").versions.order_by("-number").first()
        assert newest.sealed_key == ""

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("a: [", "no YAML"),
            ("5", "list of cards"),
            ("- 5", "slug, a name and a version"),
            ("- {slug: x, name: x, speed: 1, version: {}}", "unknown fields: speed"),
            ("- {slug: 'a b', name: x, version: {source: /m/x}}", "slug"),
            ("- {slug: x, name: x, version: {source: /m/x, key: secret}}", "unknown fields: key"),
            ("- {slug: x, name: x, facts: {commercial_use: maybe}, version: {}}", "facts"),
            ("- {slug: x, name: x, facts: 7, version: {}}", "facts"),
            ("!!python/object/apply:os.system ['true']", "no YAML"),
        ],
    )
    def test_a_broken_file_is_refused_as_a_whole(self, tmp_path, text, why):
        good = "- {slug: good, name: Good, version: {source: /models/good}}\n"
        file = tmp_path / "cards.yaml"
        file.write_text(good + text if text.startswith("- {") else text)
        with pytest.raises(CommandError, match=why):
            told("cards", "import", str(file))
        assert not ModelCard.objects.exists()

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(CommandError, match=r"none\.yaml"):
            told("cards", "import", str(tmp_path / "none.yaml"))
        with pytest.raises(CommandError, match="can't be written"):
            told("cards", "export", str(tmp_path / "none" / "x.yaml"))
