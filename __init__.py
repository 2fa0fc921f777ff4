"""netc: neural networks as text that is checked before it runs.

`netc.load("resnet.net", net="ResNet50", classes=10)` gives a checked net; `netc.check(paths)`
gives every finding of some files. Importing this loads neither Keras nor onnxruntime.
"""

from __future__ import annotations

from .compiler.check import Analysis
from .dsl.diagnostic import Diagnostic, DiagnosticError
from .runtime.api import LoadedNet, check, load

__all__ = ["Analysis", "Diagnostic", "DiagnosticError", "LoadedNet", "check", "load"]
__version__ = "0.1.0"
