"""The certification plans for OpenID Providers, module by module, over HTTPS and without scripts.

Each test is named after the module whose behaviour it repeats; docs/certification.md lists them.
"""
