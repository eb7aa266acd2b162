"""The components that a model file is made of: arrays, and the numpy code that applies them.

A model may be fitted by scikit-learn, XGBoost or PyTorch; for prediction it is converted to these components. They hold
only arrays and numbers, so that loading a model file runs no code from it, is fast, and does not depend on the version
of the library that fitted the model. Every component checks its arrays when it is loaded, so that damaged or forged
files are refused before they are used.
"""

from __future__ import annotations

from typing import Any

from tagger.models.components.affect import AdditiveRbfKernel, AffectOutput, AffectTargets, rbf_kernel
from tagger.models.components.base import Component, require, require_indices
from tagger.models.components.combinations import (
    Append,
    AttenuateDirections,
    ClassifierChain,
    ColumnScale,
    Concatenate,
    LabelPowerset,
    Mean,
    ScaledSum,
    Sigmoid,
    Softmax,
    Standardize,
    attenuate,
)
from tagger.models.components.elementary import Forest, Linear, RbfKernel
from tagger.models.components.emotion import EmotionOutput
from tagger.models.components.listener import ListenerCorrection
from tagger.models.components.networks import ConvolutionalNetwork

__all__ = [
    "COMPONENTS",
    "AdditiveRbfKernel",
    "AffectOutput",
    "AffectTargets",
    "Append",
    "AttenuateDirections",
    "ClassifierChain",
    "ColumnScale",
    "Component",
    "Concatenate",
    "ConvolutionalNetwork",
    "EmotionOutput",
    "Forest",
    "LabelPowerset",
    "Linear",
    "ListenerCorrection",
    "Mean",
    "RbfKernel",
    "ScaledSum",
    "Sigmoid",
    "Softmax",
    "Standardize",
    "attenuate",
    "rbf_kernel",
    "require",
    "require_indices",
]

COMPONENTS: dict[str, Any] = {
    "linear": Linear,
    "rbf-kernel": RbfKernel,
    "forest": Forest,
    "standardize": Standardize,
    "attenuate-directions": AttenuateDirections,
    "column-scale": ColumnScale,
    "mean": Mean,
    "sigmoid": Sigmoid,
    "scaled-sum": ScaledSum,
    "concatenate": Concatenate,
    "append": Append,
    "classifier-chain": ClassifierChain,
    "convolutional-network": ConvolutionalNetwork,
    "softmax": Softmax,
    "label-powerset": LabelPowerset,
    "additive-rbf-kernel": AdditiveRbfKernel,
    "affect": AffectOutput,
    "emotion": EmotionOutput,
    "listener-correction": ListenerCorrection,
}
"""Classes by their tag in model files. Tags never change; classes may be renamed."""
