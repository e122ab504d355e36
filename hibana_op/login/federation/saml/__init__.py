"""SAML 2.0 Web Browser SSO as the side that asks: a small profile of our own, over signxml for signatures."""
