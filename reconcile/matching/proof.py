"""Conservation, proved for every run: each row in exactly one place, each group adding up, the statement tying to the
penny.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .terms import Result


class ProofFailed(Exception):
    """The run lost, doubled or miscounted something: Libra's fault, not the files'. It must show and store nothing."""


def prove(result: Result, alma: pd.DataFrame, oracle: pd.DataFrame) -> None:
    """Raise ProofFailed unless the result is a partition of both frames and its figures add up."""
    for side, frame in (("alma", alma), ("oracle", oracle)):
        places = np.concatenate(
            [
                part.loc[(part["side"] == side).to_numpy(), "position"].to_numpy()
                for part in (result.members, result.excluded)
            ]
        )
        if len(places) != len(frame) or not np.array_equal(np.sort(places), np.arange(len(frame))):
            raise ProofFailed(f"{len(frame)} {side} rows stand in {len(places)} places")
    groups = result.groups
    if not (groups["difference"] == groups["oracle_amount"] - groups["alma_amount"]).all():
        raise ProofFailed("a group's difference is not Oracle minus Alma")
    money = result.causes[result.causes["amount"].notna().to_numpy()]
    named = np.zeros(len(groups), dtype=np.int64)
    np.add.at(named, money["group"].to_numpy(), money["amount"].to_numpy(np.int64))
    settled = (groups["outcome"] != "suggested").to_numpy()
    if (named[settled] != groups["difference"].to_numpy()[settled]).any():
        raise ProofFailed("the causes of a group do not add up to its difference")
    if result.alma_total + int(result.lines["amount"].sum()) + result.unexplained != result.oracle_total:
        raise ProofFailed("the statement does not tie")
