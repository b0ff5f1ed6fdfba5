"""The site's list of native families is that of the pinned transformers."""

from __future__ import annotations

from inference_worker.wire.hub_repositories import native_architectures


def test_the_list_is_that_of_the_installed_transformers():
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    assert native_architectures() == dict(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
