"""Limits in other languages than English, by the stems of the words that bound: `interdit`, `nur`, `запрещ`, `不可`.

Where terms are spoken of, a sentence in another script, or without one English word, that names no license limits as
well: nobody has read it.
"""

from __future__ import annotations

import re

from maxctl.licensing.claims.limit import Limit
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL, RESEARCH_ONLY

# trade, in German, Dutch, Scandinavian; French, Spanish, Portuguese, Italian, Romanian; Slavic; Turkish; and so on
TRADE = re.compile(
    r"\b(?:nicht-?|niet-?|icke-?|ikke-?|non-?|nie|ne)?(?:kommerz\w*|gewerb\w*|geschäft\w*|unternehmen\w*|firmen\w*|erwerbs\w*|zakelijk\w*|bedrijf\w*|bedrijv\w*|commerci[eë]+l[e]?\b|kommersiel\w*|företag\w*|näring\w*|erhverv\w*|kaupalli\w*|yrity\w*"
    r"|comercia\w*|commerciaux|(?:usage|uso|exploitation|caractère|fins) (?:non |à des fins )?commercia?l\w*|commerciale[s]?\b|commerciali\b|vendu\w*|factur\w*|aziendal\w*|entreprises?\b|empresa\w*|negocio\w*|lucr\w*|aziend\w*|impres[ae]\b|vendre|vente\b|vender\w*|venta\b|venda\b|rivend\w*|comercial\w*"
    r"|komerc\w*|komerč\w*|obchod\w*|przedsiębior\w*|firm(?:y|ie|om|ach)\b|zarobk\w*|ticar[iî]\w*|şirket\w*|thương mại|kinh doanh|doanh nghiệp|komersial\w*|perusahaan|kereskedelm\w*|comercială?|biashara)"
    r"|коммерч\w*|комерц\w*|комерці\w*|бизнес\w*|бізнес\w*|компани\w*|прода[жв]\w*|εμπορικ\w*|تجاري\w*|التجاري\w*|للشركات|تجارة|व्यावसायिक|वाणिज्यिक|वाणिज्य|מסחרי\w*|เชิงพาณิชย์|การค้า|বাণিজ্যিক|வணிக\w*|商用|商业|商業|商务|营利|盈利|營利|営利|企业|企業|公司|판매|상업|상용|영리|기업",
    re.IGNORECASE,
)
NARROW = re.compile(
    r"\b(?:forschung\w*|wissenschaft\w*|akademisch\w*|universität\w*|hochschul\w*|privat(?:e[nrs]?|er)?\b|bildung\w*|studier\w*|lehre\b|onderzoek\w*|onderwijs\w*|persoonlijk\w*|forskning\w*|undervisning\w*|tutkimus\w*"
    r"|recherche\w*|chercheu\w*|ricercator\w*|investigador\w*|universidad\w*|università|universiteit\w*|uniwersyt\w*|uczelni\w*|enseignement\w*|universitaire\w*|personnel(?:le)?s?\b|privé\w*|éducati\w*|investigaci\w*|académic\w*|acadêmic\w*|accademic\w*|universitari\w*|educativ\w*|personale[s]?\b|personal(?:es)?\b|privad[oa]s?\b|pesquisa\w*|pessoa\w*|ricerca\w*|didattic\w*|cercetare"
    r"|badaw\w*|naukow\w*|edukacyj\w*|prywatn\w*|výzkum\w*|vědeck\w*|osobn\w*|araştırma\w*|akademik\w*|kişisel\w*|eğitim\w*|nghiên cứu|học thuật|cá nhân|giáo dục|penelitian|akademis|pribadi|pendidikan|kutatás\w*|magáncél\w*)"
    r"|университет\w*|университетам|исследова\w*|научн\w*|образоват\w*|учебн\w*|личн\w*|досліджен\w*|науков\w*|навчальн\w*|особист\w*|некоммерч\w*|некомерц\w*|έρευν\w*|للبحث|البحث|بحثي\w*|الأكاديمي\w*|أكاديمي\w*|الشخصي|शोध|अनुसंधान|शैक्षणिक|व्यक्तिगत|מחקר|วิจัย|การศึกษา|学术|學術|科研|研究|学习|學習|教育|教学|教學|个人|個人|非商|交流|실험|연구|학술|교육|개인|비상업|비영리",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:nicht|kein\w*|nur|ausschließlich|ausschliesslich|lediglich|untersagt|verboten|verbietet|unzulässig|vorbehalten|erlaubnis|genehmigung|zustimmung|absprache|rücksprache|anfrage\b|lizenz(?:gebühr\w*|pflichtig)|kostenpflichtig|bedarf|erfordert|sofern|außer|bitte (?:nicht|kontakt\w*|fragen|melden|wenden)|erforderlich|notwendig|benötig\w*|nötig|müssen|muss|nodig|vereist|requiert|requise?|doivent|requier\w*|necesitan?|deben|precisam?|necessária|richied\w*|devono|gerekir|gereklidir|phải|harus|wajib|wymaga\w*|musi\w*|alleen|niet|geen|uitsluitend|verboden|toestemming|enkel|endast|inte|ikke|kun|ej|förbjud\w*|forbudt|tilladelse|tillstånd|vain|ainoastaan|kielletty|ei\b"
    r"|uniquement|seulement|exclusivement|strictement|interdit\w*|prohib\w*|défendu\w*|réservé\w*|autorisation|accord (?:préalable|écrit)|sauf\b|ne (?:peu\w+|doi\w+|sont|\w+) pas|sans\b|solo\b|sólo\b|solamente|únicamente|exclusiv\w*|prohibid\w*|queda\w* prohib\w*|no (?:se )?(?:puede|está|debe|permit)\w*|permiso\b|autorizaci\w*|apenas|somente|proibid\w*|vedad\w*|não|nao\b|permissão|autorização|soltanto|esclusiv\w*|unicamente|vietat\w*|divieto|non (?:è|sono|può|possono)\b|autorizzazione|doar|numai|interzis\w*"
    r"|tylko|wyłącznie|zabron\w*|zabrania\w*|zakaz\w*|nie\b|zgod[ayęą]\b|pouze|jen\b|zakázán\w*|nesmí|jenom|iba\b|yasak\w*|yalnızca|sadece|izin\w*|olmaz|kullanılamaz|edilemez|chỉ|không|cấm|hanya|dilarang|tidak|izin|csak|tilos|kizárólag)\b"
    r"|только|лишь|необходимо|нужн\w*|обязан\w*|потрібн\w*|необхідно|يتطلب|يجب|आवश्यक|मना|必要|須|해야|된 경우|исключительно|запрещ\w*|запрет\w*|нельзя|не допуска\w*|не разреш\w*|разрешени\w*|согласи\w*|лише|тільки|виключно|заборон\w*|дозвол\w*|не можна|μόνο|απαγορ\w*|فقط|ممنوع|يمنع|يُمنع|يحظر|لا يجوز|غير|بإذن|केवल|मात्र|निषिद्ध|वर्जित|अनुमति|नहीं|रक|אסור|בלבד|רק|เท่านั้น|ห้าม|নিষিদ্ধ|শুধু"
    r"|のみ|限り|限定|限る|だけに|禁止|禁じ|できません|不可|ご遠慮|お控え|許諾|許可|お問い合わせ|ご連絡|仅|僅|只能|只供|只限|限于|限於|不得|不能|不允许|不允許|不可以|严禁|嚴禁|请勿|請勿|勿|需要?(?:联系|授权|购买|获得|取得|另行)|授权|授權|联系|聯繫|聯絡|购买|付费|만\b|만을|만 |금지|불가|허가|허락|문의|않|안 됩|없습니다",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:haftung\w*|haften|gewähr\w*|garant\w*|zitier\w*|siehe\b|responsab\w*|responsabilité\w*|citer|citez|citar|cite\b|voir\b|véase|ver (?:el|o)\b|vedi\b|citare|aansprakelijk\w*|odpowiedzialno\w*|cytow\w*|zobacz|sorumlu\w*|atıf\w*|trích dẫn|xem\b|mengutip|lihat\b|beitrag\w*|beiträge|einreich\w*|contribu\w*|nennen|namensnennung|quelle|quellenangabe\w*|mention\w*|crédit\w*|créditer|atribuci\w*|atribuição|attribuzione|bronvermelding)"
    r"|ответственност\w*|гаранти\w*|цитир\w*|см\.|смотрите|відповідальн\w*|цитув\w*|مسؤول\w*|الاستشهاد|引用|参见|請參|请参|詳見|详见|参照|参考文献|ご覧|責任|责任|보증|책임|인용|참고|참조|贡献|貢獻|自由に|署名|クレジット|出典|注明出处|注明來源|感谢|感謝|致谢|ありがとう|감사|기여",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b(?:auch für|aussi pour|también para|também para|anche per|ook voor|również|można|mag\b|pueden?|peuvent|possono|podem|mogą|erlaubt|gestattet|zulässig|autorisé\w*|permis\w*|permitid\w*|consentit\w*|toegestaan|dozwolon\w*|serbest\w*|được phép|diperbolehkan|boleh|tillåt\w*|tilladt|libre(?:mente)?|liber[ao]\w*|frei\b|vrij|(?:darf|dürfen|kann|können|peut|peuvent|puede|può|pode|mag|kan) (?:auch |aussi |también |anche |também |ook )?(?:\w+ )?(?:kommerziell|gewerblich|être utilisé\w*|commercialement|comercialmente|commercialmente|commercieel))\b|разреш[её]н\w*|дозволен\w*|مسموح|अनुमति है|مسموح|يسمح|可自由|自由用|可以商用|允许商|允許商|可商用|可免费商用|商用可|商用利用(?:可|が可能|できます|も可)|상업적 (?:이용|사용)(?:이|도)? ?(?:가능|허용)|자유롭게",
    re.IGNORECASE,
)
_HANDED_ON = re.compile(
    r"\b(?:weitergabe|weitergegeben|verbreit\w*|weiterverkauf\w*|verkauf\w*|veröffentlich\w*|vervielfält\w*|redistribu\w*|rediffus\w*|diffus\w*|distribu\w*|cédé\w*|revend\w*|cedut\w*|cedere|pubblicat\w*|ridistribu\w*|verspreid\w*|doorverko\w*|rozpowszech\w*|udostępn\w*|odsprzeda\w*|sublicen\w*|dağıt\w*|paylaş\w*|phát tán|phân phối|chia sẻ|menyebar\w*|mendistribusi\w*|membagikan|modificad\w*|spridning|spredning)"
    r"|распростран\w*|перепрода\w*|передач\w*|поширюв\w*|розповсюд\w*|توزيع|نشر|वितरित|वितरण|재배포|배포|공유|転載|再配布|配布|譲渡|轉載|转载|散布|再分发|再發布|传播|转发|轉發|分发|分享|販售|贩卖|转让|上传",
    re.IGNORECASE,
)
_USE = re.compile(
    r"\b(?:nutz\w*|verwend\w*|zweck\w*|gebrauch\w*|einsatz|einsetz\w*|lizen\w*|usage\w*|utilis\w*|fins\b|licence\w*|accès|produit\w*|uso\b|usar\w*|utiliz\w*|fines\b|licenc\w*|disponible\w*|licenz\w*|scopi|uso|impieg\w*|gebruik\w*|doelein\w*|licentie\w*|użyt\w*|używ\w*|cel(?:ach|u|ów|e)\b|model\w*|licencj\w*|kullan\w*|amaç\w*|lisans\w*|sử dụng|mục đích|giấy phép|digunakan|penggunaan|tujuan|keperluan|lisensi|bruk\w*|anvend\w*|använd\w*|syfte\w*)"
    r"|использ\w*|цел[ьяией]\w*|лиценз\w*|використ\w*|мет[ою]\w*|ліценз\w*|استخدام\w*|الاستخدام|ترخيص|أغراض|उपयोग|लाइसेंस|使用|目的|用途|利用|用於|用于|사용|이용|목적|용도|라이선스",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"授权|授權|許可|许可|अनुमति|дозвол\w*|разреш\w*|допуска\w*|autori[sz]\w*|permis\w*|erlaub\w*|izin\w*|허가|허락",
    re.IGNORECASE,
)
_FREELY = re.compile(
    r"\b(?:bez pytania o \w+|ohne (?:zu fragen|rückfrage|nachfrage|genehmigung|erlaubnis)|sans (?:demander|autorisation|restriction\w*)|sin (?:pedir|necesidad de|restricci\w+)[\w\s]{0,20}|sem (?:pedir|restri\w+)[\w\s]{0,20}|senza (?:chiedere|restrizion\w+)[\w\s]{0,20}|zonder (?:te vragen|toestemming|beperking\w*)|vragen hoeft niet|izin almadan)\b|без (?:запроса|разрешения|ограничений)|без обмежень|無需授權|无需授权|无需许可|不受限制|許可なく|許可不要|허락 없이|제한 없이",
    re.IGNORECASE,
)
"""`Without asking`, which bounds nothing."""
_FORBIDS = re.compile(
    r"\b(?:untersagt|verboten|verbietet|unzulässig|ausgeschlossen|nicht (?:erlaubt|gestattet|zulässig)|verboden|niet toegestaan|förbjud\w*|forbudt|kielletty|interdit\w*|prohib\w*|exclu\w*|proibid\w*|vedad\w*|vietat\w*|esclus\w*|no (?:está|se) permit\w*|não (?:é|são) permitid\w*|non (?:è|sono) consentit\w*|interzis\w*|zabronion\w*|zabrania|zakazan\w*|zakázán\w*|yasak\w*|tilos|cấm|dilarang|không được)\b"
    r"|запрещ\w*|не допускается|не разреш\w*|заборон\w*|απαγορ\w*|ممنوع|يمنع|يحظر|निषिद्ध|वर्जित|אסור|ห้าม|禁止|禁じ|できません|不可|ご遠慮|不得|不允许|不允許|严禁|嚴禁|请勿|請勿|금지|불가|없습니다",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:nur|ausschließlich|ausschliesslich|lediglich|alleen|uitsluitend|enkel|endast|kun|bare|vain|ainoastaan|uniquement|seulement|exclusivement|strictement|solo|sólo|solamente|únicamente|exclusivamente|apenas|somente|soltanto|esclusivamente|unicamente|numai|doar|tylko|wyłącznie|pouze|jen|yalnızca|sadece|chỉ|hanya|csak|kizárólag)\b"
    r"|только|исключительно|лише|тільки|виключно|μόνο|فقط|केवल|मात्र|בלבד|เท่านั้น|のみ|限り|限定|限る|だけに|仅|僅|只能|只供|只限|限于|限於|만\b|만을|만 |으로만",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(
    r"\b(?:nicht|niet|inte|ikke|non|pas|no|não|nie|ne|tidak|không)\s+$|не\s+$|不\s*$", re.IGNORECASE
)
_BEFORE = re.compile(
    r"\b(?:bis (?:zur )?(?:version )?v?\d|früher|vormals|nicht mehr|jusqu'(?:à|en)|auparavant|anteriormente|hasta la (?:versi\w+ )?v?\d|até a (?:vers\w+ )?v?\d|fino alla|in precedenza|voorheen|do wersji)\b|до версии|раньше|ранее|раніше|以前|之前的?版本|旧版|舊版|이전 버전",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "is", "are", "was", "were", "be", "been", "of",
    "for", "to", "in", "on", "at", "by", "with", "from", "and", "or", "as", "if", "not", "no", "we", "you", "they",
    "he", "she", "our", "your", "their", "all", "any", "each", "both", "license", "licensed", "licenses", "licence",
    "under", "released", "see", "file", "details", "code", "model", "models", "weights", "data", "software",
    "project", "copyright", "by", "may", "can", "will", "has", "have", "had", "do", "does", "use", "used", "using",
    "please", "more", "information", "available", "free", "open", "source", "repository", "version", "terms",
    "rights", "reserved", "contributors", "authors", "author", "team", "inc", "ltd", "llc", "gmbh", "university",
    "readme", "file", "md", "txt", "notice", "copying", "part", "parts", "included", "includes", "which", "who",
    "what", "when", "where", "how", "also", "other", "some", "only", "must",
))  # fmt: skip
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def find(text: str, *, terms: bool, below: bool = False, unread: bool = False) -> Limit | None:
    """Return where a sentence limits in another language, from and to; None where it does not.

    `terms`: it stands where terms are spoken of; `below`: below a heading about them. `unread`: it names no license,
    so that one in which no word is known counts.
    """
    text = _FREELY.sub(lambda m: " " * len(m[0]), text)
    trade, narrow, bound = TRADE.search(text), NARROW.search(text), _BOUND.search(text)
    if trade and _ALLOWED.search(text):
        bound = _BOUND.search(_PERMISSION.sub(lambda m: " " * len(m[0]), text))
        if bound is None:
            return None
    if _HARMLESS.search(text) and not trade:
        return None
    if _BEFORE.search(text):
        return None  # what it was
    handed, use = _HANDED_ON.search(text), _USE.search(text)
    said_of = (
        (trade or narrow or handed)
        if terms
        else (trade if trade and (use or handed) else narrow if narrow and use else handed)
    )
    if bound and said_of:
        start, end = min(bound.start(), said_of.start()), max(bound.end(), said_of.end())
        return Limit(start, end, _plainly(text, trade, narrow, use))
    if not terms or _is_english(text):
        return None
    alone = bound or trade or narrow
    if alone:
        return Limit(*alone.span())
    return _nobody_read(text, below) if unread else None


def _plainly(
    text: str, trade: re.Match[str] | None, narrow: re.Match[str] | None, use: re.Match[str] | None
) -> str:
    """Return how a limit reads: commerce that is forbidden, or nothing but research that is allowed; else a condition."""
    if trade is not None:
        near = max(0, trade.start() - 40), min(len(text), trade.end() + 40)
        if _FORBIDS.search(text, *near):
            return NON_COMMERCIAL
    if narrow is not None and (use is not None or trade is None):
        near = max(0, narrow.start() - 30), min(len(text), narrow.end() + 30)
        only = _ONLY.search(text, *near)
        if only and not _NOT_ONLY.search(text, max(0, only.start() - 8), only.start()):
            return RESEARCH_ONLY
    return CONDITIONAL


def _is_english(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text)]
    return any(word in _ENGLISH for word in words)


def _nobody_read(text: str, below: bool) -> Limit | None:
    if "::" in text or "`" in text:
        return None
    letters = [c for c in text if c.isalpha()]
    foreign = sum(1 for c in letters if not _LATIN.match(c))
    if len(letters) >= 6 and foreign * 2 > len(letters):
        return Limit(0, len(text))
    small = [word for word in _WORD.findall(text) if word.islower() and len(word) > 1]
    return Limit(0, len(text)) if below and len(small) >= 4 and "," not in text else None
