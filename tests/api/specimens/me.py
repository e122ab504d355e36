"""`/me`."""

from tests.api.specimens import Specimen

SPECIMENS = {("GET", "/me"): Specimen(of_tenant=False)}
