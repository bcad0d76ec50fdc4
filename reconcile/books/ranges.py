"""How far a forecast may be out, told from how far it was out at this time of year in earlier years."""

from __future__ import annotations

import numpy as np

from .outlook import Outlook, look_ahead
from .seasons import YEAR, Seasons

# By so many times its usual error (root mean square of so many years) a forecast is out in one case of ten on either
# side: Student's t. From the last on it hardly changes.
TIMES = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)


def beside(months: int) -> range:
    """Return the cut-offs that count as this time of year: after so many months, one fewer and one more.

    There is none when the year is over: nothing is foretold then.
    """
    return range(max(1, months - 1), min(YEAR - 1, months + 1) + 1) if months < YEAR else range(0)


def usual_error(errors: np.ndarray, tested: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each fund's usual error (float minor units), and in how many years it was tested.

    errors: years x cut-offs x funds, minor units; tested: years x funds, whether there was a forecast to be tested.
    """
    years = tested.sum(axis=0)
    squares = (errors.astype(np.float64) ** 2 * tested[:, None]).sum(axis=(0, 1))
    return np.sqrt(squares / np.maximum(years * errors.shape[1], 1)), years


def range_of(outlook: Outlook, error: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return low and high (int64 minor units), and where there is such a range: eight outturns of ten lie within.

    It never reaches below what is spent already.
    """
    times = np.array(TIMES)[np.clip(years, 1, len(TIMES)) - 1]
    half = np.rint(times * error).astype(np.int64)
    outturn = outlook.outturn
    low = np.maximum(outturn - half, np.minimum(outturn, outlook.spent))
    return low, outturn + half, outlook.enough & (outlook.years > 0) & (years > 0)


def past_errors(seasons: Seasons, year: int, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return errors and tested, as `usual_error` takes them, of the forecasts that earlier years would have had at this
    time of year without commitments, which nobody has kept.
    """
    cuts = beside(months)
    errors = np.zeros((year, len(cuts), len(seasons.funds)), dtype=np.int64)
    tested = np.zeros((year, len(seasons.funds)), dtype=bool)
    for earlier in range(1, year):
        tested[earlier] = seasons.complete(earlier).any(axis=1)
        for place, cut in enumerate(cuts):
            errors[earlier, place] = look_ahead(seasons, earlier, cut).outturn - seasons.spent(earlier)
    return errors, tested
