"""Constant filters are found by the bounds of the input, and the network without them is the same."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.features.embedding_network import BANDS, PATCH_FRAMES, Layer, Network
from tagger.training import musicnn
from tests.training.musicnn_variables import FILTERS, random_variables


@pytest.fixture(scope="module")
def network() -> Network:
    return musicnn.from_checkpoint(random_variables())


def patches() -> list[np.ndarray]:
    random = np.random.default_rng(1)
    smooth = np.outer(1 + np.sin(np.arange(PATCH_FRAMES) / 9), 1 + np.cos(np.arange(BANDS) / 7))
    return [smooth.astype(np.float32), random.uniform(0, 4, (PATCH_FRAMES, BANDS)).astype(np.float32)]


def plain_embedding(variables: dict[str, np.ndarray], patch: np.ndarray) -> np.ndarray:
    """Compute the network as its authors defined it, with 64-bit floats and one step after the other."""

    def name(kind: str, number: int) -> str:
        return f"{kind}_{number}" if number else kind

    def normalize(x: np.ndarray, number: int) -> np.ndarray:
        gamma, beta, mean, variance = (
            variables[f"{name('batch_normalization', number)}/{key}"].astype(float)
            for key in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        normalized: np.ndarray = (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta
        return normalized

    def convolve(x: np.ndarray, number: int, same_bands: bool = False) -> np.ndarray:
        """Return (frames, positions, filters); "same" padding in time, "valid" in frequency."""
        kernel = variables[f"{name('conv2d', number)}/kernel"][:, :, 0].astype(float)
        frames, bands, _ = kernel.shape
        padded = np.pad(x, (((frames - 1) // 2, frames - 1 - (frames - 1) // 2), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (frames, bands))
        rectified = np.maximum(
            np.einsum("tpfb,fbn->tpn", windows, kernel, optimize=True) + variables[f"{name('conv2d', number)}/bias"], 0
        )
        return normalize(rectified, number + 1)

    x = normalize(patch.astype(float), 0)
    front = np.concatenate([convolve(x, i).max(axis=1) for i in range(5)], axis=1)
    first = convolve(front, 5)[:, 0]
    second = convolve(first, 6)[:, 0] + first
    third = convolve(second, 7)[:, 0] + second
    channels = np.concatenate([front, first, second, third], axis=1)
    flat = normalize(np.stack([channels.max(axis=0), channels.mean(axis=0)], axis=1).ravel(), 9)
    hidden = np.maximum(flat @ variables["dense/kernel"] + variables["dense/bias"], 0)
    return normalize(hidden, 10)


@pytest.mark.thorough
def test_the_network_is_the_one_of_the_authors(network: Network) -> None:
    for patch in patches():
        expected = plain_embedding(random_variables(), patch)
        assert expected.std() > 0.1
        np.testing.assert_allclose(network.embed(patch), expected, atol=2e-4)


def test_the_network_without_constant_filters_has_the_same_values(network: Network) -> None:
    pruned = musicnn.prune(network)
    for patch in patches():
        np.testing.assert_allclose(pruned.embed(patch), network.embed(patch), atol=1e-4)


def test_constant_filters_are_removed_and_the_others_kept(network: Network) -> None:
    pruned = musicnn.prune(network)
    kept = [layer.kernel.shape[2] for layer in (*pruned.tall, *pruned.long)]
    assert kept == [count // 3 for count in FILTERS]
    assert musicnn.multiplications(pruned) < 0.5 * musicnn.multiplications(network)


@pytest.mark.parametrize(
    ("kernel", "bias", "scale", "expected"),
    [
        (0.0, 2.0, 3.0, 7.0),  # no weights: 1 + 3 * 2
        (1.0, -10.0, 3.0, 1.0),  # the rectifier never opens
        (1.0, -5.0, 1e-9, 1.0),  # practically no scale
        (1.0, -7.9, 3.0, np.nan),  # opens for the largest input only
        (1.0, -7.9, -3.0, np.nan),
        (-1.0, -4.1, 3.0, 1.0),
        (-1.0, -3.9, 3.0, np.nan),  # opens for the least input only
    ],
)
def test_a_filter_is_constant_if_no_input_changes_its_output(
    kernel: float, bias: float, scale: float, expected: float
) -> None:
    layer = Layer(*(np.array(a, np.float32) for a in (np.full((2, 2, 1), kernel), [bias], [scale], [1.0])))
    (found,) = musicnn.constant_outputs(layer, -1.0, 2.0)
    assert found == pytest.approx(expected, nan_ok=True)


def test_no_patch_exceeds_the_bound_of_the_input() -> None:
    from tagger.features import embedding

    click = np.zeros(embedding.SAMPLES)
    click[len(click) // 2] = 1
    tone = np.sin(2 * np.pi * 440 * np.arange(embedding.SAMPLES) / embedding.SAMPLE_RATE)
    for y in (click, tone):
        assert 0 <= embedding.log_mel_patch(y).max() <= musicnn.MAX_INPUT
