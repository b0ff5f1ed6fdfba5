"""Turn words and pictures of a voter into tensors, and tokens back into text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from secrets import token_hex
from typing import Any

from jinja2 import TemplateError
from PIL import Image
from transformers import BatchFeature

from inference_worker.backends.base import BackendError, GenerationInput, SamplingParams
from inference_worker.backends.transformers.rendering import TemplateLimitExceeded, renderer
from inference_worker.wire.model_options import ModelOptions
from inference_worker.wire.prompt_limits import PromptLimit, measured

HALF = "�"
"""The character that decoding returns for an incomplete character."""
_MARK = "answer"
_FILLING = f"prompt_{token_hex(8)}"
_FILLED = f"{{{{ {_FILLING} }}}}"
"""A template that writes a rendered prompt. Its name is drawn, so that no folder has one of it."""
LARGEST_PICTURE = (2048, 2048)
"""The arena sends none that is larger; some models take more tokens for a larger one."""
LEFT_FOR_ANSWER = 64
"""Tokens that a prompt of the greatest length still leaves."""
ENGLISH = (
    "Please describe everything that you can see in this picture in as much detail as possible: "
    "the objects and their colours, where each of them stands, and what the people are doing. "
    "Then explain which part would be hardest to recognise for somebody who has never been there, "
    "and why. How many windows does the largest building have? If there is any writing, read it "
    "word by word, translate it into English, and tell me whether it changes what the scene means."
)
NO_OPTIONS = ModelOptions()
PATIENCE = 8
"""Tokens to wait for the rest of a character; no character takes more."""


class PromptEncoder:
    """A processor, used the way its model was trained: through its chat template."""

    def __init__(self, processor: Any, options: ModelOptions = NO_OPTIONS) -> None:
        """``options`` are those of the model's version."""
        self._processor = processor
        self._options = options
        self.tokenizer = getattr(processor, "tokenizer", processor)
        own = getattr(processor, "chat_template", None)
        # Older folders keep it with the tokenizer alone.
        found = own or getattr(self.tokenizer, "chat_template", None)
        self.template = None if options.prompt_template else found
        added = self.tokenizer.added_tokens_decoder.values()
        special = {token.content for token in added if token.special}
        special.update(self.tokenizer.all_special_tokens)
        self._special = sorted(special, key=len, reverse=True)

    @property
    def is_bare(self) -> bool:
        """Return whether neither folder nor version says how a question is written."""
        return self.template is None and self._options.prompt_template is None

    def tensors(self, ask: GenerationInput) -> Any:
        """Return the model's inputs, with a batch of one.

        Raises BackendError for what is no image, for more pictures or turns than the version
        takes, and for a second turn without a chat template.
        """
        most = self._options.max_images
        if most is not None and len(ask.all_images) > most:
            said = f"the model takes at most {most} pictures in one conversation"
            raise BackendError("refused", f"{said}, not {len(ask.all_images)}")
        most = self._options.max_turns
        if most is not None and len(ask.earlier) >= most:
            said = f"the model takes at most {most} questions in one conversation"
            raise BackendError("refused", f"{said}, not {len(ask.earlier) + 1}")
        if not self.template:
            if ask.earlier:
                raise BackendError(
                    "refused", "without a chat template a model takes one turn alone"
                )
            images = [_image(data) for data in ask.images]
            text = self.escape_special_tokens(ask.prompt)
            if self._options.prompt_template:
                token = getattr(self._processor, "image_token", "")
                mark = token if isinstance(token, str) else str(getattr(token, "content", ""))
                text = self._options.prompt_template.filled(text, images=len(images), mark=mark)
            inputs = self._processor(text=text, images=images or None, return_tensors="pt")
            inputs.pop("labels", None)  # of training: PaliGemma's are always there
            return BatchFeature(dict(inputs))  # a question without pictures is of another type
        try:
            return self._templated(ask, answers_in_parts=True)
        except (TypeError, TemplateError):
            # Some templates take a list of parts from the user and plain text of the model.
            if not ask.earlier:
                raise
            return self._templated(ask, answers_in_parts=False)

    def picture_sizes(self, inputs: Any) -> tuple[tuple[int, int], ...]:
        """Return width and height of each picture as the model sees it; nothing for a processor
        that does not say it. Qwen's counts the patches of each picture."""
        grids = inputs.get("image_grid_thw")
        patch = getattr(getattr(self._processor, "image_processor", None), "patch_size", None)
        if grids is None or not isinstance(patch, int):
            return ()
        return tuple((wide * patch, high * patch) for _, high, wide in grids.tolist())

    def _templated(self, ask: GenerationInput, *, answers_in_parts: bool) -> Any:
        messages: list[dict[str, Any]] = []
        for turn in ask.earlier:
            answer: Any = self.escape_special_tokens(turn.answer)
            if answers_in_parts:
                answer = [{"type": "text", "text": answer}]
            messages.append(self._question(turn.prompt, turn.images))
            messages.append({"role": "assistant", "content": answer})
        messages.append(self._question(ask.prompt, ask.images))
        return self._processor.apply_chat_template(
            messages,
            chat_template=_FILLED,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"return_tensors": "pt"},  # some warn of variables without any
            **{_FILLING: self._rendered(messages, opened=True)},
        )

    def _question(self, prompt: str, images: Sequence[bytes]) -> dict[str, Any]:
        """Return a user's message: the pictures, and then the words without special tokens."""
        pictures = [{"type": "image", "image": _image(data)} for data in images]
        words = {"type": "text", "text": self.escape_special_tokens(prompt)}
        return {"role": "user", "content": [*pictures, words]}

    def ends(self, model: Any) -> frozenset[int]:
        """The tokens that end an answer; they are not part of it."""
        ends = model.generation_config.eos_token_id
        listed = ends if isinstance(ends, list) else [ends]
        found = [*listed, self.tokenizer.eos_token_id, self._turn_end()]
        return frozenset(token for token in found if token is not None)

    def _turn_end(self) -> int | None:
        """Return the special token with which the chat template ends an answer, if it has one.

        Some folders list it nowhere: their models would go on in the next voter's name.
        """
        question = {"role": "user", "content": [{"type": "text", "text": "?"}]}
        for answer in ([{"type": "text", "text": _MARK}], _MARK):
            whole = [question, {"role": "assistant", "content": answer}]
            try:
                opened = self._rendered(whole, opened=True)
                ended = self._rendered(whole, opened=False)
            except TemplateLimitExceeded:
                raise
            except Exception:  # noqa: BLE001, S112  # a template is a program of the folder's
                continue
            # A template that opens the next answer by itself would show that in place of an end.
            after = "" if opened == ended else ended.rpartition(_MARK)[2]
            tokens = self.tokenizer.encode(after.lstrip(), add_special_tokens=False)
            if tokens and self.tokenizer.convert_ids_to_tokens(tokens[0]) in self._special:
                return int(tokens[0])
        return None

    def _rendered(self, messages: Any, *, opened: bool) -> str:
        """Return the prompt as the folder's template writes it, which runs in another process.
        Raises ValueError where none of several chat templates is the default."""
        template = self.template
        if isinstance(template, dict):
            template = template.get("default")
        if not isinstance(template, str):
            raise ValueError("the folder has several chat templates, and none is the default")
        variables = {
            **self.tokenizer.special_tokens_map,
            "messages": messages,
            "tools": None,
            "documents": None,
            "add_generation_prompt": opened,
        }
        return renderer.render(template, variables)

    def escape_special_tokens(self, text: str) -> str:
        """The voter's words without special tokens: those would end the turn or stand for an image.

        A space after the first character leaves them readable and makes them ordinary text.
        """
        for token in self._special:
            if len(token) > 1:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def positions(model: Any) -> int:
    """Return how many tokens a model has places for, prompt and answer together; 0 if unknown."""
    known = getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None)
    return known if isinstance(known, int) and known > 0 else 0


def prompt_limit(source: str, prompts: PromptEncoder, places: int) -> PromptLimit | None:
    """Return how long a prompt may be for a model with so many places; None if that is unknown."""
    if not places:
        return None
    beside = prompts.tensors(
        GenerationInput("limit", "?", (_largest_picture(),), SamplingParams(1, 0.0, 0), 0.0)
    )
    if "input_ids" not in beside:  # a family that reads its prompt from the picture
        return None
    left = places - beside["input_ids"].shape[1] - LEFT_FOR_ANSWER
    taken = len(prompts.tokenizer.encode(ENGLISH, add_special_tokens=False))
    return measured(source, left, english=ENGLISH, taken=taken)


@cache
def _largest_picture() -> bytes:
    picture = BytesIO()
    Image.new("RGB", LARGEST_PICTURE, "grey").save(picture, "PNG")
    return picture.getvalue()


def fitted(ask: GenerationInput, inputs: Any, places: int) -> GenerationInput:
    """Return the request with no more tokens to make than the prompt leaves room for.

    Raises BackendError where it leaves none: past its places a model repeats itself. Also for what
    is no prompt of a conversation: a classifier's processor makes several of one question.
    """
    rows, taken = inputs["input_ids"].shape if "input_ids" in inputs else (1, 0)
    if rows != 1:
        said = "this family classifies and does not talk"
        raise BackendError("refused", f"{said}: its processor makes {rows} prompts of one question")
    if not places:
        return ask
    if taken >= places:
        raise BackendError("refused", f"the prompt takes {taken} tokens, the model has {places}")
    tokens = min(ask.sampling.max_new_tokens, places - taken)
    return replace(ask, sampling=replace(ask.sampling, max_new_tokens=tokens))


class IncrementalDetokenizer:
    """The tokens of one answer to text, as far as it is certain.

    Special tokens are left out; bytes that are no whole character yet are held back.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        # Decoded together with the tokens before it, a new token gets its right spacing.
        self._context = 0
        self._said = 0

    def add(self, token: int) -> str:
        """The text that has become certain with this token; often, but not always, its own."""
        self._tokens.append(token)
        text = self._unsaid()
        if text.endswith(HALF) and len(self._tokens) - self._said < PATIENCE:
            return ""
        self._context, self._said = self._said, len(self._tokens)
        return text

    def rest(self) -> str:
        """Return what was held back, once no token follows; half a character is dropped."""
        text = self._unsaid().rstrip(HALF)
        self._said = len(self._tokens)
        return text

    def _unsaid(self) -> str:
        before = self._decode(self._tokens[self._context : self._said])
        return self._decode(self._tokens[self._context :])[len(before) :]

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


def _image(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as image:
            return image.convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise BackendError("internal", f"not an image: {error}") from error
