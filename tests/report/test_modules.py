"""Modules joined to one script: what each exports is what its importers get, and every other form is refused."""

from __future__ import annotations

import pytest

from clearprop.report.modules import joined


def join(**modules):
    texts = {f"pages/{name}.mjs": text for name, text in modules.items()}
    return joined("pages/page.mjs", texts.__getitem__)


def test_names_are_private_and_each_module_runs_once_before_its_importers(browser):
    script = join(
        page='import { add } from "./a.mjs";\nimport { add as put, words } from "./b.mjs";\n'
        'add("page");\nput("last");\ndocument.title = words.join(", ");\n',
        a='import { add as put } from "./b.mjs";\nconst own = "a";\nput(own);\n'
        "export function add(word) { put(`${word} through ${own}`); }\n",
        b='export const words = [];\nconst own = "b";\nexport const add = (word) => words.push(word);\nadd(own);\n',
    )
    page = browser.new_page()
    page.set_content(f'<script type="module">{script}</script>')
    assert page.title() == "b, a, page through a, last"
    page.close()


def test_a_module_of_another_folder_is_found_from_where_it_is_named():
    texts = {
        "pages/page.mjs": 'import { word } from "../shared/words.mjs";\n',
        "shared/words.mjs": 'import { letter } from "./letters.mjs";\nexport const word = letter;\n',
        "shared/letters.mjs": 'export const letter = "x";\n',
    }
    script = joined("pages/page.mjs", texts.__getitem__)
    assert script.index("const letter") < script.index("const word") < script.index("const pages$page")


def test_a_circle_is_named():
    with pytest.raises(ValueError, match=r"circle: pages/page\.mjs → pages/a\.mjs → pages/page\.mjs"):
        join(page='import { a } from "./a.mjs";\n', a='import { b } from "./page.mjs";\n')


def test_a_name_that_is_not_exported_is_named():
    with pytest.raises(ValueError, match=r"page\.mjs imports hidden, which pages/a\.mjs does not export"):
        join(page='import { hidden } from "./a.mjs";\n', a="const hidden = 1;\n")


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./a.mjs";',
        'import "./a.mjs";',
        "import {\n  a,",
        "export default 1;",
        "export let changing = 1;",
        "export { a };",
        'const a = await import("./a.mjs");',
        'const text = "</script>";',
    ],
)
def test_a_form_that_would_mean_something_else_when_joined_is_refused(line):
    with pytest.raises(ValueError, match=r"pages/page\.mjs: .* cannot be joined"):
        join(page=f"const before = 1;\n{line}\n", a="export const a = 1;\n")
