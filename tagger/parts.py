"""All that a model file may be made of."""

from __future__ import annotations

from tagger import networks, predictors

PARTS = {
    part.__name__: part
    for part in (
        *(predictors.Linear, predictors.Kernel, predictors.Forest, predictors.Kept, predictors.Scaled),
        *(predictors.Bounded, predictors.Mean, predictors.Logistic, predictors.Sum, predictors.Beside),
        *(predictors.Chain, predictors.Affect, networks.Network, networks.Shares, networks.Sets),
    )
}
"""Parts by their names."""
