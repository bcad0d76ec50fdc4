"""What is not there is said so. Who may open which address is held by tests/core/access.txt."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("months")


@pytest.mark.parametrize(
    "path", ["/months/2030-01/", "/months/2025-03/?run=9", "/months/2025-03/groups/999999/", "/months/2025-13/"]
)
def test_it_says_so_when_there_is_no_such_thing(alice_client, path):
    assert alice_client.get(path).status_code == 404
