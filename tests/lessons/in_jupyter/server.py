"""A Jupyter server of its own, and kernels that run notebooks through its web interface."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import websocket
from lessons.in_jupyter.binder import Environment

# JupyterLab asks new users whether they want its news, which would lie over the notebook.
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


class Server:
    """A running server.

    Attributes:
        folder: what it serves.
        url: where it is, without a slash at the end.
        token: what it wants to see in requests.
    """

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.folder, self.url, self.token = folder, url, token
        self._headers = {"Authorization": f"token {token}"}

    def open(self, path: str, method: str = "GET", body: Any = None) -> tuple[str, bytes]:
        """Send a request; the answer's address after all redirections, and its content."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self._headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.url, answer.read()

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Send a request to the server's REST interface; the JSON that it answers with."""
        content = self.open(f"/api/{path}", method, body)[1]
        return json.loads(content) if content else None

    @contextlib.contextmanager
    def kernel(self, notebook: str) -> Iterator["Kernel"]:
        """A kernel for a notebook, with its folder as the working folder."""
        body = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {}}
        session = self.ask("sessions", "POST", body)
        channels = f"/api/kernels/{session['kernel']['id']}/channels"
        try:
            address = self.url.replace("http", "ws", 1) + channels
            with contextlib.closing(
                websocket.create_connection(address, timeout=60, header=self._headers)
            ) as connection:
                yield Kernel(connection)
        finally:
            self.ask(f"sessions/{session['id']}", "DELETE")

    def stop_kernels(self) -> None:
        """End what the browser has left running."""
        for session in self.ask("sessions"):
            self.ask(f"sessions/{session['id']}", "DELETE")


class Kernel:
    """A kernel at the other end of a web socket."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection

    def run(self, source: str, when_busy: Callable[[], Any] | None = None) -> list[dict[str, Any]]:
        """Run a cell; the messages that it sent, among them its outputs."""
        header = {"msg_id": secrets.token_hex(8), "msg_type": "execute_request", "version": "5.3"}
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._connection.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        seen = []
        while True:
            answer = json.loads(self._connection.recv())
            if answer["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            seen.append(answer)
            if when_busy is not None and answer["msg_type"] == "execute_input":
                when_busy()
            if answer["content"].get("execution_state") == "idle":
                return seen


@contextlib.contextmanager
def serve(environment: Environment, home: Path) -> Iterator[Server]:
    """Run JupyterLab in an environment, with settings of nobody but the environment."""
    _write_settings(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(environment.repository, f"http://127.0.0.1:{port}", secrets.token_hex(8))
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    options += [f"--IdentityProvider.token={server.token}", "--allow-root"]
    log = home / "server.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [environment.python, "-m", "jupyter", "lab", *options],
            cwd=environment.repository,
            env=_variables(environment, home),
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_for(server, process, log)
            yield server
        finally:
            process.terminate()  # the server ends its kernels
            process.wait(timeout=30)


def _write_settings(home: Path) -> None:
    folder = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    settings = folder / "notification.jupyterlab-settings"
    settings.write_text(json.dumps(NO_NEWS), encoding="utf-8")


def _variables(environment: Environment, home: Path) -> dict[str, str]:
    """This process's environment without what belongs to its user and its Jupyter."""
    foreign = ("JUPYTER", "IPYTHON", "PYTHON", "MPL", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return clean | {
        "PATH": os.pathsep.join([str(environment.programs), os.environ["PATH"]]),
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.ask("status")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")
