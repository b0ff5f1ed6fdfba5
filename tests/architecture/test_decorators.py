"""Nothing stands around a function twice: a limit that does would count each call twice."""

from __future__ import annotations

import ast

from tests.architecture.sources import ROOT, functions, modules


def test_no_function_has_a_decorator_twice():
    twice = []
    for path in modules():
        for function in functions(path):
            words = [ast.unparse(decorator) for decorator in function.decorator_list]
            if len(set(words)) < len(words):
                twice.append(f"{path.relative_to(ROOT)}: {function.name}")
    assert twice == []


LIMITED = ("for_readers", "admit(", "pass_gates(")
UNLIMITED = {"join": "its link is known to who was invited alone, and a wrong one stores nothing"}
IN_THE_ADMIN = ("integrity", "probes", "onboarding", "console", "catalog", "operations")


def test_every_edge_of_the_public_site_has_a_limit():
    bare = []
    for path in modules():
        app = path.relative_to(ROOT / "arena").parts[0] if "arena" in path.parts else ""
        if not path.stem.endswith("views") or app in IN_THE_ADMIN:
            continue
        for function in functions(path):
            words = ast.unparse(function)
            is_edge = any("require_" in ast.unparse(one) for one in function.decorator_list)
            if is_edge and not any(word in words for word in LIMITED):
                bare.append(function.name)
    assert sorted(bare) == sorted(UNLIMITED)
