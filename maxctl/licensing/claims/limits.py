"""Limits in words that no list has: `Companies need a paid license`, `nur für private Zwecke`, `Academic usage only`.

Where terms are spoken of (below a heading about them, or beside a license) a sentence limits what is granted there
when it speaks of a use, a party, money, a right or a time, and bounds it, in whatever words. Known turns of phrase
that bound nothing (no warranty, `please cite`, `no permission is needed`) are taken out before. Elsewhere it has to
speak of using what is released here. What is found is a reason to look, never a license.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from maxctl.licensing.claims import limits_abroad
from maxctl.licensing.claims.limit import Limit
from maxctl.licensing.claims.nouns import TERMS_HEADING
from maxctl.policy.spdx import COMMERCIAL_TERMS, CONDITIONAL

_TRADE = (
    r"commerc\w*|business(?:es)?|enterprises?|corporat\w*|compan(?:y|ies)|firms?|start-?ups?|industr(?:y|ies|ial)|employers?"
    r"|for[- ]profit|profit\w*|moneti[sz]\w*|SaaS|freelanc\w*|organi[sz]ations?|products?|production|revenue|clients?"
)
_NARROW = (
    r"academ\w*|research\w*|scien(?:ce|tific\w*|tists?)|educat\w*|teach\w*|students?|studies|study|universit\w*|schools?|personal(?:ly)?|private(?:ly)?|hobby|hobbies"
    r"|hobbyists?|portfolio|evaluat\w+|testing|tests?|demonstrat\w*|trials?|internal(?:ly)?|at home|non-?\s?profits?|not-for-profit|charit\w*|individuals?|(?:natural )?persons?"
    r"|non-?\s?comm?er\w*|NC|prototyp\w*|learning purposes|fun|pupils?|enthusiasts?|makers?"
)
_FIELD = (
    r"militar\w*|weapons?|warfare|surveil\w*|medical|medicine|clinical|diagnos\w*|harm\w*|unlawful\w*|illegal\w*|evil|deepfakes?|faces?|biometric\w*|law enforcement|polic(?:e|ing)|fossil|nuclear"
    r"|gambling|porn\w*|crypto\w*|government\w*|political|discriminat\w*|vehicles?|minors|children"
)
_MONEY = (
    r"buy|buying|bought|purchas\w*|pay|pays|paid|paying|payments?|fees?|pric(?:e|es|ing|ed)|subscri\w*|turnover|royalt\w*|invoic\w*|per (?:seat|month|user|year|device|core)|seats?"
    r"|free (?:for|to|up to|of charge|trial|tier|plan|licen[cs]es?)|licen[cs]e keys?|activation|free|quotes?|calls?|dongles?"
)
_RIGHT = (
    r"re-?distribut\w*|distribut\w*|re-?upload\w*|upload\w*|re-?publish\w*|publish\w*|re-?host\w*|host(?:ed|ing)?|mirror(?:ed|ing)|cop(?:y(?! of)|ied|ying)|reproduc\w*|re-?s(?:ell|old|ale|elling)\w*|sell(?:ing|s)?|sold|sale"
    r"|sub-?licen\w*|deriv\w*|modif\w*|alter\w*|fine-?\s?tun\w*|finetun\w*|outputs?|reverse[\s-]engineer\w*|train(?:ing)?|compet\w*|use[ds]?|using|usage|deploy\w*|shar(?:e|ed|ing)|re-?us(?:e|ed|ing)|convert\w*|forward\w*|pass(?:ed|ing)? on|transfer\w*|lend|rent\w*|leas(?:e|ed|ing)|merg\w*|access|download\w*|licen[cs]\w*"
)
_GATE = r"permission|consent|agreements?|approv\w*|authori[sz]\w*|regist(?:er|ration)\w*|sign(?:ed|ing)?|request(?:ed|s)?|apply for|applications? form|accept(?:ing|ance)?|agree(?:s|d|ing)?|contact|e-?mail|get in touch|reach out|ask|asking|write (?:to )?(?:us|me)|talk to|call us|acceptable use|polic(?:y|ies)|terms|conditions|NDA|contract"
_TIME = r"expir\w*|20\d\d|days|months?|years?|version \d[\w.]*|v\d[\w.]*|term|temporar\w*|embargo\w*|revo[ck]\w*|terminat\w*|withdraw\w*|limited time"
_PLACE = r"EU|EEA|European Union|Europe\w*|China|Chinese|Russia\w*|United States|U\.?S\.?A?|UK|Iran|countr(?:y|ies)|territor(?:y|ies)|jurisdictions?|resident\w*|domiciled|citizens?|nationals|export"
_BOUND = (
    r"only|sole(?:ly)?|exclusive(?:ly)?|strict(?:ly)?|purely|merely|not|cannot|never|no|none|nobody|neither|nor|without|unless|except\w*|prohibit\w*|forb[ia]d\w*|disallow\w*|restrict\w*|limit(?:ed|s)?|refrain\w*|exclud\w*|must|shall|need(?:s|ed)?|require[sd]?|requiring|have to|has to"
    r"|provided(?= (?:that|you))|condition\w*|subject to|reserved|bann?(?:ed)?|avoid|don'?t|doesn'?t|isn'?t|aren'?t|won'?t|can'?t|mustn'?t|shan'?t|may ?n[o']t|until|till|up to|below (?=[\d€$£])|less than|fewer than|under \d|at most|separate(?:ly)?|other than|apart from"
)
_SOFT_BOUND = (
    r"if|but|however|respect|should|please|kindly|instead|different|above|more than|over \d|while|ought"
)
_SURE_BOUND = (
    r"only|sole(?:ly)?|exclusive(?:ly)?|strict(?:ly)?|not|cannot|never|no|none|nobody|neither|without|unless|except|prohibit\w*|forb[ia]d\w*|disallow\w*|restrict\w*|limited|refrain\w*|exclud\w*|must|shall|needs?|requires?|required|have to|has to"
    r"|subject to|bann?(?:ed)?|don'?t|doesn'?t|isn'?t|aren'?t|can'?t|mustn'?t|may ?n[o']t|provided that|licen[cs]\w*"
)


def _words(*parts: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-]|\.\w)", re.IGNORECASE)


_SUBJECT = _words(_TRADE, _NARROW, _FIELD, _MONEY, _RIGHT, _GATE, _TIME, _PLACE)
_BOUNDS, _SOFT_BOUNDS = _words(_BOUND), _words(_SOFT_BOUND)
_HANDS_ON = r"re-?distribut\w*|re-?upload\w*|re-?publish\w*|re-?host\w*|cop(?:y(?! of)|ied|ying)|reproduc\w*|re-?s(?:ell|old|ale|elling)\w*|sell(?:ing|s)?|sold|sub-?licen\w*|derivatives?|outputs?"
_NEARBY = _words(
    _TRADE,
    _NARROW,
    _FIELD,
    _MONEY,
    _PLACE,
    _HANDS_ON,
    "permission|consent|agreements?|contract|expir\\w*|terms",
)
_PARTIES = _words(_TRADE, _NARROW, _FIELD, _MONEY, _GATE, _PLACE)
_TRADES, _NARROWS, _GATES, _PRICES = _words(_TRADE), _words(_NARROW), _words(_GATE), _words(_MONEY)
_TO_HAVE_A_LICENSE = r"|\b(?:needs?|requires?|must (?:have|get|obtain|buy)|obtain|buy|purchas\w*|without) (?:\w+ ){0,3}licen[cs]es?\b(?! notices?)"
REACH = 100
"""So many characters lie between what is bounded and what bounds it."""

_NO_WORDS = re.compile(
    r"https?://\S+|^\s*\.\.\s.*$|^\s*:[\w-]+:.*$|^\s*\[[^\]^\n]+\]:.*$|\|[\w -]+\||:[\w-]+:(?=`|\s)|[\w.+-]+@[\w-]+\.[\w.-]+",
    re.MULTILINE,
)
"""Addresses, directives and references."""
# each leaves nothing bounded, whatever else the sentence says
_HARMLESS = re.compile(
    "|".join((
        # no warranty, no liability
        r"\b(?:without|no|any|disclaim\w*|implied|express)\b[^.;]{0,40}\b(?:warrant(?:y|ies)|guarantee[sd]?|representations?)\b(?:[^.;]{0,60}\b(?:of any kind|whatsoever|express|implied|conditions)\b)?",
        r"[\"'“”‘’]?\bas[- ]is\b[\"'“”‘’]?(?: basis)?",
        r"(?:\b(?:not|no|nor|never|neither|nobody|cannot|can't|won't)\b|n't\b)[^.;]{0,80}\b(?:liab(?:le|ility)|responsib\w+|accountable|damages?)\b[^.;]{0,60}",
        r"\byou(?: are|'re| remain)? (?:solely |fully |alone )?responsible for [^.;,]{0,80}|\bat your own (?:risk|responsibility|discretion|expense)|\buse (?:it |this )?at your own risk",
        # citing, thanking, starring
        r"\b(?:please |kindly |also |consider |to |must |should |we (?:kindly )?ask (?:you|that you) (?:to )?|(?:do not|don't) forget to )*(?:cite|citing|reference|acknowledge|star|sponsor|credit us|mention)\b[^.;,]{0,80}",
        r"\bif you (?:use|used|find|found|like|want to use|build|publish)\b[^.;]{0,90}?(?:,|\bthen\b|(?=\b(?:please|kindly|cite|consider|we would)\b))(?=\s*(?:please|kindly|cite|consider|we would|do|don't|a |you (?:can|may|should) cite))",
        r"\bif you (?:like|want|wish|prefer|need|can|please|have)\b|\bdo not (?:call|name)\b[^.;]{0,80}|\bunless (?:a|an|the|another|one|some|its|it|they|there|noted|individual|you state)\b[^.;,]{0,60}",
        r"\b(?:what you (?:send|submit)|intentionally submitted)\b[^.;]{0,160}|\bwithout (?:any )?(?:additional|further|other) (?:terms|conditions|restrictions)(?: or conditions)?|\byou(?: will|'ll)? not (?:find|see|need)\b|\bwon't (?:find|see|need)\b",
        r"\b(?:agree|consent)\w* to (?:the|this|its|our) (?:usage |model |above )?licen[cs]e\b(?: agreement)?",
        # which version
        r"\bversion \d(?:\.\d)? \(?only\)?|\(only\)|\band (?:no|not any) (?:later|other|newer)(?: version)?\b|\b\d\.\d only\b|-only\b|\bor (?:any )?later(?: version)?\b",
        # where the words of the license are
        r"\b(?:please |kindly )?(?:see|refer to|read|check|consult|review|found (?:in|at)|detailed in|view|look at|open)\b[^.;,]{0,80}\b(?:licen[cs]es?(?:\.\w+)?|copying|notice|files?|details?|information|full text|terms and conditions)\b",
        r"\b(?:except|unless) in compliance with (?:the|this) licen[cs]e|\bunless required by applicable law[^.;]{0,60}|\bunless (?:otherwise|stated|noted|specified|indicated|explicitly|it says)\b[^.;,]{0,40}",
        # keeping notices, which every license asks
        r"(?:\b(?:must|should|shall|need to|needs? to|have to|has to|as long as|provided(?: that)?|so long as|on condition that|only (?:if|condition is(?: that)?|requirement is(?: that)?)|requires?(?: only)?(?: that)?|long as|all (?:we|I) ask is(?: that)?|under the condition that|if)\b\s*)+(?:you |that |we |us |they |users? |the user |copies |redistributions |to |also |simply |just |only |properly |appropriate(?:ly)? )*(?:retain|retention|keep|keeping|include|including|inclusion|reproduce|preserv\w+|leave|give|giving|provid\w+|attribut\w*|credit\w*|carry|mention|link)\b[^.;]{0,90}(?:notices?|copyright|credits?|attribution|licen[cs]es?|authors?|sources?|names?|us|creators?|text|changes)\b",
        r"\b(?:with|requires?|needs?|give|must give|giv(?:e|ing)) (?:proper |appropriate |due )?(?:attribution|credit)\b[^.;,]{0,40}|\bindicate (?:if )?changes[^.;,]{0,30}|\b(?:must|shall) (?:be )?(?:distributed|released|licensed) under the same (?:terms|licen[cs]e)\b",
        # what is not bounded
        r"\bneed not\b[^.;,]{0,40}|\bneedn't\b|\b(?:nothing|nobody|no one|no-one) (?:else )?(?:to|needs?|has to|have to|must)\b[^.;,]{0,40}",
        r"\bwithout (?:asking|having to|any need|paying)\b[^.;,]{0,40}|\bno (?:\w+ )?(?:permission|licen[cs]es?|fees?|registration|approval|agreements?|consent|sign-?up) (?:is|are) (?:\w+ )?(?:needed|required|necessary)\b|(?:\b(?:do|does|need|have|has)(?: not|n't)|\bnever) (?:need|require|have to (?:buy|get|pay|ask|sign|have)|need to)\b[^.;:]{0,60}",
        r"\b(?:no|without(?: any)?|not (?:have )?any|free (?:of|from)|zero|lifts?|removes?|removed|dropped)\s+(?:\w+[\s-]+){0,3}(?:restrict\w*|limit\w*|obligations?|permission|fees?|cost|charge|royalt\w*|strings|registration|login|account|sign-?up|need|agreement|payments?|questions? asked|conditions?|clauses?|gates?|gating|attribution|credit|licen[cs]e keys?|subscription|approval|further notice|notice|problems?|catch|change[sd]?|modifications?|expir(?:y|ation)|telemetry|lock-?in)\b",
        r"(?:\b(?:not|no longer|never|need not|nothing|neither)|n't)\s+(?:be\s+|is\s+|have to\s+|need to\s+|to\s+)?(?:\w+\s+){0,2}?(?:restrict\w*|limited|requir\w*|necessary|needed|subject to|forbid\w*|forbidden|prohibit\w*|bound|affect\w*|obliged|mandatory|mind|have to|need to|need|pay|ask|register|sign)\b",
        r"\bincluding,? (?:but not limited to|without limitation)|\bnot limited to\b|\bnot only\b|\bno matter\b|\bwhether (?:or not )?(?:it is |in )?(?:commercial|private|personal|academic|open|closed)\w*|\bfor (?:any|all|every) (?:\w+ )?(?:purposes?|uses?|kinds? of use)\b(?:,? (?:including|also|even)(?: for)? commercial(?:ly)?\b(?: (?:use|purposes?|ones?))?)?",
        r"\b(?:commercial(?:ly)?|business|company|private|personal|academic|research|enterprise|industrial)\s*(?:,|/|and|or|as well as)\s*(?:non-?\s?commercial(?:ly)?|commercial(?:ly)?|otherwise|not|personal|private|academic|research|educational)\b",
        r"\b(?:non-?\s?commercial(?:ly)?|academic|research|personal|private|hobby|educational)\s*(?:,|/|and|or|as well as|but also)\s*(?:in |for )?commercial(?:ly)?\b(?: (?:use|projects?|purposes?|products?|applications?|settings?))?",
        r"\b(?:free|available|allowed|permitted|okay?|fine|suitable|usable|open|ready|cleared) (?:for|in) (?:any |all |both |your |full |private and |personal and )?(?:commercial|business)(?: (?:use|usage|purposes|projects?|products?|applications?))?",
        r"\bcommercial(?:ly)?(?: (?:use|usage|purposes|projects|products|applications))?\s(?:is|are) (?:also |explicitly |fully |absolutely |perfectly )?(?:allowed|permitted|welcome|fine|okay?|granted|free|possible|covered|encouraged)\b",
        r"\b(?:gave|given|obtained|have|has|had|with) (?:their |its |written |informed |explicit |full )+consent\b[^.;]{0,60}|[^.;]{0,80}\b(?:logos?|brand(?: names?)?|product names?)\b[^.;]{0,80}|\bis not an obligation\b|\bonly one licen[cs]e\b",
        # others' names, others' wishes
        r"\b(?:is |are |we are )?not (?:an? )?(?:\w+ )?(?:affiliated|endorsed|official|sponsored|associated|connected)\w*[^.;]{0,80}|[^.;]{0,60}\btrade-?marks?\b[^.;]{0,80}|\bnot (?:be )?(?:construed|considered|taken|interpreted|legal advice|an official)\b[^.;]{0,60}",
        r"\b(?:by |when |before |all |your |for |any )?(?:contribut\w+|submitt?ing a (?:pull|merge)|pull requests?|patches|issues?|bug reports?)\b[^;]{0,160}",
        r"\b(?:commercial|enterprise|professional|paid|business|premium|technical|custom|priority)\s+(?:support|services?|consult\w*|inquir\w*|enquir\w*|partners?(?:hips?)?|training|hosting|plans?|assistance|help|maintenance)\b[^.;]{0,80}",
        r"\b(?:for|any|with|have|if you have|feel free to|any other) (?:any |further |more |other |general |all )*(?:questions?|comments?|feedback|suggestions?|problems?|bugs?|help|support|press|media)\b[^.;]{0,80}",
        # words of the best known licenses themselves
        r"\byou may not use (?:this|these) (?:file|work|software|project)s? except in compliance\b[^.;]*|\bunless required by applicable law\b[^.;]*|\bspecific language governing permissions\b[^.;]*|\bpermitted provided that the following conditions(?: are met)?|\bredistributions? (?:of source code|in binary form) must\b[^.;]*|\b(?:subject to the following|with the following|under the following) conditions\b",
        r"\byou should have received a copy of\b[^.;]*(?:; if not[^.;]*)?|\bwith or without modification\b,?(?: are| is)?(?: permitted)?|\bneither the names? of\b[^.;]*|\bin no event shall\b[^.;]*|\bpermission is hereby granted\b[^.;]*|\bshall be included in all\b[^.;]*|\bfrom me and not (?:from )?my employer\b[^.;]*|\bnot necessarily\b[^.;]{0,60}",
        r"\b(?:open[- ]source|commercial|private|public) (?:and|or|as well as) (?:closed[- ]source|proprietary|commercial|private)\b(?: (?:use|projects?|products?|software|applications?))?|\bworking with tidelift\b[^.;]*",
        r"\b(?:funded|supported|financed|sponsored) by\b[^.;]*|\bunder (?:the )?(?:grant|contract|award)s?\b(?: agreements?)? (?:no|nos|number|numbers|nr|n°|#|\[)[^;]*",
        r"\bonly upon the condition that you accept all of the terms of\b[^.;]*",
        r"\bby participating\b[^.;]*|\bcode of conduct\b[^.;]*|\bCLA\b",
        # what the license asks of nobody
        r"\bfree (?:and open(?:[- ]source)? )?software\b|\bfree as in\b[^.;,]{0,20}|\bopen[- ]source\b|\broyalty[- ]free\b|\blicen[cs]e[- ]free\b|\bfeel free\b|\bfor free\b|\bfree of charge\b(?=[\s.,;!]*(?:$|to (?:use|everyone|all)|and\b))",
    )),
    re.IGNORECASE,
)  # fmt: skip
# each limits wherever terms are spoken of
_TELLING = re.compile(
    "|".join((
        r"\bcommons[\s-]clause|\bnon-?free\b|\bproprietary\b(?! (?:use|projects?|products?|software|applications?))|\bcopyleft\b|\bclosed[\s-]source\b(?! (?:projects?|products?|software|applications?))|\bsource[\s-]available\b|\bBSL\b|\bBUSL\b|\bBusiness Source\b|\bRAIL\b|\bSSPL\b|\bEULA\b|\bshareware\b|\bconfidential\b|\bfair[\s-]source\b",
        r"\b(?:custom|own|special|specific|separate|different|additional|bespoke|modified|restricted|restrictive|research|academic|evaluation|community|trial|dual|internal|private|hobby|enterprise|commercial|paid|model|gated|limited) (?:use )?licen[cs]es?\b(?! (?:text|file|header|applies to (?:the )?(?:data|third))|-free)",
        r"\bterms (?:of (?:use|service)|and conditions)\b|\bacceptable[\s-]use\b|\buse polic(?:y|ies)\b|\bsubject to (?:the |our |their |its |an? |additional |further |separate )",
        r"\b(?:written|prior|explicit|express) (?:\w+ )?(?:consent|permission|approval|authori[sz]ation|agreement)\b|\bfree (?:for )?up to\b|\bfree (?:trial|tier)\b|\bby (?:downloading|using|accessing)\b[^.;]{0,60}\b(?:agree|accept|consent)|\bpatent(?:s|ed| pending| licen[cs]e|-encumbered)?\b(?! (?:grant|rights? grant|protection)s?)",
        r"\b(?:commercial(?:ly)?|enterprise|business|compan(?:y|ies)|corporate|industrial)\b[^.;]{0,40}\b(?:licen[cs]\w*)\b(?! (?:is |are )?(?:allowed|permitted|friendly))|\blicen[cs]\w*\b[^.;]{0,30}\bfor (?:commercial|business|enterprise|corporate|production|industr\w+)\b"
        + _TO_HAVE_A_LICENSE,
        r"[€$£]\s?\d|\b\d[\d.,]*\s?(?:EUR|USD|GBP|euros?|dollars|[€£])|\b(?:annual|yearly|monthly) (?:revenue|turnover|fee|active)|\bmonthly active\b",
        r"\buntil\b|\bexpir(?:e|es|y|ation)\b|\bas of\b[^.;]{0,30}\b20[3-9]\d|\bfrom 20\d\d on\b|\b(?:trial|\d+[- ]day)\b",
        r"\b(?:licen[cs]es?|agreements?|rights?|grants?)\b[^.;]{0,40}\bterminat|\bterminat\w+ (?:automatically|upon|if|when)\b|\b(?:delete|destroy)\b[^.;]{0,20}\bcop(?:y|ies)\b|\bends with\b|\blicen[cs]ed for use (?:by|in|with|on)\b(?! any)|\bno licen[cs]e to\b",
        r"\b(?:with|plus|and) (?:an? |some |the |one )?(?:additional|extra|further|special|added) (?:\w+ )?(?:requirements?|conditions?|restrictions?|clauses?|terms|limitations?|provisions?)\b",
        r"\bupon request\b|\bon request\b|\brequest (?:access|form)\b|\bgated\b|\bfill(?:ing)? (?:in|out)\b|\bwithout (?:\w+ ){0,3}(?:permission|consent|licen[cs]e|approval)\b",
    )),
    re.IGNORECASE,
)  # fmt: skip
_RESERVED = re.compile(r"\ball rights (?:are )?reserved\b", re.IGNORECASE)
_COPYRIGHT = re.compile(r"\bcopyright\b|\(c\)|©", re.IGNORECASE)
_FOR_SOME = re.compile(
    r"\b(?:for|by|to|with|in|at|within|among|under|as)\s+(?:(?:a|an|the|your|our|any|all|other|own|use|use by|use in|use at|non-profit|small|pure|purely|mere|its|their)\s+){0,3}(?=(?P<who>[\w-]+))",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\b(?:free|available|provided|released|offered|intended|meant|designed|shared|published|made|open|licen[cs]ed?|given|granted|permitted|allowed|usable|(?:can|may) (?:be )?(?:freely )?use[d]?|weights?|models?|checkpoints?|licen[cs]e|use|usage)\b",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"^\W*(?:(?:strictly|purely|only|just|for|license[d]?:?|licence:?|terms:?|usage:?|use:?|non-?\s?commercial|no|not|exclusively|with|under|an?|the|weights?|models?|checkpoints?|code)[\s:,-]+){0,4}$",
    re.IGNORECASE,
)
_LITTLE = re.compile(r"\W*(?:\w+\W+){0,3}\w*\W*")
FRAGMENT = 60

_OWN_USE = (
    r"(?:commercial(?:ly)?|business|enterprise|corporate|industrial|for-profit|paid)\s+(?:use|usage|users?|purposes?|applications?|exploitation|deployments?|settings?|systems?|products?|projects?|entit(?:y|ies)|organi[sz]ations?|customers?|environments?)"
    r"|\b(?:us(?:e|ed|ing|age)|deploy\w*|integrat\w*|embed\w*|exploit\w*|sell\w*|sold|offer\w*|includ\w*)\b[^.;]{0,50}\b(?:commercial(?:ly)?|for (?:profit|business|money)|in (?:a |any |your |our |their )?(?:\w+ )?(?:business|compan(?:y|ies)|products?|SaaS))\b"
)
_PARTY = (
    r"(?:compan(?:y|ies)|business(?:es)?|firms?|organi[sz]ations?|enterprises?|commercial users?|start-?ups?|corporations?|law enforcement(?: agencies)?|governments?|militar\w+)\b[^.;:]{0,40}"
    r"\b(?:must|needs?|requires?|have to|has to|(?:are|is) (?:not|excluded)|excluded|may not|cannot|only|shall|pay|only after)\b[^.;]{0,50}\b(?:licen[cs]\w*|permission|fees?|pay|buy|purchase|subscri\w*|agreement|contract|consent|use|access|allowed|permitted|signing)"
)
_HANDED_ON = r"(?:re-?distribut\w*|re-?upload\w*|re-?publish\w*|re-?host\w*|re-?sell\w*|re-?sale|resold|sell(?:ing)?|sold|mirrored|mirroring)\b"
_DONE = r"(?:used?|run|shar\w+|(?:re-?)?distribut\w+|(?:re-?)?upload\w*|(?:re-?)?publish\w*|export\w*|modif\w+|s(?:ell|old)\w*|cop(?:y|ied)|transferred|mirrored|licen[cs]ed|exploited|converted|merged|deployed|accessed|made available|given|passed on|extracted|fine-tuned|reproduced|downloaded)"
_GIVEN = r"(?:licen[cs]ed|made available|(?:re-?)?distributed|published|shared|exported|given|sold|transferred|released|offered|provided)"
_OWN_BOUND = (
    # `may only be used inside`, `must not be used for`, `you may not publish`
    rf"(?:may|must|shall) (?:not|only) (?:be )?(?:\w+ly )?{_DONE}\b|(?:is|are) (?:not|only) to be (?:\w+ly )?{_DONE}\b"
    rf"|(?:is|are) (?:not|only) (?:\w+ly )?{_GIVEN} (?:for|to|with|under|within|outside|inside|by|among)\b|(?:may|must|shall) (?:be )?(?:\w+ly )?{_DONE} (?:only|solely|exclusively)\b|may be used (?:for|by|in|at) (?:\w+ ){{0,2}}(?={_NARROW})|\bnever be {_DONE}\b"
    r"|do not (?:mirror|share|re-?distribute|re-?upload|sell|copy|publish|re-?publish|redistribute|merge|export)\b"
    r"|\b(?:use|sharing|distribution|redistribution|copying|modification|re-?uploads?|merges?|export|access|download|exploitation)\b[^.;]{0,40}\b(?:(?:is|are) (?:not|only|restricted|limited|reserved|prohibited|forbidden|granted|mandatory)|requires? (?:\w+ ){0,3}(?:licen|permission|consent|agreement|approval|signature))"
    r"|\b(?:granted|available|reserved|accessible|restricted|limited|belong|licen[cs]ed) (?:only |exclusively |solely )?(?:to|for)\s+(?:\w+\s+){0,3}(?:universit\w+|research\w*|academ\w+|students?|partners?|members|licensees|institutions?|residents|employees|people who|those who|users who|non-?profits?|schools|verified|registered)\b"
    rf"|\bonly [\w\s]{{0,40}}\b(?:may|can|are allowed to) (?:use|run|access|download|obtain)\b|\bothers must\b|\bmust ask\b[^.;]{{0,60}}\b(?:consent|permission)|\b(?:is|are) (?:only |solely )?(?:meant |intended )?for (?:{_NARROW}) (?:use|purposes?|listening|reading|viewing|study)\b"
    r"|\bagree(?:s|d)? (?:not )?to\b|\blicen[cs]e\b[^.;]{0,40}\b(?:limits|covers only|excludes|ends|terminates)\b|\bon (?:the )?condition\b|\bexcluded from th(?:is|e) licen[cs]e\b|\b(?:required|needs?|must) (?:\w+ ){0,2}(?:to )?(?:obtain|buy|purchase|acquire|sign|request)\b"
)
_ELSEWHERE = re.compile(
    rf"(?<![\w-])(?:(?P<party>{_PARTY})|(?P<use>{_OWN_USE})|(?P<bound>{_OWN_BOUND})|(?P<on>{_HANDED_ON}))",
    re.IGNORECASE,
)
_NARROW_ONLY = re.compile(
    rf"(?<![\w-])(?:{_NARROW})[\w\s,-]{{0,20}}(?:\b(?:use|usage|purposes?|work|ends?)\b)?[\w\s,]{{0,12}}\b(?:only|alone|exclusively|and (?:for )?(?:nothing else|no other))\b|\bfor no other (?:end|purpose|use)\b",
    re.IGNORECASE,
)
_NEAR_BOUND = _words(_SURE_BOUND)
_OUT_OF_SCOPE = re.compile(
    r"out[\s-]of[\s-]scope|not (?:intended|allowed|permitted)|prohibited|forbidden|misuse|do not use",
    re.IGNORECASE,
)
_MEANT_FOR_TRADE = re.compile(
    r"(?<![\w-])(?:commercial(?:ly)?(?: \w+)?|(?:in|any|within) (?:\w+ )?products?|businesses?|compan(?:y|ies)|(?:charge|for) money|for profit)(?![\w-])",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:weights|checkpoints?|models?|networks?|embeddings|vectors|voices?|adapters?|LoRA|code|software|repository|project|library)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\W*(?:it|they|these|this|both|all)\b", re.IGNORECASE)
_ON_GETTING = re.compile(
    r"\b(?:downloads?|access|availability|weights|checkpoints?|(?:pre-?trained )?models?|model zoo|outputs?|derivatives|merging|prohibited|intended use|out[- ]of[- ]scope|responsible use|ethic\w*|conditions)\b",
    re.IGNORECASE,
)
_OTHER_THINGS = re.compile(
    r"contribut|sponsor|donat|\bsupport\b|privacy|datenschutz|privacid|\bteam\b|people|workshop|events?\b|career|jobs|community|maintainers|contact|roadmap|security|gegevens|datos personales|beitr[aä]g|contribuir|贡献|colabora",
    re.IGNORECASE,
)
"""Headings below which what is limited is something else, unless the sentence names what is released."""
_SPOKEN_OF_US = re.compile(
    r"\b(?:we|I|our team)\s+(?:do|can|could|may|will|are|cannot|don't|can't|won't)\b", re.IGNORECASE
)


def among_terms(headings: Sequence[str]) -> bool:
    """Tell whether the last heading is one about terms, so that every sentence below it is about them."""
    return any(TERMS_HEADING.search(heading) for heading in headings[-2:])


def find(
    text: str, headings: Sequence[str], *, beside: bool, before: str = "", names_license: bool = False
) -> Limit | None:
    """Return where a sentence limits what is granted, from and to; None where it does not.

    `beside`: it stands beside a license's name. `names_license`: it holds one, which is blanked. `before` is the
    sentence before it.
    """
    bare = _NO_WORDS.sub(lambda m: " " * len(m[0]), text)
    bare = _HARMLESS.sub(lambda m: " " * len(m[0]), bare.replace("\n", " "))
    if not bare.strip(" \t\n.,;:!()*-"):
        return None
    below = among_terms(headings)
    if not (below or beside or names_license):
        found = _elsewhere(bare, headings, before)
    else:
        unread = not names_license
        found = limits_abroad.find(bare, terms=True, below=below and unread, unread=unread) or _here(
            bare, text, before, below
        )
    if found is None or found.expression != CONDITIONAL or not _of_trade(bare, found):
        return found
    return replace(found, expression=COMMERCIAL_TERMS)


def _of_trade(text: str, found: Limit) -> bool:
    """Tell whether words that limit speak of commerce and of nothing else."""
    near = max(0, found.start - 20), found.end + 20
    traded = _TRADES.search(text, *near) or limits_abroad.TRADE.search(text, *near)
    return traded is not None and not _NARROWS.search(text) and not limits_abroad.NARROW.search(text)


def _here(text: str, whole: str, before: str, below: bool) -> Limit | None:
    telling = _TELLING.search(text)
    if telling:
        return Limit(*telling.span())
    reserved = _RESERVED.search(text)
    if reserved:
        owned = _COPYRIGHT.search(text) or _COPYRIGHT.search(before)
        if owned is None:
            return Limit(*reserved.span())
        text = text[: reserved.start()] + " " * (reserved.end() - reserved.start()) + text[reserved.end() :]
    return (
        _bounded(text, _BOUNDS, _SUBJECT if below else _NEARBY)
        or _bounded(text, _SOFT_BOUNDS, _PARTIES if below else _TRADES)
        or _trade_at_a_gate(text)
        or (None if _TRADES.search(whole) else _for_some(text) or _fragment(text))
    )


def _bounded(text: str, bounds: re.Pattern[str], subjects: re.Pattern[str]) -> Limit | None:
    """Find a bound and what is bounded, near each other."""
    spoken_of = [found.span() for found in subjects.finditer(text)]
    for bound in bounds.finditer(text):
        for start, end in spoken_of:
            apart = end <= bound.start() or bound.end() <= start
            if apart and start - bound.end() <= REACH and bound.start() - end <= REACH:
                return Limit(min(bound.start(), start), max(bound.end(), end))
    return None


def _trade_at_a_gate(text: str) -> Limit | None:
    """Find `For commercial licensing, email us`."""
    trade = _TRADES.search(text)
    gate = trade and (_GATES.search(text) or _PRICES.search(text))
    if trade is None or gate is None:
        return None
    return Limit(min(trade.start(), gate.start()), max(trade.end(), gate.end()))


def _for_some(text: str) -> Limit | None:
    """Find what is offered for one kind of use or people: `free for non-profits`, `may be used for hobby projects`."""
    for some in _FOR_SOME.finditer(text):
        narrow = _NARROWS.match(text, some.end())
        if narrow and _OFFERED.search(text, max(0, some.start() - REACH), some.start()):
            return Limit(some.start(), narrow.end())
    return None


def _fragment(text: str) -> Limit | None:
    """Find a few words that are a limit by themselves: `Strictly academic.`, `Private use`."""
    if len(text.strip()) > FRAGMENT:
        return None
    narrow = _NARROWS.search(text)
    alone = narrow and _FRAGMENT.match(text[: narrow.start()]) and _LITTLE.fullmatch(text[narrow.end() :])
    return Limit(*narrow.span()) if narrow and alone else None


def of_other_things(text: str, headings: Sequence[str]) -> bool:
    """Tell whether what is limited is a visit, a sponsor or the reader's data, and not what is released."""
    return any(_OTHER_THINGS.search(heading) for heading in headings[-1:]) and not _OURS.search(text)


def _elsewhere(text: str, headings: Sequence[str], before: str) -> Limit | None:
    """Find a limit where no terms are spoken of: it has to be said of what is released here."""
    if of_other_things(text, headings):
        return None
    spoken_of = f"{before} {text}" if _PRONOUN.match(text) else text
    own = _OURS.search(spoken_of) is not None or any(_ON_GETTING.search(heading) for heading in headings[-1:])
    return _said_of_ours(text, headings, own) or limits_abroad.find(text, terms=False)


def _said_of_ours(text: str, headings: Sequence[str], own: bool) -> Limit | None:
    narrow = _NARROW_ONLY.search(text) if own else None
    if narrow:
        return Limit(*narrow.span())
    for found in _ELSEWHERE.finditer(text):
        near = max(0, found.start() - 60), min(len(text), found.end() + 60)
        if (found["use"] or found["on"]) and not _NEAR_BOUND.search(text, *near):
            continue
        if _SPOKEN_OF_US.search(text, max(0, found.start() - 60), found.start()):
            continue
        if (found["on"] or found["bound"]) and not own:
            continue
        return Limit(*found.span())
    if any(_OUT_OF_SCOPE.search(words) for words in (*headings[-1:], text[:60])):
        meant = _MEANT_FOR_TRADE.search(text)
        return Limit(*meant.span()) if meant else None
    return None
