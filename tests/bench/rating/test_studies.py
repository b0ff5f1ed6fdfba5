"""Each study runs on a small scale and prints its rows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench.rating import (
    agreement,
    coverage,
    plots,
    pooling,
    population,
    ranks,
    sample_boards,
    sampling,
    speed,
    style,
    young_boards,
)
from tests.bench.rating.limit import fewer_than_uniform


def printed(capsys, study, *arguments):
    study.main([*arguments])
    return capsys.readouterr().out


def test_the_engine_stops_at_the_exact_optimum(capsys):
    rows = printed(capsys, agreement, "--quick").splitlines()
    own = next(row for row in rows if row.strip().startswith("10,000 x 20: own"))
    assert float(own.split("own")[1].split()[0]) < 1e-6


def test_nothing_depends_on_order_sides_or_labels(capsys):
    rows = [row for row in printed(capsys, agreement, "--quick").splitlines() if "<= 1e-9" in row]
    assert [float(row.split()[-4]) < 1e-9 for row in rows] == [True, True]


def test_every_board_has_finite_intervals(capsys):
    rows = printed(capsys, coverage, "--boards", "8", "--small").splitlines()
    own = [row for row in rows if "finite" in row and "unpenalised" not in row]
    assert len(own) == 7
    assert all("finite 100%" in row for row in own)


def test_no_model_of_a_young_board_is_certain(capsys):
    assert young_boards.main(["--boards", "20"]) == 0
    assert capsys.readouterr().out.count("coverage") == 4


def test_boards_of_the_shipped_models_are_played_to_their_tiers(capsys):
    rows = printed(capsys, sample_boards, "--boards", "3", "--quick")
    assert re.search(r"as the site chooses . [0-3] of 3 ", rows)


def test_coverage_is_near_its_name(capsys):
    rows = printed(capsys, coverage, "--boards", "40", "--small").splitlines()
    uniform = next(row for row in rows if row.strip().startswith("uniform"))
    assert 92.0 < float(uniform.split()[1].rstrip("%,")) < 98.0


def test_false_orders_are_rarer_than_with_the_usual_rule(capsys):
    rows = printed(capsys, ranks, "--boards", "30", "--young", "1").splitlines()
    false = [float(row.split("% false")[0].split()[-1]) for row in rows if "false, power" in row]
    assert false[0] < false[2]
    assert false[3] < false[5]


def test_style_control_finds_the_planted_effect(capsys):
    rows = printed(capsys, style, "--boards", "2").splitlines()
    ratio = next(row for row in rows if "coefficient / truth" in row)
    assert float(ratio.split("truth")[1].split()[0]) == pytest.approx(1.0, abs=0.1)


def test_pooling_beats_separate_boards(capsys):
    out = printed(capsys, pooling, "--boards", "1")
    assert float(out.split(" of separate")[0].split()[-1]) < 0.8


def test_a_weighted_board_holds_a_truth_that_the_plain_one_misses(capsys):
    rows = printed(capsys, population, "--boards", "20").splitlines()
    shares = [float(row.split("interval")[1].split("%")[0]) for row in rows if "truth" in row]
    assert shares[0] > 88.0 > shares[1]


def test_newcomers_need_far_fewer_votes(capsys):
    rows = printed(capsys, sampling, "--boards", "1", "--newcomers").splitlines()
    own = next(row for row in rows if "a_optimal" in row)
    assert float(own.split("votes, ")[1].split("x")[0]) > 4.0


def test_no_design_beats_uniform_pairs_among_equals():
    assert fewer_than_uniform(np.zeros(6)) == pytest.approx(1.0)


def test_the_best_design_prefers_even_pairs():
    assert fewer_than_uniform(np.linspace(-3.0, 3.0, 8)) > 1.2


def test_the_speed_program_prints_every_row(capsys):
    out = printed(capsys, speed, "--quick", "--rounds", "1")
    assert [
        row for row in ("P1 ", "P1b", "P2 ", "P3 ", "P5 ", "P6 ", "P7, P8 ") if row not in out
    ] == []


def test_the_plots_are_well_formed_drawings(tmp_path):
    plots.main(["--boards", "1", "--out", str(tmp_path)])
    files = sorted(tmp_path.glob("*.svg"))
    drawn = [ElementTree.parse(path).getroot() for path in files]  # noqa: S314 (just written)
    assert [root.tag for root in drawn] == ["{http://www.w3.org/2000/svg}svg"] * 3
    assert all(len(root) > 10 for root in drawn)
