"""Every format of result files: what is read, written out again and refused."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path

import pytest

from arena.benchmarks.catalogue import benchmarks
from arena.benchmarks.formats import read_results, result_formats
from arena.benchmarks.results import UnreadableResults

FILES = Path(__file__).parent / "files"
FORMATS = sorted(result_formats())


def document(name):
    return json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))


def by_place(file):
    return {(each.model, each.dataset, each.metric): each for each in file.results}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_read_and_written_out_again_with_the_same_content(name):
    reader = result_formats()[name]
    found = reader.read(document(name))
    assert found.results
    assert {each.model for each in found.results} <= {model.name for model in found.models}
    again = reader.read(json.loads(json.dumps(reader.write(found))))
    assert by_place(again) == by_place(found)
    assert (again.models, again.version, again.measured_at) == (
        found.models,
        found.version,
        found.measured_at,
    )


@pytest.mark.parametrize("name", ["open-vlm", "every-eval-ever"])
def test_a_whole_record_is_written_as_it_was(name):
    def blanks_out(value):
        if isinstance(value, dict):
            return {key: blanks_out(each) for key, each in value.items() if each != ""}
        return value

    reader = result_formats()[name]
    written = json.loads(json.dumps(reader.write(reader.read(document(name)))))
    expected = document(name)
    if name == "open-vlm":
        written, expected = blanks_out(written), blanks_out(expected)
        expected["results"]["Closed"].pop("MMVet")
    assert written == expected


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"results": []}', '{"results": {"m": 1}}', "null", "[" * 100_000],
)
def test_a_file_of_something_else_is_refused_with_its_name(tmp_path, name, text):
    file = tmp_path / "wrong.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableResults):
        read_results(file, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_missing_binary_or_an_empty_folder_is_refused(tmp_path, name):
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (binary, empty, tmp_path / "missing.json"):
        with pytest.raises(UnreadableResults, match=path.name):
            read_results(path, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_is_read_in_part_or_refused_and_never_breaks(name):
    """Each damage replaces one value somewhere in the file by one of another type."""
    rng, reader = random.Random(7), result_formats()[name]
    for _ in range(300):
        damaged = copy.deepcopy(document(name))
        _damage(damaged, rng)
        try:
            found = reader.read(damaged)
        except UnreadableResults:
            continue
        assert all(isinstance(each.value, float) for each in found.results)
        reader.write(found)


def _damage(value, rng):
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = rng.choice(keys)
        child = value[key]
        if isinstance(child, dict | list) and child and rng.random() < 0.8:
            value = child
            continue
        value[key] = rng.choice([None, "", "x" * 300, float("nan"), 1e999, -1, True, [], {}, [1]])
        return


def test_each_number_has_its_error_its_items_and_its_judge():
    lmms = by_place(result_formats()["lmms-eval"].read(document("lmms-eval")))
    partial = lmms["heron-s", "mmmu_val", "mmmu_acc,none"]
    assert (partial.value, partial.standard_error, partial.is_partial) == (0.31, 0.0154, True)
    assert not lmms["heron-s", "ai2d", "exact_match,none"].is_partial
    kit = result_formats()["vlmevalkit"].read(document("vlmevalkit"))
    assert kit.results[0].judge == "exact_matching"
    assert kit.problems == ("MMVet: the judge could not be reached",)


def test_a_blank_score_is_no_problem_and_a_text_is_one():
    board = document("open-vlm")
    board["results"]["Closed"]["AI2D"]["Overall"] = "eighty"
    found = result_formats()["open-vlm"].read(board)
    assert found.problems == ("Closed, AI2D, Overall: 'eighty' is no number",)


def test_every_place_of_the_catalogue_names_a_known_format():
    for benchmark in benchmarks().values():
        assert benchmark.source.startswith("https://") or benchmark.key == "arena-exam"
        for source in benchmark.sources:
            assert source.tool in result_formats(), benchmark.key
            assert source.maximum > 0
            assert source.datasets
