"""The counters: few labels, and one sum over several processes."""

import os
import subprocess
import sys
from pathlib import Path

from hibana_op.web.metrics import Metrics

PROGRAM = """
import sys
from pathlib import Path
from hibana_op.config import share_metrics_folder
share_metrics_folder(Path(sys.argv[1]))
from hibana_op.web.metrics import Metrics
metrics = Metrics()
metrics.answered("/token", "POST", 200, 0.004)
metrics.token_issued("authorization_code")
sys.stdout.buffer.write(metrics.render())
"""


def test_what_happened_is_counted() -> None:
    metrics = Metrics()
    metrics.answered("/token", "POST", 200, 0.004)
    metrics.answered("/token", "POST", 204, 0.004)
    metrics.answered("/token", "BREW", 405, 0.0)
    metrics.token_issued("refresh_token")
    metrics.sign_in("refused")
    told = metrics.render().decode().splitlines()
    assert 'hibana_http_requests_total{method="POST",route="/token",status="2xx"} 2.0' in told
    assert 'hibana_http_requests_total{method="other",route="/token",status="4xx"} 1.0' in told
    assert 'hibana_http_request_seconds_bucket{le="0.005",route="/token"} 3.0' in told
    assert 'hibana_tokens_issued_total{grant="refresh_token"} 1.0' in told
    assert 'hibana_sign_ins_total{result="refused"} 1.0' in told


def test_two_sets_of_counters_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.sign_in("succeeded")
    assert "succeeded" not in other.render().decode()


def test_workers_that_share_a_folder_count_together(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS_")}
    told = b""
    for _ in range(2):
        command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
        told = subprocess.run(command, env=environ, capture_output=True, check=True).stdout
    assert b'hibana_http_requests_total{method="POST",route="/token",status="2xx"} 2.0' in told
    assert b'hibana_tokens_issued_total{grant="authorization_code"} 2.0' in told
