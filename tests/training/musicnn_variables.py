"""Made-up variables of MSD_musicnn: of its shapes, but with few filters."""

from __future__ import annotations

import numpy as np

FILTERS = (12, 9, 3, 6, 9)
"""Numbers of filters of the first layers; the first third of each varies, the others are constant."""

CHANNELS = 64


def random_variables(seed: int = 0) -> dict[str, np.ndarray]:
    """Return variables by name, as a checkpoint has them."""
    random = np.random.default_rng(seed)
    variables: dict[str, np.ndarray] = {}

    def add(name: str, *arrays: tuple[str, np.ndarray]) -> None:
        variables.update({f"{name}/{key}": array.astype(np.float32) for key, array in arrays})

    def normalization(number: int, size: int) -> None:
        add(
            f"batch_normalization_{number}" if number else "batch_normalization",
            ("gamma", random.choice([-1, 1], size) * random.uniform(0.5, 1.5, size)),
            ("beta", random.normal(size=size)),
            ("moving_mean", random.normal(size=size)),
            ("moving_variance", random.uniform(0.5, 2, size)),
        )

    def convolution(number: int, shape: tuple[int, int, int, int], constant: slice | None = None) -> None:
        kernel = random.normal(size=shape) / np.sqrt(np.prod(shape[:3]))
        bias = random.normal(size=shape[3])
        if constant is not None:
            kernel[..., constant] *= 1e-10
        add(f"conv2d_{number}" if number else "conv2d", ("kernel", kernel), ("bias", bias))
        normalization(number + 1, shape[3])

    normalization(0, 1)
    variables["batch_normalization/gamma"][:] = 0.5
    for number, (count, (frames, bands)) in enumerate(
        zip(FILTERS, ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1)), strict=True)
    ):
        convolution(number, (frames, bands, 1, count), slice(count // 3, None))
    for number, inputs in ((5, sum(FILTERS)), (6, CHANNELS), (7, CHANNELS)):
        convolution(number, (7, inputs, 1, CHANNELS))
        # The kernel of a convolution along time covers all inputs.
        variables[f"conv2d_{number}/kernel"] = variables[f"conv2d_{number}/kernel"].reshape(7, inputs, 1, CHANNELS)
    pooled = 2 * (sum(FILTERS) + 3 * CHANNELS)
    normalization(9, pooled)
    add("dense", ("kernel", random.normal(size=(pooled, 200)) / np.sqrt(pooled)), ("bias", random.normal(size=200)))
    normalization(10, 200)
    return variables
