"""Visitors of the site, as far as HTTP goes."""

from __future__ import annotations

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arena.voters.selectors import COOKIE, SALT
from tests.arena.core.pictures import encoded

JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PNG = encoded()


class Visitor(Client):
    """A browser; ``commit`` lets what its requests write be committed."""

    def __init__(self, commit, voter=None, **options):
        super().__init__(**options)
        self.commit = commit
        if voter is not None:
            self.cookies[COOKIE] = signing.dumps(str(voter.id), salt=SALT)

    def ask(self, image=PNG, headers=JSON, **fields):
        """Send a question; ``image=None`` sends none."""
        form = {"prompt": "What is this?", **fields}
        if image is not None:
            form["image"] = SimpleUploadedFile("photo.png", image, "image/png")
        return self.commit(self.post, "/battles/", form, headers=headers)

    def do(self, deed, battle, headers=JSON, **fields):
        """Vote, stop, skip or retry."""
        path = f"/battles/{battle.public_id}/{deed}"
        return self.commit(self.post, path, fields, headers=headers)
