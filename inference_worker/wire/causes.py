"""The causes of a failed probe: a closed set of codes, for operators alone.

Voters read one of six sentences, by ``messages.FailureCode``. An operator reads which of these it
was, with a way out in words of the site's, and what the worker or the endpoint said itself.
"""

from __future__ import annotations

from typing import Literal

FailureCause = Literal[
    # Before anything is loaded.
    "no_backend",
    "no_folder",
    "folder_not_allowed",
    "no_commit",
    "hub_off",
    "hub_gated",
    "hub_not_found",
    "hub_unreachable",
    "disk_full",
    "weights_changed",
    # What a folder or a repository holds.
    "remote_code",
    "pickle_only",
    "truncated",
    "no_tokenizer",
    "no_template",
    "text_only",
    "unknown_architecture",
    "torchvision_missing",
    "package_missing",
    "unusable_folder",
    "no_memory",
    # What an endpoint does.
    "nothing_listens",
    "forbidden_address",
    "certificate",
    "redirect",
    "unauthorized",
    "payment",
    "forbidden",
    "no_model",
    "rate_limited",
    "server_error",
    "overloaded",
    "stream_error",
    "broke_off",
    "unreadable",
    "endless",
    "request_refused",
    "pictures_by_link",
    "too_many_pictures",
    "context_too_small",
    "declined",
    "bad_key",
    # What an answer, or its absence, shows.
    "timeout",
    "empty",
    "only_thought",
    "blind",
    "does_not_look",
    "no_worker",
    "worker_lost",
    "queue_unreachable",
    "other",
]
