"""The page before an action, and boxes that suggest."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import RequestFactory

from arena.core.admin.confirmation import SHOWN, DatalistInput, answers, ask, asks_first

WORDS = {"title": "Paint users", "explanation": ["All of them."], "button": "Paint"}


class Colour(forms.Form):
    colour = forms.CharField(help_text="Any.")


def request(user, **data):
    posted = RequestFactory().post("/", {"action": "paint", "_selected_action": ["1"], **data})
    posted.user = user
    return posted


def page(user, form=None, **data):
    asked = request(user, **data)
    rows, named = User.objects.order_by("pk"), lambda row: row.username.upper()
    answer = ask(asked, admin.AdminSite(), rows, WORDS, form=form or Colour(), named=named)
    return answer.render().content.decode()


def test_it_says_what_will_happen_and_to_what(admin_user):
    html = page(admin_user)
    assert all(word in html for word in ("Paint users", "All of them.", "1 user", "<li>ADMIN</li>"))


def test_it_carries_the_action_and_the_selection_on(admin_user):
    html = page(admin_user, select_across="1", csrfmiddlewaretoken="old")
    assert 'value="old"' not in html
    assert '<input type="hidden" name="action" value="paint">' in html
    assert '<input type="hidden" name="_selected_action" value="1">' in html
    assert '<input type="hidden" name="select_across" value="1">' in html


def test_a_decorated_action_runs_once_its_page_was_sent(admin_user):
    done = []

    @asks_first(title="Paint users", explanation="They are red from now on.", button="Paint")
    def paint(users, asked, rows):
        done.append(rows.count())

    users, rows = admin.ModelAdmin(User, admin.AdminSite()), User.objects.all()
    html = paint(users, request(admin_user), rows).render().content.decode()
    assert "They are red from now on." in html
    assert "<li>admin</li>" in html
    assert done == []
    assert paint(users, request(admin_user, confirmed="Paint"), rows) is None
    assert done == [1]


def test_only_so_many_are_named(admin_user):
    User.objects.bulk_create(User(username=f"user-{n}") for n in range(SHOWN + 5))
    html = page(admin_user)
    assert html.count("<li>USER-") == SHOWN - 1
    assert "<li>…</li>" in html
    assert f"{SHOWN + 6} users" in html


def test_nothing_is_answered_before_the_page_was_sent(admin_user):
    assert answers(request(admin_user)) is None
    assert answers(request(admin_user, confirmed="Paint", colour="red"))["colour"] == "red"


def test_a_wrong_answer_is_shown_with_its_complaint(admin_user):
    html = page(admin_user, Colour({"colour": ""}))
    assert "This field is required." in html
    assert LogEntry.objects.count() == 0


def test_a_box_suggests_with_names_and_takes_anything():
    box = DatalistInput(lambda: [("ocr", "Reading <text>")])
    html = box.render("category", "own", {"id": "id_category"})
    assert 'value="own"' in html
    assert 'list="category-choices"' in html
    assert '<datalist id="category-choices"><option value="ocr"' in html
    assert "Reading &lt;text&gt;" in html


def test_suggestions_are_asked_for_when_the_box_is_drawn():
    found = []
    box = DatalistInput(lambda: found)
    found.append(("late", "Late"))
    assert 'value="late"' in box.render("category", "")


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_box_has_no_value(value):
    assert "value" not in DatalistInput(list).render("category", value)
