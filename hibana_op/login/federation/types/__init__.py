"""The types of providers, by name. To add one, write a module with a `TYPE` and name it here."""

from hibana_op.login.federation.shapes import ProviderType
from hibana_op.login.federation.types import ldap, oauth, oidc, saml

TYPES: dict[str, ProviderType] = {each.TYPE.name: each.TYPE for each in (oidc, oauth, saml, ldap)}
