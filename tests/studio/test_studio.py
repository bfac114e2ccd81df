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
from clearprop.explain import trace
from clearprop.fitting.streaming import open_table
from clearprop.model import without_dropout
from clearprop.studio import Asked, Studio, application, with_token
from clearprop.studio.asked import MOST_EPOCHS
from clearprop.studio.serve import _listen

TOKEN = "a-token"
OWN = {"origin": "OWN"}  # the page's own
QUICK = {"hidden": [4], "epochs": 3}
ASKS = {
    "/train": QUICK, "/step": {"n": 1, "last": 0}, "/change": {**QUICK, "at": 0},
    "/plane": {"step": 0, "row": 0, "columns": ["sepal width (cm)"]},
}  # fmt: skip


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
    for answer in (
        client.get(f"/{query}"),
        *(client.post(f"{path}{query}", OWN, asked) for path, asked in ASKS.items()),
    ):
        assert answer.status_code == 403
        assert "iris" not in answer.text


@pytest.mark.parametrize("path", ASKS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:8766"}, {"origin": "https://127.0.0.1"},
        {**OWN, "sec-fetch-site": "cross-site"}, {},
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused(client, studio, path, headers):
    before = studio.page
    assert client.post(f"{path}?token={TOKEN}", headers, ASKS[path]).status_code == 403
    assert studio.page == before


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "localhost:1", ""])
def test_another_host_is_refused(client, host):
    """A name of somebody else's that points to this machine."""
    assert client.get(f"/?token={TOKEN}", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/x", "//etc/passwd", *ASKS])
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
    changed = {**asked, "at": 0} if isinstance(asked, dict) else asked
    for path, sent in (("/train", asked), ("/change", changed)):
        answer = client.post(f"{path}?token={TOKEN}", OWN, sent)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert studio.page == before


@pytest.mark.parametrize(
    "asked",
    [
        {"n": 0, "last": 0}, {"n": 10**6, "last": 0}, {"n": True, "last": 0}, {"n": 1, "last": 10**6}, {"n": 1},
        {"last": 0}, {"n": "1", "last": 0}, {"n": 1, "last": 0, "path": "/etc/passwd"}, {"n": 1.5, "last": 0}, [1, 0],
        None,
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_taken_is_refused_in_a_sentence(client, studio, asked):
    before = studio.page
    answer = client.post(f"/step?token={TOKEN}", OWN, asked)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert studio.page == before


@pytest.mark.parametrize("at", [None, -1, 10**6, "0", True])
def test_no_run_goes_on_from_a_step_it_has_not(client, at):
    assert client.post(f"/change?token={TOKEN}", OWN, {**QUICK, "at": at}).status_code == 400


@pytest.mark.parametrize("path", ASKS)
def test_what_is_no_json_or_too_long_is_refused(client, path):
    url = f"{path}?token={TOKEN}"
    assert client.post(url, OWN, content=b"{").status_code == 400
    assert client.post(url, OWN, content=b"[" * 10_000).status_code == 400
    assert client.post(url, OWN, content=b" " * 100_000).status_code == 413


def test_a_studio_on_a_recording_trains_nothing(studio):
    shown = Studio.of(studio.run.now.replay().recording)
    assert 'id="settings"' not in shown.page
    for act in (shown.train, shown.begin, lambda asked: shown.step(1, 0), lambda asked: shown.change(asked, 0)):
        with pytest.raises(UsageError, match="open the studio on a table"):
            act(Asked())


def test_nothing_is_written(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert client.post(f"/train?token={TOKEN}", OWN, QUICK | {"seed": 5}).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_a_reader_plants_a_mistake_and_the_finder_names_it(browser, served, studio):
    """The loss of the run before stays in the chart, and the numbers are those of the run that erred."""
    problems = []
    studio.train(Asked.of(QUICK))  # the run whose curve stays for comparison
    page = browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.select_option("#set-mistake", "wrong_sign")
    page.fill("#set-seed", "1")
    page.click("#train")
    page.wait_for_selector(".found")
    page.wait_for_selector("html[data-ready=yes]")
    assert "the error is y − a" in page.inner_text(".found")
    assert page.locator(".before").count() == 1
    page.click("#epoch-forward")
    cells = page.eval_on_selector_all(
        "td[data-name=W1]", "all => all.map(c => [c.dataset.i, c.dataset.j, c.dataset.value])"
    )
    W = studio.run.parameters(4)["W1"]
    assert len(cells) == W.size
    for i, j, value in cells:
        assert float(value) == pytest.approx(W[int(i), int(j)], rel=1e-6)
    curve = studio.run.curve()
    assert curve[-1][1] > curve[0][1]  # uphill
    page.close()
    assert not problems


def test_a_setting_that_cannot_be_is_told_in_the_page(browser, served):
    page = browser.new_page()
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.fill("#set-epochs", "100000")
    page.click("#go-on")
    page.get_by_text(f"epochs must be 1 to {MOST_EPOCHS}").wait_for()
    page.close()


def test_the_same_settings_make_the_same_run(studio):
    studio.train(Asked.of(QUICK))
    one = studio.run.parameters(12).vector
    studio.train(Asked.of(QUICK))
    assert np.array_equal(one, studio.run.parameters(12).vector)


def numbers_shown(page):
    """Return what the cells show, and the sum that stands under those of a first row when they are clicked."""
    return page.evaluate("""() => [...document.querySelectorAll('td[data-name]')].map(cell => {
        if (cell.dataset.i === '0') cell.click();
        return [cell.dataset.name, Number(cell.dataset.i), Number(cell.dataset.j), Number(cell.dataset.value),
          Number(document.querySelector('#panel output').dataset.sum)];
    })""")


def check_numbers(page, studio, step):
    """Check every number on the page against an independent pass at the weights of that step."""
    run = studio.run
    rows = run.now.job.rows.take(run.rows)
    expected = trace(without_dropout(run.now.job.network), run.parameters(step), rows.X, rows.Y)
    cells = numbers_shown(page)
    assert {name for name, *_ in cells} >= {"W1", "b1", "z1", "a1", "delta1", "dW1", "db1", "z2", "delta2", "dW2", "Y"}
    for name, i, j, value, result in cells:
        if name.startswith("slope"):
            continue
        assert value == pytest.approx(np.atleast_2d(expected[name])[i, j], rel=1e-6, abs=1e-6), (name, i, j)
        if i == 0 and name.rstrip("0123456789") not in ("W", "b"):
            assert result == pytest.approx(value, rel=1e-5, abs=1e-6), (name, i, j)


def test_a_reader_trains_step_by_step_and_drags_back(browser, served, studio):
    """By one batch, by one epoch, by playing to the end; and any moment of it is the run's."""
    studio.begin(Asked.of(QUICK))
    problems = []
    page = browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.get_by_role("button", name="One batch forward").click()
    page.get_by_text("step 1, epoch 1").wait_for()
    check_numbers(page, studio, 1)
    page.get_by_role("button", name="One epoch forward").click()
    page.get_by_text("step 5, epoch 2").wait_for()
    check_numbers(page, studio, 5)
    page.select_option("#speed", "60")
    page.get_by_role("button", name="Play").click()
    page.get_by_text("All epochs are done").wait_for()
    page.get_by_text("step 12,").wait_for()
    assert studio.run.last == 12
    for k in (12, 3):
        page.eval_on_selector("#slider", f"e => {{ e.value = {k}; e.dispatchEvent(new Event('input')); }}")
        check_numbers(page, studio, k)
    page.close()
    assert not problems


def test_the_page_says_which_part_of_a_long_run_it_holds(browser, served, studio):
    """From the first step without a moment of its own; when its own limit is reached; and when it is loaded anew."""
    studio.begin(Asked.of(QUICK | {"batch_size": 1, "epochs": 30}))
    page = browser.new_page()
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.click("#forward")
    page.get_by_text("step 1, epoch 1").wait_for()
    assert page.inner_text("#kept") == ""
    per_epoch, seen = studio.run.now.training.steps_per_epoch, []
    for k in range(1, 25):
        page.click("#epoch-forward")
        page.get_by_text(f"step {1 + k * per_epoch}, epoch").wait_for()
        held = int(page.get_attribute("#slider", "max"))
        assert page.inner_text("#kept").startswith(f"{held} of {studio.run.last} steps can be gone back to")
        seen.append(held)
    assert max(seen) <= 1200
    assert min(np.diff(seen)) < 0  # the older ones were thinned
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    assert page.inner_text("#kept").startswith(f"{len(studio.run.reel.steps) - 1} of {studio.run.last} steps")
    page.close()


def test_a_setting_changed_in_the_page_applies_from_the_step_that_is_shown(browser, served, studio):
    studio.begin(Asked.of(QUICK))
    page = browser.new_page()
    page.goto(served)
    page.wait_for_selector("html[data-ready=yes]")
    page.click("#epoch-forward")
    page.get_by_text("step 4, epoch 2").wait_for()
    page.click("#back")
    page.fill("#set-learning_rate", "0.25")
    page.click("#go-on")
    page.get_by_text("The training goes on with these settings, from step 3.").wait_for()
    page.get_by_text("step 3, epoch 1").wait_for()
    assert page.locator(".before").count() == 1
    page.click("#forward")
    page.get_by_text("step 4, epoch 2").wait_for()
    assert studio.run.now.training.plan.learning_rate == 0.25
    check_numbers(page, studio, 4)
    page.close()


def test_the_boundary_follows_the_moment_and_the_columns(browser, served, studio):
    studio.begin(Asked.of(QUICK))
    page, problems = browser.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served)
    page.wait_for_selector("#plane[data-step='0']")
    before = page.eval_on_selector("#plane", "e => e.toDataURL()")
    page.click("#epoch-forward")
    page.wait_for_selector("#plane[data-step='4']")
    assert page.eval_on_selector("#plane", "e => e.toDataURL()") != before
    page.select_option("#plane-up", "")
    page.wait_for_selector("#plane[aria-label*='over petal length (cm),']")
    page.select_option("#plane-across", "sepal width (cm)")
    page.wait_for_selector("#plane[aria-label*='over sepal width (cm),']")
    page.close()
    assert not problems
