"""How soon the player's page shows its first picture, and how many frames a second it plays, in headless Chromium.

    python benchmarks/player.py [--studio] [--rounds 3]

The network is 8-16-16-3 with all units shown, on 150 training rows. The page is opened from a file; with --studio it
is served, and the engine trains behind it while it plays.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import sync_playwright

from clearprop import TableClassifier
from clearprop.explain.film import film
from clearprop.explain.worked_numbers import Most
from clearprop.fitting.recorded import recorder_for
from clearprop.recording import Recording, Replay
from clearprop.report.run_page import run_page
from clearprop.tables import read_table

EPOCHS = 60
SECONDS = 4.0
WATCH = """new MutationObserver((_, one) => {
  if (!document.documentElement.dataset.ready) return;
  one.disconnect();
  requestAnimationFrame(() => requestAnimationFrame((t) => { window.shownAt = t; }));
}).observe(document, {subtree: true, attributes: true, attributeFilter: ['data-ready']});"""
PLAY = """seconds => new Promise((done) => {
  const moment = document.getElementById('moment');
  let [told, n, late, before] = [moment.textContent, 0, 0, performance.now()];
  document.getElementById('speed').value = '60';
  document.getElementById('play').click();
  const began = performance.now();
  const look = (t) => {
    if (moment.textContent !== told) { n += 1; told = moment.textContent; }
    late = Math.max(late, t - before);
    before = t;
    const gone = performance.now() - began;
    if (gone < 1000 * seconds) requestAnimationFrame(look);
    else { document.getElementById('play').click(); done([n / (gone / 1000), late]); }
  };
  requestAnimationFrame(look);
})"""


def table(folder: Path) -> Path:
    """Write 176 rows of 8 columns and 3 classes, of which 150 are trained on."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(176, 8)).round(4)
    classes = np.argmax(X @ rng.normal(size=(8, 3)), axis=1)
    lines = [",".join([*(f"x{k}" for k in range(8)), "kind"])]
    lines += [",".join([*map(str, row), f"c{k}"]) for row, k in zip(X.tolist(), classes, strict=True)]
    path = folder / "drawn.csv"
    path.write_text("\n".join(lines))
    return path


def recorded(folder: Path) -> str:
    """Return the address of a page of a recorded run."""
    model = TableClassifier(target="kind", hidden=(16, 16), activation="tanh", n_epochs=EPOCHS, random_state=0)
    job = model.prepare(table(folder))
    recorder = recorder_for(job)
    model.train(job, [recorder])
    made = film(Replay(Recording.of(recorder.run)), (), Most(6, 16))
    page = folder / "page.html"
    page.write_text(run_page(made, "drawn"), encoding="utf-8")
    print(f"{len(job.rows)} rows, {made.frames.shape[0]} frames, {page.stat().st_size / 2**20:.2f} MB")
    return page.as_uri()


def served(folder: Path) -> str:
    """Return the address of a studio, at step 0 of a run that is long enough."""
    import uvicorn

    import clearprop.studio.run as run
    from clearprop.studio import Asked, Studio, application, with_token
    from clearprop.studio.serve import _listen

    run.MOST = Most(6, 16)
    studio = Studio.on(read_table(table(folder)), "kind", Asked(hidden=(16, 16), epochs=500))
    listening = _listen("127.0.0.1", 0)
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application(studio, "t", (host,)), log_level="error"))
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return with_token(host, "t")


def measured(address: str, rounds: int) -> None:
    """Open the page so often, and print the medians and the extremes."""
    found = []
    with sync_playwright() as running:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(rounds):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(WATCH)
            page.goto(address)
            page.wait_for_selector("html[data-ready=yes]")
            page.wait_for_timeout(300)
            cells = page.locator("td[data-name]").count()
            found.append((page.evaluate("shownAt"), *page.evaluate(PLAY, SECONDS)))
            page.close()
        browser.close()
    print(f"{cells} cells")
    for name, values in zip(
        ("first picture, ms", "frames a second", "longest between two, ms"), zip(*found, strict=True), strict=True
    ):
        print(f"{name}: {median(values):.1f} ({min(values):.1f} to {max(values):.1f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studio", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        measured((served if chosen.studio else recorded)(Path(made)), chosen.rounds)
    sys.stdout.flush()
