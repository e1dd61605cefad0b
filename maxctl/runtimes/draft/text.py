"""The steps from texts to what a model takes: tokens, or the texts themselves."""

from __future__ import annotations

from typing import Any, TypeGuard

from maxctl.runtimes.draft.facts import Facts, Tensor, words_of
from maxctl.runtimes.draft.guess import Confidence, Guess

_PARTS = {
    "attention mask": "attention_mask", "input mask": "attention_mask", "mask": "attention_mask",
    "token type ids": "type_ids", "segment ids": "type_ids", "input type ids": "type_ids", "type ids": "type_ids",
    "input ids": "ids", "input word ids": "ids", "ids": "ids", "tokens": "ids", "input": "ids", "token ids": "ids",
}  # fmt: skip
_USUAL_LENGTH = 512
_MOST = 65536


def text_steps(facts: Facts) -> tuple[Guess, ...]:
    """Return `tokenize` with the model's own inputs, or `strings` where the model takes texts as they are."""
    texts = next((one for one in facts.inputs if one.dtype == "string"), None)
    if texts is not None and len(facts.inputs) == 1:
        axes = {"axes": "N1"} if texts.rank == 2 else {}
        return (Guess({"step": "strings", **axes}, "the model takes texts as they are", "high", texts.name),)
    parts = {one.name: part for one in facts.inputs if one.integers and (part := _part(one))}
    if "ids" not in parts.values():
        first = next(
            (one for one in facts.inputs if one.integers and one.rank == 2 and one.name not in parts), None
        )
        if first is None:
            return ()
        parts = {first.name: "ids", **parts}
    ids = next(one for one in facts.inputs if parts.get(one.name) == "ids")
    length, why, sure, source = _length(facts, ids)
    value: dict[str, Any] = {
        "step": "tokenize",
        "file": "tokenizer.json",
        "inputs": {one.name: parts[one.name] for one in facts.inputs if one.name in parts},
        "max_length": length,
    }
    if ids.dtype == "int32":
        value["dtype"] = "int32"
    if ids.shape and ids.shape[-1] is not None:
        value["pad_to"] = "max_length"
    pad = facts.document.get("pad_token_id")
    if isinstance(pad, int) and pad > 0:
        value["pad_id"] = pad
        why += f"; pad_token_id {pad}"
    side = facts.evidence.documents.get("tokenizer_config.json", {}).get("padding_side")
    if side == "left":
        value["pad_side"] = side
        why += "; padding_side left"
    there = facts.evidence.tokenizer
    if there is None:
        why += "; no tokenizer.json lies beside the model"
        sure = "low"
    return (Guess(value, why, sure, source),)


def _part(tensor: Tensor) -> str | None:
    name = words_of(tensor.name)
    return next(
        (
            part
            for word, part in _PARTS.items()
            if name == word or name.endswith(f" {word}") or name.startswith(f"{word} ")
        ),
        None,
    )


def _length(facts: Facts, ids: Tensor) -> tuple[int, str, Confidence, str]:
    """Return the most tokens of a text, why, how sure that is, and from where."""
    if ids.shape and ids.shape[-1]:
        return ids.shape[-1], f"`{ids.name}` has {ids.shape[-1]} tokens", "high", ids.name
    stated = facts.evidence.documents.get("sentence_bert_config.json", {}).get("max_seq_length")
    if _usable(stated):
        return stated, f"max_seq_length {stated}", "high", "sentence_bert_config.json"
    stated = facts.evidence.documents.get("tokenizer_config.json", {}).get("model_max_length")
    if _usable(stated):
        return stated, f"model_max_length {stated}", "high", "tokenizer_config.json"
    stated = facts.document.get("max_position_embeddings")
    if _usable(stated):
        # RoBERTa's positions begin after the padding's own
        room = (
            stated - 2
            if facts.document.get("model_type") in ("roberta", "xlm-roberta", "camembert")
            else stated
        )
        return room, f"max_position_embeddings {stated}", "high", "config.json"
    return _USUAL_LENGTH, "512 tokens are what most models of texts take", "low", "a habit"


def _usable(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _MOST
