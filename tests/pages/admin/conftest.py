"""The console, on both engines where the database matters."""

from tests.flows.conftest import deployment, deployment_on_sqlite

__all__ = ["deployment", "deployment_on_sqlite"]
