"""The words of a sentence that tell what it is about."""

from __future__ import annotations

import re

from .sentences import lowered, size_in_words
from .supporting_lexicon import FUNCTION

TALK = frozenset(
    """yeah yep yup nope okay well right sure fine good great nice cool thanks thank please sorry hello morning haha
    actually basically probably maybe perhaps possibly certainly definitely exactly obviously honestly literally simply
    especially anyway anyhow really quite rather pretty almost enough always often sometimes usually later together
    either neither whatever somewhere anywhere everywhere nothing something anything everything someone anyone everyone
    everybody somebody anybody nobody yourself ourselves themselves itself myself able different around before after
    across along among behind below beneath beside besides between beyond down except inside like outside past through
    throughout toward towards under upon gonna gotta wanna doing cannot would've could've should've
    they'd she'd we'd you'd what's who's where's how's let's
    said saying tell tells told telling talk talks talked talking mean means meant meaning know knows knew known
    knowing think thinks thought thinking guess guesses suppose supposed believe feel feels felt seeing look looks
    looked looking seem seems seemed hear heard gets getting gotten goes went gone going come comes came coming make
    makes made making take takes took taken taking puts putting give gives gave given giving keep keeps kept want
    wants wanted needs needed tries tried trying uses used using start started starts ends happen happens happened
    happening sounds agree agreed thing things stuff kind kinda sort sorta lots ways point points case cases matter
    fact part parts time times idea
    example instance first second last next back away whole little course person people guys three today tomorrow
    yesterday
    genau danke bitte gerne vielleicht eigentlich wirklich einfach natürlich ziemlich gerade schon immer wieder viel
    mehr etwas nichts jemand sagen sagt gesagt meine meint gemeint denke denken gedacht glaube glauben weiß wissen
    gewusst sehen gesehen schauen machen macht gemacht gehen geht gegangen kommen kommt gekommen können kann könnte
    müssen muss müsste sollen sollte wollen will würde sache sachen ding dinge heute morgen gestern
    merci peut-être vraiment beaucoup toujours encore bien très fait faire dire dit pense penser crois savoir sais
    voir vois aller vais venir mettre prendre chose choses quelque quelqu'un aujourd'hui demain hier être avoir
    gracias bueno quizás realmente mucho siempre todavía bien hacer hace hecho decir dice dicho creo pienso saber veo
    poner tomar cosa cosas algo alguien mañana ayer estar tener tiene hoje amanhã ontem fazer dizer acho coisa coisas
    grazie forse davvero molto sempre ancora fare fatto dire detto penso credo sapere cosa cose oggi domani ieri
    bedankt misschien eigenlijk gewoon natuurlijk doen gedaan zeggen gezegd denk denken weten zien gaan komen ding
    dingen vandaag morgen gisteren""".split()
)
"""Words that people say about anything; of seven languages, as those that mean little by themselves."""

PERSONAL = re.compile(
    r"(?<!\w)(?:i(?!['’]ll\b| will\b| take\b)|me|my|you|your|ich(?! mache\b| werde\b| übernehme\b)|mich|mir|du|dich"
    r"|dir|dein|je(?! vais\b| m['’]en)|moi|mon|tu|te|toi|ton|yo|mi|eu|meu|você|io|mio|ik|mij|jij)\b"
)
"""Words by which people speak of themselves and of each other, where they do not say what they will do.

They are found in small letters.
"""

STEM = 6
"""Characters by which words are told apart, so that most forms of a word are one."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W_]+)*")
# Japanese, Chinese and Korean; two characters there are about a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


def terms(sentence: str) -> set[str]:
    """What it is about, as the beginnings of words; words of three letters or less only where they are capitals."""
    found: set[str] = set()
    for run in _UNSPACED.findall(sentence):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    for word in _WORD.findall(_UNSPACED.sub(" ", sentence)):
        plain = word.casefold().replace("’", "'")
        telling = len(word) > 3 or (word.isupper() and len(word) > 1)
        if telling and plain not in FUNCTION and plain not in TALK:
            found.add(plain[:STEM])
    return found


def personal(sentence: str) -> float:
    """The share of its words by which somebody speaks of themselves or to another, from 0 to 1."""
    return min(1.0, len(PERSONAL.findall(lowered(sentence))) / max(size_in_words(sentence), 1))
