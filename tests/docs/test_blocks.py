"""Each code block of a document is executed, parsed, or named as something else."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.architecture.sources import ROOT
from tests.docs.blocks import Block, PageRun, blocks_of, fault_of
from tests.docs.test_names_in_documents import DOCUMENTS, named

EXECUTED = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "development.md",
    *sorted((ROOT / "docs" / "howto").glob("*.md")),
]
"""Documents of which each block has to run; in the others it has to be well-formed."""
PAGES = [page for page in EXECUTED if page.exists() and any(b.runs for b in blocks_of(page))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_each_block_says_what_it_is(document):
    assert [fault for block in blocks_of(document) if (fault := fault_of(block))] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_blocks_of_a_page_run_in_their_order(page, tmp_path, valkey_url):
    copy = PageRun(tmp_path, {"REDIS_URL": settings.REDIS_URL, "OMP_NUM_THREADS": "1"})
    for block in blocks_of(page):
        if block.runs or block.language == "output":
            copy.run(block)


def a_page(folder, text):
    page = folder / "page.md"
    page.write_text(text)
    return page


def block(text, language="sh", **attributes):
    return Block(ROOT / "README.md", 1, language, text, attributes)


def test_the_first_line_of_a_block_is_read(tmp_path):
    page = a_page(tmp_path, '# T\n\n```html file=a/b.html after="<main>"\n<p>\n```\n')
    [found] = blocks_of(page)
    assert (found.line, found.language, found.text) == (3, "html", "<p>\n")
    assert found.attributes == {"file": "a/b.html", "after": "<main>"}
    assert found.runs


def test_indented_code_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"page.md:3: indented code"):
        blocks_of(a_page(tmp_path, "text\n\n    code\n"))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (block("x = 1", "ruby"), "a block is"),
        (block("", ""), "a block is"),
        (block("python3 manage.py demo", "text"), "commands are sh"),
        (block("python3 -m arena.rating VOTES"), "finds the environment"),
        (block("if true; then"), "syntax error"),
        (block("{", "json"), "Expecting"),
        (block("a = ", "toml"), "Invalid value"),
        (block("ls", by="tests/docs/test_blocks.py::test_nothing"), "there is no test"),
        (block("ls", colour="red"), "nobody knows the attribute colour"),
    ],
)
def test_a_block_that_is_nothing_is_found(wrong, reason):
    assert reason in fault_of(wrong)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return PageRun(tmp_path_factory.mktemp("page"), {})


def test_a_block_runs_in_the_copy_with_its_python(copy):
    copy.run(block("python -c 'import pathlib, arena; print(pathlib.Path(arena.__file__).parent)'"))
    copy.run(block(f"{copy.root}/arena", "output"))
    copy.run(block("print(open('README.md').readline())", "python"))
    copy.run(block("# Vision ...", "output"))
    with pytest.raises(AssertionError, match="printed was"):
        copy.run(block("# Division", "output"))


def test_a_command_that_fails_fails_with_its_words(copy):
    with pytest.raises(AssertionError, match=r"README.md:1.*no such thing"):
        copy.run(block("echo no such thing; false | cat; echo not reached"))


def test_a_file_is_written_to_the_copy_and_nowhere_else(copy):
    copy.run(block("first\nlast\n", "text", file="new/one.txt"))
    copy.run(block("middle\n", "text", file="new/one.txt", after="first"))
    copy.run(block("next to last\n", "text", file="new/one.txt", before="last"))
    assert (copy.root / "new/one.txt").read_text() == "first\nmiddle\nnext to last\nlast\n"
    with pytest.raises(AssertionError, match="0 lines"):
        copy.run(block("x", "text", file="new/one.txt", after="absent"))
    with pytest.raises(AssertionError, match="outside"):
        copy.run(block("x", "text", file="../one.txt"))
    assert not (ROOT / "new").exists()


def test_a_program_without_end_is_interrupted(copy):
    ends_well = "signal.signal(2, lambda *_: sys.exit())"
    copy.run(block(endless(ends_well), until="ready"))
    with pytest.raises(AssertionError, match="ended with"):
        copy.run(block(endless("pass"), until="ready"))
    with pytest.raises(AssertionError, match="never said"):
        copy.run(block("echo 2", until="ready"))


def endless(first):
    return f"python -uc 'import signal, sys; {first}; print(\"ready\"); signal.pause()'"
