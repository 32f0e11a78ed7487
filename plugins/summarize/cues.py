"""Words by which people say that something is decided, open, to be done or wrong: English, German, French, Spanish.

They are few and plain, so that what they find is there. A language without cues still has topics and sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .dates import due_in
from .sentences import lowered


def _any(*parts: str) -> re.Pattern[str]:
    """Finds any of them in small letters where a word begins; what has to be tried there only is found sooner."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})")


_DECISION_LABEL = re.compile(
    # Also behind another sentence: not every full stop is recognised as one.
    r"(?:^\W*|[.!?]\s+)(?:decision|decided|agreed|conclusion|settled|final(?: call)?|written down"
    r"|entscheidung|beschluss|beschlossen|entschieden|festgehalten|fazit|décision|décidé|acté|conclusion"
    r"|decisión|decidido|acordado|acuerdo|conclusión)\s*[:：]\s*|^agreed, (?=we )"
)
_DECISION = _any(
    r"(?:we|they|the team|i)(?:['’]ve| have)? (?:just |now |all |finally )?(?:decided|agreed|settled|concluded)\b",
    r"(?:it|that)(?:['’]s| is| was|['’]s been| has been) (?:now )?(?:decided|agreed|settled|approved)\b",
    r"(?:we|i)(?:['’]ll| will|['’]re|['’]m| are| am)? (?:going|go|stick(?:ing)?|settle[sd]?) (?:with|for) (?!you\b)",
    r"let(?:['’]s| us) (?:go|stick|settle|stay) (?:with|for|on|at)\b",
    r"^(?:\S+ ){2,8}it is[.!]*$",
    r"is (?:hereby )?approved\b",
    r"(?:wir haben|haben wir|habe ich|ich habe)\b.{0,80}\b(?:beschlossen|entschieden|uns geeinigt|festgelegt)\b",
    r"(?:ist|wurde|wird)\b.{0,40}\b(?:beschlossen|entschieden)\b",
    r"wir (?:nehmen|bleiben bei|machen es so|einigen uns)\b",
    r"abgemacht\b|machen wir so\b",
    r"(?:on a|nous avons|a été|c['’]est)\b.{0,30}\b(?:décidé|convenu|validée?|acté)\b",
    r"on (?:part|reste|retient|garde)\b (?:sur |avec )?",
    r"(?:hemos|se ha|queda|quedó|está)\b.{0,30}\b(?:decidido|acordado|aprobado)\b|(?:decidimos|acordamos)\b",
    r"nos quedamos con\b|vamos con\b",
)
_UNDECIDED = _any(
    r"(?:not|n['’]t|never|nothing(?: is)?|before|if|once|until|unless|when|should|have to|need to) (?:\w+ ){0,3}?"
    r"(?:decided?|agreed?|settled?|approved)\b",
    r"(?:nicht|nichts|wenn|falls|bevor|sobald)\b.{0,60}\b(?:beschlossen|entschieden|geeinigt|festgelegt)\b",
    r"(?:pas|rien|si|avant)\b.{0,40}\b(?:décidé|convenu|validée?)\b",
    r"(?:no|nada|si|antes)\b.{0,40}\b(?:decidido|acordado|aprobado)\b",
)

_NO_ANSWER = _any(
    r"(?:no idea|not sure|good question|i (?:do not|don['’]t) know|i wonder (?:that )?too|same question|dunno)\b",
    r"(?:keine ahnung|weiß (?:ich )?(?:es )?nicht|gute frage|nicht sicher)\b",
    r"(?:aucune idée|bonne question|(?:je ne )?sais pas|pas sûre?)\b",
    r"(?:ni idea|buena pregunta|no (?:lo )?sé|no estoy segur[oa])\b",
)
_SETTLES = _any(
    r"(?:never ?mind|nvm|found (?:it|out)|figured it out|solved|that (?:works|worked|did it|helps|helped))\b",
    r"(?:thanks|thank you|thx|danke|merci|gracias)\b",
    r"(?:hat sich erledigt|erledigt|gefunden|gelöst|das hilft)\b",
    r"(?:c['’]est bon|j['’]ai trouvé|résolu|laisse tomber)\b",
    r"(?:ya está|lo encontré|resuelto|olvídalo)\b",
)

_DISAGREES = _any(
    r"i (?:strongly |really |totally |completely |have to )?disagree\b",
    r"i (?:do not|don['’]t) (?:agree\b|think (?:so|that|we|it|this|you)\b)",
    r"(?:^|(?<=[.;,] ))i (?:would not|wouldn['’]t)\b",
    r"(?:that|this|it) (?:(?:wo|does|ca|would)n?['’]?t|will not|does not|cannot|would not) (?:really )?work\b",
    r"^\W{0,3}-1\b|^\W{0,3}👎",
    r"(?:not a (?:good|great)|a bad|a terrible) idea\b",
    r"i(?:['’]m| am) (?:strongly |still )?(?:against|not (?:convinced|in favou?r|happy with|a fan))\b",
    r"i(?:['’]d| would) rather not\b|i object\b|^(?:careful|objection)\b",
    r"that(?:['’]s| is) (?:wrong|not true|not right|too (?:risky|early|late|expensive|much))\b",
    r"(?:ich (?:bin|sehe das|finde das|fände das)|finde ich) (?:da )?"
    r"(?:anderer meinung|anders|dagegen|nicht gut|falsch|zu riskant)\b",
    r"stimme (?:dem |dir |da |euch )?nicht zu\b|da(?:s)? glaube ich nicht\b|widerspreche\b|keine gute idee\b",
    r"(?:das|so) (?:geht|funktioniert|klappt) (?:so )?nicht\b|ich würde (?:das |es )?nicht\b",
    r"pas (?:du tout |vraiment )?d['’]accord\b|je suis contre\b|mauvaise idée\b|pas convaincue?\b",
    r"\bça ne (?:va pas )?(?:marcher|marche|fonctionne)",
    r"no estoy (?:nada |para nada )?de acuerdo\b|estoy en contra\b|mala idea\b|no me convence\b",
    r"(?:eso|así) no (?:va a )?funciona",
)
_DENIES = re.compile(r"^\W{0,3}(?:no|nope|nein|nee|non)\b(?=[,.!;:—–-])")
_FRIENDLY_NO = _any(
    r"^\W{0,3}(?:no|nein|non)\W+(?:problem|worries|thanks|thank|idea|rush|danke|merci|gracias|hay|pasa)"
)

_IF = re.compile(r"^\W*(?:if|unless|wenn|falls|si)\b")
_TASK_LABEL = _any(
    r"^\W*(?:action(?: items?)?|to-?do|task|aufgabe|à faire|tarea|por hacer|pendiente)\s*[:：]\s*",
)
_NO_DEED = (
    r"(?!(?:just |also |probably |maybe |then )?(?:be\b|not\b|never\b|see\b|say\b|admit\b|bet\b|believe\b|miss\b|live\b"
    r"|need\b|want\b|have (?!a look)|always\b|remember\b|assume\b|guess\b|hate\b|love\b|pass\b|regret\b))"
)
_I_DO = _any(
    rf"i(?:['’]ll| will|['’]m going to| am going to| shall) {_NO_DEED}\w|i can do (?:it|that|this|so)\b",
    r"i(?:['’]ll| will| can)? take (?:(?:care|over|on)\b|it\b|that\b|this\b|the\b|\d|both\b|these\b|those\b)",
    r"i(?:['’]m| am) on it\b|leave (?:it|that) to me\b|(?:is|are) mine\b",
    r"i(?:['’]m| am)? (?:\w+ing) (?:it|this|that) (?:now|right away|today|tomorrow)\b",
    r"(?:^|(?<=[.,;] ))let me (?!know|think|see|say|guess|tell|be|in\b|have\b)\w",
    r"ich (?:kümmere mich|übernehme|erledige|mach(?:e)? das|werde (?!nicht|nie|wohl|sein)\w+)\b",
    r"je (?:m['’]en (?:occupe|charge)|m['’]occupe|me charge|prends|vais (?!bien|pas|mal|être|voir)\w+)\b",
    r"(?:yo )?me (?:encargo|ocupo)\b|lo hago yo\b|voy a (?!ser|ver|estar|decir)\w+",
)
_I_DO_THEN = _any(
    r"i (?:also |then )?(?:set up|write|send|ask|report|check|prepare|fix|test|update|post|call|book|order|bring"
    r"|draft|review|merge|deploy|publish|move|add|make|do|finish|start|talk|look into|investigate|schedule|organi[sz]e"
    r"|share|upload|answer|collect|build|ship|clean up|migrate|rewrite|document|try)\b",
    r"ich (?:schreib|schick|mach|prüf|test|bau|stell|richt|bereit|meld|frag|lad|bring|ruf|buch|bestell|veröffentlich"
    r"|aktualisier|korrigier|kümmer|les|schau)\w*\b",
    r"(?:schreibe|schicke|mache|prüfe|teste|baue|stelle|melde|frage|bringe|rufe|buche|bestelle|kümmere|schaue) ich\b",
    r"(?:je|j['’]) ?(?:écris|envoie|prépare|fais|teste|corrige|vérifie|appelle|réserve|commande|publie|termine|finis"
    r"|regarde|\w+erai|\w+irai)\b",
    r"(?:yo )?(?:escribo|envío|mando|preparo|hago|pruebo|corrijo|reviso|llamo|reservo|pido|publico|termino|miro"
    r"|\w+aré|\w+eré|\w+iré)\b",
)
_PLEASE = re.compile(r"\W*(?:please|bitte|merci de|veuillez|por favor) (?!say|note|beachte)\w")
_THEY_DO = re.compile(
    r"\s+(?:will|is going to|takes (?:over|care|on|the)|wird|übernimmt|kümmert sich|va|s['’]occupe|se charge|se encarga"
    r"|se ocupa) (?!be\b|not\b|never\b|have\b)\w"
)
_DOES = re.compile(r"\s*[:：]\s*\w")
_ASKED_TO = re.compile(
    r"[\s,:!*_-]+(?:[^.!?]{0,30}\s)?(?:please\b|(?:can|could|would|will) you\b|bitte\b"
    r"|(?:kannst|könntest|magst) du\b|(?:peux|pourrais)[- ]tu\b|s['’]il te plaît\b|merci de\b"
    r"|(?:puedes|podrías)\b|por favor\b)"
)


_DECIDING = frozenset(
    """decision decided agreed conclusion concluded settled final written approved go going stick sticking settle
    stay is entscheidung beschluss beschlossen entschieden festgehalten fazit geeinigt festgelegt nehmen bleiben machen
    einigen abgemacht décision décidé convenu validé validée acté part reste retient garde decisión decidido acordado
    acuerdo conclusión aprobado decidimos acordamos quedamos vamos""".split()
)
_DOING = frozenset(
    """i let mine leave ich je j yo me lo voy action todo to task aufgabe faire tarea hacer pendiente please bitte merci
    veuillez por""".split()
)
_OPPOSING = frozenset(
    """disagree agree think would wouldn work 1 idea against convinced favour favor happy fan rather object objection
    careful wrong true right too meinung anders dagegen gut falsch riskant stimme glaube widerspreche geht funktioniert
    klappt würde accord contre idée convaincu convaincue marcher marche fonctionne acuerdo contra mala convence
    funciona funcionar funcionan""".split()
)
"""A sentence with none of these words needs no closer look: that makes most of them quick."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class People:
    """How people here are called.

    Attributes:
        names: The name that each goes by, by what they are called, in lower case.
        first: The first words of what they are called.
    """

    names: Mapping[str, str]
    first: frozenset[str]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> People:
        """Those who are called so."""
        return cls(names, frozenset(found[0] for called in names if (found := _WORD.search(called))))


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a sentence says is to be done.

    Attributes:
        owner: Who does it, by the name they go by; None where nobody is named.
        due: The words of its date; None where it names none.
        label: How many characters at its beginning only say that it is a task.
    """

    owner: str | None
    due: str | None = None
    label: int = 0


def decided(sentence: str) -> int | None:
    """Where what was decided begins in a sentence that tells a decision; None where it tells none."""
    if asks(sentence) or _DECIDING.isdisjoint(_words(sentence)):
        return None
    low = lowered(sentence)
    label = _DECISION_LABEL.search(low) if ":" in low or "：" in low or low.startswith("agreed,") else None
    if (label is None and not _DECISION.search(low)) or _UNDECIDED.search(low):
        return None
    return label.end() if label else 0


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return sentence.rstrip(" \t\"'”’»)*_").endswith(("?", "？", "؟"))


def knows_nothing(text: str) -> bool:
    """Whether a reply to a question says only that its writer does not know either."""
    return _NO_ANSWER.search(lowered(text)) is not None


def settles(text: str) -> bool:
    """Whether who asked says that the question is settled."""
    return _SETTLES.search(lowered(text)) is not None


def disagrees(sentence: str) -> bool:
    """Whether a sentence contradicts what was said before, whatever that was."""
    seen = "👎" in sentence or not _OPPOSING.isdisjoint(_words(sentence))
    return seen and _DISAGREES.search(lowered(sentence)) is not None


def denies(sentence: str) -> bool:
    """Whether it begins with a no: that contradicts a statement, and answers a question."""
    low = lowered(sentence)
    return _DENIES.match(low) is not None and not _FRIENDLY_NO.match(low)


def task_in(sentence: str, author: str, people: People) -> Task | None:
    """What a sentence says is to be done, by whom and until when.

    Args:
        sentence: Without Markdown's marks.
        author: The name of who wrote it.
        people: Who may be named.
    """
    words = _words(sentence)
    named = not people.first.isdisjoint(words)
    if not named and _DOING.isdisjoint(words):
        return None
    low = lowered(sentence)
    if _IF.match(low):
        return None
    label = _TASK_LABEL.match(low)
    start = label.end() if label else 0
    rest, low = sentence[start:], low[start:]
    mine = _I_DO.search(low)
    mine_then = not mine and _I_DO_THEN.search(low)
    wished = _PLEASE.match(low)
    if not (named or label or mine or mine_then or wished):
        return None
    due = due_in(rest)
    if named and (owner := _named(rest, people.names, dated=due is not None)):
        return Task(owner, due, start)
    if asks(sentence):
        return None
    if mine or (due and mine_then):
        return Task(author, due, start)
    return Task(None, due, start) if label or (due and wished) else None


def _words(sentence: str) -> list[str]:
    words: list[str] = _WORD.findall(sentence.casefold())
    return words


def _named(sentence: str, people: Mapping[str, str], *, dated: bool) -> str | None:
    """Who is told, or said, to do something."""
    low = sentence.casefold()
    for called, name in people.items():
        at = low.find(called)
        # A name inside another word, or later than where somebody is addressed, is no owner.
        while at >= 0:
            end = at + len(called)
            before, after = low[:at], low[end:]
            whole = not before[-1:].isalnum() and not after[:1].isalnum()
            if whole and _THEY_DO.match(after):
                return name
            first = not before.strip(" \t*_@-•[]x")
            if whole and first and _DOES.match(after) and dated:
                return name
            mentioned = before.endswith("@")
            asked = _ASKED_TO.match(after) is not None
            # “Ben, can you hear me?” is a question, and a date makes it a task.
            if whole and (first or mentioned) and asked and (dated or mentioned or not asks(sentence)):
                return name
            at = low.find(called, end)
    return None
