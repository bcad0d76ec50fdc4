"""A small Alma in a thread: fees of users over HTTP, with the answers that the real one gives, and its bad days."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "a key"
CLOSED = "API does not support closed fees"


@dataclass
class Alma:
    """fees: by (user, id). strangers: users whom it does not know. bad: what goes wrong with the next questions: a
    status, 'lost' (done, but not answered) or 'cut' (neither done nor answered).
    """

    fees: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    bad: list[int | str] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def add(self, user: str, fee: str, balance: str, **told: Any) -> None:
        self.fees[user, fee] = {
            "id": fee, "type": {"value": "OVERDUEFINE", "desc": "Overdue fine"}, "status": {"value": "ACTIVE"},
            "user_primary_id": {"value": user}, "balance": Decimal(balance), "original_amount": Decimal(balance),
            "owner": {"value": "MAIN"}, "bursar_transaction_id": "", "transaction": [], **told,
        }  # fmt: skip

    def happen(self, user: str, fee: str, sort: str, amount: str, **told: Any) -> None:
        """Let Alma's staff do something to a fee."""
        found = self.fees[user, fee]
        found["balance"] -= Decimal(amount)
        number = f"T{sum(len(each['transaction']) for each in self.fees.values()) + 1}"
        found["transaction"].append(
            {"transaction_id": number, "type": {"value": sort}, "amount": Decimal(amount), **told}
        )  # fmt: skip
        if not found["balance"]:
            found["status"] = {"value": "CLOSED"}

    def balance(self, user: str, fee: str) -> str:
        return str(self.fees[user, fee]["balance"])

    def posted(self) -> list[dict[str, str]]:
        return [asked for method, _, asked in self.asked if method == "POST"]

    def answer(self, method: str, path: str, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        _, _, _, _, user, _, *rest = map(unquote, path.split("/")) if path.count("/") > 4 else ("",) * 6
        if user in self.strangers:
            return _error("401651", f"User with identifier {user} was not found.")
        if not rest:
            status = asked.get("status", "ACTIVE")
            found = [fee for (own, _), fee in self.fees.items() if own == user and fee["status"]["value"] == status]
            return 200, {"fee": found, "total_record_count": len(found)} if found else {"total_record_count": 0}
        fee = self.fees.get((user, rest[0]))
        if fee is None:
            return _error("401665", "Fine not found.")
        if fee["status"]["value"] == "CLOSED":
            return _error("401666", CLOSED)
        if method == "POST":
            self._pay(fee, asked)
        return 200, fee

    def _pay(self, fee: dict[str, Any], asked: dict[str, str]) -> None:
        amount = Decimal(asked["amount"])
        assert asked["op"] == "pay"
        assert 0 < amount <= fee["balance"], "more than is owed"
        fee["balance"] -= amount
        fee["transaction"].append(
            {
                "type": {"value": "PAYMENT"},
                "amount": amount,
                "external_transaction_id": asked["external_transaction_id"],
            }
        )
        if not fee["balance"]:
            fee["status"] = {"value": "CLOSED"}


@contextmanager
def running() -> Iterator[Alma]:
    alma = Alma()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            bad = alma.bad.pop(0) if alma.bad else 200
            alma.asked.append((self.command, url.path, asked))
            if self.headers["Authorization"] != f"apikey {KEY}":
                self._give(400, {"errorList": {"error": [{"errorMessage": "Invalid API Key"}]}})
            elif isinstance(bad, str):
                if bad == "lost":
                    alma.answer(self.command, url.path, asked)
                self.close_connection = True
            elif bad != 200:
                self._give(bad, {})
            else:
                self._give(*alma.answer(self.command, url.path, asked))

        do_POST = do_GET

        def _give(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told, default=float).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    alma.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield alma
    finally:
        server.shutdown()
        server.server_close()


def _error(code: str, told: str) -> tuple[int, dict[str, Any]]:
    return 400, {"errorsExist": True, "errorList": {"error": [{"errorCode": code, "errorMessage": told}]}}
