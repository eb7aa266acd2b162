"""All that a model file may be made of."""

from __future__ import annotations

from tagger import affects, networks, predictors

PARTS = {
    part.__name__: part
    for part in (
        *(predictors.Linear, predictors.Kernel, predictors.Forest, predictors.Scaled),
        *(predictors.Weighed, predictors.Mean, predictors.Logistic, predictors.Sum, predictors.Beside),
        *(predictors.Chain, networks.Network, networks.Shares, networks.Sets),
        *(affects.Similarity, affects.Affect),
    )
}
"""Parts by their names."""
