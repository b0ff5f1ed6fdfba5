from __future__ import annotations

import codecs
import csv
import gzip
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from arena.rating.__main__ import main
from arena.rating.methods import available_methods, load_method

VOTES = """model_a,model_b,winner,category
x,y,model_a,cats
y,x,model_b,cats
y,z,model_a,dogs
z,x,tie (bothbad),dogs
x,z,model_a,dogs
y,x,model_a,cats
"""
OBJECTS = list(csv.DictReader(VOTES.splitlines()))


@pytest.fixture
def votes(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES)
    return path


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_module_runs_and_prints_json_rows(votes):
    command = [sys.executable, "-m", "arena.rating", str(votes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    wanted = {"model", "rating", "rating_lower", "rating_upper", "rank", "votes"}
    assert [row["model"] for row in rows] == ["x", "y", "z"]
    assert all(wanted <= row.keys() for row in rows)


def test_the_rating_package_needs_nothing_of_the_site():
    code = (
        "import sys, arena.rating.__main__, arena.matchmaking;"
        "print([m for m in ('django','celery','redis','torch','channels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_csv_has_the_same_rows(capsys, votes):
    _, out, _ = run(capsys, votes, "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["model"] for row in rows] == ["x", "y", "z"]
    assert float(rows[0]["rating_lower"]) < float(rows[0]["rating"])


def test_the_table_is_aligned(capsys, votes):
    _, out, _ = run(capsys, votes, "--format", "table")
    head, first, *_ = out.splitlines()
    assert head.startswith("rank  model  rating")
    assert first.startswith("1     x")


def test_the_penalty_reaches_the_method(capsys, votes):
    boards = [json.loads(run(capsys, votes, "--penalty", p)[1]) for p in ("firth", "none")]
    assert boards[0][0]["rating"] != boards[1][0]["rating"]


def test_a_board_per_category(capsys, votes):
    _, out, _ = run(capsys, votes, "--by", "category")
    rows = json.loads(out)
    assert {row["category"] for row in rows} == {"cats", "dogs"}
    outside = next(r for r in rows if (r["category"], r["model"]) == ("cats", "z"))
    assert outside["state"] == "too_few_votes"


def test_bad_rows_are_counted_and_named(capsys, votes):
    votes.write_text(VOTES + "x,y,maybe,cats\nx,x,tie,cats\n")
    status, _, err = run(capsys, votes)
    assert status == 0
    assert "2 rows left out" in err
    assert "line 8: winner 'maybe' is unknown" in err


def test_many_bad_rows_are_summed_up(capsys, votes):
    votes.write_text(VOTES + "x,x,tie,cats\n" * 25)
    _, _, err = run(capsys, votes)
    assert "25 rows left out" in err
    assert "and 15 more" in err


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "model_a,model_b,winner\nx,x,tie\n"])
def test_a_file_that_cannot_be_rated_ends_with_a_sentence(capsys, tmp_path, text):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    status, out, err = run(capsys, path)
    assert status == 2
    assert out == ""
    assert err.startswith("error: ")


def test_a_missing_file_ends_with_a_sentence(capsys, tmp_path):
    status, _, err = run(capsys, tmp_path / "none.csv")
    assert status == 2
    assert "none.csv" in err


def test_bytes_that_are_no_text_end_with_a_sentence(capsys, tmp_path):
    path = tmp_path / "image.csv"
    path.write_bytes(b"\x89PNG\xff\xfe\x00")
    status, _, err = run(capsys, path)
    assert status == 2
    assert "cannot be read" in err


def test_categories_need_their_column(capsys, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("model_a,model_b,winner\nx,y,tie\n")
    status, _, err = run(capsys, path, "--by", "category")
    assert status == 2
    assert "no column category" in err


def test_the_anchor_can_be_named(capsys, votes):
    _, out, _ = run(capsys, votes, "--anchor", "y", "--centre", "1200")
    assert next(r["rating"] for r in json.loads(out) if r["model"] == "y") == 1200.0


def test_style_is_controlled_where_it_was_measured(capsys, tmp_path):
    path = tmp_path / "styled.csv"
    lines = ["x,y,model_a,90,10", "y,x,model_b,20,80", "x,y,model_b,50,50", "y,x,tie,40,60"] * 5
    path.write_text("\n".join(["model_a,model_b,winner,token_length_a,token_length_b", *lines]))
    status, out, _ = run(capsys, path, "--method", "style_controlled")
    assert status == 0
    assert len(json.loads(out)) == 2


def test_style_control_without_style_ends_with_a_sentence(capsys, votes):
    status, _, err = run(capsys, votes, "--method", "style_controlled")
    assert status == 2
    assert "token_length_a" in err


def test_the_help_shows_each_method_with_its_options(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in available_methods():
        told = load_method(name).DESCRIPTION
        assert f"{name}: {told.title}. {told.summary} {told.ties}" in text
        assert all(f"--{option.name} VALUE" in text for option in told.options)


def test_an_option_reaches_its_method(capsys, votes):
    boards = [run(capsys, votes, "--method", "elo", "--k", k)[1] for k in ("4", "40")]
    assert boards[0] != boards[1]


def test_an_option_that_means_nothing_ends_with_a_sentence(capsys, votes):
    status, _, err = run(capsys, votes, "--method", "elo", "--orders", "1")
    assert status == 2
    assert "orders has to lie between 2 and 100000" in err


def test_a_penalty_that_a_method_lacks_ends_with_a_sentence(capsys, votes):
    status, _, err = run(capsys, votes, "--method", "elo", "--penalty", "firth")
    assert status == 2
    assert "elo knows no penalty" in err


@pytest.mark.parametrize("method", ["davidson", "elo"])
def test_every_method_prints_the_same_columns(capsys, votes, method):
    first = json.loads(run(capsys, votes)[1])[0]
    assert json.loads(run(capsys, votes, "--method", method)[1])[0].keys() == first.keys()


def test_pooled_rows_say_what_they_borrow(capsys, votes):
    rows = json.loads(run(capsys, votes, "--by", "category")[1])
    assert all(0 < row["borrowed"] < 1 for row in rows if row["state"] == "rated")


QUESTIONS = (
    "side_bias",
    "connectivity",
    "intransitivity",
    "concentration",
    "first_place",
    "tie_convention",
)


def test_a_diagnosis_answers_every_question(capsys, votes):
    status, out, _ = run(capsys, votes, "--diagnose")
    answers = json.loads(out)
    assert status == 0
    assert set(QUESTIONS) < answers.keys()
    assert answers["side_bias"]["lower"] < answers["side_bias"]["points"]
    assert answers["method"]["name"] == "bradley_terry"


def test_a_diagnosis_for_people_has_a_figure_a_line(capsys, votes):
    lines = run(capsys, votes, "--diagnose", "--format", "table")[1].splitlines()
    assert any(line.startswith("side bias points") for line in lines)
    assert any(line.startswith("tie convention without ties leader") for line in lines)


def test_a_diagnosis_is_a_csv_of_figures(capsys, votes):
    _, out, _ = run(capsys, votes, "--diagnose", "--format", "csv")
    figures = {row["figure"]: row["value"] for row in csv.DictReader(out.splitlines())}
    assert figures["side_bias.votes"] == "6"


def test_a_diagnosis_is_of_all_votes(capsys, votes):
    status, _, err = run(capsys, votes, "--diagnose", "--by", "category")
    assert status == 2
    assert "without --by" in err


def test_elo_can_walk_in_the_order_of_casting(capsys, votes):
    boards = [run(capsys, votes, "--method", "elo", "--order", o)[1] for o in ("cast", "averaged")]
    assert boards[0] != boards[1]


@pytest.mark.parametrize("option", [("--centre", "nan"), ("--seed", "-1"), ("--seed", "x")])
def test_an_option_that_makes_no_sense_is_refused(capsys, votes, option):
    with pytest.raises(SystemExit):
        main([str(votes), *option])
    assert "invalid" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_gets_no_complaint(votes):
    command = f"{sys.executable} -m arena.rating {votes} | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stderr == ""


def shuffled_lines(text, seed):
    head, *lines = text.splitlines()
    random.Random(seed).shuffle(lines)
    return "\n".join([head, *lines])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--penalty", "none"),
        ("--by", "category"),
        ("--method", "davidson"),
        ("--method", "elo"),
        ("--diagnose",),
    ],
)
def test_the_order_of_the_lines_changes_no_byte(capsys, votes, arguments):
    first = run(capsys, votes, *arguments)[1]
    votes.write_text(shuffled_lines(VOTES, 3))
    assert run(capsys, votes, *arguments)[1] == first


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_other_line_ends_and_a_byte_order_mark_change_no_byte(capsys, votes, ends):
    first = run(capsys, votes)[1]
    votes.write_bytes(b"\xef\xbb\xbf" + VOTES.replace("\n", ends).encode())
    assert run(capsys, votes)[1] == first


WAYS = {
    "semicolons": VOTES.replace(",", ";").encode(),
    "tabs": VOTES.replace(",", "\t").encode(),
    "bars": VOTES.replace(",", "|").encode(),
    "told separator": b"sep=;\n" + VOTES.replace(",", ";").encode(),
    "UTF-16": VOTES.encode("utf-16"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + VOTES.encode("utf-16-be"),
    "gzip": gzip.compress(VOTES.encode()),
    "JSON": json.dumps(OBJECTS).encode(),
    "JSON lines": "\n".join(map(json.dumps, OBJECTS)).encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_the_same_votes_gives_the_same_bytes(capsys, votes, way):
    first = run(capsys, votes)
    votes.write_bytes(WAYS[way])
    assert run(capsys, votes) == first


# What strangers' files looked like: forty decisive votes for a model called A over one called B.
NAMES = "A,B,A\n" * 20 + "B,A,A\n" * 20 + "A,B,B\n" * 2 + "B,A,B\n" * 2
LEFT_RIGHT = "m1,m2,left\n" * 30 + "m1,m2,right\n" * 2 + "m1,m2,tie\n" * 3
HEADER = "model_a,model_b,winner\n"


def gap(out, stronger, weaker):
    rating = {row["model"]: row["rating"] for row in json.loads(out)}
    return rating[stronger] - rating[weaker]


def test_models_called_like_sides_are_asked_about(capsys, votes):
    votes.write_text(HEADER + NAMES)
    status, out, err = run(capsys, votes)
    assert (status, out) == (2, "")
    assert "can be read as sides and as names, which differ in 22 of 44 rows" in err


def test_models_called_like_sides_are_rated_as_told(capsys, votes):
    votes.write_text(HEADER + NAMES)
    assert 350 < gap(run(capsys, votes, "--winner", "names")[1], "A", "B") < 420


def test_left_and_right_are_sides(capsys, votes):
    votes.write_text(HEADER + LEFT_RIGHT)
    status, out, err = run(capsys, votes)
    assert (status, err) == (0, "")
    assert gap(out, "m1", "m2") > 200


def test_winners_of_other_words_are_read_as_told(capsys, votes):
    votes.write_text(HEADER + LEFT_RIGHT.replace("left", "0").replace("right", "1"))
    status, _, err = run(capsys, votes)
    assert status == 2
    assert "'0' (30)" in err
    assert gap(run(capsys, votes, "--winner", "0=a,1=b")[1], "m1", "m2") > 200


@pytest.mark.parametrize("meaning", ["", "0", "0=c", "=a", "sides,names"])
def test_a_meaning_that_is_none_is_refused(capsys, votes, meaning):
    with pytest.raises(SystemExit):
        main([str(votes), "--winner", meaning])
    assert "invalid" in capsys.readouterr().err


def moments(*zones):
    """The same forty votes, each with its time in the next of the zones."""
    start, rows = datetime(2024, 5, 1, tzinfo=UTC), []
    for i in range(40):
        zone = timezone(timedelta(hours=zones[i % len(zones)]))
        moment = (start + timedelta(minutes=20 * i)).astimezone(zone)
        rows.append(f"m1,m2,model_{'ab'[i >= 20]},{moment.isoformat()}\n")
    return "model_a,model_b,winner,tstamp\n" + "".join(random.Random(4).sample(rows, 40))


def test_votes_are_cast_in_the_order_of_their_instants(capsys, votes):
    arguments = (votes, "--method", "elo", "--order", "cast")
    votes.write_text(moments(0))
    first = run(capsys, *arguments)
    votes.write_text(moments(2, -7, 9))
    assert run(capsys, *arguments) == first
    assert 9 < gap(first[1], "m2", "m1") < 30


def test_there_is_no_order_of_casting_without_all_times(capsys, votes):
    votes.write_text("model_a,model_b,winner,tstamp\nx,y,a,2024-05-01\nx,y,b,yesterday\n")
    assert run(capsys, votes, "--method", "elo")[0] == 0
    status, _, err = run(capsys, votes, "--method", "elo", "--order", "cast")
    assert status == 2
    assert "no order of casting: tstamp: 1 of 2 times cannot be read, first 'yesterday'" in err


def test_rows_without_style_are_left_out_of_style_control_alone(capsys, votes):
    rows = "m1,m2,model_a,100,50\nm2,m1,model_a,,30\nm1,m2,tie,1e400,3\nm1,m2,model_b,-5,3\n"
    votes.write_text("model_a,model_b,winner,token_length_a,token_length_b\n" + rows)
    assert [row["votes"] for row in json.loads(run(capsys, votes)[1])] == [4, 4]
    status, out, err = run(capsys, votes, "--method", "style_controlled")
    assert (status, [row["votes"] for row in json.loads(out)]) == (0, [1, 1])
    assert "3 of 4 rows have no usable style" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 and more", "a spreadsheet: save it as CSV"),
        (gzip.compress(VOTES.encode())[:-20], "cannot be read"),
        (b'{"model_a": ["x"], "model_b": []}', "columns of different lengths"),
        (b"[" * 100_000, "begins like JSON and is none"),
        (VOTES.encode("utf-16-le"), "cannot be read: it is no UTF-8 text"),
        (codecs.BOM_UTF16_LE + VOTES.encode("utf-16-le")[:-1], "cannot be read"),
        (b"[]", "no column model_a, model_b, winner"),
        (b"model_a:model_b:winner\nx:y:a\n", "its first line has 'model_a:model_b:winner'"),
    ],
)
def test_what_is_no_table_of_votes_ends_with_a_sentence(capsys, votes, content, words):
    votes.write_bytes(content)
    status, out, err = run(capsys, votes)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_a_folder_ends_with_a_sentence(capsys, tmp_path):
    status, _, err = run(capsys, tmp_path)
    assert status == 2
    assert err.startswith("error: ")
