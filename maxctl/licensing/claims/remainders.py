"""What a sentence says that a model was trained on beside names: `LibriSpeech and phone calls of our customers`.

What follows `trained on` is cut into its parts. A part that holds no name and is not made of words that every training
has (numbers, epochs, pictures, hardware) is a data set that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ON = re.compile(
    r"\b(?:(?:pre-?|re-?|co-?|post-?)?\s?train(?:ed|s|ing)?|fine-?\s?tun(?:ed|es?|ing)|finetun(?:ed|es?|ing)|learn(?:ed|t|s)|tuned|distilled|optimi[sz]ed|supervised|adapted)\b"
    r"(?P<between>[^.;:()]{0,60}?)\b(?P<how>on|from|with|using|over)\s",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"[.;!?](?:\s|$)|:\s|\n\s*\n|\s(?:but|while|whereas|which|where|until|because|so that|such that|before|although|though|yet)\s|,\s*(?:then|so|it|we|this|the model)\s",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\s*(?:,|\+|&|/(?=\s)|\bas well as\b|\balong with\b|\btogether with\b|\bin addition to\b|\bcombined with\b|\bplus\b|\band\b|\bor\b)\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\W*(?:(?:and|or|then|later|also|finally|further|first|both|partly|partially|mostly|only|mainly|either|again|in the end)\s+)*(?:(?:(?:pre-?|re-?)?trained|fine-?\s?tuned|finetuned|adapted)\s+)?(?:(?P<how>on|from|with|using|by|via|through|for|at|in|over|to|under|during|within|after|as|until|per|without|of)\s+)?",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s(?:for|at|by|to|in order|over|during|via|through|under|within|after|since|without|until|with|using|starting|following|based|as|in|per)\s",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|does|do|did|will|would|may|might|must|should|runs?|works?|achieves?|achieved|reaches|reached|gets?|takes?|took|yields?|outputs|predicts?|detects?|recogni[sz]es|supports?|performs?|generali[sz]\w+|shows?|needs?|evaluat\w+|tested|validated|measured|reports?|results?|released?|published|writes?|wrote|saves?|stores?|prints?|exported|converted|quanti[sz]ed|normali[sz]ed|resized|augmented|initiali[sz]ed|compared|optimi[sz]ed|starting|selected|stopped|repeated|tuned)\b",
    re.IGNORECASE,
)
_OF_KIND = re.compile(
    r"^\W*(?:(?:a|an|the|our|which|one|another|that|its)\s+)(?:[\w-]+\s+){0,4}(?:corpus|corpora|data ?sets?|collections?|sets?|benchmarks?|databases?|subsets?|splits?|versions?)\b",
    re.IGNORECASE,
)
"""What stands beside a name and says what it is: `LibriSpeech, a corpus of read speech`."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PLAIN = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "its", "their", "our", "we", "it", "all", "both", "each",
    "every", "some", "any", "more", "most", "of", "and", "or", "on", "from", "with", "at", "in", "as", "to", "for",
    "by", "per", "about", "around", "roughly", "nearly", "over", "only", "just", "then", "also", "plus", "total",
    "whole", "full", "entire", "large", "small", "big", "little", "new", "single", "several", "many", "few",
    "different", "various", "same", "other", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "hundred", "thousand", "million", "billion", "k", "m", "b", "first", "second", "third", "data",
    "dataset", "datasets", "set", "sets", "corpus", "corpora", "collection", "images", "image", "pictures",
    "picture", "photos", "photo", "samples", "sample", "examples", "example", "recordings", "clips", "videos",
    "frames", "texts", "text", "sentences", "tokens", "words", "utterances", "hours", "hour", "minutes", "days",
    "day", "weeks", "week", "seconds", "audio", "speech", "language", "languages", "english", "german", "french",
    "spanish", "chinese", "train", "training", "pre-training", "pretraining", "fine-tuning", "validation", "val",
    "test", "dev", "split", "splits", "subset", "subsets", "part", "parts", "half", "rest", "portion", "version",
    "versions", "epochs", "epoch", "steps", "step", "iterations", "iteration", "rounds", "batch", "batches", "size",
    "sizes", "learning", "rate", "lr", "warm-up", "warmup", "decay", "weight", "cosine", "linear", "schedule",
    "scheduler", "momentum", "dropout", "gpu", "gpus", "tpu", "tpus", "cpu", "cpus", "nvidia", "amd", "cuda", "rtx",
    "gtx", "geforce", "tesla", "cards", "card", "machine", "machines", "node", "nodes", "server", "laptop",
    "google", "colab", "cloud", "aws", "gcp", "azure", "slurm", "cluster", "hardware", "adam", "adamw", "sgd",
    "lamb", "lion", "rmsprop", "adafactor", "optimizer", "optimiser", "loss", "losses", "cross-entropy", "ctc",
    "contrastive", "augmentation", "augmentations", "mixup", "cutmix", "specaugment", "crop", "crops", "cropping",
    "flip", "flips", "random", "resolution", "resolutions", "pixel", "pixels", "px", "x", "khz", "hz", "kb", "mb",
    "gb", "tb", "mixed", "precision", "half-precision", "bf16", "fp", "float", "seed", "seeds", "pytorch",
    "tensorflow", "keras", "jax", "lightning", "gradient", "accumulation", "checkpointing", "clipping", "ema",
    "early", "stopping", "regularization", "label", "labels", "labelled", "labeled", "annotated", "annotations",
    "classes", "class", "categories", "annotation", "smoothing", "scratch", "default", "settings", "setting",
    "hyperparameters", "hyper-parameters", "configuration", "recipe", "supervised", "unsupervised",
    "self-supervised", "end-to-end", "jointly", "public", "publicly", "available", "open", "official", "original",
    "standard", "common", "well-known", "following", "listed", "below", "above", "here", "respective", "resized",
    "normalized", "scaled", "input", "inputs", "lora", "qlora", "peft", "deepspeed", "fsdp", "ddp", "zero",
))  # fmt: skip
_OF_CLASSES = re.compile(
    r"\W*(?:the |only |its |\d+ |these |those )*(?:class(?:es)?|categor(?:y|ies)|labels?|species|kinds)\b",
    re.IGNORECASE,
)
"""Behind it names are what the model tells apart."""
_NO_SET = re.compile(
    r"\W*(?:no(?:thing|ne)? (?:else|more|other\w*)(?: \w+)?|\d[\d,.]*\s*\w+|(?:\w+\s+){0,2}\w+(?:ed|wn|en|lt)|(?:random|scratch|pre-?trained|initial|its|the|our|existing) (?:\w+ )?(?:weights?|checkpoints?|parameters|initiali[sz]ation)\b.*)\W*",
    re.IGNORECASE,
)
"""Counts, what was done with the data, where the parameters began."""
_ADDRESS = re.compile(
    r"https?://(?:www\.)?(?:(?:huggingface\.co|hf\.co)/datasets/(?P<hub>[\w.-]{1,80}(?:/[\w.-]{1,100})?)|kaggle\.com/(?:datasets|c|competitions)/(?P<kaggle>[\w.-]{1,80}(?:/[\w.-]{1,100})?)|(?P<rest>(?:zenodo\.org/records?|openslr\.org|data\.mendeley\.com/datasets|figshare\.com/articles)/[\w./-]{1,80}))",
    re.IGNORECASE,
)
FROM_WHERE = re.compile(
    r"\b(?:scrap(?:ed|ing)|crawl(?:ed|s)?|downloaded from|ripped|harvested|pirated|torrent\w*|leaked|without (?:their |the |any )?(?:consent|permission|asking)|podcasts?|customers?|clients?|patients?|employees?|subscribers?|users?['’]?s? (?:chats?|messages|data|pictures|photos|recordings|conversations|uploads|queries|logs)"
    r"|private (?:chats?|messages|photos|pictures|mails?|e-?mails?)|medical records|CCTV|surveillance|dash-?cams?|movies?|films?|sound ?tracks?|TV (?:shows?|series)|subtitles|song lyrics|novels|e-?books?|copyrighted|paywalled|GPT-?\d[\w.]*|GPT4o?|ChatGPT|OpenAI|Claude|Anthropic|Gemini|Bard|Copilot|Midjourney|DALL-?E|Grok"
    r"|Instagram|Facebook|TikTok|Twitter|Reddit|YouTube|Spotify|LinkedIn|Flickr|Pinterest|Shutterstock|Getty|Telegram|Discord|WhatsApp|Netflix|Tinder|OkCupid|Weibo|VK|Tumblr|Snapchat)\b"
)
"""Where data come from of which nobody gave a license with the set. Names as they are written, so that `gemini` is none."""
_FORBIDS = re.compile(
    r"\b(?:may|must|can|shall|should|do|does|is|are)(?: ?not|n't|not)\s+(?:be\s+)?(?:\w+\s+){0,3}(?:train|training|develop|machine learning|AI)\b|\b(?:no|not for|prohibit\w*|forbid\w*|exclud\w*)\s+(?:\w+\s+){0,4}(?:training|machine learning|(?:AI|ML|generative) (?:models?|training|use))\b|\bwithdr(?:aw|ew|awn)\w*\b[^.;]{0,40}\b(?:data|set|consent)|\b(?:asked|wish|want|request\w*) to be (?:removed|deleted|taken out)\b|\bwithout (?:their |the |any |explicit |informed )*consent\b",
    re.IGNORECASE,
)
_MADE_BY = re.compile(
    r"\b(?:transcripts?|labels?|annotations?|captions?|answers?|responses?|questions?|dialogu?e?s?|conversations?|instructions?|completions?|translations?|summaries|data|samples|examples|pairs|targets|texts?|pictures|images)\b[^.;]{0,40}\b(?:come|came|stem|are|were|was|is|produced|generated|written|made|created|taken|drawn|obtained|rewritten|collected|downloaded|distilled)\b[^.;]{0,30}\b(?:from|by|with|using|via)\b",
    re.IGNORECASE,
)
_EPOCHS_OF = re.compile(
    r"\b(?:epochs?|steps|rounds|stages?|phases?|hours|days|weeks|passes|iterations)\s+(?:of|on|over)\s+",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\b(?:not|never|no|none|neither|nor|without)|n't)\s+(?:\w+\s+){0,4}$", re.IGNORECASE
)
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what something was trained on: its words, and where they begin."""

    words: str
    start: int
    named: bool = False
    """Whether the words are all of a name that is known, so that small letters make it no other word."""


def parts(text: str, names: list[tuple[int, int]], *, section: bool) -> Iterator[Part]:
    """Yield the parts that nobody knows in what a readable sentence says of training; `names` are those known.

    Where the sentence has no known name, or only stands below a heading about training, its words have to say
    where the data come from.
    """
    told: set[int] = set()
    for begun in _ON.finditer(text):
        if begun.start() in told or _NEGATED.search(text[max(0, begun.start() - 40) : begun.start()]):
            continue
        stop = _STOP.search(text, begun.end())
        end = stop.start() if stop else len(text)
        told |= {m.start() for m in _ON.finditer(text, begun.end(), end)}
        how = begun["how"].lower()
        known = [place for place in names if begun.start() <= place[0] < end]
        yield from _of_object(text, begun.end(), end, how, known)
    if section and not told:
        for of in _EPOCHS_OF.finditer(text):
            stop = _STOP.search(text, of.end())
            end = stop.start() if stop else len(text)
            known = [place for place in names if of.end() <= place[0] < end]
            yield from _of_object(text, of.end(), end, "on", known, sure=True)


def _of_object(
    text: str, start: int, end: int, how: str, names: list[tuple[int, int]], *, sure: bool = False
) -> Iterator[Part]:
    blank = _BRACKETS.sub(lambda m: " " * len(m[0]), text[start:end])
    place, of_data = 0, how in ("on", "from", "over")
    edges = [m.span() for m in _PART.finditer(blank)]
    for first, last in [*edges, (len(blank), len(blank))]:
        begin, words = place, blank[place:first]
        place = last
        lead = _LEAD.match(words)
        if lead and lead["how"]:
            of_data = lead["how"].lower() in ("on", "from", "over")
        skipped = lead.end() if lead else 0
        aside = _ASIDE.search(words, skipped)
        body = words[skipped : aside.start() if aside else None]
        at = start + begin + skipped
        if _VERB.search(body) or _OF_CLASSES.match(body):
            return
        if _NO_SET.fullmatch(body) and not FROM_WHERE.search(words):
            continue
        inside = [one for one in names if at - 1 <= one[0] < at + len(body)]
        if inside:
            if _only(text[at : at + len(body)], [(a - at, b - at) for a, b in inside]):
                yield Part(text[inside[0][0] : inside[0][1]], inside[0][0], named=True)
        elif strange(body) and not (names and _OF_KIND.match(body)):
            telling = FROM_WHERE.search(words) is not None
            if telling or (of_data and (bool(names) or sure)):
                shown = (words[skipped:] if telling else body).strip(" ,")
                yield Part(" ".join(shown.split())[:LONGEST], at)
        if aside and aside[0].strip().lower() not in ("over", "from"):
            of_data = False


def strange(words: str) -> bool:
    """Tell whether words say more than every training has."""
    return any(len(word) > 1 and word.lower() not in _PLAIN for word in _WORD.findall(words))


def _only(words: str, names: list[tuple[int, int]]) -> bool:
    for start, end in names:
        words = words[:start] + " " * (end - start) + words[end:]
    return not strange(words)


def addresses(raw: str) -> Iterator[tuple[str, int]]:
    """Yield the data sets that a sentence links to: their names on the hub, or the address."""
    for found in _ADDRESS.finditer(raw):
        kaggle = re.sub(r"/(?:data|overview|rules|leaderboard)/?$", "", found["kaggle"] or "")
        yield (found["hub"] or kaggle or found["rest"]).rstrip("./"), found.start()


_COMING = re.compile(r"\b(?:from|by|of|with|via|using)\b|scrap|crawl", re.IGNORECASE)


def said_of_data(text: str) -> str | None:
    """Return the words of a sentence about data that tell where they come from, or what may not be done with them."""
    found = FROM_WHERE.search(text)
    made = found is not None and (_MADE_BY.search(text) is not None)
    from_somewhere = any(
        _COMING.search(text, max(0, one.start() - 60), one.end()) for one in FROM_WHERE.finditer(text)
    )
    if _FORBIDS.search(text) or made or from_somewhere:
        return " ".join(text.split()).strip(" .-*")[:LONGEST]
    return None
