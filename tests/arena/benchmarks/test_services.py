"""Scores reach the table from files, joined with cards by exact names alone."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse

from arena.benchmarks import services
from arena.benchmarks.formats import result_formats
from arena.benchmarks.models import BenchmarkScore, EvaluatedModel, ScoreImport
from arena.benchmarks.results import UnreadableResults
from arena.benchmarks.selectors import default_columns, scored_models, scores_of, size_class
from arena.benchmarks.services import card_named, import_scores
from tests.arena.at_once import at_once
from tests.factories import make_card, make_version

FILES = Path(__file__).parent / "files"
pytestmark = pytest.mark.django_db


def import_sample(name, **options):
    [report] = import_scores(FILES / f"{name}.json", name, **options)
    return report


def by_name(columns=None):
    return {model.name: model for model in scored_models(columns or default_columns())}


@pytest.mark.parametrize("name", sorted(result_formats()))
def test_each_format_reaches_the_database_once(name):
    first, again = import_sample(name), import_sample(name)
    assert first.scores == BenchmarkScore.objects.count() > 0
    assert not first.known
    assert again.known
    assert again.scores == first.scores
    assert ScoreImport.objects.count() == 1


def test_the_average_is_that_of_the_board_and_blank_where_a_score_is_missing():
    """The Open VLM Leaderboard: MMBench is the mean of both languages, OCRBench a tenth."""
    import_sample("open-vlm")
    found = by_name()
    parts = [(80.0 + 78.0) / 2, 60.0, 51.0, 55.0, 72.0, 78.0, 45.0, 60.0]
    assert found["Large-34B"].average == pytest.approx(sum(parts) / 8)
    assert found["Closed"].average is None
    assert "mm-vet" not in found["Closed"].scores
    assert by_name(["mmmu", "ocrbench"])["Closed"].average == pytest.approx((60.0 + 79.0) / 2)
    order = sorted((m for m in found.values() if m.average), key=lambda m: -m.average)
    assert [model.name for model in order] == ["Large-34B", "Medium-8B", "Small-2B"]


def test_what_the_file_says_of_a_model_fills_its_row():
    import_sample("open-vlm")
    found = by_name()
    large, closed = found["Large-34B"], found["Closed"]
    assert (large.organization, large.parameters, large.size_class) == (
        "Alpha",
        34_800_000_000,
        "20-40B",
    )
    assert (large.has_open_weights, closed.has_open_weights) == (True, False)
    assert (closed.size_class, large.parameters_short) == ("unknown", "34.8B")


def test_a_card_is_joined_by_slug_name_or_hub_id_and_by_nothing_less():
    by_slug, by_title = make_card("small-2b"), make_card("other", name="Medium-8B")
    by_source = make_version(make_card("third"), source="alpha/Large-34B").card
    assert card_named("small-2b") == by_slug
    assert card_named("Medium-8B") == by_title
    assert card_named("alpha/Large-34B") == by_source
    assert card_named("Small-2B-Instruct") is None
    make_version(make_card("fourth"), source="alpha/Large-34B")
    assert card_named("alpha/Large-34B") is None


def test_the_report_names_what_no_card_stands_for():
    make_card("medium", name="Medium-8B")
    assert import_sample("open-vlm").unmatched == ("Closed", "Large-34B", "Small-2B")


def test_a_card_has_the_newest_score_of_each_benchmark_with_where_it_is_from():
    card = make_card("heron-s")
    import_sample("lmms-eval")
    import_sample("vlmevalkit")
    scores = scores_of(card)
    assert scores["mmmu"].percent == pytest.approx(31.0)
    assert scores["mmmu"].error == pytest.approx(1.54)
    assert scores["mmmu"].is_partial
    assert (scores["mmmu"].tool, scores["mmmu"].version) == ("lmms-eval", "0.7.3")
    assert scores["mmbench-v11"].percent == pytest.approx(51.25)
    assert scores["mmbench-v11"].judge == "exact_matching"


def test_one_broken_file_in_a_folder_keeps_all_of_them_out(tmp_path):
    for number, text in enumerate([(FILES / "vlmevalkit.json").read_text("utf-8"), "{"]):
        folder = tmp_path / f"T{number}"
        folder.mkdir()
        (folder / "status.json").write_text(text, "utf-8")
    with pytest.raises(UnreadableResults, match="T1"):
        import_scores(tmp_path, "vlmevalkit")
    assert not ScoreImport.objects.exists()


def test_a_folder_is_searched_for_the_files_of_its_tool_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "status.json").write_text((FILES / "vlmevalkit.json").read_text("utf-8"))
    (tmp_path / "run" / "predictions.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    [report] = import_scores(tmp_path, "vlmevalkit")
    assert report.scores == 2


def test_a_dry_run_reports_and_keeps_nothing():
    report = import_sample("open-vlm", dry_run=True)
    assert report.scores > 0
    assert not ScoreImport.objects.exists()
    assert not EvaluatedModel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_store_it_once():
    reports = at_once(import_sample, ["open-vlm"] * 2)
    assert sorted(report.known for report in reports) == [False, True]
    assert ScoreImport.objects.count() == 1
    assert BenchmarkScore.objects.count() == reports[0].scores


def test_a_repeated_number_in_one_file_counts_once(monkeypatch):
    found = result_formats()["lmms-eval"].read(json.loads((FILES / "lmms-eval.json").read_text()))
    twice = type(found)(tool="lmms-eval", models=found.models, results=found.results * 2)
    monkeypatch.setattr(
        services, "read_results", lambda path, name: [(FILES / "lmms-eval.json", twice)]
    )
    assert import_sample("lmms-eval").scores == len(found.results)


def test_the_command_says_what_it_took_and_what_it_left_out():
    out = StringIO()
    call_command(
        "import_benchmarks", str(FILES / "vlmevalkit.json"), "--format", "vlmevalkit", stdout=out
    )
    assert "vlmevalkit.json: 2 scores of 1 models imported" in out.getvalue()
    assert "MMVet: the judge could not be reached" in out.getvalue()
    assert "heron-s" in out.getvalue()


def test_the_command_refuses_a_wrong_file_in_a_sentence(tmp_path):
    file = tmp_path / "status.json"
    file.write_text("[1]", "utf-8")
    with pytest.raises(CommandError, match=r"holds no JSON object\. Nothing was imported"):
        call_command("import_benchmarks", str(file), "--format", "vlmevalkit")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [(None, "unknown"), (10**6, "<4B"), (4 * 10**9, "4-10B"), (4 * 10**10, ">40B")],
)
def test_classes_of_size_have_their_lower_bound_inside(parameters, name):
    assert size_class(parameters) == name


def test_the_scores_are_written_in_the_shape_of_the_board():
    make_card("heron-s", name="Heron S", parameters=70_000_000, organization="Heron")
    import_sample("open-vlm")
    import_sample("lmms-eval")
    out = StringIO()
    call_command("export_benchmarks", stdout=out)
    written = json.loads(out.getvalue())
    board = json.loads((FILES / "open-vlm.json").read_text("utf-8"))
    board["results"]["Closed"].pop("MMVet")
    heron = written["results"].pop("heron-s")
    assert written == board
    assert heron["MMMU_VAL"]["Overall"] == pytest.approx(31.0)
    assert heron["META"] == {"Method": ["Heron S", ""], "Parameters": "70M", "Org": "Heron"}


def test_a_score_that_was_typed_in_is_a_column_with_its_source(client, admin_user):
    card = make_card("typed")
    client.force_login(admin_user)
    form = {"card": card.pk, "benchmark": "mmmu", "percent": "41.5", "answered": "900"}
    form |= {"tool": "paper", "origin": "https://host/paper", "measured_on": "2026-11-01"}
    address = reverse("admin:benchmarks_benchmarkscore_add")
    for _ in range(2):
        assert client.post(address, form).status_code == 302
    score = BenchmarkScore.objects.get()
    page = client.get(reverse("admin:benchmarks_benchmarkscore_change", args=[score.pk]))
    assert "mmmu" in page.content.decode()
    column = scores_of(card)["mmmu"]
    assert (column.percent, column.tool, column.is_partial) == (41.5, "paper", True)
    assert (column.source, column.measured_at) == ("https://host/paper", "2026-11-01")


def test_an_operator_deletes_an_import_with_its_scores(client, django_user_model):
    import_sample("open-vlm")
    operator = django_user_model.objects.create_user("ada", is_staff=True)
    rights = ("view_scoreimport", "delete_scoreimport")
    operator.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(operator)
    address = reverse("admin:benchmarks_scoreimport_delete", args=[ScoreImport.objects.get().pk])
    assert f": {BenchmarkScore.objects.count()}<" in client.get(address).content.decode()
    client.post(address, {"post": "yes"})
    assert not ScoreImport.objects.exists()
    assert not BenchmarkScore.objects.exists()


def test_the_own_exam_of_shipped_models_is_a_column(db):
    card = make_card("kestrel-xs")
    import_scores(FILES / "arena-exam.json", "arena-exam")
    accuracy = json.loads((FILES / "arena-exam.json").read_text())["accuracy"]
    mean = sum(accuracy.values()) / len(accuracy)
    assert scores_of(card)["arena-exam"].percent == pytest.approx(mean)
