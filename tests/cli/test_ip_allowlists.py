"""`hibana ip-allowlist`: from where the people of a tenant may act."""

from hibana_op.provider import Provider
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_user
from tests.tenancy.authority import make_member, make_tenant

CREATE = ("ip-allowlist", "create", "--tenant", "acme")


async def acme(op: Provider) -> None:
    tenant = await make_tenant(op)
    owner = await make_user(op, password=None, email="owner@example.com")
    await make_member(op, tenant, "owner", user=owner)


def test_networks_are_added_listed_and_removed(hibana: Shell) -> None:
    inside(hibana, acme)
    assert "anywhere" in hibana("ip-allowlist", "list", "--tenant", "acme")
    assert "confirm" in hibana.refused(*CREATE, "192.0.2.0/24")
    made = hibana.json(*CREATE, "::ffff:192.0.2.0/120", "--description", "本社", "--confirm")
    assert (made["cidr"], made["description"], made["user_id"]) == ("192.0.2.0/24", "本社", None)
    own = hibana.json(*CREATE, "2001:db8::1", "--user", "owner@example.com")
    assert own["cidr"] == "2001:db8::1/128"
    assert hibana.json("ip-allowlist", "list", "--tenant", "acme") == [made, own]
    for each in (own, made):
        assert hibana.json("ip-allowlist", "delete", "--tenant", "acme", each["id"])["deleted"] is True
    assert "no rule" in hibana.refused("ip-allowlist", "delete", "--tenant", "acme", made["id"])


def test_what_is_no_network_or_nobodys_is_refused(hibana: Shell) -> None:
    inside(hibana, acme)
    hibana("user", "create", "--email", "stranger@example.com")
    assert "write 192.0.2.0/24" in hibana.refused(*CREATE, "192.0.2.1/24")
    assert "no member" in hibana.refused(*CREATE, "192.0.2.1", "--user", "stranger@example.com")
    assert "no tenant" in hibana.refused("ip-allowlist", "list", "--tenant", "nowhere")


def test_P08_a_command_does_not_shut_out_the_last_owner_either(hibana: Shell) -> None:
    inside(hibana, acme)
    inside(hibana, lambda op: op.db.run("UPDATE users SET last_ip = '198.51.100.7'"))
    assert "no owner" in hibana.refused(*CREATE, "192.0.2.0/24", "--confirm")
    assert hibana.json("ip-allowlist", "list", "--tenant", "acme") == []
    hibana(*CREATE, "198.51.100.0/24")
