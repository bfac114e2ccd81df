"""A page in a real browser, at the two sizes every page has to fit."""

from __future__ import annotations

import pytest


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desk", "phone"])
def size(request):
    return request.param


@pytest.fixture
def open_page(browser, tmp_path):
    """Open pages from a file, offline; whatever they complain of fails the test."""
    contexts, problems = [], []

    def open_one(html, size=(1280, 800), **options):
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        viewport = {"width": size[0], "height": size[1]}
        contexts.append(browser.new_context(viewport=viewport, offline=True, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.goto((tmp_path / "page.html").as_uri())
        if "dataset.ready" in html:
            page.wait_for_selector("html[data-ready=yes]")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not problems
