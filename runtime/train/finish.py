"""What a run leaves behind: model files, and the proof that ONNX computes what Keras does."""

from __future__ import annotations

import numpy as np

from ...compiler.lower.keras.lower import lower_keras
from ...compiler.lower.onnx.compile import compile_onnx
from ...compiler.lower.onnx.write import write_onnx
from ...compiler.recipe.recipe import Recipe
from ..data.arrays import numpy_batches
from ..data.dataset import Dataset, prepared_as
from ..data.kept import data_metadata, run_metadata
from ..files.write import replacing
from ..infer.preprocess import model_preprocessing, saved_net
from ..infer.session import Session
from ..infer.verify import difference
from ..runs.facts import Agreement
from ..runs.files import BEST, KERAS, ONNX
from ..runs.folder import RunFolder
from ..weights import save_safetensors
from .keras_types import Keras, Model
from .snapshot import Snapshot

TOLERANCE = 1e-4
COMPARED = 32
"""Samples that are compared at a time."""


def write_models(
    keras: Keras,
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    weights: Snapshot,
    *,
    embed: bool,
) -> Model:
    """Writes the weights, the Keras model and the ONNX model; returns the Keras model.

    With `embed` their first layers scale what goes in, as the recipe's `data` says. They compute in
    float32, whatever precision trained them. Raises Refusal where a layer has no ONNX lowering,
    OSError or UserError where the disk does not take a file.
    """
    save_safetensors(folder / BEST, recipe.checked, weights, run_metadata(recipe, dataset))
    saved = saved_net(recipe.checked, recipe.preprocessing, embed=embed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        model: Model = lower_keras(saved.checked, weights, keras=keras)
    finally:
        keras.config.set_dtype_policy(before)
    with replacing(folder / KERAS) as temporary:
        model.save(temporary)
    metadata = saved.metadata | data_metadata(dataset)
    write_onnx(compile_onnx(saved.checked, weights, metadata=metadata), folder / ONNX)
    return model


def compare(model: Model, recipe: Recipe, dataset: Dataset, folder: RunFolder) -> Agreement:
    """Runs the ONNX file and the Keras model on the validation part, or else on the training part.

    The difference is measured as `netc verify` does: large values may be apart in proportion.
    Raises UserError where onnxruntime does not run the file.
    """
    session = Session(folder / ONNX)
    part = prepared_as(dataset.validation or dataset.train, model_preprocessing(session))
    inputs = recipe.checked.graph.inputs
    dtypes = {spec.name: spec.dtype for spec in session.inputs}
    largest = 0.0
    for batch in numpy_batches(part, COMPARED):
        given = {name: batch[name].astype(dtypes[name], copy=False) for name in inputs}
        listed = [given[name] for name in inputs]
        made = model.predict_on_batch(listed if len(listed) > 1 else listed[0])
        theirs = list(made) if isinstance(made, list | tuple) else [made]
        ours = session.run(given)
        for one, other in zip(ours.values(), theirs, strict=True):
            largest = max(largest, difference(one, np.asarray(other)).scaled)
    return Agreement(largest, TOLERANCE, len(part), part.name)
