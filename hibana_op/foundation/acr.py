"""Authentication context classes, and what each takes (OpenID Connect Core §2, RFC 8176 for `amr`)."""

ONE_FACTOR = "urn:hibana:loa:1"
ACR_VALUES = (ONE_FACTOR,)
