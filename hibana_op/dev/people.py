"""The people of a development deployment, with passwords that everybody may know."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """One person; `claims` are standard claims, `fields` are custom fields with their type."""

    email: str
    password: str
    claims: dict[str, Any]
    localized: dict[str, str]
    fields: tuple[tuple[str, str, str], ...] = ()
    roles: tuple[str, ...] = field(default=())

    def name(self, language: str) -> str:
        """The name in a language."""
        return self.localized.get(f"name#{language}", str(self.claims["name"]))


ALICE = SamplePerson(
    email="alice@example.com",
    password="down-the-rabbit-hole",  # noqa: S106 - printed on the start page
    claims={
        "name": "Alice Takahashi",
        "given_name": "Alice",
        "family_name": "Takahashi",
        "middle_name": "Mio",
        "nickname": "Ali",
        "preferred_username": "alice",
        "profile": "https://example.com/people/alice",
        "picture": "https://example.com/people/alice.png",
        "website": "https://alice.example.com/",
        "gender": "female",
        "birthdate": "1990-04-01",
        "zoneinfo": "Asia/Tokyo",
        "locale": "ja-JP",
        "email_verified": True,
        "phone_number": "+81312345678",
        "phone_number_verified": True,
        "address": {
            "formatted": "1-1 Chiyoda\nChiyoda-ku, Tokyo\n100-0001\nJapan",
            "street_address": "1-1 Chiyoda",
            "locality": "Chiyoda-ku",
            "region": "Tokyo",
            "postal_code": "100-0001",
            "country": "Japan",
        },
    },
    localized={
        "name#ja": "高橋 アリス",
        "given_name#ja": "アリス",
        "family_name#ja": "高橋",
        "family_name#ja-Kana-JP": "タカハシ",
        "nickname#ja": "アリちゃん",
    },
    fields=(("department", "Research", "string"), ("employee_number", "1024", "number")),
    roles=("super_admin",),
)
BOB = SamplePerson(
    email="bob@example.com",
    password="can-we-build-it-yes",  # noqa: S106 - printed on the start page
    claims={
        "name": "Bob Yamada",
        "given_name": "Bob",
        "family_name": "Yamada",
        "preferred_username": "bob",
        "zoneinfo": "Asia/Tokyo",
        "locale": "en",
    },
    localized={"name#ja": "山田 ボブ", "given_name#ja": "ボブ", "family_name#ja": "山田"},
    fields=(("department", "Sales", "string"),),
)
PEOPLE = (ALICE, BOB)
