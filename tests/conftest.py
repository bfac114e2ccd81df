"""A browser for tests of pages; signals that are not ignored; and, with CLEARPROP_NO_SKIPS, no way to skip a test."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

for _ignored in (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
    if signal.getsignal(_ignored) == signal.SIG_IGN:  # by a shell's background or nohup: commands would inherit it
        signal.signal(_ignored, signal.default_int_handler if _ignored == signal.SIGINT else signal.SIG_DFL)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Make a soak of what is tried on every engine where that is JAX: it compiles each network, for a second and more.

    `tests/engines/test_jax_engine.py` is of every run.
    """
    for item in items:
        tried = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if any(isinstance(value, str) and value == "jax" for value in tried):
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def _refuse_skips(report):
    if os.environ.get("CLEARPROP_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where every test has to run: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _refuse_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _refuse_skips((yield))
