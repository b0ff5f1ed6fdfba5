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
