"""Kinds of import contract that import-linter lacks; .importlinter names them.

Both find their modules in the tree, so neither has a list that a new module could be missing from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Links = list[tuple[str, str]]


class DoorContract(Contract):
    """The contract that everything outside a package imports one of its subpackages alone."""

    type_name = "door"
    package = fields.StringField()
    door = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        inside = family(graph, str(self.package))
        closed = inside - family(graph, str(self.door))
        return found(link for link in links_to(graph, closed) if link[0] not in inside)

    def render_broken_contract(self, check: ContractCheck) -> None:
        show(check)


class SiblingsContract(Contract):
    """The contract that the modules of a folder don't import each other, ``shared`` ones apart."""

    type_name = "siblings"
    folders = fields.ListField(subfield=fields.StringField())
    shared = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        # import-linter puts the values in the place of these fields when it reads the contract.
        folders, shared = cast("tuple[list[str], list[str] | None]", (self.folders, self.shared))
        illegal: Links = []
        for folder in folders:
            members = {name: family(graph, name) for name in graph.find_children(folder)}
            for name in members.keys() - set(shared or ()):
                others = set().union(*(members[other] for other in members.keys() - {name}))
                links = links_to(graph, members[name])
                illegal += [link for link in links if link[0] in others]
        return found(illegal)

    def render_broken_contract(self, check: ContractCheck) -> None:
        show(check)


def family(graph: ImportGraph, name: str) -> set[str]:
    """Return a module and all that is below it."""
    return {name} | graph.find_descendants(name)


def links_to(graph: ImportGraph, modules: Iterable[str]) -> Links:
    """Return each direct import of these modules, as importer and imported."""
    return [
        (importer, imported)
        for imported in modules
        for importer in graph.find_modules_that_directly_import(imported)
    ]


def found(illegal: Iterable[tuple[str, str]]) -> ContractCheck:
    """Return what import-linter is to know of these imports: broken where there is one."""
    links = sorted(set(illegal))
    return ContractCheck(kept=not links, metadata={"links": links})


def show(check: ContractCheck) -> None:
    """Print the imports that broke a contract."""
    for importer, imported in check.metadata["links"]:
        output.print_error(f"{importer} is not allowed to import {imported}")
