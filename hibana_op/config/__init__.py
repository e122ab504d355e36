"""Settings of the process: read once at start, validated as a whole; the only door to the environment."""

from hibana_op.config.handover import from_environment, hand_over, inherited, metrics_folder, share_metrics_folder
from hibana_op.config.load import load, replace_generated_master_key
from hibana_op.config.options import Option, reference
from hibana_op.config.settings import (
    Bootstrap,
    Google,
    Log,
    Mode,
    Outbound,
    Profile,
    Settings,
    Shown,
    Smtp,
    Tls,
    describe,
)

__all__ = [
    "Bootstrap",
    "Google",
    "Log",
    "Mode",
    "Option",
    "Outbound",
    "Profile",
    "Settings",
    "Shown",
    "Smtp",
    "Tls",
    "describe",
    "from_environment",
    "hand_over",
    "inherited",
    "load",
    "metrics_folder",
    "reference",
    "replace_generated_master_key",
    "share_metrics_folder",
]
