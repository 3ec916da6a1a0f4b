"""HTTP on loopback: Thrift calls for whoever knows the token and asks this host."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

LOOPBACK = "127.0.0.1"
PATH = "/sql/1.0/warehouses/local"


class WarehouseServer(ThreadingHTTPServer):
    """Listens on a free port of the loopback interface."""

    daemon_threads = True

    def __init__(self, protocol: object, token: str) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.processor = TCLIService.Processor(protocol)
        self.token = token
        self.hosts = {f"{host}:{self.server_port}" for host in (LOOPBACK, "localhost")}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WarehouseServer

    def do_POST(self) -> None:
        """A Thrift call."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Host") not in self.server.hosts:
            self._refuse(HTTPStatus.FORBIDDEN, "this host is not served here")
        elif self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._refuse(HTTPStatus.UNAUTHORIZED, "not the token of this warehouse")
        elif self.path != PATH:
            self._refuse(HTTPStatus.NOT_FOUND, f"only {PATH} is served here")
        else:
            answer = TMemoryBuffer()
            self.server.processor.process(
                TBinaryProtocol(TMemoryBuffer(body)), TBinaryProtocol(answer)
            )
            self._send(HTTPStatus.OK, "application/x-thrift", answer.getvalue())

    def do_GET(self) -> None:
        """Nothing of Databricks' REST interface is here."""
        self._refuse(HTTPStatus.NOT_FOUND, f"only {PATH} is served here")

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        answer = {"error_code": status.name, "message": reason}
        self._send(status, "application/json", json.dumps(answer).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what matters is in the statement log."""
