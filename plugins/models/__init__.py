"""`/models`: which models this channel can use, what they cost, and how to add one."""

from __future__ import annotations

from collections.abc import Sequence

from bot import Fit, Models, ModelStatus, Plugin, Task, size

plugin = Plugin("models", "The models I can use here.")

_PURPOSE = {
    Task.CHAT: "conversation",
    Task.EMBEDDINGS: "finding by meaning",
    Task.SUMMARIES: "summaries in own words",
    Task.TRANSLATION: "translation",
    Task.PICTURES: "pictures",
    Task.MUSIC: "music",
    Task.STICKERS: "emoji and stickers",
}


@plugin.command(examples=["/models", "which language model do you use?"], repeatable=True)
async def models(models: Models) -> str:
    """List the models by task: which are used here, their licence and size, and how to install one."""
    known = await models.all()
    sections = [section(task, [each for each in known if each.task is task]) for task in Task]
    missing = [_PURPOSE[task] for task in Task if not any(each.task is task and each.installed for each in known)]
    parts = [part for part in sections if part]
    if missing:
        parts.append(f"No model here yet for {', '.join(missing)}.")
    parts.append(how_to_add(known))
    return "\n\n".join(parts)


def section(task: Task, known: Sequence[ModelStatus]) -> str:
    """The models of one task, those in use first and those to be had last; empty when there is none.

    Args:
        task: What they serve.
        known: The models.
    """
    if not known:
        return ""
    here = sorted(
        (each for each in known if each.chosen or each.installed), key=lambda each: (not each.chosen, each.name)
    )
    others = sorted((each for each in known if each not in here), key=lambda each: (each.disk or 0, each.name))
    lines = [f"**{task.value}** — {_PURPOSE[task]}", *map(_line, here)]
    if others:
        lines.append(f"- not installed: {', '.join(map(_to_be_had, others))}")
    return "\n".join(lines)


def how_to_add(known: Sequence[ModelStatus]) -> str:
    """What the owner does to add a model: the smallest for a task that has none, if there is such a task."""
    served = {each.task for each in known if each.installed}
    waiting = min(
        (each for each in known if not each.installed),
        key=lambda each: (each.task in served, list(Task).index(each.task), each.disk or 0),
        default=None,
    )
    name = waiting.name if waiting else "NAME"
    lines = [
        f"The owner of this machine installs one with `atelier models pull {name}`"
        + (f" ({size(waiting.disk)})." if waiting and waiting.disk else "."),
        "`[models.chat]` in `config.toml` connects a chat model: Ollama, or any server that speaks OpenAI's API.",
        "An admin chooses among the installed ones with `/settings model`.",
    ]
    return "\n".join(lines)


def _to_be_had(model: ModelStatus) -> str:
    details = [
        size(model.disk) if model.disk else "",
        model.licence if model.gated else "",
        "gated" if model.gated else "",
    ]
    if model.fits == Fit.NOT:
        details.append("too large for this machine now")
    told = ", ".join(detail for detail in details if detail)
    return f"`{model.name}`" + (f" ({told})" if told else "")


def _line(model: ModelStatus) -> str:
    state = ["in use here" if model.chosen else "installed" if model.installed else "not installed"]
    if model.chosen and not model.installed:
        state = ["chosen here, but not installed"]
    if model.loaded:
        state.append("in memory now")
    if model.fits == Fit.NOT:
        state.append("too large for this machine now")
    places = ((model.disk, "on disk"), (model.memory, "in memory"), (model.card, "on a graphics card"))
    sizes = [f"{size(amount)} {where}" for amount, where in places if amount is not None] or ["runs on another server"]
    licence = f"{model.licence}, gated" if model.gated else model.licence
    details = [", ".join(state), licence, ", ".join(sizes), model.note]
    return f"- `{model.name}` — " + " · ".join(detail for detail in details if detail)
