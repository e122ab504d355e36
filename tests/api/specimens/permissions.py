"""`/permissions`."""

from tests.api.specimens import Specimen

SPECIMENS = {("GET", "/permissions"): Specimen(of_tenant=False)}
