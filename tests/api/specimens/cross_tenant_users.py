"""`/cross-tenant-users`."""

from tests.api.specimens import Specimen, of_tenant

SPECIMENS = {("GET", "/cross-tenant-users"): Specimen(of_tenant=False, query=of_tenant)}
