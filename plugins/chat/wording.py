"""The words around an answer found by meaning, in the person's tone."""

from __future__ import annotations

from bot import Length, Tone

PASSAGES = {Length.SHORT: 1, Length.MEDIUM: 3, Length.LONG: 5}
"""How many passages are shown at most."""

FOUND = {
    Tone.PLAIN: "The nearest I found in the last {count}{zone}:",
    Tone.FRIENDLY: "I had a look through the last {count}, and this is what comes closest{zone}:",
    Tone.FORMAL: "The following passages of the last {count} correspond most closely to your question{zone}:",
    Tone.PLAYFUL: "I rummaged through the last {count} and dug this up{zone} 🔎",
}
COMMAND = {
    Tone.PLAIN: "`/{name}` does that: {about}",
    Tone.FRIENDLY: "I can help you with that: `/{name}` is the one. {about}",
    Tone.FORMAL: "The command `/{name}` serves this purpose: {about}",
    Tone.PLAYFUL: "There is a button for that! `/{name}`: {about}",
}
FACT = {
    Tone.PLAIN: "You asked me to remember: “{fact}”",
    Tone.FRIENDLY: "I remember, you told me: “{fact}”",
    Tone.FORMAL: "You asked me to keep the following in mind: “{fact}”",
    Tone.PLAYFUL: "My elephant's memory says: “{fact}” 🐘",
}
NOTHING = {
    Tone.PLAIN: "I found nothing near that: not in the last {count} here, not in the help, and no command.",
    Tone.FRIENDLY: "I looked, but nothing comes close: not in the last {count} here, not in the help, and no command. "
    "Maybe ask in other words?",
    Tone.FORMAL: "Nothing corresponds to your question: neither in the last {count} here, nor in the help, "
    "nor among the commands.",
    Tone.PLAYFUL: "I turned every stone: nothing in the last {count} here, nothing in the help, "
    "and no command either 🤷",
}
CLOSING = {
    Tone.PLAIN: "No language model is installed, so I looked this up by meaning; `/models` shows how to add one.",
    Tone.FRIENDLY: "No language model is installed yet, so I looked this up by meaning; "
    "`/models` shows you how to add one.",
    Tone.FORMAL: "No language model is installed; this was looked up by meaning. "
    "Please see `/models` on how to add one.",
    Tone.PLAYFUL: "No language model is installed, so this was all nose and no brain; `/models` shows how to add one.",
}

UNDERSTOOD = "_`{line}`_\n\n"
"""Above the answer of a command that was asked for in plain words, so that people learn it."""

ASKED = "I understood `{line}`. Shall I do that?"
CANCELLED = "Nothing was done."
FORBIDDEN = "`/{name}` would do that, but you may not use it here; `/help` lists what you may."
MISSING = "I understood `{line}`, but not `{name}`. {help} Ask again with it, or type the command:"
ENGLISH = "What I am asked to do I follow in English only, until there is one; `/help` lists every command."
PERHAPS = "Did you mean this?"
