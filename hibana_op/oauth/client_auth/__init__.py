"""Client authentication, RFC 6749 §2.3: the methods in the order in which they are looked for."""

from hibana_op.oauth.client_auth import assertion, public, secret

METHODS = {
    method.name: method for method in (secret.BASIC, secret.POST, assertion.SECRET, assertion.PRIVATE_KEY, public.NONE)
}
