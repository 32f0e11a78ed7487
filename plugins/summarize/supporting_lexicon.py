"""Words by which a claim is checked: those that deny, ask, propose, and those that mean nothing by themselves.

They are of English, German, French, Spanish, Italian, Portuguese and Dutch; claims in other languages are checked by
numbers, links, the names of those who spoke, and meaning.
"""

from __future__ import annotations

import re
from types import MappingProxyType

NOT = frozenset(
    """no not never none nobody nothing neither nor cannot without nicht kein keine keinen keinem keiner keines nie
    niemals niemand nichts ohne weder pas jamais rien aucun aucune sans ni nunca jamás nada nadie sin ningún ninguna
    tampoco não ninguém sem nenhum nenhuma non nessuno nessuna niente senza niet geen nooit niets zonder""".split()
)
"""Words that deny what follows."""

NOT_BEHIND = frozenset("nicht nie niemals pas jamais niet nooit".split())
"""Those that stand behind what they deny as well."""

NOT_NEGATING = re.compile(
    r"\b(?:not only|no later than|no doubt|no longer than|why not|nicht nur|non seulement|no sólo|não só)\b"
    r"|,?\s*\b(?:is|was|are|were|do|does|did|has|have|wo|ca|should|would)n['’]t (?:it|we|you|they|he|she|I)\s*\?",
    re.IGNORECASE,
)
"""Where such words deny nothing."""

DROPPING = tuple("cancel cancelled reject decline refuse drop postpone abandon scrapped forbid abgelehnt".split())
"""Verbs that deny what stands beside them."""

LEFT_OUT = re.compile(r"\b(?:leav\w+ out|left out|omit\w*|exclud\w+|skip\w*) (?=\w)", re.IGNORECASE)
"""Other ways to say "without"."""

YES = re.compile(
    r"\b(?:yes|yep|yeah|sure|ok|okay|agreed?|exactly|fine|deal|done|great|perfect|good idea|love it|"
    r"let['’]s|works for me|sounds good|will do|i['’]ll|i will|i can|\+1|ja|klar|gut|"
    r"genau|einverstanden|machen wir|mache ich|oui|d['’]accord|bien sûr|sí|vale|de acuerdo|claro|"
    r"sim|combinado|va bene|goed|prima)(?!\w)|👍|✅",
    re.IGNORECASE,
)
"""How people agree."""

NO = re.compile(
    r"\W*(?:no|nope|not|never|nein|non|nee|não|i don['’]t|we can['’]t|i can['’]t|rather not)\b", re.IGNORECASE
)
"""How people begin to disagree."""

JOINS = re.compile(
    r"\s*[,;]?\s*\b(?:because|since|so that|due to|owing to|as a result of|in order to|while|although|whereas|which|"
    r"and|weil|damit|sodass|obwohl|während|und|parce que|afin de|porque|para que|perché|omdat)\b\s*|\s*;\s*",
    re.IGNORECASE,
)
"""What joins the clauses of a claim."""

CONTRAST = re.compile(r"\b(?:but|instead|rather|sondern|stattdessen|mais|sino|pero|mas|ma|maar)\b", re.IGNORECASE)
"""Words after which a sentence says what holds instead."""

ANTONYMS = tuple(
    """pass fail, accept reject, approve reject, increase decrease, rise fall, start stop, open close, win lose, won
    lost, before after, enable disable, add remove, keep remove, allow forbid, agree disagree, buy sell, online
    offline, early late, cheap expensive, fast slow, faster slower, works broken, high low, higher lower, succeeded
    failed, success failure, east west, north south, left right, best worst, first last, public private, mandatory
    optional, vor nach, öffnen schließen, angenommen abgelehnt, avant après, antes después""".split(",")
)
"""Pairs of words of which one says the opposite of the other."""

ASKING = re.compile(r"\b(?:I wonder (?:if|whether)|does any(?:one|body) know|weiß jemand)\b", re.IGNORECASE)
"""How people ask without a question mark."""

ABOUT_ASKING = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|whether|wonder(?:s|ed|ing)?|question(?:s|ed)?|unclear|undecided|unanswered|open|"
    r"want(?:s|ed)? to know|propos\w+|suggest\w*|consider\w*|discuss\w*|debat\w*|fragt?e?n?|ob|unklar|offen|"
    r"demand\w+|si|pregunt\w+|chied\w+|pergunt\w+|vraagt|vragen)\b",
    re.IGNORECASE,
)
"""Words of a claim that tells of a question or a proposal as such."""

UNSETTLED = re.compile(
    r"\b(?:maybe|might|perhaps|possibly|probably|could|suggest\w*|propos\w*|what if|how about|what about|should we|"
    r"shall we|i think we should|we should|i would|i'd|vielleicht|könnten|möglicherweise|vorschlag\w*|schlage|"
    r"sollten wir|peut-être|pourrait|propose|quizás?|podríamos|propongo|talvez|poderíamos|forse|potremmo|misschien|"
    r"zouden)\b",
    re.IGNORECASE,
)
"""Words by which a sentence decides nothing."""

FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:ll|m|ve|d)|ich|je|j['’]\w+|yo|eu|ik)\b")
"""Words by which people speak of themselves."""

NUMBERS = MappingProxyType(
    {
        language: MappingProxyType({word: str(number) for number, word in enumerate(words.split(), 2)})
        for language, words in {
            "en": "two three four five six seven eight nine ten eleven twelve",
            "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
            "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
            "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
            "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
            "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
            "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
        }.items()
    }
)
"""Words for numbers from two to twelve; "one" is mostly none."""

SOON = MappingProxyType(
    {
        word: name
        for name, words in {
            "today": "today tonight heute hoy hoje oggi vandaag",
            "tomorrow": "tomorrow demain mañana amanhã domani",
            "yesterday": "yesterday gestern hier ayer ontem ieri gisteren",
            "noon": "noon midday mittag mediodía",
            "morning": "morning",
            "evening": "evening abend",
            "weekend": "weekend wochenende",
        }.items()
        for word in words.split()
    }
)
"""Words for a day that is told from another."""

FUNCTION = frozenset(
    """a an the and or but so then also as at by for from in into of off on onto out over per than that this these
    those to up with within about during until till since if when while where which who whom whose what why how i me
    my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones is are was
    were be been being am do does did done has have had having will would shall should can could may might must
    ought need there here not no nor never none very just only still even again too now yet already all any both
    each every some such more most much many few other another same own because though although however instead let
    lets it's that's there's i'll i'm i've i'd we'll we're we've you'll you're they'll they're he's she's don't
    doesn't didn't isn't aren't wasn't weren't won't can't cannot couldn't shouldn't wouldn't haven't hasn't der die
    das den dem des ein eine einen einem einer eines und oder aber auch als an am auf aus bei beim bis für im in ist
    sind war waren wird werden wurde wurden hat haben hatte sein ihr ihre ihren ihrem sie er es wir uns unser unsere
    man mit noch nur ob sich so dass wenn weil was wer wie wo von vom zu zum zur um über unter ich mich mir du nicht
    kein keine nie ohne dann da dieser diese dieses jetzt heute alle le la les un une des du de et ou mais que qui
    quoi dont où ce cet cette ces il elle on nous vous ils elles je tu se est sont était ont avait sera dans en par
    pour sur avec sans ne pas plus aussi à au aux son sa ses leur leurs el los las una unos unas y o pero que quien
    como cuando donde este esta estos estas se su sus lo al del es son era fue ha han será en por para con sin no
    más también nosotros ellos ellas il lo gli uno i e ma che chi come quando dove questo questa si suo sua è sono
    era ha hanno sarà nel nella di da per con non anche noi loro o os as um uma e mas que quem quando onde este esta
    isso seu sua é são foi tem têm será no na em por para com sem não mais também nós eles elas de het een en of
    maar dat die wie wat waar dit deze is zijn was heeft hebben zal in op voor met zonder niet ook wij we zij hij ze
    er""".split()
)
"""Words that mean little by themselves."""

PLAIN_STARTS = frozenset(
    """people participants everyone everybody someone somebody nobody anyone members users customers developers staff
    team teams group speakers others two three several neither either decision decisions decided agreed agreement
    plan plans planned release releases question questions open problem problems issue issues bug bugs fix fixes
    fixed discussion discussed meeting meetings work working update updates next action task tasks deadline date
    result results cause reason progress topic summary option options proposal proposals concern concerns
    disagreement according once overall finally first second later earlier today tomorrow yesterday currently
    everything nothing something unclear whether leute alle teilnehmer entscheidung beschluss frage fragen aufgabe
    problem mehrere tout tous quelqu décision question tâche todos todas alguien decisión pregunta tarea tutti
    decisione domanda iedereen besluit vraag""".split()
)
"""Words that begin a sentence and are no names."""
