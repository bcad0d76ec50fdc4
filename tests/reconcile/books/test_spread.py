"""An amount shared out: to the penny, and fairly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reconcile.books.spread import spread

LARGE = 10**13
SHARES = st.lists(
    st.tuples(st.integers(-LARGE, LARGE), st.lists(st.integers(-LARGE, LARGE), min_size=1, max_size=6)), max_size=8
)


def shared(amount: int, *weights: int) -> list[int]:
    return spread(np.array([amount]), np.array([len(weights)]), np.array(weights)).tolist()


def test_what_is_left_over_goes_to_the_largest_remainder() -> None:
    assert shared(100, 1, 1, 1) == [34, 33, 33]
    assert shared(100, 1, 2, 3) == [17, 33, 50]


def test_a_credit_is_shared_out_as_what_it_takes_back_was() -> None:
    assert shared(-100, 1, 2, 3) == [-17, -33, -50]


def test_without_weights_the_shares_are_equal() -> None:
    assert shared(10, 0, 0) == [5, 5]


@given(SHARES)
def test_the_shares_of_each_amount_add_up_to_it_and_none_is_off_by_a_penny(
    cases: list[tuple[int, list[int]]],
) -> None:
    amounts = np.array([amount for amount, _ in cases], dtype=np.int64)
    sizes = np.array([len(weights) for _, weights in cases], dtype=np.int64)
    found = spread(amounts, sizes, np.array([w for _, weights in cases for w in weights], dtype=np.int64)).tolist()
    for amount, weights in cases:
        mine, found = found[: len(weights)], found[len(weights) :]
        sizes_of = [abs(w) for w in weights] if any(weights) else [1] * len(weights)
        assert sum(mine) == amount
        for share, weight in zip(mine, sizes_of, strict=True):
            assert abs(share * sum(sizes_of) - amount * weight) < sum(sizes_of)
