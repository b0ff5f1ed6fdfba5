"""What a browser keeps of an arena that is installed: one page, and the worker that shows it."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """Return the page of a lost connection. It is made without the request: it is kept for longer
    than a visit, so nothing in it may be the visitor's."""
    return HttpResponse(render_to_string("offline.html"))


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker at the root of the site: a worker acts for what lies below it."""
    script = Path(str(finders.find("js/serviceworker.js"))).read_bytes()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def received(request: HttpRequest) -> HttpResponse:
    """Lead to the first page, which says that a shared photo did not arrive.

    A system that shares a photo sends no CSRF token. The service worker takes it before it leaves
    the device; where there is none, nothing of it is read here.
    """
    return HttpResponseRedirect("/?received", status=303)
