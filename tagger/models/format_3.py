"""Conversion of model files of format 3, which version 0.1.0 wrote.

In format 3 a component is stored under its class name, and some fields have other names.
"""

from __future__ import annotations

from typing import Any

TAGS = {
    "Linear": "linear",
    "Kernel": "rbf-kernel",
    "Forest": "forest",
    "Scaled": "standardize",
    "Weighed": "column-scale",
    "Mean": "mean",
    "Logistic": "sigmoid",
    "Sum": "scaled-sum",
    "Beside": "concatenate",
    "Chain": "classifier-chain",
    "Network": "convolutional-network",
    "Shares": "softmax",
    "Sets": "label-powerset",
    "Similarity": "additive-rbf-kernel",
    "Affect": "affect",
}
"""Tags of the components, by their class names in format 3."""

FIELDS = {
    "part": "component",
    "parts": "components",
    "doubt": "uncertainty_scale",
    "coupling": "arousal_share",
    "trust": "evidence_weight",
    "start": "intercept",
}
"""Renamed fields: names in format 3, and today's names."""


def upgrade(node: Any) -> Any:
    """Convert the description of a component from format 3 to format 4.

    Parameters
    ----------
    node : object
        A node of ``model.json``: a number, a list, a reference to an array, or a component.

    Returns
    -------
    object
        The same node in format 4.

    Raises
    ------
    KeyError
        If the node contains a component that format 3 does not have.
    """
    if isinstance(node, list):
        return [upgrade(child) for child in node]
    if isinstance(node, dict) and "part" in node:
        fields = {FIELDS.get(name, name): upgrade(child) for name, child in node["fields"].items()}
        return {"component": TAGS[node["part"]], "fields": fields}
    return node
