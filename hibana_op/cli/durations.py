"""Durations on the command line: 30s, 15m, 24h, 7d."""

import re

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[int]):
    """A number with a unit, in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The seconds that the text stands for."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,9})([smhd])", str(value))
        if found is None:
            self.fail(f"{value} is no duration; write 30s, 15m, 24h or 7d", param, ctx)
        return int(found[1]) * _UNITS[found[2]]
