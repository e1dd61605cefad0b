"""Data sets and base models in prose, told apart: trained on, measured with, merely spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from maxctl.licensing.claims import lineage, remainders
from maxctl.licensing.claims.found import readable
from maxctl.licensing.claims.prose import Sentence, Table, plain
from maxctl.licensing.claims.said import BaseMention, DataMention, Role
from maxctl.policy.names import Names

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known
    from maxctl.policy.datasets import KnownDataset

TRAINED = re.compile(
    r"\b(?:(?:pre-?|re-?|co-?)?\s?train(?:ed|s|ing)?|fine-?\s?tun(?:ed|es?|ing)|finetun\w+|learn(?:ed|t|s)? (?:\w+ )?(?:from|on)|training (?:data|set|corpus|split|mix(?:ture)?)|distill(?:ed|ation) (?:on|with)|optimi[sz]ed on|supervised on|"
    r"adapted (?:to|on)|used (?:for|to) (?:train|fine))|训练|訓練|学習|trainiert|entra[iî]n|entrenad",
    re.IGNORECASE,
)
EVALUATED = re.compile(
    r"\b(?:evaluat\w*|benchmark\w*|tested|test(?:ing)? (?:set|split|data)|validat(?:ion|ing|es?|ed on|ed with)\b|val(?: set| split)?\b|zero-?shot|results? on|scores? on|performance on|m?AP\b|accuracy|WER\b|BLEU\b|F1\b|top-?[15]\b|error rate|"
    r"leader-?board|state[\s-]of[\s-]the[\s-]art|SOTA|metrics?|achiev\w+|report(?:s|ed)?|measured|obtains?|IoU\b)|评估|测试|評価",
    re.IGNORECASE,
)
SPOKEN_OF = re.compile(
    r"\b(?:compar\w+|inspired by|similar to|unlike|as opposed to|in contrast|related|instead of|rather than|such as|e\.g\.|for example|format(?:ted|s)?|-style|style\b|compatible|layout|your own|custom data|support(?:s|ed)? (?:for )?|"
    r"loaders?|convert(?:er|s|ed)?|not (?:been )?(?:use\w*|train\w*|includ\w*|contain\w*)|no (?:data|images?) (?:from|of)|without (?:using|any)|never (?:seen|trained)|excluded?|classes|labels|categor(?:y|ies)|planned|future|coming soon|to do|todo|"
    r"can be (?:trained|used)|to train (?:on )?your|if you want|you can|see also|cite|other datasets?|like)\b",
    re.IGNORECASE,
)
COMPARED = re.compile(
    r"\b(?:compar\w+|inspired by|similar to|unlike|as opposed to|in contrast|baselines?|rivals?|competing|other (?:models|systems|networks|methods)|than (?:models|networks|those))\b",
    re.IGNORECASE,
)
"""Words behind which others' training is spoken of."""
DENIED = re.compile(
    r"\b(?:not|never|n't|no)\s+(?:\w+\s+){0,3}(?:train\w*|fine-?tun\w*|us(?:e|ed|ing)|includ\w*|contain\w*|see|seen)|without (?:using|any|training)|exclud\w+|instead of|rather than|in place of|replac\w+|\b(?:left|leave|leaving) out\b|\bomit\w*|\bskipp\w+|\bavoid\w*|\bdropp?ed\b|\bremoved\b",
    re.IGNORECASE,
)
_OWN_DATA = re.compile(
    r"\b(?:internal|private|proprietary|in-?house|confidential|undisclosed|non-?public|closed|scraped|web-?crawled|crawled|licensed|purchased|customer|company|our own|self-?collected|newly collected|collected by|hand-?collected|synthetic|"
    r"additional|large-?scale|web-?scale|curated)\s+(?:\w+[\s-]){0,3}(?:data|data[\s-]?sets?|corpus|corpora|images?|recordings?|calls?|videos?|texts?|audio|speech|collection)\b",
    re.IGNORECASE,
)
_OF_DATA = re.compile(
    r"\bdata\b|data[\s-]?sets?|corpus|corpora|images|pictures|recordings|hours|samples|annotat|label|train|数据|データ",
    re.IGNORECASE,
)
_ON = re.compile(r"\b(?:on|with|using|from|over)\b\s+(?:the\s+|a\s+|an\s+)?", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w/.-])(?:[A-Z][a-z]+(?:[A-Z0-9][\w]*)+|[A-Z]{2,}[A-Za-z0-9]*(?:[-_][A-Za-z0-9.]+)*|[A-Z][\w]*(?:[-_][A-Za-z0-9.]+)+)(?!\w)"
)
"""A name as data sets have them: CamelCase, capitals, or with hyphens and digits."""
_NO_DATA = re.compile(
    r"^(?:GPU|TPU|CPU|NVIDIA|AMD|CUDA|GTX|RTX|A100|V100|H100|T4|P100|L4|TPUv\d|PyTorch|TensorFlow|Keras|JAX|Adam|AdamW|SGD|Linux|AWS|GCP|HPC|LoRA|QLoRA|PEFT|DPO|SFT|RLHF|PPO|FP\d+|BF16|INT\d|GB|TB|MB|LR|API|AI|ML|NLP|ASR|TTS|OCR|"
    r"RGB|BGR|CNN|RNN|LSTM|GAN|MLP|CTC|VAE|ResNet.*|MobileNet.*|EfficientNet.*|ViT.*|VGG.*|U-?Net.*|YOLO.*|BERT.*|GPT.*|Conv\w+|SSD.*|HTML|JSON|CSV|YAML|README|MIT|BSD|CC|GPL\w*|AGPL.*|LGPL.*|Apache.*|LICENSE.*|DeepSpeed|FSDP|DDP|Slurm|"
    r"GitHub|HuggingFace|Hugging-Face|OpenAI|Google|Meta|Microsoft|Intel|IBM|EU|US|UK|USA|PDF|URL|ID|IDs|OK|TODO|FAQ|SPDX.*|kHz|Hz|fps|WER|mAP|AP|BLEU|F1|SOTA|CER|IoU|EMA|"
    r"A\d+|H\d+|V\d+|x\d+|[A-Z]\d?|English|German|French|Chinese|Spanish|Mel-.*|STFT|ReLU|Swin.*|Transformer.*|end-to-end|In-.*|Pre-.*|Fine-.*|Multi-.*|Self-.*|Semi-.*|State-.*|Large-.*|Open-.*|Non-.*|Data-.*|High-.*|Low-.*|Full-.*|Real-.*|"
    r"Wav2Vec.*|Conformer.*|DistilBERT.*|RoBERTa.*|Llama.*|Mistral.*|Qwen.*|Gemma.*|DINO.*|CLIP|MS|XML|IDE|SDK|DOI|arXiv|CVPR.*|ICCV.*|ECCV.*|NeurIPS.*|ICLR.*|ICML.*|ACL.*|EMNLP.*|Interspeech.*|AAAI.*)$"
)
_TRAIN_HEAD = re.compile(
    r"learn(?:t|ed) (?:from|on)|train(?:ed|ing)?(?:[\s-]*(?:on|data|set|dataset))|^data[\s-]?sets?$|pre-?train|fine-?tun"
    r"|^(?:korpus|korpora|datens[aä]tze?|trainingsdaten|données(?: d'entraînement)?|jeux? de données|appris(?:e|es)? (?:sur|avec)|entraîné\w* sur|datos|conjuntos? de datos|dati|данные|数据集|训练数据)$",
    re.IGNORECASE,
)
_STAGED = re.compile(
    r"^(?:training )?(?:stage|schedule|phase|recipe|pictures|images|corpus|data|trained with|source)s?$",
    re.IGNORECASE,
)
_EVAL_HEAD = re.compile(r"eval|benchmark|test|result|metric|performance|accuracy", re.IGNORECASE)
_DATA_SECTION = re.compile(
    r"train(?:ing)?\s+data|data\s?sets?\b|training\b|^data$|训练数据|\bhow (?:it|they|we|this|the \w+) (?:was|were) (?:trained|built|made)|\bwhat it (?:was )?(?:learn\w*|trained)|\bhow we (?:trained|built|made)",
    re.IGNORECASE,
)

_OF_MODELS = re.compile(
    r"weight|checkpoint|\bmodel|backbone|encoder|initiali|teacher|student|fine-?tun|base[\s_-]?model",
    re.IGNORECASE,
)
_MODEL_NAME = re.compile(
    r"[\w.-]+/[\w.-]+|[\w-]+\.(?:pth?|onnx|safetensors|gguf|h5|ckpt)\b|(?<![\w-])(?:[A-Z][\w.]*(?:[-\s]?\d[\w.]*)+(?:-[\w.]+)*|[A-Z][a-z]*[A-Z][\w.-]*|[a-z]*[A-Z]+[\w.]*-[\w.-]+)"
)
"""A model's name: `owner/name`, a file of weights, or a word with digits or inner capitals."""
_NO_MODEL = re.compile(r"^(?:ImageNet.*|COCO|[A-Z]{1,3}|\d.*|PyTorch|TensorFlow|and/or|w/o|https?.*)$")
_BASED = re.compile(
    r"(?P<finetune>fine-?\s?tun(?:ed|e|ing)(?: (?:version|variant|checkpoint|model))?(?: (?:of|from|on top of|based on))|finetun\w+ (?:of|from|on top of)|continued pre-?training (?:of|from|on)|微调自|基于)"
    r"|(?P<adapter>(?:LoRA|QLoRA|adapters?|PEFT)(?: \w+){0,3} (?:for|of|on|on top of|trained on))"
    r"|(?P<quantized>(?:quanti[sz]ed|GGUF|GPTQ|AWQ|int8|4-?bit|converted|conversion)(?: \w+){0,4} (?:version|variant|conversion|weights|copy|export|port|files?)?(?: ?(?:of|from|for)))"
    r"|(?P<distilled>distill(?:ed|ation)(?: \w+){0,2} (?:from|of|version of)|\bdistill(?:ed|ing)\b(?= [A-Z]))"
    r"|(?P<merge>merge(?:d)?(?: \w+){0,2} (?:of|from|with))"
    r"|(?P<base>initiali[sz]ed (?:from|with)|warm-?started from|start(?:s|ed|ing)? from|derived from|derivative of|built (?:with|on(?: top of)?)|(?:is|was|are) based on|based (?:up)?on|backbone (?:is|was|from|of|:)|encoder (?:is|was|from)|uses? (?:the |a )?(?:frozen |pre-?trained )|base[\s_-]?model\s*[:=is]+|teacher(?: model)?(?: is| was|:)?)",
    re.IGNORECASE,
)


_TRAINED_ON = "trained on "
_BEGINS = re.compile(
    r"(?:(?:the|a|an|our)\s+)?(?P<words>[^,;:(–—]{2,80}?)(?=\s*(?:[,;:(–—.]|$)|\s-\s)", re.IGNORECASE
)
"""What an item begins with: below `the following data sets:` that is one."""
_OF_SETS = re.compile(r"\b(?:data[\s-]?sets?|corpora|corpus|sources|data)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\d{1,3}[.)]?\s*")
_TRAINS = r"\b(?:train(?:ed|ing)|fine-?\s?tun(?:ed|ing)|finetun(?:ed|ing)|learn(?:ed|t))\b"
_SETS = r"\b(?:data|data[\s-]?sets?|corpora|corpus|sources|collections|(?:training )?sets)\b"
_LEADS_TO_DATA = re.compile(
    # trained on … data sets …:
    rf"{_TRAINS}[^:.]{{0,80}}\b(?:on|from|with|using)\b[^:.]{{0,60}}{_SETS}(?:\s+(?:from|of|in|below|listed|given|as|is|are|were|was|includ\w+)\b[^:.]{{0,40}})?[:：]\W*$"
    # trained on:
    rf"|{_TRAINS}[^:.]{{0,40}}\b(?:on|from)(?:\s+(?:the |these |those |a )?(?:following|below|mix(?:ture)?(?: of)?|combination of|union of))?\s*[:：]\W*$"
    # training data:, the data it was trained on:
    rf"|{_SETS}[^:.]{{0,60}}{_TRAINS}[^:.]{{0,60}}[:：]\W*$|\btraining {_SETS}[^:.]{{0,60}}[:：]\W*$|\b(?:training|train) data sources?[:：]\W*$",
    re.IGNORECASE,
)
_PERHAPS = re.compile(r"\b(?:you|can|could|may|might|to|want|how|if|please)\b[^.]*$", re.IGNORECASE)
_LEADS_ELSEWHERE = re.compile(
    r"\b(?:hyper\W?param\w*|settings?|config\w*|commands?|scripts?|options?|arguments?|flags?|parameters?|optimi\w+|procedures?|recipes?|steps?|GPUs?|TPUs?|hardware|losses|loss|schedules?|frameworks?|librar\w+|tools?|infrastructure|"
    r"techniques?|methods?|objectives?|tasks?|languages?|classes|labels|categories|you|your|can be|could|may|to train|run|use the|evaluat\w*|tested|benchmark\w*|compar\w*)\b",
    re.IGNORECASE,
)


def data_mentions(
    sentences: Iterable[Sentence], tables: Iterable[Table], known: Names[KnownDataset], how: str
) -> Iterator[DataMention]:
    """Yield the data sets that a text names, each with its role."""
    for sentence in sentences:
        found = list(_in_sentence(sentence, known, how))
        certain = any(one.role in (Role.TRAINING, Role.EVALUATION) for one in found)
        yield from found if certain else list(_in_item(sentence, known, how)) or found
    for table in tables:
        yield from _in_table(table, known, how)


def _in_item(sentence: Sentence, known: Names[KnownDataset], how: str) -> Iterator[DataMention]:
    """Yield what an item names below `trained on the following:`, read as if that stood before it."""
    lead = readable(sentence.lead).replace("\n", " ")
    first = not sentence.before or _NUMBER.fullmatch(sentence.before)
    leads = _LEADS_TO_DATA.search(lead) if first else None
    if leads is None or DENIED.search(lead) or _LEADS_ELSEWHERE.search(lead, leads.start()):
        return
    if _PERHAPS.search(lead[: leads.start()]):
        return
    marker = re.match(r"\s*(?:[-*+]|\d{1,3}[.)])\s+", sentence.text)
    cut = marker.end() if marker else 0
    whole = replace(sentence, text=_TRAINED_ON + sentence.text[cut:], lead="")
    text = f"{sentence.lead.strip()} {sentence.text[cut:].strip()}"
    found = list(_in_sentence(whole, known, how))
    yield from (replace(one, text=text) for one in found)
    begins = _BEGINS.match(plain(sentence.text[cut:]).replace("\n", " "))
    words = begins["words"].strip() if begins else ""
    told = any(one.name in words or words in one.name for one in found)
    if words and not told and _OF_SETS.search(lead) and remainders.strange(words):
        yield DataMention(words, None, Role.TRAINING, sentence.line, text, how)


def _in_sentence(sentence: Sentence, known: Names[KnownDataset], how: str) -> Iterator[DataMention]:
    text = readable(sentence.text).replace("\n", " ")
    found = [one for one in known.find(text) if _is_name(text[one[1] : one[2]])]
    trained = TRAINED.search(text) is not None
    section = bool(sentence.headings) and bool(_DATA_SECTION.search(sentence.headings[-1]))
    for entry, start, end in found:
        role = _role(text, start, end, sentence)
        if role is not None:
            yield DataMention(
                text[start:end], entry.id, role, sentence.line_at(start), sentence.text.strip(), how
            )
    if not (trained or section) or (EVALUATED.search(text) and not trained):
        return
    told: list[tuple[int, int]] = []
    for name, start in _unknown(text, found, section):
        if _role(text, start, start + len(name), sentence) is Role.TRAINING:
            told.append((start, start + len(name)))
            yield DataMention(name, None, Role.TRAINING, sentence.line_at(start), sentence.text.strip(), how)
    places = [(start, end) for _, start, end in found] + told
    for part in remainders.parts(text, places, section=section):
        end = part.start + len(part.words)
        if part.named or any(a < end and part.start < b for a, b in told):
            continue
        if _role(text, part.start, end, sentence) is Role.TRAINING:
            line = sentence.line_at(min(part.start, len(sentence.text)))
            yield DataMention(part.words, None, Role.TRAINING, line, sentence.text.strip(), how)
    if trained and not DENIED.search(text):
        for name, start in remainders.addresses(sentence.text):
            whole = (entry.id for entry, a, b in known.find(name) if (a, b) == (0, len(name)))
            told_by = next(whole, None)
            yield DataMention(
                name, told_by, Role.TRAINING, sentence.line_at(start), sentence.text.strip(), how
            )
    words = None if trained or EVALUATED.search(text) else remainders.said_of_data(text)
    if words and section:
        yield DataMention(words, None, Role.TRAINING, sentence.line, sentence.text.strip(), how)


def _is_name(words: str) -> bool:
    """Tell whether words are a name: one ordinary word in small letters (`squad`, `race`) is none."""
    return not (words.isalpha() and words.islower())


def _role(text: str, start: int, end: int, sentence: Sentence) -> Role | None:
    """Return what a data set at this place of a sentence is to the model; None for a mere mention."""
    before = text[:start]
    clause = max(
        (
            m.end()
            for m in re.finditer(
                r"[;.]\s|,?\s(?:but|while|whereas|and (?:evaluat|test|achiev|report|compar)|then)\b", before
            )
        ),
        default=0,
    )
    near = before[clause:]
    if (
        DENIED.search(near)
        or COMPARED.search(near)
        or re.search(r"\bno (?:data|images?) from (?:there|it)", text, re.IGNORECASE)
    ):
        return None
    events = [
        *((m.start(), Role.TRAINING) for m in TRAINED.finditer(near)),
        *((m.start(), Role.EVALUATION) for m in EVALUATED.finditer(near)),
        *((m.start(), None) for m in SPOKEN_OF.finditer(near)),
    ]
    if events:
        place, role = max(events, key=lambda event: event[0])
        if role is None and re.match(r"class|label|categor|split|part", near[place:], re.IGNORECASE):
            role = next(
                (r for _, r in sorted(events, reverse=True, key=lambda e: e[0]) if r is not None), None
            )
        if (
            role is None
            and any(r is Role.TRAINING for _, r in events)
            and re.search(r"such as|e\.g\.|for example|like|includ", near[place:], re.IGNORECASE)
        ):
            return Role.TRAINING  # `trained on public sets such as X`
        return role
    behind = text[end : end + 40]
    if re.match(r"[\s\w-]{0,12}[\s-]*(?:pre-?)?(?:train(?:ed|ing)|fine-?tuned)", behind, re.IGNORECASE):
        return Role.TRAINING  # `ImageNet-pretrained`
    if re.match(r"(?:[^.;]|\.\d){0,40}\bfor (?:pre-?)?training\b", text[end:], re.IGNORECASE):
        return Role.TRAINING
    if re.search(
        r"\b(?:on|with|from) which\b[^.;]{0,40}\b(?:pre-?)?(?:trained|fine-?tuned|learn)",
        text[end:],
        re.IGNORECASE,
    ):
        return Role.TRAINING
    if re.match(
        r"[\s-]*(?:format|-style|style|classes|labels|categor|API|\d*\s*(?:val|test|mAP|AP|benchmark|leaderboard))",
        behind,
        re.IGNORECASE,
    ):
        return (
            Role.EVALUATION
            if re.match(r"[\s-]*\d*\s*(?:val|test|mAP|AP|bench|leader)", behind, re.IGNORECASE)
            else None
        )
    heading = sentence.headings[-1] if sentence.headings else ""
    if _EVAL_HEAD.search(heading):
        return Role.EVALUATION
    if re.search(r"train", heading, re.IGNORECASE) or (sentence.item and _DATA_SECTION.search(heading)):
        return Role.TRAINING
    if SPOKEN_OF.search(text) or not _OF_DATA.search(" ".join((text, *sentence.headings[-1:]))):
        return None
    return Role.UNCLEAR


def _unknown(
    text: str, found: list[tuple[KnownDataset, int, int]], section: bool
) -> Iterator[tuple[str, int]]:
    """Yield names of data that nobody knows, in a sentence about training: `our internal recordings`, `FooBank`."""
    for own in _OWN_DATA.finditer(text):
        if not any(start < own.end() and own.start() < end for _, start, end in found):
            yield own[0], own.start()
    trained = TRAINED.search(text)
    if trained is None:
        return
    on = _ON.search(text, trained.end() - 1)
    if on is None or on.start() - trained.end() > 60:
        return
    stop = re.compile(
        r"[.;:()]\s|\s(?:for|using|by|to|at|in order|achiev\w+|which|until|and (?:evaluat|test|achiev|report|fine))\b"
    ).search(text, on.end())
    for name in _NAME.finditer(text, on.end(), stop.start() if stop else len(text)):
        if not _NO_DATA.match(name[0]) and not any(s < name.end() and name.start() < e for _, s, e in found):
            yield name[0], name.start()


def _in_table(table: Table, known: Names[KnownDataset], how: str) -> Iterator[DataMention]:
    heads = [plain(cell) for cell in table.head]
    around = " ".join(table.headings[-1:])
    measured = any(_EVAL_HEAD.search(head) for head in heads) or bool(_EVAL_HEAD.search(around))
    staged = any(_STAGED.search(head) for head in heads) or bool(re.search(r"train", around, re.IGNORECASE))
    for line, row in ((table.line, table.head), *table.rows):
        for column, cell in enumerate(row):
            head = heads[column] if column < len(heads) and line != table.line else ""
            role = _role_in_table(head, plain(row[0]) if column else "", measured, staged)
            if role is None:
                continue
            for entry, start, end in known.find(cell):
                if _is_name(cell[start:end]) or role is Role.TRAINING:
                    yield DataMention(cell[start:end], entry.id, role, line, " | ".join(row), how)


def _role_in_table(head: str, label: str, measured: bool, staged: bool) -> Role | None:
    """Return what a data set in a cell is, by the column's head, the row's label, and the table."""
    if _TRAIN_HEAD.search(head) and not (
        _EVAL_HEAD.search(head) or (head.lower().startswith("data") and measured)
    ):
        return Role.TRAINING
    if re.search(r"train\w*(?:\s+data|\s+set|ed on)|^data\s?sets?$", label, re.IGNORECASE):
        return Role.TRAINING
    if _STAGED.search(head) or (staged and not measured and head):
        return Role.TRAINING
    return None


def base_mentions(
    sentences: Iterable[Sentence],
    known: Known,
    how: str,
    tables: Iterable[Table] = (),
    code: Iterable[tuple[int, str]] = (),
) -> Iterator[BaseMention]:
    """Yield the models that a text says this one was made from, and the license that it says they have.

    Models that it names without saying so are yielded as `named`, once and where nothing else is said of them.
    """
    every = list(sentences)
    cued = list(_cued(every, known, how))
    yield from cued
    certain = {base.known for base in cued}
    for base in lineage.bases(every, tables, code, known, how):
        if (base.known, base.line) not in {(one.known, one.line) for one in cued} and not (
            base.relation == lineage.NAMED and base.known in certain
        ):
            certain.add(base.known)
            yield base


def _cued(sentences: Iterable[Sentence], known: Known, how: str) -> Iterator[BaseMention]:
    for sentence in sentences:
        text = readable(sentence.text).replace("\n", " ")
        cue = _BASED.search(text)
        if cue is None or lineage.denied(text[: cue.start()]) or COMPARED.search(text[: cue.end()]):
            continue
        if DENIED.search(text[: cue.start()]):
            continue
        relation = cue.lastgroup or "base"
        if relation == "base" and not _OF_MODELS.search(text):
            continue
        code = re.search(
            r"\b(?:code(?:base)?|implementation|repo(?:sitory)?|library|scripts?|decoder|design|architecture)\b",
            text[: cue.end()],
            re.IGNORECASE,
        )
        if relation == "base" and code:
            continue
        yield from _named_bases(text, cue.end(), relation, sentence, known, how)


def _named_bases(
    text: str, place: int, relation: str, sentence: Sentence, known: Known, how: str
) -> Iterator[BaseMention]:
    stop = re.compile(r"[.;]\s|\s(?:on|using|with|by|for)\s").search(text, place + 2)
    end = stop.start() if stop else len(text)
    stated = next(
        (
            m.spelling
            for m in known.lexicon.mentions(text)
            if place <= m.start <= place + 100 and "(" in text[place : m.start]
        ),
        None,
    )
    line, shown = sentence.line_at(place), sentence.text.strip()
    named = [
        (entry.id, start, stop)
        for entry, start, stop in known.base_models.mentioned(text)
        if place <= start <= place + (30 if relation == "base" else 80)
        and not re.search(r"[:;]", text[place:start])
    ]
    for name, start, stop_ in named:
        yield BaseMention(text[start:stop_], relation, line, shown, how, stated, name)
    if named:
        return
    found = _MODEL_NAME.search(text, place, min(end, place + 80))
    near = found is not None and (relation != "base" or found.start() - place <= 30)
    if (
        found
        and near
        and ":" not in text[place : found.start()]
        and not known.dataset_names_at(found[0])
        and not _NO_MODEL.match(found[0])
        and ("/" in found[0] or _OF_MODELS.search(text) or relation in ("finetune", "merge"))
    ):
        yield BaseMention(found[0].strip("`.,"), relation, line, shown, how, stated)
