"""The grants of the token endpoint; discovery is derived from this table."""

from hibana_op.oauth.grants import authorization_code, client_credentials, refresh_token

GRANTS = {grant.name: grant for grant in (authorization_code.GRANT, refresh_token.GRANT, client_credentials.GRANT)}
