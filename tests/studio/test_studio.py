"""The studio: who is refused, and what the reader sees is what the engine did."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import uvicorn

from clearprop.errors import UsageError
from clearprop.fitting.streaming import open_table
from clearprop.recording import Recording
from clearprop.studio import Asked, Studio, application, with_token
from clearprop.studio.serve import _listen
from clearprop.studio.studio import MOST_EPOCHS

TOKEN = "a-token"
OWN = {"origin": "OWN"}  # the page's own
QUICK = {"hidden": [4], "epochs": 3}


@pytest.fixture(scope="module")
def studio():
    return Studio.on(open_table("iris", False), "species", Asked.of(QUICK))


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status_code: int
    headers: dict[str, str]
    text: str

    def json(self):
        return json.loads(self.text)


@dataclass(frozen=True)
class Client:
    """Asks a served studio, with whatever path and headers a test wants."""

    host: str

    def get(self, path, headers=None):
        return self.ask("GET", path, None, headers or {})

    def post(self, path, headers, json_=None, content=None):
        return self.ask("POST", path, json.dumps(json_).encode() if content is None else content, headers)

    def ask(self, method, path, body, headers):
        named = {name: f"http://{self.host}" if value == "OWN" else value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.putrequest(method, path, skip_host="host" in named)
        for name, value in {**named, **({} if body is None else {"content-length": str(len(body))})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        found = connection.getresponse()
        answer = Answer(found.status, {n.lower(): v for n, v in found.getheaders()}, found.read().decode())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def client(studio):
    """Serve for real, on a free port."""
    listening = _listen("127.0.0.1", 0)
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application(studio, TOKEN, (host,)), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Client(host)
    server.should_exit = True
    thread.join()


@pytest.fixture
def served(client):
    return with_token(client.host, TOKEN)


def test_the_page_is_served_to_whoever_has_the_token(client):
    answer = client.get(f"/?token={TOKEN}")
    assert answer.status_code == 200
    assert "learning" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("query", ["", "?token=", "?token=another", f"?token={TOKEN}x", "?token=%C3%A9"])
def test_a_wrong_token_is_refused(client, query):
    for answer in (client.get(f"/{query}"), client.post(f"/train{query}", OWN, QUICK)):
        assert answer.status_code == 403
        assert "iris" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:8766"}, {"origin": "https://127.0.0.1"},
        {**OWN, "sec-fetch-site": "cross-site"}, {},
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused(client, studio, headers):
    before = studio.page
    assert client.post(f"/train?token={TOKEN}", headers, QUICK).status_code == 403
    assert studio.page == before


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "localhost:1", ""])
def test_another_host_is_refused(client, host):
    """A name of somebody else's that points to this machine."""
    assert client.get(f"/?token={TOKEN}", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/x", "//etc/passwd", "/train"]
)
def test_a_path_outside_is_refused(client, path):
    assert client.get(f"{path}?token={TOKEN}").status_code in (404, 405)


@pytest.mark.parametrize(
    "asked",
    [
        {"epochs": MOST_EPOCHS + 1}, {"epochs": True}, {"hidden": [100000]}, {"hidden": [4] * 50}, {"hidden": ["x"]},
        {"optimizer": "lbfgs"}, {"activation": "__class__"}, {"mistake": "none"}, {"data": "/etc/passwd"},
        {"learning_rate": "x"}, {"learning_rate": -1.0}, {"batch_size": 0}, {"rows": [10**9]}, {"seed": -1},
        ["hidden"], 3, {"dropout": 7},
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_in_a_sentence_and_the_page_stays(client, studio, asked):
    before = studio.page
    answer = client.post(f"/train?token={TOKEN}", OWN, asked)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert studio.page == before


def test_what_is_no_json_or_too_long_is_refused(client):
    url = f"/train?token={TOKEN}"
    assert client.post(url, OWN, content=b"{").status_code == 400
    assert client.post(url, OWN, content=b"[" * 10_000).status_code == 400
    assert client.post(url, OWN, content=b" " * 100_000).status_code == 413


def test_a_studio_on_a_recording_trains_nothing(studio):
    shown = Studio.of(Recording.of(studio._replay.recording.run))
    assert 'id="settings"' not in shown.page
    with pytest.raises(UsageError, match="open the studio on a table"):
        shown.train(Asked())


def test_nothing_is_written(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert client.post(f"/train?token={TOKEN}", OWN, QUICK | {"seed": 5}).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_a_reader_plants_a_mistake_and_the_finder_names_it(browser, served, studio):
    """The loss of the run before stays in the chart, and the numbers are those of the run that erred."""
    problems = []
    page = browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.select_option("#set-mistake", "wrong_sign")
    page.fill("#set-seed", "1")
    page.click("#settings button")
    page.wait_for_selector(".found")
    page.wait_for_selector("html[data-ready=yes]")
    assert "the error is y − a" in page.inner_text(".found")
    assert page.locator(".before").count() == 1
    page.click("#epoch-forward")
    cells = page.eval_on_selector_all(
        "td[data-name=W1]", "all => all.map(c => [c.dataset.i, c.dataset.j, c.dataset.value])"
    )
    W = studio._replay.parameters(4)["W1"]
    assert len(cells) == W.size
    for i, j, value in cells:
        assert float(value) == pytest.approx(W[int(i), int(j)], rel=1e-6)
    curve = studio._replay.recording.run.curve[:, 1]
    assert curve[-1] > curve[0]  # uphill
    page.close()
    assert not problems


def test_a_setting_that_cannot_be_is_told_in_the_page(browser, served):
    page = browser.new_page()
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.fill("#set-epochs", "100000")
    page.click("#settings button")
    page.get_by_text(f"epochs must be 1 to {MOST_EPOCHS}").wait_for()
    page.close()


def test_the_same_settings_make_the_same_run(studio):
    studio.train(Asked.of(QUICK))
    one = studio._replay.recording.run.states[-1].parameters
    studio.train(Asked.of(QUICK))
    assert np.array_equal(one, studio._replay.recording.run.states[-1].parameters)
