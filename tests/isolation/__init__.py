"""Tenants, people and artefacts kept apart over every address of the deployment, made from the table of routes."""
