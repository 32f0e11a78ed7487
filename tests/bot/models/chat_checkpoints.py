"""Makes tiny chat models of the real architectures: real weights, though they mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

Kind = Literal["llama", "qwen3", "gemma3", "mistral"]

CORPUS = (
    "The quick brown fox sleeps in the snow while the lazy dog counts stars.",
    "Who writes the release notes for version 2.1? Dana does, on Monday.",
    'A call looks like {"name": "roll", "arguments": {"sides": 6}} and nothing else.',
    "El zorro duerme en la nieve 🦊; 狐狸在雪中睡觉。",
)

CHATML = (
    "{%- if tools %}<|im_start|>system\n"
    "{%- if messages[0].role == 'system' %}{{ messages[0].content }}\n{% endif %}"
    "Tools: {% for tool in tools %}{{ tool | tojson }}\n{% endfor %}"
    "Write <tool_call>{...}</tool_call><|im_end|>\n{%- endif %}"
    "{%- for message in messages %}"
    "{%- if not (loop.first and message.role == 'system' and tools) %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{%- for call in message.tool_calls or [] %}<tool_call>\n{{ call.function | tojson }}\n</tool_call>{% endfor %}"
    "<|im_end|>\n{%- endif %}{% endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n"
    "{%- if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)

PLAIN = (
    "{%- for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

LLAMA = (
    "{%- if tools %}Environment: ipython {% for tool in tools %}{{ tool | tojson }}{% endfor %}{% endif %}"
    "{%- for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content }}<|eot_id|>{% endfor %}"
    "{%- if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)

TURNS = (
    "{%- for message in messages %}"
    "{%- if message.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}\n"
    "{{ message.content }}<end_of_turn>\n{% endfor %}"
    "{%- if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)

MISTRAL = (
    "{%- if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}"
    "{%- for message in messages %}"
    "{%- if message.role == 'assistant' %}"
    "{%- if message.tool_calls %}[TOOL_CALLS][{% for call in message.tool_calls %}"
    "{%- if call.id | length != 9 %}{{ raise_exception('ids have 9 characters') }}{% endif %}"
    "{{ call.function | tojson }}{% endfor %}]{% else %}{{ message.content }}{% endif %}</s>"
    "{%- elif message.role == 'tool' %}[TOOL_RESULTS]{{ message.content }}[/TOOL_RESULTS]"
    "{%- else %}[INST]{{ message.content }}[/INST]{% endif %}{% endfor %}"
)

OWN: dict[str, JsonValue] = {
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "reasoning_content": {"open": "<thoughts>", "close": "</thoughts>", "content": "text"},
        "tool_calls": {
            "open": "<call>",
            "close": "</call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"content": "text"},
    },
}
"""How a checkpoint may say what its answers look like."""

TEMPLATES: dict[Kind, str] = {"llama": LLAMA, "qwen3": CHATML, "gemma3": TURNS, "mistral": MISTRAL}

SPECIAL: dict[Kind, list[str]] = {
    "llama": ["<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|python_tag|>", "<|im_start|>", "<|im_end|>"],
    "qwen3": ["<|im_end|>", "<|im_start|>"],
    "gemma3": ["<end_of_turn>", "<start_of_turn>"],
    "mistral": ["</s>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"],
}
"""The first ends a turn."""

PLAIN_MARKS: dict[Kind, list[str]] = {
    "llama": [],
    "qwen3": ["<think>", "</think>", "<tool_call>", "</tool_call>"],
    "gemma3": [],
    "mistral": [],
}


def make_tokenizer(kind: Kind) -> PreTrainedTokenizerFast:
    """A tokenizer of the kind's family: bytes, or pieces of words that fall back to bytes."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    if kind == "gemma3":
        raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
        raw.normalizer = normalizers.Replace(" ", "▁")
        raw.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
        first = ["<pad>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    else:
        raw = Tokenizer(models.BPE())
        raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        raw.decoder = decoders.ByteLevel()
        first = ["<pad>"]
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=first,
        initial_alphabet=[] if kind == "gemma3" else pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(CORPUS, trainer)
    wrap: Callable[..., PreTrainedTokenizerFast] = PreTrainedTokenizerFast
    tokenizer = wrap(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token=SPECIAL[kind][0],
        extra_special_tokens=SPECIAL[kind][1:],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens([AddedToken(mark, special=False) for mark in PLAIN_MARKS[kind]])
    return tokenizer


def make_chat(
    folder: Path,
    kind: Kind = "llama",
    *,
    template: str | None = None,
    context: int = 512,
    layers: int = 2,
    seed: int = 1,
    width: int = 32,
) -> Path:
    """Write a chat model into `folder`, as the library itself saves it.

    Args:
        folder: Where to.
        kind: The architecture.
        template: Its chat template; the kind's own by default, none if empty.
        context: Tokens it reads at once.
        layers: Of the network.
        seed: Of its weights.
        width: Numbers that stand for each token.
    """
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = make_tokenizer(kind)
    tokenizer.chat_template = (TEMPLATES[kind] if template is None else template) or None
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    build: Callable[..., PreTrainedModel] = AutoModelForCausalLM.from_config
    model = build(config(kind, len(tokenizer), context, layers, width))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    return folder


def config(kind: Kind, words: int, context: int, layers: int, width: int = 32) -> PreTrainedConfig:
    """A tiny shape of the architecture."""
    from transformers import Gemma3TextConfig, LlamaConfig, MistralConfig, Qwen3Config

    classes = {"llama": LlamaConfig, "qwen3": Qwen3Config, "gemma3": Gemma3TextConfig, "mistral": MistralConfig}
    more = {"sliding_window": 16} if kind in {"gemma3", "mistral"} else {}
    made: PreTrainedConfig = classes[kind](
        vocab_size=words,
        hidden_size=width,
        intermediate_size=width * 3 // 2,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=width // 4,
        max_position_embeddings=context,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        **more,
    )
    return made
