"""Questions that a document asks for its readers, and answers: `May I use it commercially? No.`

The words of the question are no statement, and those of the answer say nothing alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from maxctl.licensing.claims.lexicon import Lexicon
from maxctl.licensing.claims.nouns import nouns
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import Kind, Statement
from maxctl.policy.spdx import CONDITIONAL

_USES = re.compile(
    r"commerc|\bproducts?\b|\bproduction\b|\bbusiness\b|\bcompan(?:y|ies)|\bsell\b|\bresell\b|\bredistribut|\bprofit|"
    r"\bmoney\b|\bpaid\b|\bstartups?|\bcustomers?\b|\bfor (?:any|free)\b|\bat work\b|商用|商业|kommerziell|gewerblich",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:can|may|could|am|are|is|does|allowed|permitted|okay|ok|possible|legal|darf|puis-je|peut-on|puedo)\b|可以|能否|吗",
    re.IGNORECASE,
)
_MUST = re.compile(r"\b(?:need|must|have to|has to|should|required?|pay|ask)\b", re.IGNORECASE)
_LIMITS = re.compile(r"\b(?:restrict|limit|prohibit|forbid|forbidden|non-?commercial)", re.IGNORECASE)
_OF_USE = re.compile(
    r"\b(?:use|used|using|sell|resell|redistribut\w+|deploy|ship|include|licen[cs]\w*|commercially)\b|商",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\b(?:yes|yep|yeah|sure|of course|absolutely|certainly|definitely|feel free|go ahead|ja|oui|sí)\b|可以|是的",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:no|nope|not|never|cannot|can't|unfortunately|sorry|only|unless|except|please|contact|nein|non)\b|不|否",
    re.IGNORECASE,
)


def statements(sentences: Sequence[Sentence], lexicon: Lexicon, how: str) -> Iterator[Statement]:
    """Yield a limit for each question about a use whose answer does not plainly allow it."""
    for place, sentence in enumerate(sentences):
        end = max(sentence.text.rfind("?"), sentence.text.rfind("？"))
        if end < 0 or end > 400:
            continue
        question, answer = sentence.text[: end + 1], sentence.text[end + 1 :]
        if not (_USES.search(question) and _OF_USE.search(question)):
            continue
        if len(answer.strip(" \t\n*_`\"')")) < 2:
            following = sentences[place + 1] if place + 1 < len(sentences) else None
            answer = following.text if following and following.line - sentence.line <= 8 else ""
        if _limits(question, answer[:400], lexicon):
            slots = tuple(dict.fromkeys(n.thing.slot for n in nouns(question) if n.thing.slot is not None))
            words = f"{' '.join(question.split())} {' '.join(answer.split())}"[:300]
            yield Statement(
                Kind.RESTRICTION,
                words,
                sentence.line,
                words,
                f"{how} answer",
                "medium",
                slots,
                None,
                CONDITIONAL,
            )


def _limits(question: str, answer: str, lexicon: Lexicon) -> bool:
    if not answer.strip():
        return False
    yes, no = _YES.search(answer), _NO.search(answer)
    if _MUST.search(question) or _LIMITS.search(question):
        return yes is not None  # `Do I have to pay? Yes.`
    if not _MAY.search(question):
        return False
    if yes is not None and (no is None or yes.start() < no.start()):
        return bool(
            re.search(r"\b(?:but|only|unless|except|if|contact)\b", answer[yes.end() :], re.IGNORECASE)
        )
    return no is not None or not lexicon.mentions(answer)
