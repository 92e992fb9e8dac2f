"""A site with Pyodide in it, served below a folder of a local server, in a browser."""

import functools
import http.server
import threading
from urllib.parse import urlsplit

import pytest
from lessons.in_browser.distribution import distribution
from lessons.in_jupyter.lab import launch, left_out
from playwright.sync_api import sync_playwright

from tinytorch.lessons.site import build_site

# No other machine can be found, whatever the browser itself would like to fetch.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """The address of the site, in a folder of its own, as on GitHub Pages."""
    folder = tmp_path_factory.mktemp("server")
    build_site(folder / "site", pyodide_source=distribution())
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/site/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if left_out():
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = launch(playwright, ALONE)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """A page of a new student's browser, which must ask nobody but the site for anything."""
    requests = []
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        context.on("request", lambda request: requests.append(request.url))
        yield context.new_page()
    addresses = [url for url in requests if urlsplit(url).scheme not in ("blob", "data")]
    assert any(url.endswith("pyodide.asm.wasm") for url in addresses)  # those of the kernel too
    assert {urlsplit(url).netloc for url in addresses} == {urlsplit(address).netloc}
