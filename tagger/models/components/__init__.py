"""The components that a model file is made of: plain arrays, and the few lines of numpy that apply them.

However a model was fitted (scikit-learn, XGBoost, PyTorch), what a scan needs of it is one of these components, or
several inside each other. They hold nothing but arrays and numbers, so a model file can be read without running code
from it, loads at once, and predicts the same with every version of the library that fitted it. Every component
checks itself when it is loaded, so that a forged or damaged one is refused before it is used.
"""

from __future__ import annotations

from typing import Any

from tagger.models.components.affect import AdditiveRbfKernel, AffectOutput, rbf_kernel
from tagger.models.components.base import Component, require, require_indices
from tagger.models.components.combinations import (
    ClassifierChain,
    ColumnScale,
    Concatenate,
    LabelPowerset,
    Mean,
    ScaledSum,
    Sigmoid,
    Softmax,
    Standardize,
)
from tagger.models.components.elementary import Forest, Linear, RbfKernel
from tagger.models.components.networks import ConvolutionalNetwork

__all__ = [
    "COMPONENTS",
    "AdditiveRbfKernel",
    "AffectOutput",
    "ClassifierChain",
    "ColumnScale",
    "Component",
    "Concatenate",
    "ConvolutionalNetwork",
    "Forest",
    "LabelPowerset",
    "Linear",
    "Mean",
    "RbfKernel",
    "ScaledSum",
    "Sigmoid",
    "Softmax",
    "Standardize",
    "rbf_kernel",
    "require",
    "require_indices",
]

COMPONENTS: dict[str, Any] = {
    "linear": Linear,
    "rbf-kernel": RbfKernel,
    "forest": Forest,
    "standardize": Standardize,
    "column-scale": ColumnScale,
    "mean": Mean,
    "sigmoid": Sigmoid,
    "scaled-sum": ScaledSum,
    "concatenate": Concatenate,
    "classifier-chain": ClassifierChain,
    "convolutional-network": ConvolutionalNetwork,
    "softmax": Softmax,
    "label-powerset": LabelPowerset,
    "additive-rbf-kernel": AdditiveRbfKernel,
    "affect": AffectOutput,
}
"""Components by the tag that stands for them in a model file; a tag never changes, a class may be renamed."""
