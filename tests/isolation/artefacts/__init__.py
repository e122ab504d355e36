"""What can be stolen, and where each of it counts: the rows and columns of the matrix of artefacts.

A `Kind` is both. `make` makes one in a tenant, with the target at which it counts; `takes` plays any text at a target.
To add one: write both, and name the kind in the table KINDS of the module that fits.
"""

from tests.isolation.artefacts import apps, mails, people
from tests.isolation.artefacts.kind import Kind

KINDS: tuple[Kind, ...] = (*apps.KINDS, *people.KINDS, *mails.KINDS)
