"""Tenants and who may do what, on both engines."""

from tests.flows.conftest import deployment, deployment_on_sqlite

__all__ = ["deployment", "deployment_on_sqlite"]
