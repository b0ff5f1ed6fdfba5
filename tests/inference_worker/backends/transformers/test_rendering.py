"""Chat templates are rendered apart, as transformers renders them, within limits."""

from __future__ import annotations

import json

import pytest
from jinja2 import TemplateError
from transformers import AutoProcessor
from transformers.utils.chat_template_utils import render_jinja_template

from inference_worker.backends import transformers
from inference_worker.backends.transformers import rendering, template_program
from inference_worker.backends.transformers.prompts import PromptEncoder
from inference_worker.backends.transformers.rendering import (
    TemplateLimitExceeded,
    TemplateRenderer,
)
from tests.inference_worker import tiny
from tests.inference_worker.making import ask, settings, spec

WORDS = 'ü "<b>" \u2028'
MESSAGES = [
    {
        "role": "user",
        "content": [
            {"type": "image", "image": "<Image>"},
            {"type": "text", "text": 'ü "<b>" \u2028'},
        ],
    },
    {"role": "assistant", "content": "yes"},
]
LOOPS = (
    "{% set r = range(99999) %}"
    "{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}"
)
MACROS = (
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}"
)
DOUBLING = (
    "{% set n = namespace(t='ab') %}{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}"
)


@pytest.fixture(scope="module")
def renderer():
    one = TemplateRenderer(seconds=2)
    yield one
    one.close()


@pytest.mark.parametrize(
    "template",
    [
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>"
        "{% if m.content is string %}{{ m.content }}{% else %}{% for part in m.content %}"
        "{{ part.text if 'text' in part else '<image>' }}{% endfor %}"
        "{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
        "{{ messages | tojson(indent=2) }}{{ tools }}{{ documents is none }}",
        "{%- for m in messages -%}\n    {% generation %}\n{{ m.role }}\n    {% endgeneration %}\n"
        "{% if loop.first %}{% continue %}{% endif %}{% break %}{% endfor %}",
        "{% set x = 'out' %}{% generation %}{% set x = 'in' %}{{ x }}{{ messages | length }}"
        "{% endgeneration %}{{ x }}{% generation %}{% set y = 1 %}{% endgeneration %}{{ y }}",
        "{% set n = namespace(found=false) %}{% for m in messages %}{% set n.found = m.role %}"
        "{% endfor %}{{ n.found }}{{ dict(a=1).a }}{{ strftime_now('%Y') }}",
    ],
)
def test_a_prompt_reads_as_the_library_would_have_written_it(renderer, template):
    variables = {"messages": MESSAGES, "tools": None, "documents": None, "bos_token": "<s>"}
    [expected], _ = render_jinja_template(
        [MESSAGES], chat_template=template, add_generation_prompt=True, bos_token="<s>"
    )
    assert renderer.render(template, {**variables, "add_generation_prompt": True}) == expected


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (LOOPS, "too long"),
        (MACROS, "too long"),
        ("{{ 'a' * 10 ** 10 }}", "memory"),
        (DOUBLING, "memory"),
        ("{{ '%900000000d' % 1 }}", "memory"),
        ("{{ 'a' * 5000000 }}", "wrote"),
    ],
    ids=["loops", "macros", "product", "doubling", "width", "length"],
)
def test_a_hostile_template_is_ended_and_the_next_prompt_is_rendered(renderer, template, said):
    with pytest.raises(TemplateLimitExceeded, match=f"template .*{said}") as raised:
        renderer.render(template, {})
    assert (raised.value.code, raised.value.cause) == ("unavailable", "unusable_folder")
    assert renderer.render("{{ x }}", {"x": "é"}) == "é"


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("{{ raise_exception('one turn alone') }}", TemplateError),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", TemplateError),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", TemplateError),
        ("{% set n = namespace(__init__=1) %}", TemplateError),
        ("{% for x in %}", TemplateError),
        (
            "{% for x in 'ab' %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
            TemplateError,
        ),
        ("{{ 'a' + 1 }}", TypeError),
    ],
)
def test_what_a_template_raises_is_raised_here(renderer, template, error):
    with pytest.raises(error):
        renderer.render(template, {})


def test_what_hangs_without_working_is_ended_by_the_clock(monkeypatch):
    monkeypatch.setattr("inference_worker.backends.transformers.rendering.PATIENCE", 0.0)
    one = TemplateRenderer()
    with pytest.raises(TemplateLimitExceeded, match="too long"):
        one.render("{{ x }}", {"x": "é"})
    monkeypatch.undo()
    assert one.render("{{ x }}", {"x": "é"}) == "é"
    one.close()


def test_long_words_of_an_error_are_cut():
    request = {"template": "{{ raise_exception('a' * 9999) }}", "variables": {}}
    assert len(template_program.answer(json.dumps(request))["said"]) == template_program.MOST_SAID


def test_a_folder_with_a_hostile_template_is_refused_when_it_is_loaded(tmp_path, monkeypatch):
    rendering.renderer.close()
    monkeypatch.setattr(rendering.renderer, "seconds", 0)
    folder = tiny.make(tmp_path / "hostile")
    (folder / "chat_template.jinja").write_text(LOOPS)
    backend = transformers.create(settings(model_dirs=(tmp_path,)))
    chosen = backend.resolve_revision(spec(str(folder), "transformers"))
    with pytest.raises(TemplateLimitExceeded):
        backend.load(chosen)


def test_a_template_that_awaits_a_certain_question_is_ended_too(tmp_path):
    folder = tiny.make(tmp_path / "waiting")
    own = (folder / "chat_template.jinja").read_text()
    trap = "{% if messages[0].content[-1].text == 'now' %}{{ 'a' * 10 ** 10 }}{% endif %}"
    (folder / "chat_template.jinja").write_text(own + trap)
    prompts = PromptEncoder(AutoProcessor.from_pretrained(str(folder)))
    assert "input_ids" in prompts.tensors(ask(prompt="later"))
    with pytest.raises(TemplateLimitExceeded, match="memory"):
        prompts.tensors(ask(prompt="now"))
