"""What the clients are put through: on which engines, with which proof of themselves, and what tokens look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Proof:
    """How a client shows at the token endpoint who it is."""

    method: str
    algorithm: str | None = None

    def __str__(self) -> str:
        return f"{self.method}-{self.algorithm}" if self.algorithm else self.method


@dataclass(frozen=True, slots=True)
class Form:
    """One algorithm for all that either side signs, and how everything about a person is encrypted."""

    algorithm: str
    encryption: str | None = None
    content_encryption: str | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """What a client with this wish registers."""
        signing = ("id_token_signed_response_alg", "userinfo_signed_response_alg", "request_object_signing_alg")
        told: dict[str, Any] = dict.fromkeys(signing, self.algorithm) | {"require_signed_request_object": True}
        if self.encryption:
            told |= {f"{what}_encrypted_response_alg": self.encryption for what in ("id_token", "userinfo")}
            told |= {f"{what}_encrypted_response_enc": self.content_encryption for what in ("id_token", "userinfo")}
        return told

    def __str__(self) -> str:
        return "-".join(filter(None, (self.algorithm, self.encryption, self.content_encryption)))


BY_KEY = tuple(Proof("private_key_jwt", algorithm) for algorithm in ("PS256", "RS256", "ES256", "Ed25519"))
PROOFS = (*BY_KEY, *map(Proof, ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")))
FORMS = (
    Form("PS256", "RSA-OAEP-256", "A256GCM"),
    Form("RS256"),
    Form("RS256", "RSA-OAEP", "A192CBC-HS384"),
    Form("ES256", "ECDH-ES+A128KW", "A128CBC-HS256"),
    Form("Ed25519", "ECDH-ES+A256KW", "A128GCM"),
    # The older name of the same: clients register it, and sign with either.
    Form("EdDSA", "ECDH-ES", "A256CBC-HS512"),
)
ID_TOKEN_ALGORITHMS = ("PS256", "RS256", "ES256", "Ed25519", "EdDSA")


def each(name: str, variants: Sequence[object]) -> pytest.MarkDecorator:
    """Every variant on SQLite, and the first of them on PostgreSQL too."""
    plan = [*(("sqlite", variant) for variant in variants), ("postgres", variants[0])]
    return pytest.mark.parametrize(("engine", name), plan, ids=[f"{engine}-{_label(it)}" for engine, it in plan])


def _label(variant: object) -> str:
    text = "-".join(map(str, variant)) if isinstance(variant, tuple) else str(variant)
    return text.replace(" ", "+")
