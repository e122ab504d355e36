"""What a person's browser holds: cookies, tokens of forms, sign-ins on their way, hints, passkeys."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp

from hibana_op.foundation import secrets
from hibana_op.login.second_factors import enrolment
from hibana_op.records import users
from tests import passkeys
from tests.api.credentials import ORIGIN
from tests.authenticator import SoftPasskey
from tests.deployment import VERIFIER, Deployment, Page
from tests.isolation.artefacts.kind import Artefact, Kind, begins, browser, jar, submit, with_cookies
from tests.isolation.asking import Made
from tests.isolation.making import a_federated_visit, a_half_visit, a_sign_up_link, a_visit, client_of, code_for
from tests.isolation.scene import Scene, one_more, sign_in, sign_in_at
from tests.make import PASSWORD


async def _somebody(scene: Scene) -> Scene:
    """Another member, signed in in a browser of their own."""
    return await sign_in(scene.deployment, scene.side, await one_more(scene))


async def _session_cookie(scene: Scene) -> Artefact:
    them = await _somebody(scene)
    return Artefact(them.cookie("session"), {"browser": them.cookie("browser")})


async def _takes_session(deployment: Deployment, target: Made, text: str) -> bool:
    async with with_cookies(deployment, browser=target["browser"], session=text) as http:
        return (await http.get("/account")).status_code == 200


async def _browser_cookie(scene: Scene) -> Artefact:
    them = await _somebody(scene)
    return Artefact(them.cookie("browser"), {"session": them.cookie("session")})


async def _takes_browser(deployment: Deployment, target: Made, text: str) -> bool:
    async with with_cookies(deployment, browser=text, session=target["session"]) as http:
        return (await http.get("/account")).status_code == 200


async def _known_accounts(scene: Scene) -> Artefact:
    """The cookie by which a browser remembers who signed in there, and asked to stay so."""
    them, user = scene.signed_out(), await one_more(scene)
    asked = await them.browser.submit(Page.read(await them.browser.get("/login")), username=user.email)
    await them.browser.submit(Page.read(asked), password=PASSWORD, remember="1")
    return Artefact(them.cookie("accounts"), {"browser": them.cookie("browser"), "email": user.email})


async def _takes_known_accounts(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether the page names somebody."""
    async with with_cookies(deployment, browser=target["browser"], accounts=text) as http:
        page = (await http.get("/login")).text
    return 'name="account"' in page


async def _form_token(scene: Scene) -> Artefact:
    them = await _somebody(scene)
    return Artefact(await them.csrf(), await jar(them))


async def _takes_form_token(deployment: Deployment, target: Made, text: str) -> bool:
    async with browser(deployment, target) as http:
        by_form = await http.post("/account/profile", data={"nickname": "Nick", "csrf": text})
        header = {"X-CSRF-Token": text.encode("ascii", "replace").decode()}
        by_script = await http.post("/login/passkey/options", json={}, headers=header)
    return by_form.status_code != 403 or by_script.status_code != 403


async def _interaction(scene: Scene) -> Artefact:
    them = scene.signed_out()
    visit = await a_visit(them)
    return Artefact(visit["interaction"], await jar(them))


async def _takes_interaction(deployment: Deployment, target: Made, text: str) -> bool:
    async with browser(deployment, target) as http:
        return (await http.get("/login", params={"interaction": text})).status_code == 200


async def _hint(scene: Scene) -> Artefact:
    """An ID token of somebody, who is signed in at the app for which it is."""
    them, secret = await _somebody(scene), secrets.token()
    assert them.user is not None
    client = await client_of(scene, secret)
    made = await code_for(scene, client, secret, them.user)
    form = {name: made[name] for name in ("client_id", "client_secret", "redirect_uri", "code")}
    async with scene.deployment.http() as http:
        answer = await http.post("/token", data={"grant_type": "authorization_code", "code_verifier": VERIFIER, **form})
    return Artefact(answer.json()["id_token"], {**await jar(them), **made})


async def _takes_hint(deployment: Deployment, target: Made, text: str) -> bool:
    asked = {
        "client_id": target["client_id"],
        "redirect_uri": target["redirect_uri"],
        "response_type": "code",
        "scope": "openid email offline_access tenant",
        "prompt": "none",
        "code_challenge": secrets.digest(VERIFIER),
        "code_challenge_method": "S256",
        "id_token_hint": text,
    }
    async with browser(deployment, target) as http:
        response = await http.get(f"/authorize?{urlencode(asked)}")
    return "code=" in response.headers.get("location", "")


async def _hint_to_sign_out(scene: Scene) -> Artefact:
    """An ID token of a session in its own browser, which ends it without a question."""
    them, user, secret = scene.signed_out(), await one_more(scene), secrets.token()
    client = await client_of(scene, secret, first_party=True)
    await sign_in_at(them.browser, user)
    asked = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0],
        "response_type": "code",
        "scope": "openid",
        "code_challenge": secrets.digest(VERIFIER),
        "code_challenge_method": "S256",
    }
    response = await them.browser.get(f"/authorize?{urlencode(asked)}")
    code = parse_qs(urlsplit(response.headers["location"]).query)["code"][0]
    form = {"client_id": client.client_id, "client_secret": secret, "redirect_uri": client.redirect_uris[0]}
    async with scene.deployment.http() as http:
        answer = await http.post(
            "/token", data={"grant_type": "authorization_code", "code_verifier": VERIFIER, "code": code, **form}
        )
    return Artefact(answer.json()["id_token"], await jar(them))


async def _takes_hint_to_sign_out(deployment: Deployment, target: Made, text: str) -> bool:
    async with browser(deployment, target) as http:
        await http.get("/logout", params={"id_token_hint": text})
    async with browser(deployment, target) as http:
        return (await http.get("/account")).status_code != 200


async def _answer(scene: Scene) -> Artefact:
    """What a passkey answered to the challenge of one browser."""
    them, passkey = scene.signed_out(), await passkeys.give(scene.deployment, await one_more(scene))
    options, _ = await passkeys.begin(them.browser)
    return Artefact(json.dumps(passkey.get(options)), await jar(them))


async def _takes_answer(deployment: Deployment, target: Made, text: str) -> bool:
    return await _sends(deployment, target, "/login/passkey", _credential(text))


def _credential(text: str) -> dict[str, Any]:
    found: dict[str, Any] = (
        json.loads(text) if text.startswith("{") else {"id": text, "rawId": text, "type": "public-key"}
    )
    return found


async def _sends(deployment: Deployment, target: Made, path: str, document: dict[str, Any]) -> bool:
    async with browser(deployment, target) as http:
        return (await http.post(path, json=document, headers={"X-CSRF-Token": target["csrf"]})).status_code == 200


async def _new_passkey(scene: Scene) -> Artefact:
    """What an authenticator made for one account in one browser."""
    them = await _somebody(scene)
    options, _ = await passkeys.begin_adding(them.browser)
    return Artefact(json.dumps(SoftPasskey().create(options)), await jar(them))


async def _takes_new_passkey(deployment: Deployment, target: Made, text: str) -> bool:
    return await _sends(deployment, target, "/account/passkeys", _credential(text))


async def _newcomers_passkey(scene: Scene) -> Artefact:
    """What an authenticator made for an account that is yet to be, in one browser."""
    them = scene.signed_out()
    proof, kept = (await a_sign_up_link(scene))["token"], await jar(them)
    options = await passkeys.call(them.browser, "/signup/passkey/options", {"proof": proof}, kept["csrf"])
    return Artefact(json.dumps(SoftPasskey().create(options.json())), {**kept, "proof": proof})


async def _takes_newcomers_passkey(deployment: Deployment, target: Made, text: str) -> bool:
    return await _sends(deployment, target, "/signup/passkey", {**_credential(text), "proof": target["proof"]})


async def _app_setup(scene: Scene) -> Artefact:
    """The sealed secret of an authenticator app that is being set up."""
    them = await _somebody(scene)
    assert them.user is not None
    row = await scene.op.db.one("SELECT id FROM sessions WHERE user_id = :id", id=them.user.id)
    assert row is not None
    setup = enrolment.begin_app(scene.op, them.user, bound_to=str(row["id"]))
    return Artefact(setup.sealed, {**await jar(them), "code": pyotp.TOTP(setup.secret).at(scene.op.now())})


async def _takes_app_setup(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether the page goes on with this very secret: after a wrong code it shows it once more."""
    return text in (await submit(deployment, target, "/account/totp", setup=text, code="000000")).text


async def _backup_code(scene: Scene) -> Artefact:
    """A backup code of somebody who has given their password."""
    them = scene.signed_out()
    visit = await a_half_visit(them)
    made = await enrolment.make_backup_codes(scene.op, await users.get(scene.op.db, visit["user"]), ORIGIN)
    return Artefact(made[0], {**await jar(them), "interaction": visit["interaction"]})


async def _takes_backup_code(deployment: Deployment, target: Made, text: str) -> bool:
    asked = {"interaction": target["interaction"], "method": "backup_code", "code": text}
    return begins(await submit(deployment, target, "/login/mfa", **asked))


async def _state(scene: Scene) -> Artefact:
    """What a browser brings back from another provider."""
    them = scene.signed_out()
    visit = await a_federated_visit(them)
    return Artefact(visit["state"], {**await jar(them), "provider": visit["provider"]})


async def _takes_state(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether somebody is taken back: that they declined there is told to nobody else."""
    path = f"/federation/{target['provider']}/callback"
    async with browser(deployment, target) as http:
        response = await http.get(path, params={"state": text, "error": "access_denied"})
    return response.status_code == 403


KINDS = (
    Kind("a session cookie", _session_cookie, _takes_session),
    Kind("a browser cookie", _browser_cookie, _takes_browser),
    Kind("the cookie of known accounts", _known_accounts, _takes_known_accounts),
    Kind("a form's token", _form_token, _takes_form_token),
    Kind("a sign-in on its way", _interaction, _takes_interaction),
    Kind("an ID token as a hint", _hint, _takes_hint),
    Kind("an ID token to sign out with", _hint_to_sign_out, _takes_hint_to_sign_out),
    Kind("the answer of a passkey", _answer, _takes_answer),
    Kind("a new passkey", _new_passkey, _takes_new_passkey),
    Kind("the passkey of a newcomer", _newcomers_passkey, _takes_newcomers_passkey),
    Kind("an authenticator app being set up", _app_setup, _takes_app_setup),
    Kind("a backup code", _backup_code, _takes_backup_code, tries=4),
    Kind("the state of another provider", _state, _takes_state),
)
