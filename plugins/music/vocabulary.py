"""The music that a prompt can name: genres, as they usually are, moods and instruments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Genre:
    """A kind of music, as it usually is.

    Attributes:
        name: What people call it.
        about: What it is for and like, to be found by meaning.
        tempo: Slowest and fastest, in beats a minute.
        keys: Those it is often in.
        metre: Beats in a bar.
        instruments: Those it is often played on.
        form: How it is built.
        mood: What it feels like where nobody says.
    """

    name: str
    about: str
    tempo: tuple[int, int]
    keys: tuple[str, ...]
    metre: str
    instruments: tuple[str, ...]
    form: str
    mood: str = "playful"


@dataclass(frozen=True, slots=True)
class Mood:
    """How music feels.

    Attributes:
        name: An adjective.
        about: Other words for it, to be found by meaning.
        energy: From -1, at rest, to 1.
        mode: `major` or `minor` where it asks for one.
    """

    name: str
    about: str
    energy: float
    mode: str = ""


_FOLK = ("D major", "G major", "A major", "A dorian", "E minor")
_SONG = "verse and chorus"
_PARTS = "two repeated parts of eight bars (AABB)"

GENRES = (
    Genre(
        "jig", "a lively Irish folk dance tune", (100, 126), _FOLK, "6/8",
        ("fiddle", "tin whistle"), _PARTS, "cheerful",
    ),
    Genre(
        "reel", "a fast driving Irish folk dance tune", (180, 220), _FOLK, "4/4",
        ("fiddle", "accordion"), _PARTS, "energetic",
    ),
    Genre("hornpipe", "a bouncing sailors' dance", (130, 160), _FOLK, "4/4", ("accordion", "fiddle"), _PARTS),
    Genre(
        "waltz", "a dance in three for couples, a ballroom", (84, 180), ("G major", "A minor", "D minor"), "3/4",
        ("violin", "piano"), "three parts of sixteen bars (ABA)", "romantic",
    ),
    Genre(
        "march", "a parade, soldiers, walking in step", (108, 124), ("B♭ major", "F major", "C minor"), "2/4",
        ("brass", "snare drum"), "two parts and a trio", "triumphant",
    ),
    Genre(
        "polka", "a quick dance with accordion, a beer tent", (110, 130), ("F major", "C major"), "2/4",
        ("accordion", "tuba", "clarinet"), _PARTS, "cheerful",
    ),
    Genre(
        "folk ballad", "an old song that tells a story by the fire", (66, 96), ("D major", "A minor", "E minor"), "4/4",
        ("acoustic guitar", "flute"), "verses with a short interlude", "nostalgic",
    ),
    Genre(
        "country", "a song of the road, a ranch and the prairie", (90, 130), ("G major", "D major"), "4/4",
        ("acoustic guitar", "banjo", "fiddle"), _SONG, "warm",
    ),
    Genre(
        "bluegrass", "fast picking of banjo and mandolin", (120, 160), ("G major", "A major"), "2/4",
        ("banjo", "mandolin", "fiddle", "double bass"), "a theme and solos in turn", "cheerful",
    ),
    Genre(
        "lullaby", "to put a child to sleep, a cradle, night", (56, 76), ("F major", "C major", "D major"), "6/8",
        ("music box", "harp"), "one short part that repeats (AABA)", "calm",
    ),
    Genre(
        "baroque", "counterpoint, a court, a fugue, a harpsichord", (80, 132), ("D minor", "G major", "C major"), "4/4",
        ("harpsichord", "violin", "cello"), "a theme passed between voices", "solemn",
    ),
    Genre(
        "classical", "a string quartet or sonata of elegance and balance", (72, 140), ("C major", "G major", "C minor"),
        "4/4", ("string quartet",), "statement, development and return", "hopeful",
    ),
    Genre(
        "romantic piano", "a nocturne, expressive piano, longing", (56, 100), ("E♭ major", "C♯ minor"), "3/4",
        ("piano",), "three parts with a stormy middle (ABA)", "dreamy",
    ),
    Genre(
        "orchestral film score", "an epic scene: a hero, a battle, dragons, pirates", (80, 150), ("D minor", "C minor"),
        "4/4", ("strings", "brass", "timpani"), "a slow build to a climax", "epic",
    ),
    Genre(
        "horror score", "fear, a haunted house, monsters, Halloween", (60, 90), ("C minor", "B minor"), "4/4",
        ("strings", "piano", "synthesizer"), "quiet tension and sudden accents", "eerie",
    ),
    Genre(
        "choral", "a choir in a church, sacred, a cathedral", (56, 84), ("F major", "D minor"), "4/4",
        ("choir", "organ"), "verses with a final amen", "solemn",
    ),
    Genre(
        "Christmas carol", "winter, snow, bells, holidays, Santa", (84, 120), ("F major", "G major"), "4/4",
        ("bells", "choir", "strings"), _SONG, "warm",
    ),
    Genre(
        "jazz swing", "a big band, dancing, a night club", (120, 200), ("B♭ major", "F major"), "4/4",
        ("saxophone", "trumpet", "piano", "double bass"), "a theme of 32 bars (AABA) and solos", "cheerful",
    ),
    Genre(
        "jazz ballad", "a smoky bar late at night, slow jazz", (52, 72), ("E♭ major", "C minor"), "4/4",
        ("saxophone", "piano", "double bass"), "a theme of 32 bars (AABA)", "romantic",
    ),
    Genre(
        "bossa nova", "a Brazilian beach, soft and cool", (110, 140), ("D minor", "F major"), "4/4",
        ("nylon guitar", "shaker", "flute"), "a theme with a bridge (AABA)", "relaxed",
    ),
    Genre(
        "blues", "heartache, hard times, a slide guitar", (60, 110), ("E major", "A major"), "12/8",
        ("electric guitar", "harmonica", "piano"), "twelve bars, again and again", "melancholy",
    ),
    Genre(
        "rock", "a loud band, guitars and drums, a stadium", (110, 150), ("E minor", "A major", "D major"), "4/4",
        ("electric guitar", "bass guitar", "drums"), "verse, chorus and a guitar solo", "energetic",
    ),
    Genre(
        "metal", "heavy, distorted, furious guitars", (120, 200), ("E minor", "D minor"), "4/4",
        ("electric guitar", "bass guitar", "drums"), "riffs, a breakdown and a solo", "aggressive",
    ),
    Genre(
        "punk", "short, fast, rebellious", (160, 200), ("A major", "E major"), "4/4",
        ("electric guitar", "bass guitar", "drums"), _SONG, "energetic",
    ),
    Genre(
        "pop", "a catchy song for the radio or a birthday", (96, 126), ("C major", "G major", "A minor"), "4/4",
        ("synthesizer", "drums", "bass guitar"), "verse, chorus and bridge", "cheerful",
    ),
    Genre(
        "disco", "a dance floor with a mirror ball, the seventies", (112, 126), ("A minor", "E minor"), "4/4",
        ("strings", "bass guitar", "drums"), _SONG, "energetic",
    ),
    Genre(
        "funk", "a tight groove, slap bass", (96, 116), ("E minor", "D dorian"), "4/4",
        ("bass guitar", "electric guitar", "drums", "brass"), "a groove with breaks", "playful",
    ),
    Genre(
        "soul", "a warm song of love with an organ", (70, 110), ("E♭ major", "A♭ major"), "4/4",
        ("organ", "bass guitar", "drums", "brass"), _SONG, "warm",
    ),
    Genre(
        "reggae", "a relaxed island, off-beat guitar, sun", (66, 90), ("A minor", "G major"), "4/4",
        ("electric guitar", "organ", "bass guitar", "drums"), _SONG, "relaxed",
    ),
    Genre(
        "salsa", "a Latin party, hot dancing", (160, 210), ("A minor", "C minor"), "4/4",
        ("trumpet", "piano", "congas"), "verse, then call and response", "energetic",
    ),
    Genre(
        "tango", "a passionate dance of Buenos Aires", (110, 132), ("D minor", "A minor"), "4/4",
        ("bandoneon", "violin", "piano"), "two contrasting parts (ABAB)", "romantic",
    ),
    Genre(
        "flamenco", "Spanish guitar, clapping, fire", (90, 140), ("E phrygian", "A minor"), "3/4",
        ("nylon guitar", "hand claps"), "solo passages and rhythmic refrains", "energetic",
    ),
    Genre(
        "klezmer", "a Jewish wedding, a laughing clarinet", (100, 160), ("D phrygian", "A minor"), "2/4",
        ("clarinet", "violin", "accordion"), "two parts that speed up",
    ),
    Genre(
        "ambient", "space, floating, meditation, sleep, calm water", (50, 72), ("C major", "D lydian"), "4/4",
        ("synthesizer pad", "piano"), "slow layers without a beat", "calm",
    ),
    Genre(
        "lo-fi hip hop", "beats to study and relax to, rain at the window", (70, 88), ("F major", "D minor"), "4/4",
        ("electric piano", "drums", "vinyl crackle"), "a loop with small changes", "relaxed",
    ),
    Genre(
        "hip hop", "a beat to rap over, the street", (84, 100), ("C minor", "G minor"), "4/4",
        ("drums", "bass", "samples"), "a loop with verse and hook", "dark",
    ),
    Genre(
        "house", "a club at night, four on the floor, a workout", (120, 128), ("A minor", "C minor"), "4/4",
        ("synthesizer", "drum machine", "bass"), "build, drop and break", "energetic",
    ),
    Genre(
        "techno", "a hypnotic machine, a warehouse rave", (126, 142), ("A minor", "F minor"), "4/4",
        ("drum machine", "synthesizer"), "a pattern that slowly changes", "dark",
    ),
    Genre(
        "drum and bass", "very fast breakbeats, deep bass, a chase", (168, 178), ("F minor", "A minor"), "4/4",
        ("drum machine", "bass", "synthesizer"), "intro, drop, break and drop", "energetic",
    ),
    Genre(
        "synthwave", "the eighties, neon, driving at night", (84, 118), ("A minor", "E minor"), "4/4",
        ("synthesizer", "drum machine", "electric guitar"), _SONG, "nostalgic",
    ),
    Genre(
        "chiptune", "a retro video game, pixels, a boss fight", (120, 170), ("C major", "A minor"), "4/4",
        ("square wave synthesizer", "noise drums"), "a loop of two parts",
    ),
    Genre(
        "circus march", "clowns, acrobats, comedy, slapstick", (130, 170), ("E♭ major", "C major"), "2/4",
        ("brass", "xylophone", "snare drum"), "two parts and a trio",
    ),
)  # fmt: skip
"""What a prompt's music can be, without a language model."""

MOODS = (
    Mood("cheerful", "happy, joyful, sunny, a birthday party", 0.5, "major"),
    Mood("playful", "funny, silly, kittens and children at play", 0.5, "major"),
    Mood("triumphant", "victory, we won, heroic, proud, a launch", 0.6, "major"),
    Mood("energetic", "exciting, sport, a race, running", 1.0),
    Mood("aggressive", "angry, furious, fighting", 1.0, "minor"),
    Mood("tense", "suspense, danger, a deadline", 0.4, "minor"),
    Mood("eerie", "creepy, ghosts, scary", -0.3, "minor"),
    Mood("dark", "sinister, night, a storm", 0.0, "minor"),
    Mood("sad", "grief, loss, tears, goodbye", -0.7, "minor"),
    Mood("melancholy", "wistful, autumn, rain, alone", -0.5, "minor"),
    Mood("nostalgic", "memories, old photographs, childhood", -0.3),
    Mood("romantic", "love, a candle-lit dinner, a wedding", -0.3, "major"),
    Mood("dreamy", "floating, clouds, stars, fantasy", -0.5),
    Mood("calm", "peaceful, quiet, rest, a lake at dawn", -0.8, "major"),
    Mood("warm", "cosy, home, a fireplace, friends", -0.3, "major"),
    Mood("hopeful", "a new beginning, sunrise, spring", 0.1, "major"),
    Mood("solemn", "ceremony, dignity, remembrance", -0.6),
    Mood("mysterious", "a riddle, a forest, magic", -0.2, "minor"),
    Mood("epic", "vast, mountains, dragons, destiny", 0.6, "minor"),
    Mood("relaxed", "easy-going, holiday, a hammock", -0.4, "major"),
)
"""How it can feel."""

INSTRUMENTS = (
    "accordion", "acoustic guitar", "bagpipes", "bandoneon", "banjo", "bass", "bass guitar", "bassoon", "bells",
    "brass", "cello", "choir", "church organ", "clarinet", "concertina", "congas", "cor anglais", "double bass",
    "drum machine", "drums", "electric guitar", "electric piano", "fiddle", "flute", "French horn", "glockenspiel",
    "guitar", "hand claps", "harmonica", "harp", "harpsichord", "hurdy-gurdy", "kalimba", "lute", "mandolin",
    "marimba", "music box", "nylon guitar", "oboe", "organ", "pan flute", "piano", "piccolo", "recorder", "saxophone",
    "shaker", "sitar", "snare drum", "steel drums", "string quartet", "strings", "synthesizer", "tabla", "tambourine",
    "timpani", "tin whistle", "trombone", "trumpet", "tuba", "ukulele", "vibraphone", "viola", "violin", "xylophone",
)  # fmt: skip
"""What it can be played on."""

ALIASES = {
    "violoncello": "cello", "contrabass": "double bass", "upright bass": "double bass", "synth": "synthesizer",
    "sax": "saxophone", "pennywhistle": "tin whistle", "penny whistle": "tin whistle", "whistle": "tin whistle",
    "bagpipe": "bagpipes", "drum kit": "drums", "horn": "French horn", "pipe organ": "church organ", "uke": "ukulele",
    "classical guitar": "nylon guitar", "Spanish guitar": "nylon guitar", "mouth organ": "harmonica",
}  # fmt: skip
"""Other names of instruments."""
