"""Every room has a page and a door, and what the documents name is there."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest
from typer.main import get_command

from clearprop.cli.app import app
from clearprop.files.container import RUN_ENTRY

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "clearprop"
ROOMS = sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())
COMMANDS = sorted(name for name, command in get_command(app).commands.items() if not command.hidden)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_page_and_stands_on_the_map(room):
    assert len((PACKAGE / room / "README.md").read_text("utf-8").split()) > 50
    assert f"(src/clearprop/{room}/README.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_lists_what_it_exports(room):
    door = importlib.import_module(f"clearprop.{room}")

    assert len(door.__all__) == len(set(door.__all__)) > 0
    for name in door.__all__:
        assert getattr(door, name) is not None
        assert not name.startswith("_")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", *(f"src/clearprop/{room}/README.md" for room in ROOMS)])
def test_a_page_names_files_that_exist(page):
    """Names such as `loop.py` stand for a file of the room, paths for one from the root or the room."""
    here = (ROOT / page).parent
    for name in re.findall(r"`([\w./]+\.(?:py|md|toml))`", (ROOT / page).read_text("utf-8")):
        if "NAME" in name:
            continue
        found = (
            (here / name).exists()
            or (ROOT / name).exists()
            or any((room / name).exists() for room in (PACKAGE, *PACKAGE.iterdir()))
        )
        assert found, f"{page} names {name}, which does not exist"


def imported_by(room):
    """Return the rooms, errors and paths that the files of a room import."""
    lines = [line for path in (PACKAGE / room).rglob("*.py") for line in path.read_text("utf-8").splitlines()]
    found = [re.match(r"\s*(?:from|import) clearprop\.(\w+)", line) for line in lines]
    return {match[1] for match in found if match} - {room}


@pytest.mark.parametrize("room", ROOMS)
def test_a_page_says_what_its_room_may_import(room):
    text = (PACKAGE / room / "README.md").read_text("utf-8")
    said = re.search(r"ay import:? ((?:.+\n)+)", text)[1]
    assert "everything" in said or imported_by(room) <= {*re.findall(r"`(\w+)`", said)}


def test_the_order_of_the_rooms_is_the_one_that_is_enforced():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    rules = " ".join((ROOT / "CONTRIBUTING.md").read_text("utf-8").split())
    assert f"`{' → '.join(layers).replace('clearprop.', '')}`" in rules


@pytest.mark.parametrize("room", ROOMS)
def test_a_page_names_every_file_of_its_room(room):
    """By its name, or by that of its folder where the files of one are alike."""
    unnamed = []
    for path in (PACKAGE / room).rglob("*.py"):
        folders = [folder for folder in path.parents if folder.is_relative_to(PACKAGE / room)]
        pages = "".join((one / "README.md").read_text("utf-8") for one in folders if (one / "README.md").exists())
        alike = any(f"{folder.name}/`" in pages for folder in folders[:-1])
        if path.name != "__init__.py" and path.name not in pages and not alike:
            unnamed.append(path.relative_to(PACKAGE).as_posix())
    assert unnamed == []


def is_there(name):
    """Whether a dotted name is that of a module, or of something in one, a field of a dataclass too."""
    owner, _, last = name.rpartition(".")
    try:
        resolve_name(name)
    except (AttributeError, ImportError):
        return bool(owner) and last in getattr(resolve_name(owner), "__dataclass_fields__", ())
    return True


def test_every_dotted_name_that_is_written_down_is_there():
    pages = [path for folder in ("src", "docs") for end in ("py", "md") for path in (ROOT / folder).rglob(f"*.{end}")]
    told = {
        name: path
        for path in (*pages, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
        for name in re.findall(r"`(clearprop(?:\.\w+)+)`", path.read_text("utf-8"))
    }
    assert len(told) > 50
    assert {name: str(path) for name, path in told.items() if name != RUN_ENTRY and not is_there(name)} == {}


@pytest.mark.parametrize("folder", ["benchmarks", "docs", "examples", "fuzz"])
def test_scripts_import_what_is_there(folder):
    """Nothing runs most of them."""
    imported = {
        f"{node.module}.{one.name}": path.name
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "clearprop"
        for one in node.names
    }
    assert imported
    assert {name: script for name, script in imported.items() if not is_there(name)} == {}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_on_the_pages(command):
    assert f"clearprop {command} " in (ROOT / "README.md").read_text("utf-8")
    assert f"| `{command} " in (PACKAGE / "cli" / "README.md").read_text("utf-8").replace(
        f"`{command}`", f"`{command} "
    )
    assert re.search(rf"`cli`:.*\b{command}\b", (ROOT / "CHANGELOG.md").read_text("utf-8").replace("\n  ", " "))


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_of_a_door_is_that_of_a_file_of_its_room(room):
    """Loading the file would put it in the name's place."""
    door = importlib.import_module(f"clearprop.{room}")
    files = {path.stem for path in (PACKAGE / room).iterdir()}
    if hasattr(door, "_WHERE"):
        assert files.isdisjoint(door.__all__)
