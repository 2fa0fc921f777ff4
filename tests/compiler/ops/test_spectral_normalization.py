"""SpectralNormalization: what it takes, its weights and costs, and that ONNX has nothing of it."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op, Refusal
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.conv.separable import SeparableConv2D
from netc.compiler.ops.core.dense import Dense
from netc.compiler.ops.core.embedding import Embedding
from netc.compiler.ops.norm.normalization import BatchNormalization
from netc.compiler.ops.recurrent.recurrent import LSTM
from netc.compiler.ops.wrapper.spectral_normalization import SpectralNormalization
from netc.compiler.passes.order import optimise
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, refusal, run


def normalized(layer: Op, **args: object) -> Op:
    return made(SpectralNormalization, layer=layer, **args)


@pytest.mark.parametrize(
    "layer", [LSTM(4), SeparableConv2D(4, (3, 3)), Embedding(9, 4), BatchNormalization()]
)
def test_a_layer_without_one_kernel_is_refused(layer: Op) -> None:
    with pytest.raises(Refusal) as caught:
        normalized(layer)
    assert (caught.value.code, caught.value.argument) == (Code.BAD_VALUE, "layer")
    assert f"`{layer.name}` has not one" in caught.value.message


def test_the_layer_inside_says_what_does_not_fit() -> None:
    fault = refusal(("N", 5, 5), SpectralNormalization, layer=Conv2D(2, (3, 3)))
    assert fault.code is Code.RANK
    assert fault.message.startswith("`Conv2D` needs a tensor of rank 4")


def test_its_vector_is_a_parameter_and_costs_nothing_when_the_net_runs() -> None:
    plain = costs(chain((1, 7, 6, 3), Conv2D(5, (3, 3))))
    more = costs(chain((1, 7, 6, 3), normalized(Conv2D(5, (3, 3)), power_iterations=4)))
    assert more == (plain[0] + 5, *plain[1:])


def test_the_vector_is_not_trained() -> None:
    (node,) = [node for node in chain(("N", 3), normalized(Dense(5))) if node.op is not None]
    found = [(weight.name, weight.shape, weight.trainable) for weight in node.weights]
    assert found == [
        ("kernel", (3, 5), True),
        ("vector_u", (1, 5), False),
        ("bias", (5,), True),
    ]


def test_a_batch_normalization_is_folded_into_the_layer_inside() -> None:
    checked = chain(
        ("N", 6, 6, 3), normalized(Conv2D(4, (3, 3), use_bias=False)), BatchNormalization()
    )
    lowered = model(optimise(checked))
    assert node_types(lowered) == {"Transpose": 2, "Conv": 1}
    x = np.random.default_rng(0).random((2, 6, 6, 3), np.float32)
    np.testing.assert_allclose(run(lowered, x), run(model(checked), x), atol=1e-5)
