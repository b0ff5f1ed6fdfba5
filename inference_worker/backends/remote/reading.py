"""Turn the parts of an endpoint's answer into pieces of answer and reasoning with token counts.

The endpoint's own count of tokens is authoritative and comes last. Until then a part counts as many
tokens as it has words, at least one: most servers send one token at a time, some several.
"""

from __future__ import annotations

from collections.abc import Iterator

from inference_worker.backends.base import BackendError, GenerationInput, TokenDelta
from inference_worker.backends.remote.protocol import AnswerPart, TokenUsage
from inference_worker.reasoning import ReasoningSplitter, closing_mark_in
from inference_worker.wire.endpoint_options import EndpointOptions
from inference_worker.wire.messages import Finish


class ThinksUnexpectedly(Exception):
    """The model reasons and was given no room for it: to be asked again with room."""


class EndpointAnswer:
    """An answer while it arrives."""

    def __init__(self, ask: GenerationInput, options: EndpointOptions, *, has_room: bool) -> None:
        """``has_room``: the request allows the tokens of a trace beside the answer's own."""
        self._ask = ask
        self._has_room = has_room
        self._splitter = ReasoningSplitter(
            options.reasoning_marks, inside=options.reasoning_from_start
        )
        self._expects_usage = not {"stream", "stream_options"} & set(options.omit)
        self._text = ""
        self._answer_tokens = 0
        self._reasoning_tokens = 0
        self._usage: TokenUsage | None = None
        self.finish: Finish | None = None
        self.is_over = False
        self.heard = False
        """A message came that could be understood."""
        self.model = ""

    @property
    def has_begun(self) -> bool:
        """Return whether a word of the answer has come."""
        return bool(self._text)

    @property
    def had_reasoning(self) -> bool:
        """Return whether the model has reasoned, as far as anybody says so."""
        usage = self._usage
        return bool(self._reasoning_tokens or (usage and usage.reasoning))

    @property
    def lone_marks(self) -> tuple[str, str] | None:
        """The marks of a trace that the template opened, so that it was taken for the answer."""
        return closing_mark_in(self._text)

    def take(self, part: AnswerPart) -> Iterator[TokenDelta]:
        """Yield what a part adds. Raises ThinksUnexpectedly, and BackendError for a trace that is
        longer than allowed."""
        self.heard = True
        self.model = part.model or self.model
        self._usage = part.usage or self._usage
        if part.reasoning:
            yield from self._think(part.reasoning)
        for is_reasoning, text in self._splitter.feed(part.text):
            yield from self._think(text) if is_reasoning else self._say(text)
        self.finish = self.finish or part.finish
        # Some count as they go: the truth is what comes with the end or after it.
        counted = part.usage is not None or not self._expects_usage
        self.is_over = self.is_over or part.is_last or bool(self.finish and counted)

    def end(self) -> Iterator[TokenDelta]:
        """Yield the last pieces, with the truth about the tokens. Raises ThinksUnexpectedly, and
        BackendError for an answer without a word."""
        for is_reasoning, text in self._splitter.close():
            yield from self._think(text) if is_reasoning else self._say(text)
        finish = self.finish or "stop"
        if not self._text.strip():
            cut = finish == "length"
            if cut and not self._has_room and self._ask.sampling.max_reasoning_tokens:
                raise ThinksUnexpectedly
            if self.had_reasoning or cut:
                said = self._only_thought(self._true_counts()[1])
                raise BackendError("empty", said, "only_thought")
            raise BackendError("empty", "the model ended without a word", "empty")
        answer, reasoning = self._true_counts()
        if reasoning != self._reasoning_tokens:
            more = reasoning - self._reasoning_tokens
            yield TokenDelta(self._ask.id, "", more, kind="reasoning")
        yield TokenDelta(self._ask.id, "", answer - self._answer_tokens, finish)

    def _think(self, text: str) -> Iterator[TokenDelta]:
        if not self._has_room and self._ask.sampling.max_reasoning_tokens:
            raise ThinksUnexpectedly
        tokens = _tokens(text)
        self._reasoning_tokens += tokens
        if self._has_room and self._reasoning_tokens > self._ask.sampling.max_reasoning_tokens:
            said = self._only_thought(self._reasoning_tokens)
            raise BackendError("empty", said, "only_thought")
        yield TokenDelta(self._ask.id, text, tokens, kind="reasoning")

    def _say(self, text: str) -> Iterator[TokenDelta]:
        if self._has_room and self._answer_tokens >= self._ask.sampling.max_new_tokens:
            # The endpoint was given room for a trace and uses it for the answer.
            self.finish, self.is_over = "length", True
            return
        tokens = _tokens(text)
        self._answer_tokens += tokens
        self._text += text
        yield TokenDelta(self._ask.id, text, tokens)

    def _only_thought(self, tokens: int) -> str:
        return (
            f"the model reasoned for {tokens} tokens and gave no answer; raise"
            f" ARENA_ANSWER_MAX_REASONING_TOKENS (now {self._ask.sampling.max_reasoning_tokens}),"
            " or let it think less by the version's extra_body"
        )

    def _true_counts(self) -> tuple[int, int]:
        """Return the tokens of answer and trace, as the endpoint counts them where it does."""
        usage = self._usage or TokenUsage()
        if usage.completion is None:
            return self._answer_tokens, usage.reasoning or self._reasoning_tokens
        reasoning = self._reasoning_tokens if usage.reasoning is None else usage.reasoning
        if not self._text.strip():
            reasoning = usage.completion
        reasoning = min(reasoning, max(0, usage.completion - bool(self._text)))
        return usage.completion - reasoning, reasoning


def _tokens(text: str) -> int:
    """Return how many tokens a text has at least."""
    return max(1, len(text.split()))
