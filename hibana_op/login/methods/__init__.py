"""The ways to sign in, in the order in which they are offered."""

from hibana_op.login.methods import password

METHODS = {method.name: method for method in (password.METHOD,)}
