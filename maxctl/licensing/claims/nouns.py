"""The nouns of a sentence: which slot they name; and the phrases that restrict, exclude, or speak of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from maxctl.core.slot import Slot


class Thing(StrEnum):
    """What a noun names: a slot, or something that no slot is for."""

    CODE = "code"
    WEIGHTS = "weights"
    DATA = "data"
    SCRIPTS = "scripts"
    SAMPLES = "samples"
    DOCUMENTS = "documents"
    WHOLE = "whole"
    """`This project`: code in a repository of code, the weights in one of weights."""

    @property
    def slot(self) -> Slot | None:
        """The slot, if it is one."""
        return Slot(self.value) if self.value in Slot._value2member_map_ else None


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun in a text."""

    start: int
    end: int
    thing: Thing


_PRE = r"(?:pre-?\s?trained|fine-?tuned|trained|released|published|converted|quanti[sz]ed|distilled|model|network|final|official)"
# the first that matches at a place wins, so the longer stand before the shorter
_NOUNS: tuple[tuple[Thing, str], ...] = (
    (Thing.DOCUMENTS, r"model cards?|documentation|docs|papers?|figures?|readme|text of this (?:page|card)|website"),
    (
        # where the model is offered, which has terms of its own
        Thing.DOCUMENTS,
        r"(?:(?:web|online|live|hosted|public|our|the|eine|die)[\s-]+)?\bdemo\b(?![\s-]*(?:code|script|image|picture|video|audio|clip|asset|data|notebook))|(?:hosted|web|cloud|inference) (?:service|api)|playground"
        r"|\b(?:the|your|our|an?) (?:\w+ )?(?:token|API key|account|password|mailing list|mirror|cluster|docker images?|viewer|dashboard|card reader)\b",
    ),
    (
        Thing.CODE,
        r"(?:model|inference|training|evaluation|source|demo|example|python|research|our|the|this)?[\s-]*(?:source[\s-]?codes?|code\s?base|codes?)\b"
        r"|model (?:definitions?|implementations?|architectures?|class(?:es)?)|(?:the|all|our) sources?\b(?: files?)?(?!\s+(?:of|separation|images?|domain|languages?))|implementations?|software|librar(?:y|ies)|(?:python )?package|toolkit|framework",
    ),
    (
        Thing.SCRIPTS,
        r"(?:training|conversion|evaluation|download|export|helper|utility|preprocessing)?\s*scripts?\b|(?:training|conversion|example) notebooks?|tooling",
    ),
    (
        Thing.SAMPLES,
        r"(?:sample|demo|example|test|illustrative)s? (?:images?|pictures?|photos?|photographs?|videos?|clips?|audio(?: files?| clips?)?|"
        r"recordings?|data|inputs?|assets?|files?|media)|\bsamples\b|demo assets|photographs|photos|pictures",
    ),
    (
        Thing.DATA,
        r"(?:training|train|annotated|labell?ed)[\s-]+(?:data(?:[\s-]?sets?)?|corpus|corpora|sets?|images)|data[\s-]?sets?\b|\bdata\b(?!\s*(?:loader|loading|structure|type|frame|augmentation|science|pipeline))"
        r"|corpus|corpora|annotations",
    ),
    (
        Thing.WEIGHTS,
        rf"(?:{_PRE}[\s-]+)*(?:model[\s-]+)?(?:weights?\b|check-?\s?points?\b|parameters\b|parameter(?=\s+files?\b))(?:\s+files?)?"
        rf"|(?:{_PRE}[\s-]+)+models?\b|(?:trained )?model (?:files?|binar(?:y|ies)|artifacts?)|(?:\.(?:pth?|onnx|gguf|safetensors|tflite|h5|pb|ckpt|npz|keras)\b)(?:\s+files?)?"
        r"|(?<!the )(?<!of )\bmodels\b|(?:this|the|our|these|all|each|(?-i:[A-Z0-9][\w./+-]*\d[\w./+-]*|[\w.]+-[\w.-]*)) models?\b(?!\s+(?:card|zoo|code|defin|implement|architect|class|directory|folder))|^models?\b(?=\s*(?:[:(|]|is|are|licen[cs]e))",
    ),
    (
        Thing.WHOLE,
        r"(?:this|the|our|entire|whole|all)\s+(?:project|repo(?:sitory)?|work|material|release|directory|folder|tool|app(?:lication)?|product)\b|everything|all files|"
        r"\bproject\b|\brepo(?:sitory)?\b",
    ),
    # Chinese and Japanese
    (Thing.WEIGHTS, r"权重|預訓練模型|预训练模型|模型参数|模型權重|検査点|学習済みモデル|重み|模型(?!代码|结构)"),
    (Thing.CODE, r"源代码|源码|代码|代碼|程式碼|ソースコード|コード"),
    (Thing.DATA, r"数据集|數據集|訓練資料|数据|データセット"),
    (Thing.WHOLE, r"本项目|该项目|本仓库|本プロジェクト|本リポジトリ"),
    # German, French, Spanish
    (Thing.WEIGHTS, r"\b(?:Modell)?[Gg]ewichte\b|\b(?:das|dieses) Modell\b|\bpoids\b|\bpesos\b"),
    (Thing.CODE, r"\bQuellcode\b|\bcode source\b|\bcódigo\b"),
    (Thing.DATA, r"\bDatensatz\b|\bDatensätze\b|\bTrainingsdaten\b|jeux? de données|conjuntos? de datos"),
)  # fmt: skip
_NOUN = re.compile(
    "|".join(f"(?P<n{index}>{pattern})" for index, (_, pattern) in enumerate(_NOUNS)),
    re.IGNORECASE | re.MULTILINE,
)

RESTRICTION = re.compile(
    r"(?:strictly |only |solely |exclusively )?for (?:\w+ )?(?:(?:academic|scientific|personal|educational?|non-?\s?profit|non-?\s?commercial)(?:,? (?:and|or|&) |, |/)?)*"
    r"(?:research|academic|education(?:al)?|scientific|evaluation|personal|study|non-?\s?commercial|nonprofit)(?: (?:and|or|/) \w+)?[\w\s-]{0,24}(?:purposes?|uses?|usage)?,? ?\bonly\b"
    r"|(?:only|solely|exclusively|strictly|restricted|limited|intended only)[\w\s]{0,24}? (?:for|to) (?:the )?(?:purposes? of )?(?:academic|scientific|personal|educational|non-?\s?profit|non-?\s?commercial|research)\b(?: (?:and|or) [\w-]+)?(?: (?:research|academic|non-?commercial|educational))?(?: (?:purposes?|uses?|use cases?|activities|projects?))?"
    r"|(?:for|under|with) (?:a |any )?(?:academic|research|educational)(?: (?:and|or|,) (?:academic|research|educational|non-?\s?commercial))* (?:purposes?|use)\b(?=[^.]{0,40}\bonly\b)"
    r"|\bno-commercial\b|\bnon-?\s?commercial(?:ly)?(?: (?:and|or) \w+)?(?: (?:research|academic|educational|scientific|personal))*(?: (?:use|usage|purposes?|licen[cs]e|basis|terms|research|applications?))?(?: only)?"
    r"|(?:not?|never|n't|cannot|can not|without|prohibit\w*|forbid\w*|disallow\w*|exclud\w*|no) (?:be )?(?:used? |permitted |allowed |intended |licensed |available |suitable )?(?:for |in |any )?(?:any )?commercial(?:ly)?\b[\w\s]{0,20}"
    r"|commercial (?:use|usage|applications?|exploitation|purposes?|deployment)[\w\s]{0,30}(?:is|are) (?:not (?:permitted|allowed|granted)|prohibited|forbidden|excluded|disallowed|strictly)"
    r"|commercial (?:use|usage|licen[cs]e|deployment)[\w\s,]{0,40}(?:requires?|needs?|contact|please|must)"
    r"|commercial (?:use|usage|applications?|exploitation|purposes?|deployment)\s*(?:is |are )?(?:strictly )?(?:prohibited|forbidden|disallowed|not (?:allowed|permitted))"
    r"|neither\b[\w\s,]{0,60}\bcommercial(?:ly)?|(?:may|must|can) ?not (?:be )?used?\b[\w\s]{0,20}\b(?:in|for) (?:\w+ )?(?:products?|production|business|profit)"
    r"|\((?:for )?(?:academic|research|non-?\s?commercial|personal|educational)(?: (?:use|purposes?|only|research))*\)"
    r"|\bfree (?:of charge )?for (?:\w+ )?(?:academic|research|personal|non-?\s?commercial|educational|scientific)(?: (?:use|purposes?))?(?! and commercial)"
    r"|research[\s-]only\b|research use only|academic use only|personal use only"
    r"|仅供?(?:学术|科研|研究|个人|非商业)[\w、和与或及]{0,12}|禁止(?:任何)?(?:用于)?商(?:业|用)\w{0,6}|非商(?:业|用)\w{0,6}|不得用于商业\w{0,4}|研究目的(?:に|の)?(?:限|のみ)\w*|商用利用(?:不可|禁止)|非商用"
    r"|nicht[\s-]?kommerziell\w*|nur für (?:nicht-?kommerzielle |wissenschaftliche |Forschungs)\w*|(?:usage|utilisation) non[\s-]commercial\w*|uso no comercial",
    re.IGNORECASE,
)
"""Words that forbid uses, whatever license stands beside them."""
PERMISSION = re.compile(
    r"(?:commercial(?:ly)?(?: (?:use|usage|applications?|purposes?|projects?))?[\w\s]{0,20}(?:is|are) (?:also |explicitly |fully |absolutely )?(?:allowed|permitted|welcome|fine|ok|granted|free)"
    r"|(?:allow|permit|grant)\w*[\w\s]{0,20}(?<![\w-])commercial|free for (?:both )?(?:academic |research |personal )?(?:and )?commercial|including commercial|(?:both|either|research) (?:and|or|as well as) commercial"
    r"|no restrictions? on commercial|without restriction|commercial and non-?\s?commercial|non-?\s?commercial and commercial|academic and commercial|允许商(?:业|用))",
    re.IGNORECASE,
)
FOREIGN = re.compile(
    r"\b(?:borrow\w*|adapt(?:ed|s|ation)|thanks to|thank the|portions?|third[\s-]party|vendored|bundled?|forked? (?:from|of)|modified from|derived from|"
    r"is (?:heavily |largely |partly |mainly )?based (?:up)?on|are based on|based on the|inspired by|copied from|taken from|credits? to|courtesy of|(?:we|it|project) uses?|depends on|dependenc(?:y|ies)|"
    r"builds? (?:up)?on|built (?:on|with)|originates? from|original(?:ly)? (?:code|implementation|work|authors?|repo\w*|from)|reimplement\w*|port of|ported from|upstream|acknowledge\w*|wraps?|includes? (?:code|files|parts|source)|contains? (?:code|files|parts|source)|"
    r"unlike|similar to|compared? (?:to|with)|其他项目|感谢|参考了)\b",
    re.IGNORECASE,
)
FOREIGN_HEADING = re.compile(
    r"acknowledg|credit|third[\s-]party|thanks|related|citation|references?$|depend|built with|致谢|alternatives?|compar|attribution|bundled|vendor|inspir|similar",
    re.IGNORECASE,
)
HISTORY = re.compile(
    r"\b(?:no longer|any ?more\b|that is history|previously|formerly|used to be|was (?:originally |initially |first |earlier )?(?:released|licensed|distributed|under|published)|were (?:originally |initially |first |earlier )?(?:released|licensed|distributed|published)|"
    r"(?:prior to|before|until|up to|earlier than) (?:v(?:ersion)?\.?\s*)?\d|old(?:er)? (?:versions?|releases?|checkpoints?)|(?:switched|changed|moved|relicensed|migrated)(?: the licen[cs]e)? from)\b",
    re.IGNORECASE,
)
DERIVES = re.compile(
    r"\b(?:borrow\w*|adapt(?:ed|s|ation)|portions?|vendored|bundled?|forked? (?:from|of)|modified from|derived from|based (?:up)?on|copied from|copy of|taken from|"
    r"reimplement\w*|port of|ported from|includes? (?:\w+ ){0,2}(?:code|files|parts|source)|contains? (?:\w+ ){0,2}(?:code|files|parts|source)|参考了)\b",
    re.IGNORECASE,
)
"""Words that say that something of others' work stands in this one."""
OTHERS = re.compile(
    r"\bbaselines?\b|\b(?:most|many|other|others|some|several|existing|popular|competing|common|few|alternative|rival|baseline)\b(?! of (?:the|our|these|those|its)\b)[\w\s,-]{0,40}\b(?:checkpoints?|models?|weights|systems?|famil(?:y|ies)|variants|projects?|tools?|methods?|networks?|were released|are released)\b"
    r"|\bother(?:s)? (?:were|are|is|was)\b|\bin (?:this|the|our) field\b|\b(?:usually|commonly|typically|elsewhere)\b|\ba habit\b",
    re.IGNORECASE,
)
"""Rivals, of which something is said."""
TERMS_HEADING = re.compile(
    r"\blicen[cs](?:e|es|ed|ing)\b(?![\s-]*(?:plate|number|key|server|recogni|detect|format|check|scan))|\blegal\b|\bterms\b|copyright|\bpermissions?\b|\brestrictions?\b|\busage (?:rights|polic|terms|restrict|limit|guideline)|\buse polic|acceptable use|\bcommercial (?:use|usage|licen)|^\W*commercial\W*$|\bpricing\b|\bEULA\b|intellectual property|许可|授权|协议|版权|許可|授權|ライセンス|利用規約|라이선스|라이센스|lizenz|nutzungs|rechtlich|licencia|licença|licenza|лиценз|ліценз|lisans|licencj|giấy phép|lisensi|ترخيص|رخصة|लाइसेंस",
    re.IGNORECASE,
)
"""Headings below which every sentence is about terms."""
HISTORY_HEADING = re.compile(
    r"change\s?log|release notes|history|^v?\d+\.\d+|what'?s new|\bnews\b|updates?$", re.IGNORECASE
)
EXCLUSION = re.compile(
    r"\bnot (?:for |to )?(?:the |our |any |its )?(?=(?:[\w-]+ )?(?:weights|checkpoints|models?\b|parameters|data|dataset))|\bno licen[cs]e (?:for|on|to|of)\b|(?:do(?:es)? not|doesn't|don't|is not|isn't|are not|aren't|not|never|neither|cannot) (?:\w+ ){0,3}?(?:cover\w*|apply|applies|extend\w*|include\w*|licen[cs]ed|released|grant\w*|reach\w*)|except(?:ing)?(?: for)?\b|excluding|other than|with the exception of|不适用|不包括",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\bcontact\b[\w\s]{0,30}\bcommercial (?:licen[cs]e|use|usage|terms)|commercial licen[cs]es? (?:is |are )?(?:available|on request|required|needed)"
    r"|(?:provided|released|available|intended|shared|published|distributed) (?:solely |only |primarily )?for (?:academic |scientific |non-commercial )?(?:research|evaluation|educational|academic|testing|study)(?: (?:and|or) \w+)? (?:purposes?|use)\b"
    r"|\bfor (?:personal|private|academic|hobby) use\b|\buntil (?:the end of )?(?:[A-Z]\w+ )?20\d\d\b|(?:except(?:ing)?(?: for)?|with the exception of|excluding|other than) the \w+ (?:variant|version|model|size|one)s?\b"
    r"|(?:sign|need|require)\w* (?:an?|another|our|your own) (?:separate |written |prior |signed )?(?:agreement|contract|permission|licen[cs]e)|(?:separate|written|commercial|prior) (?:agreement|permission|licen[cs]e) (?:is |are )?(?:required|needed|necessary)"
    r"|\b(?:editorial|press|preview) use only\b|\bask (?:us|me|the (?:authors?|owners?)|[A-Z]\w+)\b[^;]{0,60}?\bbefore\b|if you are an? (?:person|individual|student|school|university|company|firm|non-?profit)|(?:not more|fewer|less) than [\d,.]+ ?(?:\w+ )?(?:employees|users|heads|people|staff|seats)"
    r"|only (?:if|after|as long as|provided that) you (?:have|are|sign|register|ask|agree|obtain)|with (?:our|the authors?'?|prior) (?:written )?(?:permission|consent)",
    re.IGNORECASE,
)
"""Words that make a grant hang on something more."""
NEGATED = re.compile(r"\b(?:not|isn't|aren't|never|no|neither|nor|n't)\s+(?:\w+\s+){0,4}$", re.IGNORECASE)
FUTURE = re.compile(
    r"\b(?:will (?:be|soon)|shall be|going to|plan(?:s|ned|ning)? (?:to|on)|intends? to|hope to|coming soon|upon (?:acceptance|publication)|after (?:review|publication|acceptance)|to be (?:released|published|licensed)|once (?:the )?paper)\b",
    re.IGNORECASE,
)
DOUBTED = re.compile(
    r"\b(?:should be|might be|may be (?:under|licensed)|could be|would be|as far as|probably|presumably|apparently|we (?:think|believe|assume)|I (?:think|believe|guess)|not (?:a )?lawyers?|no guarantee that|unless(?! (?:otherwise|stated|noted|specified|indicated|explicitly|it says)))\b",
    re.IGNORECASE,
)
CLASSES = re.compile(r"\bclass(?:es)?\b|\blabels?\b|categor|taxonom|glossary|vocabular|legend", re.IGNORECASE)
"""Headings below which words are what the model tells apart."""
OF_OTHERS = re.compile(r"\b(?:its|their) (?:own )?(?:licen[cs]es?|terms)\b", re.IGNORECASE)
HYPOTHETICAL = re.compile(
    r"\b(?:if you|you (?:must|should|need to|have to|may|can) (?:comply|agree|check|obtain|request)|make sure|please (?:check|refer|see|respect|comply)|consider|for example|e\.g\.|such as|would be|might be|may be|could be|should be|todo|tbd|unclear|unknown whether|\?$|pull requests?|contribut(?:e|ing|ions?|ors?)|by submitting)\b|\?\s*$",
    re.IGNORECASE,
)


def nouns(text: str) -> list[Noun]:
    """Return the nouns of a text that name a slot, in order."""
    return list(_nouns(text))


def _nouns(text: str) -> Iterator[Noun]:
    for found in _NOUN.finditer(text):
        kind = found.lastgroup
        if kind is None or found.end() == found.start():
            continue
        first = text[found.start()]
        if found.start() and first.isalnum() and first.isascii() and text[found.start() - 1].isalnum():
            continue
        if (
            found.end() < len(text)
            and text[found.end()].isascii()
            and text[found.end()].isalnum()
            and text[found.end() - 1].isascii()
        ):
            continue
        yield Noun(found.start(), found.end(), _NOUNS[int(kind[1:])][0])
