from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot import ChannelKind, Language, Length, Person, Profile, Tone
from plugins.summarize.wording import Reader, heads
from tests.plugins.conversation import NOW, request, talk


def test_times_are_told_in_the_persons_zone_and_in_the_language_of_the_words_around_them() -> None:
    profile = Profile(language=Language("es"), zone=ZoneInfo("Asia/Tokyo"))

    assert Reader.of(request(), profile).time(NOW) == "Tue 21:00"


def test_without_a_profile_times_are_utc() -> None:
    reader = Reader.of(request(locale="de-DE"), Profile())

    assert (reader.time(NOW), reader.zone_name) == ("Tue 12:00", "UTC")


def test_a_time_long_ago_has_a_date_and_one_alone_has_no_day() -> None:
    reader = Reader.of(request(), Profile())

    assert reader.time(NOW - timedelta(days=28)) == "3 Feb 12:00"
    assert reader.time(NOW, day=False) == "12:00"


def test_every_tone_opens_and_closes_in_its_own_words() -> None:
    readers = [Reader.of(request(), replace(Profile(), tone=tone)) for tone in Tone]

    assert len(Tone) == len({reader.opening("5 messages", timed=True) for reader in readers})
    assert len(Tone) == len({reader.closing for reader in readers})
    assert all("no language model is installed" in reader.closing for reader in readers)
    assert all("(times in UTC)" in reader.opening("5 messages", timed=True) for reader in readers)


def test_what_is_posted_at_a_set_time_is_for_everybody() -> None:
    profile = Profile(Language("es"), ZoneInfo("Asia/Tokyo"), Tone.PLAYFUL, Length.LONG)
    due = replace(request(locale="es"), scheduled=True)

    public = Reader.of(replace(due, person=Person("test:1", "1")), profile, zone=ZoneInfo("Europe/Berlin"))
    private = Reader.of(replace(due, channel=replace(due.channel, kind=ChannelKind.DM)), profile)

    assert (Profile(zone=ZoneInfo("Europe/Berlin")), Length.MEDIUM) == (public.profile, public.length)
    assert ("Tue 13:00", "the language of the material") == (public.time(NOW), public.language)
    assert (profile, "Spanish") == (private.profile, private.language)


def test_an_asked_length_goes_before_the_profiles() -> None:
    profile = Profile(length=Length.LONG)

    assert Length.LONG is Reader.of(request(), profile).length
    assert Length.SHORT is Reader.of(request(), profile, Length.SHORT).length


def test_the_profiles_length_of_summaries_goes_before_that_of_answers() -> None:
    profile = Profile(length=Length.LONG, summaries=Length.SHORT)

    assert Length.SHORT is Reader.of(request(), profile).length
    assert Length.MEDIUM is Reader.of(request(), profile, Length.MEDIUM).length


def test_numbers_read_well() -> None:
    assert heads(talk("Ana: a", "Ben: b", "Ana: c")) == "3 messages by 2 people"
