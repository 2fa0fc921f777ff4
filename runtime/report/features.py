"""`netc features`: many pictures as points in two dimensions, by what a layer makes of them.

t-SNE: L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Ref
from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.inner import whole_graph
from ...dsl.text.escape import terminal
from ..errors import UserError, unreadable
from ..files.passed_over import passed_over
from ..files.pictures import ENDINGS, read_picture
from ..infer.preprocess import prepared
from ..infer.session import Session
from ..infer.taps import before_last_dense, tensor_at, with_outputs
from .predict import BATCH
from .seen import picture_input
from .style import QUIET, drawing, new_figure, save

PCA, TSNE = "pca", "tsne"
PERPLEXITY = 30.0
"""scikit-learn's own; of few samples a third of them at most."""
THUMBNAIL = 32
"""Pixels of the longer side of a picture on the map."""
COLORED = 20
"""Classes that have colours of their own; more share them."""


@dataclass(frozen=True)
class Gallery:
    """Pictures, and the class of each by its number in `classes`; -1 where there are none."""

    files: tuple[Path, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class FeatureMap:
    """Pictures as points."""

    method: str
    layer: str
    width: int
    """How many numbers the layer has for a picture."""
    points: Array
    """`[pictures, 2]`."""
    share: float | None
    """Of PCA, the share of the variance that the two dimensions hold."""
    thumbnails: tuple[Array, ...]
    """`[h, w, C]` of 0..255."""


def gallery(folder: Path, most: int, seed: int) -> Gallery:
    """The pictures in a folder, or in one folder for each class; at most `most`, drawn by the seed.

    Links are left out. Raises UserError where there are fewer than three.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder of pictures")
    try:
        below = sorted(
            each.name
            for each in os.scandir(folder)
            if each.is_dir(follow_symlinks=False) and not passed_over(each.name)
        )
        named = [(name, _files(folder / name)) for name in below]
        held = [(name, files) for name, files in named if files]
        pairs = [(file, at) for at, (_, files) in enumerate(held) for file in files]
        pairs = pairs or [(file, -1) for file in _files(folder)]
    except OSError as error:
        raise unreadable(Path(str(error.filename)), error) from error
    if len(pairs) < 3:
        raise UserError(f"{folder}: holds {len(pairs)} pictures, and a map needs three")
    if len(pairs) > most:
        drawn = np.random.default_rng(seed).permutation(len(pairs))[:most]
        pairs = [pairs[at] for at in sorted(drawn.tolist())]
    files, labels = zip(*pairs, strict=True)
    return Gallery(files, labels, tuple(name for name, _ in held))


def _files(folder: Path) -> list[Path]:
    found = [
        folder / each.name
        for each in os.scandir(folder)
        if each.is_file(follow_symlinks=False)
        and each.name.lower().endswith(ENDINGS)
        and not passed_over(each.name)
    ]
    return sorted(found)


def feature_map(
    checked: CheckedGraph,
    weights: WeightSource,
    made: Preprocessing | None,
    files: Sequence[Path],
    *,
    layer: str | None = None,
    method: str = PCA,
    seed: int = 0,
) -> FeatureMap:
    """Pictures by their features: those of `layer`, or of what the last Dense is applied to.

    Maps of places are averaged over all places. Raises UserError where a picture cannot be read,
    there is no such layer, or scikit-learn is missing; Refusal where a layer has no ONNX lowering.
    """
    ref = _tap(checked, layer)
    found, thumbnails = _features(checked, weights, made, files, ref)
    if not np.isfinite(found).all():
        raise UserError(f"the features at `{ref.node}` are not all finite numbers")
    points, share = pca(found) if method == PCA else (tsne(found, seed), None)
    return FeatureMap(method, ref.node, found.shape[1], points, share, thumbnails)


def _tap(checked: CheckedGraph, layer: str | None) -> Ref:
    if layer is not None:
        return tensor_at(checked, layer)
    found = before_last_dense(checked, checked.graph.outputs[0].ref)
    if found is None:
        raise UserError(f"`{checked.name}` has no Dense, before which features are; name a --layer")
    return found


def _features(
    checked: CheckedGraph,
    weights: WeightSource,
    made: Preprocessing | None,
    files: Sequence[Path],
    ref: Ref,
) -> tuple[Array, tuple[Array, ...]]:
    """`[pictures, features]`, and small pictures."""
    from PIL import Image

    spec, layout = picture_input(checked, made)
    type = whole_graph(checked).type(ref)
    if type.rank < 2 or not type.dtype.startswith("float"):
        raise UserError(f"`{ref.node}` gives {type}, which are no features of pictures")
    session = Session.from_checked(with_outputs(checked, {"features": ref}), weights)
    rows: list[Array] = []
    small: list[Array] = []
    size = spec.shape[0] or BATCH
    for start in range(0, len(files), size):
        pictures = []
        for file in files[start : start + size]:
            pictures.append(read_picture(file, layout))
            height, width = pictures[-1].shape[:2]
            # Of a net that takes any size, the first picture gives that of all.
            layout = replace(layout, height=height, width=width)
            image = Image.fromarray(_shown(pictures[-1]))
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            small.append(np.asarray(image))
        batch = prepared(np.stack(pictures), made, spec.dtype)
        values = session.run({spec.name: batch})["features"].astype(np.float64)
        rows.append(values.mean(axis=tuple(range(1, values.ndim - 1))))
    return np.concatenate(rows), tuple(small)


def _shown(pixels: Array) -> Array:
    whole = np.clip(pixels, 0, 255).astype(np.uint8)
    return whole[..., 0] if whole.shape[-1] == 1 else whole


def pca(features: Array) -> tuple[Array, float]:
    """The two principal components of `[samples, features]`, and their share of the variance.

    The largest weight of each is positive, so that the map of the same pictures is the same.
    """
    centered = features - features.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centered, full_matrices=False)
    axes = directions[:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    points = centered @ (axes * signs[:, None]).T
    points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    total = float((lengths**2).sum())
    return points, float((lengths[:2] ** 2).sum()) / total if total > 0 else 1.0


def tsne(features: Array, seed: int) -> Array:
    """scikit-learn's t-SNE of `[samples, features]`. Raises UserError where it is missing."""
    try:
        from sklearn import manifold
    except ImportError as error:
        raise UserError(
            "scikit-learn is not installed; `pip install 'netc[features]'` brings it, and "
            "--method pca does without"
        ) from error
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    made = manifold.TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(made.fit_transform(features))


def draw_features(found: FeatureMap, shown: Gallery, path: Path, *, thumbnails: bool) -> None:
    """Writes the map as a PNG: a point a picture in the colour of its class, or the pictures."""
    with drawing():
        import matplotlib as mpl

        figure = new_figure(7.2, 6.0)
        axes = figure.add_subplot()
        colors = mpl.colormaps["tab10" if len(shown.classes) <= 10 else "tab20"]
        labels = np.array(shown.labels)
        for at in sorted(set(shown.labels)):
            own = found.points[labels == at]
            axes.scatter(
                own[:, 0],
                own[:, 1],
                s=0 if thumbnails else 18,
                color=QUIET if at < 0 else colors(at % COLORED % colors.N),
                label=terminal(shown.classes[at]) if at >= 0 else "",
                linewidths=0,
            )
        if thumbnails:
            from matplotlib.offsetbox import AnnotationBbox, OffsetImage

            for at, (x, y) in enumerate(found.points):
                image = OffsetImage(found.thumbnails[at], zoom=0.8, cmap="gray")
                color = QUIET if labels[at] < 0 else colors(labels[at] % COLORED % colors.N)
                frame = {"edgecolor": color, "linewidth": 1.6, "boxstyle": "square,pad=0.05"}
                axes.add_artist(AnnotationBbox(image, (x, y), bboxprops=frame, pad=0))
            axes.margins(0.08)
        if shown.classes:
            legend = figure.legend(loc="outside right upper")
            for handle in legend.legend_handles:
                if handle is not None:
                    handle.set(sizes=[24])
        axes.set_title(title(found))
        axes.set_xticks([])
        axes.set_yticks([])
        save(figure, path)


def title(found: FeatureMap) -> str:
    """What the map shows, in one line."""
    name = {PCA: "PCA", TSNE: "t-SNE"}[found.method]
    share = "" if found.share is None else f", {found.share:.0%} of the variance"
    return f"{terminal(found.layer)}, {found.width} features: {name}{share}"
