"""The filter by which pages show a card's texts."""

from __future__ import annotations

from django import template

from arena.catalog.words import in_readers_language

register = template.Library()
register.filter("card_text", in_readers_language)
