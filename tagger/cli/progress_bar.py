"""A progress bar on a terminal: units per second, failures and the time left."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

BAR_FORMAT = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {unit}, {speed}{failures}, {remaining} left"


class ProgressBar(tqdm):  # type: ignore[misc]
    """A progress bar.

    Parameters
    ----------
    total : int
        Number of units of the whole work.
    noun : str
        Name of a unit.
    """

    def __init__(self, total: int, noun: str) -> None:
        self.noun = noun
        self.failed = 0
        super().__init__(
            total=total, unit=f"{noun}s", bar_format=BAR_FORMAT, smoothing=0.1, dynamic_ncols=True, leave=False
        )

    @property
    def format_dict(self) -> dict[str, Any]:
        """The values of `BAR_FORMAT`."""
        values: dict[str, Any] = super().format_dict
        rate = values["rate"] or (values["n"] / values["elapsed"] if values["elapsed"] else 0)
        failures = f", {self.failed} failed" if self.failed else ""
        return {**values, "speed": format_rate(rate, self.noun), "failures": failures}


def format_rate(rate: float, noun: str) -> str:
    """Return a rate as units per second or, below one, as seconds per unit.

    Parameters
    ----------
    rate : float
        Units per second.
    noun : str
        Name of a unit.

    Returns
    -------
    str
    """
    if not rate:
        return f"? {noun}s/s"
    return f"{rate:.1f} {noun}s/s" if rate >= 1 else f"{1 / rate:.1f} s/{noun}"
