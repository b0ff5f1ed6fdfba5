"""The causes of a failed probe in words: a sentence and a way out for each, for operators."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from inference_worker.wire.causes import FailureCause

WORDS: dict[FailureCause, tuple[StrPromise, StrPromise]] = {
    "no_backend": (
        gettext_lazy("The worker has no backend of this name."),
        gettext_lazy("Add a version with a backend that the page of workers lists."),
    ),
    "no_folder": (
        gettext_lazy("There is no model in this place."),
        gettext_lazy("Check the path as the worker sees it: the folder needs a config.json."),
    ),
    "folder_not_allowed": (
        gettext_lazy("The worker may not read this folder."),
        gettext_lazy("Put the folder below one of ARENA_MODEL_DIRS, or add its parent there."),
    ),
    "no_commit": (
        gettext_lazy("The Hub id is not pinned to a commit."),
        gettext_lazy("Enter the commit, 40 hexadecimal digits, as the revision of a new version."),
    ),
    "hub_off": (
        gettext_lazy("The model is not on this machine, and the worker may not ask the Hub."),
        gettext_lazy("Set ARENA_HUB=1 for the worker, or enter a folder that holds the model."),
    ),
    "hub_gated": (
        gettext_lazy("The Hub gives this model only to accounts with access to it."),
        gettext_lazy("Accept its terms on the Hub and give the worker that account's HF_TOKEN."),
    ),
    "hub_not_found": (
        gettext_lazy("The Hub has no such repository or commit."),
        gettext_lazy("Check owner, name and commit; a private one needs the worker's HF_TOKEN."),
    ),
    "hub_unreachable": (
        gettext_lazy("The Hub can't be reached from the worker, or broke off the download."),
        gettext_lazy("Check the worker's network, then probe again: a download goes on."),
    ),
    "disk_full": (
        gettext_lazy("The worker's disk is full."),
        gettext_lazy("Make room where HF_HOME points, then probe again: a download goes on."),
    ),
    "weights_changed": (
        gettext_lazy("The weights are not those that this version was registered with."),
        gettext_lazy("Put the former weights back, or add a version for the new ones."),
    ),
    "remote_code": (
        gettext_lazy("The model brings code of its own, which the worker does not run."),
        gettext_lazy("Serve it in a container of its own and add it by its endpoint."),
    ),
    "pickle_only": (
        gettext_lazy("The weights are pickle files, which can run code when they are read."),
        gettext_lazy("Convert them to safetensors, or take a repository that has those."),
    ),
    "truncated": (
        gettext_lazy("A file of the weights is incomplete, damaged or missing."),
        gettext_lazy("Fetch the files again and compare their sizes."),
    ),
    "no_tokenizer": (
        gettext_lazy("The folder has no tokenizer."),
        gettext_lazy("Add tokenizer.json and tokenizer_config.json of the model."),
    ),
    "no_template": (
        gettext_lazy("The model has no chat template, so the worker can't ask it."),
        gettext_lazy("Add chat_template.jinja to the folder, or a template to the version."),
    ),
    "text_only": (
        gettext_lazy("The model reads text alone and takes no pictures."),
        gettext_lazy("Choose a vision-language model; some endpoints switch pictures on."),
    ),
    "unknown_architecture": (
        gettext_lazy("The worker's transformers does not know this architecture."),
        gettext_lazy("Serve it behind an endpoint, or wait for a release that has it."),
    ),
    "torchvision_missing": (
        gettext_lazy("This family needs torchvision, which the worker lacks."),
        gettext_lazy("Install the torchvision that fits the worker's torch, then restart it."),
    ),
    "package_missing": (
        gettext_lazy("This family needs a package that the worker lacks."),
        gettext_lazy("Install the package that is named here for the worker, then restart it."),
    ),
    "unusable_folder": (
        gettext_lazy("The files of the model can't be used."),
        gettext_lazy("Compare them with the original; merge adapters into their model first."),
    ),
    "no_memory": (
        gettext_lazy("The model does not fit into the worker's memory."),
        gettext_lazy("Raise ARENA_WORKER_MEMORY_MB where there is more, or use a larger machine."),
    ),
    "nothing_listens": (
        gettext_lazy("Nothing answers at the endpoint's address."),
        gettext_lazy("Start the server, and check host and port as the worker sees them."),
    ),
    "forbidden_address": (
        gettext_lazy("The worker may not call this address."),
        gettext_lazy("Use a public https address, or list it in ARENA_ENDPOINT_ALLOW."),
    ),
    "certificate": (
        gettext_lazy("The endpoint's certificate is not accepted."),
        gettext_lazy("Renew it, and check that it names the host of the address."),
    ),
    "redirect": (
        gettext_lazy("The endpoint redirects elsewhere, which is not followed."),
        gettext_lazy("Add a version with the address that answers itself."),
    ),
    "unauthorized": (
        gettext_lazy("The endpoint does not accept the key, or needs one (401)."),
        gettext_lazy("Add a version with a valid key."),
    ),
    "payment": (
        gettext_lazy("The endpoint asks for payment (402)."),
        gettext_lazy("Top up the account at the endpoint, then probe again."),
    ),
    "forbidden": (
        gettext_lazy("The key may not use this model (403)."),
        gettext_lazy("Let the account use the model, or add a version with another key."),
    ),
    "no_model": (
        gettext_lazy("The endpoint has no such model or path (404)."),
        gettext_lazy("Choose a name that the endpoint lists; the address ends with /v1."),
    ),
    "rate_limited": (
        gettext_lazy("The endpoint's limit of requests, or the account's credit, is used up."),
        gettext_lazy("Wait or raise the limit at the endpoint, then probe again."),
    ),
    "server_error": (
        gettext_lazy("The endpoint failed while it answered (500)."),
        gettext_lazy("Read the endpoint's own log, then probe again."),
    ),
    "overloaded": (
        gettext_lazy("The endpoint is overloaded, or still loads its model."),
        gettext_lazy("Wait until it is ready, then probe again."),
    ),
    "stream_error": (
        gettext_lazy("The endpoint reported an error in the middle of its answer."),
        gettext_lazy("Read the endpoint's own log, then probe again."),
    ),
    "broke_off": (
        gettext_lazy("The connection ended before the answer did."),
        gettext_lazy("Check time limits of the server and of proxies before it."),
    ),
    "unreadable": (
        gettext_lazy("The response is not an answer of this protocol."),
        gettext_lazy("Check the backend, and that the address is not that of a web page."),
    ),
    "endless": (
        gettext_lazy("The endpoint kept sending without an end."),
        gettext_lazy("Check the server's stop tokens and its limit of tokens."),
    ),
    "request_refused": (
        gettext_lazy("The endpoint refuses the request."),
        gettext_lazy("Set the version's options by what the endpoint says."),
    ),
    "pictures_by_link": (
        gettext_lazy("The endpoint takes pictures only by link, and the arena sends their bytes."),
        gettext_lazy("Let the server take data URIs, or choose another server."),
    ),
    "too_many_pictures": (
        gettext_lazy("The endpoint takes fewer pictures in one question."),
        gettext_lazy("Raise the server's limit of pictures, or set max_images in the options."),
    ),
    "context_too_small": (
        gettext_lazy("Question and limits together don't fit into the model's context."),
        gettext_lazy("Serve the model with a longer context, or lower ARENA_ANSWER_MAX_TOKENS."),
    ),
    "declined": (
        gettext_lazy("The model declined to answer."),
        gettext_lazy("Check the filters of the endpoint: the probe asks about a red circle."),
    ),
    "bad_key": (
        gettext_lazy("The stored key can't be used."),
        gettext_lazy("Give site and worker the same ARENA_SEALING_KEY, and enter the key again."),
    ),
    "timeout": (
        gettext_lazy("No answer came in time."),
        gettext_lazy("Use a faster device or server, or raise ARENA_ANSWER_SECONDS."),
    ),
    "empty": (
        gettext_lazy("The model ended without a word."),
        gettext_lazy("Check its chat template and its end tokens."),
    ),
    "only_thought": (
        gettext_lazy("The model used up its room for reasoning and gave no answer."),
        gettext_lazy("Raise ARENA_ANSWER_MAX_REASONING_TOKENS, or limit it by the options."),
    ),
    "blind": (
        gettext_lazy("It answers, but says that it sees no picture."),
        gettext_lazy("Check that the endpoint passes pictures on and serves a vision model."),
    ),
    "does_not_look": (
        gettext_lazy("Its answers do not fit the two pictures: it does not look at them."),
        gettext_lazy("Check the weights and the template; random or text-only weights do this."),
    ),
    "no_worker": (
        gettext_lazy("No worker took the probe."),
        gettext_lazy("Start a worker of this release that serves the card's queue."),
    ),
    "worker_lost": (
        gettext_lazy("The worker ended in the middle of the probe."),
        gettext_lazy("Read its log: too little memory is the usual reason. Then probe again."),
    ),
    "queue_unreachable": (
        gettext_lazy("The queue can't be reached."),
        gettext_lazy("Probe again once Redis is back."),
    ),
    "other": (
        gettext_lazy("It failed for a reason that has no name yet."),
        gettext_lazy("The log of the worker says more."),
    ),
}
"""For each cause a sentence on what happened and one on what to do."""


def explained(cause: FailureCause, *, details: str = "") -> str:
    """Return the sentence on a cause, with what the worker said, and the way out."""
    happened, way_out = WORDS[cause]
    if not details:
        return f"{happened} {way_out}"
    said = _("It says: %(details)s.") % {"details": details.rstrip(".")}
    return f"{happened} {said} {way_out}"
