"""The ways to sign in for which somebody types something, in the order in which they are offered."""

from hibana_op.login.methods import email_link, password

METHODS = {method.name: method for method in (password.METHOD, email_link.METHOD)}
