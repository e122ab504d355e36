"""An authenticator of a browser's own, for the passkeys of its tabs."""

from typing import Any

from tests.journeys.tab import Tab


class Authenticator:
    """The virtual authenticator of a tab, spoken to over the Chrome DevTools Protocol."""

    def __init__(self, session: Any, id: str) -> None:
        self._session = session
        self._id = id

    @classmethod
    async def of(cls, tab: Tab, **options: Any) -> "Authenticator":
        """A platform authenticator that answers at once, unless `options` say otherwise."""
        session = await tab.page.context.new_cdp_session(tab.page)
        await session.send("WebAuthn.enable")
        usual = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": True,
            "defaultBackupState": True,
        }
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**usual, **options}})
        return cls(session, added["authenticatorId"])

    async def send(self, command: str, **parameters: Any) -> Any:
        """One command about this authenticator."""
        return await self._session.send(f"WebAuthn.{command}", {"authenticatorId": self._id, **parameters})

    async def credentials(self) -> list[dict[str, Any]]:
        """What it keeps."""
        found: list[dict[str, Any]] = (await self.send("getCredentials"))["credentials"]
        return found

    async def is_present(self, present: bool) -> None:
        """Whether somebody touches it whenever it asks."""
        await self.send("setAutomaticPresenceSimulation", enabled=present)
