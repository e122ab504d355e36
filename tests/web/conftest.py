"""The gallery of sample pages, served once for all tests."""

from collections.abc import Iterator

import pytest

from tests.web.gallery import Gallery, serve


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    """A server that shows every sample page."""
    with serve() as running:
        yield running
