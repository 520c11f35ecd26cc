"""A trained network as files of a bundle: safetensors weights, and the ONNX graph that is run."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagging.activations import typical_ids
from tagging.networks import NETWORK_FILE, WEIGHTS_FILE
from tagging.quantise import quantise_graph
from tagging.transformer import GRAPH_FILE, MAX_TOKENS


def most_tokens(network: Any) -> int:
    """Tokens that the graph can read at once: the reader's usual limit, or fewer where the network has fewer positions."""
    return min(MAX_TOKENS, int(network.config.max_position_embeddings))


def save_weights(network: Any, folder: Path) -> None:
    """Write the state dict as safetensors, and the BERT configuration as `network.json`."""
    from safetensors.torch import save_file

    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}, str(folder / WEIGHTS_FILE))
    network.config.to_json_file(str(folder / NETWORK_FILE))


def export_graph(network: Any, folder: Path, tokenizer: Any, *, prefix: str, int8: bool) -> None:
    """Write `model.onnx`, in float32 or with 8-bit weights (`tagging.quantise`); `tokenizer` and `prefix` are those that it is run with."""
    network.eval().float()
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _export(network, plain)
        if int8:
            folded = plain.with_name("folded.onnx")
            _folded(plain, folded)
            quantise_graph(folded, folder / GRAPH_FILE, typical_ids(tokenizer, prefix, most_tokens(network.bert)))
        else:
            (folder / GRAPH_FILE).write_bytes(plain.read_bytes())


def _export(network: Any, path: Path) -> None:
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.network(input_ids=input_ids, attention_mask=attention_mask)["logits"]
            return logits

    # The exporter cannot follow fused attention with a mask of changing size; the eager form gives the same numbers.
    bert = network.bert
    bert.config._attn_implementation = "eager"
    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings(), torch.no_grad(), _no_more_than_is_used(bert):
        warnings.simplefilter("ignore")  # deprecation notes of the exporter, and its notes on traced shapes
        torch.onnx.export(
            Logits().eval(),
            (example, example),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )


@contextmanager
def _no_more_than_is_used(bert: Any) -> Iterator[None]:
    """Where a pooler takes the first token alone, let the last layer work out that one alone, from the keys and values of all.

    Its other tokens are then spared the query, output and feed-forward products, ten parts in twelve of a layer; no answer changes.
    """
    import torch

    class FirstTokenAttention(torch.nn.Module):
        def __init__(self, whole: Any) -> None:
            super().__init__()
            self.self, self.output = whole.self, whole.output

        def forward(self, states: torch.Tensor, attention_mask: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor]:
            first = states[:, :1]
            context = self.self(first, attention_mask[:, :, :1], encoder_hidden_states=states)[0]
            return (self.output(context, first),)

    last = bert.encoder.layer[-1]
    whole = last.attention
    if bert.pooler is not None:
        last.attention = FirstTokenAttention(whole)
    try:
        yield
    finally:
        last.attention = whole


def _folded(plain: Path, path: Path) -> None:
    """Fold constants, so that every weight matrix stands before its product as one constant."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # the folder warns about its own defaults on the root logger
    try:
        quant_pre_process(str(plain), str(path), skip_symbolic_shape=True)
    finally:
        root.setLevel(level)
