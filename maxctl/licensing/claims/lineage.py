"""Models that a text names: what the weights are or come from, what may be their origin, and what is merely spoken of.

A known model is looked at where it stands: the words before and behind it tell. Where they do not, and its license
binds what is made from it, it is `named`: a person has to say whether the weights come from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from maxctl.licensing.claims.found import readable
from maxctl.licensing.claims.prose import Sentence, Table, plain
from maxctl.licensing.claims.said import BaseMention

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known
    from maxctl.policy.base_models import KnownModel

NAMED = "named"
_CLAUSE = re.compile(r"[.;!?]\s|[:;]\s|\s(?:but|while|whereas|however|although)\s|,\s(?:and|then)\s")
_BEHIND = re.compile(r"[.;!?]\s|\s(?:but|while|whereas|however|although)\s")
_REACH = 160
"""So many characters before and behind a name tell what it is."""
_ADJECTIVE = (
    r"(?:(?:a|an|the|our|its|one|just|simply|basically|essentially|really|actually|plain|stock|vanilla|renamed|quanti[sz]ed|modified"
    r"|frozen|where|distilled|public|official|original|released|open|full|large|small|raw|pre-?trained|instruction-?tuned|fine-?tuned|finetuned|chat|instruct"
    r"|weights|checkpoints?|models?|parameters|Meta|Google|Alibaba|Stability|(?:weights|checkpoints?|version|variant|copy|parameters|backbone|encoder) (?:of|from))\s+)"
)
_MADE = re.compile(
    r"\b(?P<finetune>(?:instruction[-\s]?|post-?|re-?)?(?:fine-?\s?tuned|finetuned|tuned)|continued (?:pre-?)?training(?: of| with)?|retrained|specialized)\s"
    r"|\b(?P<quantized>quanti[sz]ed|converted|exported|compressed|pruned|ported)\s"
    r"|\b(?P<distilled>distilled)\s"
    r"|\b(?P<merge>merged)\s"
    r"|\b(?P<base>(?:started|warm-?started|bootstrapped|initiali[sz]ed|adapted|extended|abliterated|modified|took)\s)",
    re.IGNORECASE,
)
_BRIDGE = re.compile(
    rf"\s*(?:(?:from|of|on|with|at|upon|to)\s+)?{_ADJECTIVE}{{0,5}}(?:[\w/.-]+/)?", re.IGNORECASE
)
_GERUND = re.compile(
    r"\b(?:by|through|via|after|from|when)\s+(?:fine-?\s?tuning|finetuning|quanti[sz]ing|distill?ing|merging|converting|pruning|adapting|continuing)\s",
    re.IGNORECASE,
)
_COPULA = re.compile(
    rf"\b(?:is|are|was|were|being|remains?)\s+{_ADJECTIVE}{{0,5}}"
    r"(?:(?:copy|version|variant|port|conversion|fine-?tune|merge|quanti[sz]ation|snapshot|mirror|re-?upload|clone|fork|derivative|distillation"
    rf"|descendant|child|export|LoRA|adapter|GGUF)\s+(?:of|from|for)\s+{_ADJECTIVE}{{0,5}})?(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"^\W*(?:this|it|these|they)\b|\b(?:our|this|the|its|her|underlying|under the hood)\b[^.;]{0,40}\b(?:models?|weights?|networks?|checkpoints?|backbones?|(?:en|de)coders?"
    r"|detectors?|swappers?|generators?|classifiers?|segmenters?|recogni[sz]ers?|estimators?|students?|core|LLM|inside|parent|base|trunk)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:weights?|checkpoints?|model|network|backbone|encoder|decoder|trunk|student|adapter|initiali\w+|head|layers|we|our|this|it|parameters)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:(?:base|parent|foundation|source|original|pre-?trained|starting|initial|teacher|underlying|upstream)(?:[\s_-]+(?:models?|weights|checkpoints?|point|network|llm|lm))?"
    r"|(?:fine-?\s?tuned|finetuned|quanti[sz]ed|converted|distilled|merged|derived|adapted|initiali[sz]ed|trained|started|pruned|made)\s+(?:from|of|with|on top of)(?:\s+(?:the\s+)?(?:models?|weights|checkpoints?))?"
    r"|backbone|initiali[sz]ation|init|parents?|origin|made from|teacher)\s*(?:[(\[][\w\s]{1,20}[)\]])?\s*[:=|–—]\W*(?:the\s+)?(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^\W*(?:(?:base|parent|foundation)(?:[\s_-]+model)|(?:fine-?\s?tuned|finetuned|quanti[sz]ed|distilled|derived)\s+from(?:\s+model)?)"
    r"\s*(?:[(\[][\w\s]{1,20}[)\]])?\s*[:=][\s`*\[]*(?P<name>[\w.-]{1,80}/[\w.-]{1,100})[\s`*\]]*(?=$|[\s,(])",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[\s,(:–—-]{0,4}(?:(?:model|weights|checkpoint|backbone|base|which|that|was|were|is|has|have|been|we|then|merely|only|just|further|and|,)\s+){0,5}"
    r"(?:(?P<quantized>quanti[sz]ed|converted|exported|pruned|compressed|in (?:\d+|two|four|eight|int\d|fp\d+)[\s-]*bits?\b|in (?:GGUF|ONNX|GPTQ|AWQ|int\d|fp\d+)|GGUF|GPTQ|AWQ)"
    r"|(?P<finetune>fine-?\s?tuned|finetuned|re-?trained|trained further|further trained|adapted to|specialized)"
    r"|(?P<distilled>distilled)|(?P<merge>merged)"
    r"|(?P<base>as (?:the|its|our|a|an) (?:base|backbone|encoder|teacher|initiali\w+|starting|init|foundation)|with (?:the|its|our|a|some) \w+ (?:layers?|heads?|blocks?) (?:removed|replaced|swapped)|renamed|under a(?:nother)? (?:new )?name))",
    re.IGNORECASE,
)
_ADDED = re.compile(
    rf"\b(?:Q?LoRAs?|DoRA|LyCORIS|adapters?|PEFT|textual inversions?|Dream-?Booth|Control-?Nets?|IP-?Adapters?|hyper-?networks?|soft prompts?|delta weights|weight deltas?)"
    rf"\s+(?:\w+\s+){{0,3}}(?:for|of|on|over|on top of|to)\s+{_ADJECTIVE}{{0,4}}(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_TAUGHT = re.compile(
    rf"\b(?:learn\w*|trained|tuned|distill\w*|supervised|imitat\w*|mimic\w*|student)\b[^.;]{{0,60}}\b(?:logits|outputs?|answers|responses|completions|generations|activations|teacher)\b[^.;]{{0,20}}\b(?:of|from|by|is|was|called)\s+{_ADJECTIVE}{{0,4}}(?:[\w.-]+/)?$"
    rf"|\bteacher(?: model| network)?\s+(?:is|was|=|:|being|of choice is)\s*{_ADJECTIVE}{{0,4}}(?:[\w.-]+/)?$|\b(?:its|our|the) teacher,\s+(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_CAME = re.compile(
    r"\b(?:initiali[sz]\w*|started|starts?|starting|begins?|began|bootstrap\w*|warm-?start\w*|taken|derive[sd]?|derived|built|based|descend\w*|stems?|originat\w*|inherit\w*|copied|comes?|came|extracted|continued|went on|picked up|carried on"
    rf"|resumed|sliced|grafted)\b[^.;]{{0,30}}\b(?:from|of|on|upon|with|at)\s+{_ADJECTIVE}{{0,5}}(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_APPOSED = re.compile(
    r"\b(?:our|the|its|as|with|frozen)\s+(?:frozen\s+|pre-?trained\s+|own\s+)?(?:base|parent|foundation|backbone|teacher)(?:\s+(?:model|llm|network|weights))?,?\s+(?:[\w.-]+/)?$",
    re.IGNORECASE,
)
_BUILT_WITH = re.compile(r"^\W*built with (?:Meta )?$", re.IGNORECASE)
_GUIDES = re.compile(
    r"\b(?:to|can|could|may|might|should|must|you|your|users?|how|please|want|wish|scripts?|code|tools?|toolkit|library|recipes?|supports?|supported|allows?|lets?|easily|if|any|example|tutorial|e\.g\.)\b",
    re.IGNORECASE,
)
_DID = re.compile(
    r"\b(?:we|I|was|were|is|are|been|by|has|have|then)\s+(?:\w+ly\s+|then\s+|simply\s+|also\s+)?\w*$",
    re.IGNORECASE,
)
_NOT_IT = re.compile(
    r"^['’]?s?\s*[-–]?\s*(?:tokeni[sz]er|vocabular\w*|vocab|prompts?\b|chat template|format|papers?\b|architecture|code(?:base)?\b|repo(?:sitory)?\b|API\b|style|like\b|licen[cs]e|team|authors|implementation|compatible|benchmark|baseline|config\b)",
    re.IGNORECASE,
)
_NO_DESCENT = re.compile(
    r"\b(?:compar\w+|inspired|similar|unlike|opposed|contrast|baselines?|rivals?|compet\w+|alternatives?|other(?:s)? (?:models?|systems?|networks?|methods?)?|than|versus|vs|outperform\w*|beats?|surpass\w*|exceed\w*|match(?:es|ed|ing)?|faster|slower|better|worse|smaller|larger|cheaper|lighter|heavier|accura\w+"
    r"|on par|close to|behind|ahead|works? with|working with|compatib\w*|support(?:s|ed|ing)?|integrat\w*|plug\w*|drop-?in|tokeni[sz]\w*|judged?|judges|grad(?:ed|er)|rated|scored|scores?|evaluat\w*|benchmark\w*|measured|tested|metrics?|like|such as|e\.g|example|for instance|replac\w+|instead|also"
    r"|you|your|please|how|tutorial|guide|demos?|todo|planned|plans?|soon|future|will|would|could|may|might|cite|papers?|thank\w*|acknowledg\w*|credits?|courtesy|implement\w*|re-?implement\w*|inference|server|client|wrapper|plugins?|runtimes?|engine|from scratch|design|architecture|in the spirit"
    r"|not|never|no|nor|neither|without|n't|except|unless|if|whether|todo|questions?|prompt\w*|retriev\w*|cluster|embedd?ings? (?:of|by)|format|style|yaml|config\w*|requirements?|install\w*|versions?|changelog|release)\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:not|never|n't|no|neither|nor|without)\s+(?:\w+\s+){0,4}$|\b(?:instead of|rather than|in place of|unlike|compared (?:to|with)|than|versus|vs\.?|similar to|inspired by|as opposed to|in contrast to)\s+(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:\b(?:not|never|no|neither|nor|without)|n't)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_MEASURED_WITH = re.compile(
    r"\b(?:compar\w+|than|versus|vs|unlike|like|against|outperform\w*|beats?|surpass\w*|baselines?|rivals?|similar to|competitors?|others?)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"[\s\w-]{0,20}\b(?:reach\w*|gets?|got|achiev\w*|scor\w*|obtain\w*|has|had|performs?|attains?|is (?:faster|slower|better|worse|smaller|larger))\b",
    re.IGNORECASE,
)
_RIVALS = re.compile(
    r"compar|baseline|related|alternativ|compet|rival|similar|acknowledg|thanks|credit|citation|reference|inspir",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"support|compatib|roadmap|to-?do|change|news|install|usage|quick|how to|tutorial|example|demo|faq|requirement|zoo|awesome|contribut|benchmark|result|evaluat|performance|getting started|datasets?\b",
    re.IGNORECASE,
)
_PARENTS = re.compile(
    r"^\W*(?:base(?:d on| models?)?|parents?(?: models?)?|parent models|merged models|models merged|merge(?:d from| recipe| of)?|source models|ingredients|made from|derived from|fine-?tuned from|finetuned from|initiali[sz]ation)\W*$",
    re.IGNORECASE,
)
_LISTS = re.compile(
    r"\b(?:merge|merged|blend|blended|mix|soup|average[sd]?|combin\w+|made|built|distilled|fine-?tuned)\b[^.;]{0,60}\b(?:of|from|with|following|these|between)\b[^.;]{0,60}:\W*$",
    re.IGNORECASE,
)
_OF_DATA = re.compile(r"\b(?:data|data[\s-]?sets?|corpora|corpus)\b", re.IGNORECASE)
"""What a list stands below that holds no models."""
_HUB_ID = re.compile(r"(?<![\w/.:-])[\w.-]{1,80}/[A-Za-z0-9][\w.-]{0,100}(?![\w/])")
_FILE_END = re.compile(r"\.(?:py|md|txt|ya?ml|json|png|jpe?g|gif|sh|ipynb|html?|csv)$", re.IGNORECASE)
_COLUMN = re.compile(
    r"^\W*(?:base|parents?|initiali[sz]ed from|init(?:iali[sz]ation)?(?: from)?|derived from|made from|fine-?tuned from|finetuned from|starts? from|started from|pre-?trained (?:from|model|weights)|teacher"
    r"|(?:base|parent|foundation|source|original|teacher)[\s_-]*(?:models?|weights|checkpoints?|llm))\W*$",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"^\W*(?:none|no|scratch|from scratch|random(?:ly)?(?: init\w*)?|n/?a|own|ours|todo|tbd)?\W*$",
    re.IGNORECASE,
)
_RECIPE = re.compile(
    r"^\s{0,40}(?:-\s+)?(?:model|base_model)\s*:\s*[\"']?(?P<name>[\w.-]{1,80}/[\w.-]{1,100})"
)
_CAPITAL = re.compile(r"(?<![\w/.-])[A-Z][A-Za-z]{2,20}(?![\w/])")
_RIVALS = re.compile(r"baseline|compar|rival|related|benchmark|ablation", re.IGNORECASE)


def bases(
    sentences: Iterable[Sentence],
    tables: Iterable[Table],
    code: Iterable[tuple[int, str]],
    known: Known,
    how: str,
) -> Iterator[BaseMention]:
    """Yield the models that a text names as what its model is or comes from, or leaves open whether it does."""
    listed = False
    for sentence in sentences:
        listed = sentence.item and (listed or bool(_LISTS.search(sentence.before)))
        listed = listed and not _OF_DATA.search(sentence.lead)
        found = list(_in_sentence(sentence, known, how))
        if not found and (listed or (sentence.item and _PARENTS.match("".join(sentence.headings[-1:])))):
            found = list(_in_list(sentence, known, how))
        yield from found
        listed = listed or bool(_LISTS.search(readable(sentence.text).replace("\n", " ")))
    for table in tables:
        yield from _in_table(table, known, how)
    lines = list(code)
    if any("merge_method" in text for _, text in lines):
        for line, text in lines:
            made = _RECIPE.match(text[:300])
            if made:
                yield BaseMention(made["name"], "merge", line, text.strip()[:300], f"{how} recipe of a merge")


def denied(before: str) -> bool:
    """Tell whether the words before a verb deny it: `was not fine-tuned from X`."""
    return _DENIED.search(before[-_REACH:]) is not None


def _in_sentence(sentence: Sentence, known: Known, how: str) -> Iterator[BaseMention]:
    text = readable(sentence.text).replace("\n", " ")
    shown = sentence.text.strip()
    told: set[str] = set()
    taken: list[tuple[int, int]] = []
    for entry, start, end in known.base_models.mentioned(text):
        taken.append((start, end))
        relation = _relation(text, start, end, sentence, entry)
        if relation is not None:
            told.add(entry.id)
            yield BaseMention(text[start:end], relation, sentence.line_at(start), shown, how, None, entry.id)
    for word in _CAPITAL.finditer(
        text[:2000]
    ):  # `Gemma`, `Falcon`: ordinary words, unless something is done to them
        entry_ = known.base_models.find(word[0])
        if entry_ is None or entry_.id in told or not entry_.binds:
            continue
        if any(start <= word.start() < end for start, end in taken):
            continue
        relation = _descent(text, word.start(), word.end(), sentence)
        if relation is not None and relation != NAMED:
            told.add(entry_.id)
            yield BaseMention(word[0], relation, sentence.line_at(word.start()), shown, how, None, entry_.id)
    label = _LABELLED.match(text) if not told else None
    if label:
        line = sentence.line_at(label.start("name"))
        yield BaseMention(label["name"], _of_label(label[0]), line, shown, how)


def _relation(text: str, start: int, end: int, sentence: Sentence, entry: KnownModel) -> str | None:
    """Return what a known model is to the weights by the words around it; None for a mere mention."""
    descent = _descent(text, start, end, sentence)
    if descent is not None and (descent != NAMED or entry.binds):
        return descent
    if descent is not None or not entry.binds or sentence.item or not _OWN.search(text):
        return None
    first = max(0, start - _REACH)
    around = text[_start(text, first, start) : _stop(text, end)]
    headings = sentence.headings[-1:]
    if (
        _NOT_IT.match(text[end : end + 40])
        or _NO_DESCENT.search(text[first : end + _REACH])
        or _GUIDES.search(around)
    ):
        return None
    return None if any(_RIVALS.search(h) or _ELSEWHERE.search(h) for h in headings) else NAMED


def _start(text: str, first: int, place: int) -> int:
    return max((m.end() for m in _CLAUSE.finditer(text, first, place)), default=first)


def _stop(text: str, end: int) -> int:
    found = _BEHIND.search(text, end, end + _REACH)
    return found.start() if found else min(len(text), end + _REACH)


def _descent(text: str, start: int, end: int, sentence: Sentence) -> str | None:
    """Return how the weights come from a model that stands here, where the words say so."""
    if any(_RIVALS.search(h) for h in sentence.headings[-1:]) or _NOT_IT.match(text[end : end + 40]):
        return None
    first = max(0, start - _REACH)
    if _LABEL.match(text[max(0, start - 80) : start]) and start <= 80:
        return _of_label(text[:start])
    before = text[_start(text, first, start) : start]
    behind = text[end : _stop(text, end)]
    if _REFUSED.search(before):
        return None
    if _BUILT_WITH.match(before):
        return "base"
    made = _made(before, behind)
    if made is not None:
        return made
    guides = _GUIDES.search(before) is not None
    if _GERUND.search(before) and not guides:
        return "finetune"
    after = _AFTER.match(behind)
    if after and not guides and not _NO_DESCENT.search(before):
        return after.lastgroup
    if _APPOSED.search(before) and not guides and not _NO_DESCENT.search(before):
        return "base"
    if _TAUGHT.search(before) and not guides:
        return "distilled"
    if _ADDED.search(before) and not guides:
        return "adapter"
    if _COPULA.search(before) and not _NO_DESCENT.search(before):
        shows = _NO_DESCENT.search(behind) is not None
        return "base" if _SELF.search(before) and not shows else NAMED
    if _CAME.search(before) and not guides and not _NO_DESCENT.search(before):
        code = re.search(
            r"\b(?:code(?:base)?|implementation|repo(?:sitory)?|library|scripts?|project|app|website|demo)\b",
            before,
            re.IGNORECASE,
        )
        return None if code else "base" if _OWN.search(before) else NAMED
    return None


def _made(before: str, behind: str) -> str | None:
    """Return what was done to a model: `we fine-tuned X`, not `you can use fine-tuned X`."""
    made = max(_MADE.finditer(before), key=lambda m: m.start(), default=None)
    if made is None or not _BRIDGE.fullmatch(before, made.end() - 1):
        return None
    ahead = before[: made.start()]
    if denied(ahead) or _MEASURED_WITH.search(ahead):
        return None
    if _GUIDES.search(ahead) and not _DID.search(ahead):
        return None
    if re.match(
        r"\s*(?:-?\w+\s+)?(?:models|networks|checkpoints)\b", behind, re.IGNORECASE
    ) and not _DID.search(ahead):
        return None  # `exported YOLOv8 models run on phones`
    if _MEASURED.match(behind) and not _DID.search(ahead):
        return NAMED  # `a fine-tuned X reaches 0.5`: it may be a rival
    return made.lastgroup


def _of_label(label: str) -> str:
    for word, relation in (
        ("tuned", "finetune"),
        ("quanti", "quantized"),
        ("convert", "quantized"),
        ("distill", "distilled"),
        ("teacher", "distilled"),
        ("merge", "merge"),
    ):
        if word in label.lower():
            return relation
    return "base"


def _in_list(sentence: Sentence, known: Known, how: str) -> Iterator[BaseMention]:
    """Yield the models of an item of a list of what this was made from, known or not."""
    text = readable(sentence.text).replace("\n", " ")
    shown = sentence.text.strip()
    relation = (
        "merge"
        if re.search("merge|blend|soup", sentence.before + "".join(sentence.headings[-1:]), re.I)
        else "base"
    )
    found = [(text[start:end], start, entry.id) for entry, start, end in known.base_models.mentioned(text)]
    if found:
        for name, start, entry_id in found[:1]:
            yield BaseMention(name, relation, sentence.line_at(start), shown, how, None, entry_id)
        return
    named = _HUB_ID.search(text[:300])
    if named and not _FILE_END.search(named[0]):
        yield BaseMention(named[0].rstrip("."), relation, sentence.line_at(named.start()), shown, how)


def _in_table(table: Table, known: Known, how: str) -> Iterator[BaseMention]:
    """Yield what stands in a column of bases, or behind a row's label for one; rivals have such tables, too."""
    if any(_RIVALS.search(heading) for heading in table.headings[-1:]):
        return
    columns = {n for n, head in enumerate(table.head) if _COLUMN.match(plain(head))}
    for number, (line, row) in enumerate(((table.line, table.head), *table.rows)):
        labelled = {1} if len(row) == 2 and _COLUMN.match(plain(row[0])) else set()
        for column in sorted((columns if number else set()) | labelled):
            cell = readable(row[column]) if column < len(row) else ""
            if not cell.strip() or _NOTHING.match(cell):
                continue
            head = plain(row[0] if column in labelled else table.head[column])
            found = known.base_models.mentioned(cell)
            shown = " | ".join(row)
            for entry, start, end in found[:3]:
                yield BaseMention(
                    cell[start:end], _of_label(head), line, shown, f"{how} table", None, entry.id
                )
            named = None if found else _HUB_ID.search(cell[:300])
            if named:
                yield BaseMention(named[0], _of_label(head), line, shown, f"{how} table")
