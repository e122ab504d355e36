"""`python -m hibana_op` is `hibana`."""

from hibana_op.cli.main import hibana

if __name__ == "__main__":
    hibana(prog_name="hibana")
