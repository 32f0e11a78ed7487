"""`python -m training.routing` writes what phrases and help mean into a file that comes with the chat plugin."""

from __future__ import annotations

import asyncio

from plugins.chat.passages import of_command, of_section, sections
from plugins.chat.routing import every_phrase
from plugins.chat.routing_vectors import FILE, PROBE, keep
from training.evaluate.routing import Everything, starter_embeddings


def texts_ahead() -> list[str]:
    """What comes with Atelier and requests are compared with: phrases, what commands do, and the help."""
    commands = [command for command in Everything().all() if not command.free_text]
    phrases, _ = every_phrase(commands, {command.plugin for command in Everything().all()})
    passages = [passage for command in commands for passage in of_command(command)]
    passages += [passage for section in sections() for passage in of_section(section)]
    texts = (*(phrase.text for phrase in phrases), *(passage.text for passage in passages))
    return list(dict.fromkeys([PROBE, *texts]))


async def write() -> None:
    """Embed all that by the starter embeddings, and keep the vectors."""
    import numpy as np

    texts = texts_ahead()
    async with starter_embeddings() as embeddings:
        vectors = await embeddings.aembed_documents(texts)
    keep(texts, np.asarray(vectors, dtype=np.float32))
    print(f"{len(texts):,} texts, {FILE.stat().st_size / 1000:,.0f} kB")


if __name__ == "__main__":
    asyncio.run(write())
