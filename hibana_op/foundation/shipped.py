"""The folders that travel with the program: inside the wheel, or at the top of a checkout."""

from importlib import resources
from pathlib import Path
from typing import Literal


def folder(name: Literal["templates", "migrations"]) -> Path:
    """Where the shipped templates or migrations are."""
    package = Path(str(resources.files("hibana_op")))
    places = package / "_shipped" / name, package.parent / name
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the {name} are neither in {places[0]} nor in {places[1]}: install Hibana again")
