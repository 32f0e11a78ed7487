"""Finds the words of a date in a sentence, in English, German, French and Spanish; what day it is stays open."""

from __future__ import annotations

import re

from .sentences import lowered

_DAYS = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
)
_MONTHS = (
    r"jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|février|mar(?:ch|s)?|märz|apr(?:il)?|avril|may|mai|june?|juni?|juin"
    r"|july?|juli?|juillet|aug(?:ust)?|août|sept(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?"
    r"|de[cz](?:ember)?|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre"
)
_PART = r"(?: morning| noon| afternoon| evening| night| früh| vormittag| mittag| nachmittag| abend| matin| soir)?"
_ENGLISH = (
    rf"tomorrow{_PART}|tonight|today|(?:the )?end of (?:the |this |next )?(?:day|week|month|quarter|year|sprint)"
    r"|eod|eow|(?:next|this) (?:week|month|quarter|sprint|weekend)"
    r"|(?:in|within) (?:\d+|the|an?|one|two|three|four|a few) "
    rf"(?:minutes?|hours?|days?|weeks?|months?)|(?:at )?\d{{1,2}}(?::\d\d)? ?(?:am|pm|o['’]clock)|noon|midnight"
)
_GERMAN = (
    rf"(?<!guten )morgen{_PART}(?! zusammen| allerseits)|heute{_PART}|übermorgen"
    r"|ende (?:der|dieser|nächster|des|dieses) (?:woche|monats|jahres|tages|quartals)|(?:zum )?monatsende"
    r"|(?:nächste|kommende|diese)[rnms]? (?:woche|monat|wochenende)|in (?:\d+|zwei|drei|vier) (?:tagen|wochen|stunden)"
    rf"|\d{{1,2}}(?::\d\d)? uhr"
)
_FRENCH = (
    rf"demain{_PART}|aujourd['’]hui|ce soir|après-demain|(?:la )?fin de (?:la )?(?:journée|semaine)|(?:la )?fin du mois"
    r"|la semaine prochaine|le mois prochain|dans (?:\d+|deux|trois) (?:jours|semaines|heures)|midi"
)
_SPANISH = (
    r"(?<!la )mañana(?: por la (?:mañana|tarde|noche))?|hoy|esta (?:tarde|noche|semana)|pasado mañana"
    r"|(?:el )?fin(?:al)? (?:de|del) (?:semana|mes|día)|la (?:próxima semana|semana que viene)"
    r"|en (?:\d+|dos|tres) (?:días|semanas|horas)"
)
_ANY = (
    rf"(?:(?:{_DAYS}),? )?(?:the |den |le |el )?\d{{1,2}}(?:st|nd|rd|th|er|\.)? (?:of |de )?(?:{_MONTHS})\b"
    rf"(?: (?:de )?\d{{4}})?{_PART}"
    rf"|(?:next |this |nächsten |kommenden |diesen |(?:el )?próximo )?(?:{_DAYS}){_PART}"
    r"(?: prochain| que viene)?(?: (?:at|um|à|a las) \d{1,2}(?::\d\d)?)?"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?(?:, \d{{4}})?"
    r"|\d{4}-\d\d-\d\d"
)
_BEFORE = (
    r"by|until|till|before|due|no later than|latest by|on|für|bis(?: zum| zur| spätestens)?|spätestens(?: am| bis)?|am"
    r"|vor|d['’]ici(?: à)?|avant|pour|jusqu['’]à|au plus tard|le|para|antes del?|hasta|el|a más tardar"
)
_DATE = re.compile(
    rf"\b(?=\w)(?:(?:(?:{_BEFORE}) )?(?:{_ENGLISH}|{_GERMAN}|{_FRENCH}|{_SPANISH}|{_ANY})(?: at the latest)?(?!\.?\w)"
    # Without a word before it, `3.4` may be a version and `12:30` a length.
    r"|(?:by|until|before|due|on|bis(?: zum)?|spätestens|am|avant|pour|le|antes del?|hasta|el) "
    r"(?:\d{1,2}[./]\d{1,2}(?:[./](?:\d{4}|\d\d)?)?|\d{1,2}:\d\d)(?![\w.]*\w))"
)

_ADDRESS = re.compile(r"https?://\S+")


def due_in(sentence: str) -> str | None:
    """The words of the last date that a sentence names, such as `by Friday`; None where it names none."""
    words = lowered(sentence)
    if "://" in words:
        words = _ADDRESS.sub(lambda address: "/" * len(address[0]), words)
    last = max(_DATE.finditer(words), key=re.Match.start, default=None)
    return sentence[last.start() : last.end()] if last else None
