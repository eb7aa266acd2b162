"""Read model files of format 3, in which components and fields had other names.

Version 0.1.0 wrote this format: a component went by the name of its class.
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
"""Tags of today's components, by the class names that stood for them."""

FIELDS = {
    "part": "component",
    "parts": "components",
    "doubt": "uncertainty_scale",
    "coupling": "arousal_share",
    "trust": "evidence_weight",
}
"""Fields that were renamed."""


def upgrade(node: Any) -> Any:
    """Return the description of a component of format 3 as format 4 has it.

    Parameters
    ----------
    node : object
        A node of ``model.json``: a number, a list, an array's number, or a component.

    Returns
    -------
    object
        The same node in format 4.

    Raises
    ------
    KeyError
        If it holds a component that format 3 did not have.
    """
    if isinstance(node, list):
        return [upgrade(child) for child in node]
    if isinstance(node, dict) and "part" in node:
        fields = {FIELDS.get(name, name): upgrade(child) for name, child in node["fields"].items()}
        return {"component": TAGS[node["part"]], "fields": fields}
    return node
