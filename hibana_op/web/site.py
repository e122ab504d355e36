"""What the faces stand on: the provider, the renderer, the counters and what is noted of refusals."""

from dataclasses import dataclass, field

from hibana_op.jobs.refusal_traces import RefusalQueue
from hibana_op.provider import Provider
from hibana_op.web.browser import Renderer
from hibana_op.web.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Site:
    """One deployment as browsers and apps see it."""

    op: Provider
    renderer: Renderer
    metrics: Metrics
    refusals: RefusalQueue = field(default_factory=RefusalQueue)

    def url(self, path: str) -> str:
        """A path of ours, below the issuer's own path."""
        return self.op.settings.issuer_path + path
