"""What the faces stand on: the provider, the renderer and the counters."""

from dataclasses import dataclass

from hibana_op.provider import Provider
from hibana_op.web.browser import Renderer
from hibana_op.web.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Site:
    """One deployment as browsers and apps see it."""

    op: Provider
    renderer: Renderer
    metrics: Metrics

    def url(self, path: str) -> str:
        """A path of ours, below the issuer's own path."""
        return self.op.settings.issuer_path + path
