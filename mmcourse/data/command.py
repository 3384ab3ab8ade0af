"""`mmcourse data list | info NAME | get NAME | verify`: what sets there are, and bringing them."""

import argparse

from ..files import course_file
from .fetching.fetch import NotAvailable, cache_folder, file_path, get, prepared
from .fetching.sources import SOURCES
from .verify import verify

ACTIONS = ("list", "info", "get", "verify")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="list all sets, show a card, download, check what is here")
    parser.add_argument("name", nargs="?", help="of a set, for info and get")


def main(args: argparse.Namespace) -> int:
    """Run one of the actions; 0 where all is well, 1 where a set cannot be had or is damaged, 2 for a wrong call."""
    needs_name = args.action in ("info", "get")
    if needs_name and args.name not in SOURCES:
        raise ValueError(f"{args.action} needs the name of a set: {', '.join(SOURCES)}; got {args.name or 'none'}")
    if needs_name:
        return {"info": info, "get": fetch}[args.action](args.name)
    return {"list": list_sets, "verify": verify}[args.action]()


def list_sets() -> int:
    """A line per set: what has to be downloaded, what is here, the licence."""
    for name, source in SOURCES.items():
        print(f"{name:18} {state(name):22} {source.title}  [{source.licence}]")
    print(f"downloads are kept in {cache_folder()}")
    return 0


def info(name: str) -> int:
    """The card of a set, and what of it is here."""
    print(course_file("data", f"{name}.md").read_text(encoding="utf-8"))
    print(f"{name}: {state(name)}; licence: {SOURCES[name].licence}")
    return 0


def fetch(name: str) -> int:
    """Download a set, or say in one message why that cannot be and what to do."""
    if not SOURCES[name].files:
        print(f'{name} comes with the course: load("{name}")')
        return 0
    try:
        get(name)
    except NotAvailable as error:
        print(error)
        return 1
    print(f'{name} is here: load("{name}")')
    return 0


def state(name: str) -> str:
    source = SOURCES[name]
    if not source.files:
        return "embedded"
    files = [file for files in source.files.values() for file in files]
    here = sum(file.size for file in files if file_path(name, file).exists())
    if here == source.size or all(prepared(tfds_name) for tfds_name in source.files):
        return "here"
    return f"{here / 1e6:.0f} of {source.size / 1e6:.0f} MB here"
