"""Parts of torchvision's detectors and Hugging Face's Transformers, from a configuration alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from .entry import Entry, Made
from .paper_models import computed, ids, numbers, picture


def pyramid() -> Made:
    """The backbone of torchvision's detectors, with batch normalization as training has it."""
    import torch
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

    class Pyramid(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = resnet_fpn_backbone(
                backbone_name="resnet50",
                weights=None,
                norm_layer=torch.nn.BatchNorm2d,
                trainable_layers=5,
            )

        def forward(self, image: Any) -> tuple[Any, ...]:
            return tuple(self.backbone(image).values())

    torch.manual_seed(0)
    return computed(Pyramid(), {"image": picture(224)})


def bert() -> Made:
    """BERT-base, with texts of which some words are none."""
    import torch
    from transformers import BertConfig, BertModel

    class Bert(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(BertConfig())

        def forward(self, tokens: Any, parts: Any, real: Any) -> tuple[Any, ...]:
            made = self.bert(tokens.long(), real.long(), parts.long())
            return made.last_hidden_state, made.pooler_output

    def words(rng: np.random.Generator, count: int) -> Any:
        lengths = rng.integers(8, 24, (count, 1))
        return np.arange(24)[None] < lengths

    torch.manual_seed(0)
    inputs = {"tokens": ids(30_522, 24), "parts": ids(2, 24), "real": words}
    return computed(Bert(), inputs, safetensors=True)


def llama() -> Made:
    """A layer of TinyLlama with the positions that the whole model would give it."""
    import torch
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRotaryEmbedding

    config = LlamaConfig(
        hidden_size=2048,
        intermediate_size=5632,
        num_attention_heads=32,
        num_key_value_heads=4,
        rms_norm_eps=1e-5,
        attn_implementation="sdpa",
    )

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = LlamaDecoderLayer(config, 0)
            self.rotary = LlamaRotaryEmbedding(config)

        def forward(self, x: Any) -> Any:
            places = torch.arange(x.shape[1])[None]
            return self.layer(x, position_embeddings=self.rotary(x, places), position_ids=places)

    torch.manual_seed(0)
    return computed(Layer(), {"x": numbers(24, 2048)}, safetensors=True)


ENTRIES = [
    Entry("fpn.net", "ResNet50FPN", "26.85 M", "torchvision `resnet_fpn_backbone`", pyramid),
    Entry("bert.net", "BERT", 109_482_240, "transformers `BertModel`", bert),
    Entry("llama.net", "LlamaLayer", 44_044_288, "transformers `LlamaDecoderLayer`", llama),
]
