"""The profile: every standard claim, the languages, and the fields that are a person's own."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import Conflict
from hibana_op.login import own_profile
from hibana_op.pages.account.person import Me, account_page, for_person, is_fresh, too_old
from hibana_op.records.custom_fields import CustomField
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import LANGUAGES, NAMES, say

PATH = "/account/profile"
_AUTOCOMPLETE = {
    "name": "name",
    "family_name": "family-name",
    "given_name": "given-name",
    "middle_name": "additional-name",
    "nickname": "nickname",
    "preferred_username": "username",
    "gender": "sex",
    "website": "url",
    "picture": "photo",
    "phone_number": "tel",
    "address.postal_code": "postal-code",
    "address.country": "country-name",
    "address.region": "address-level1",
    "address.locality": "address-level2",
    "address.street_address": "street-address",
}
_HINTED = ("preferred_username", "birthdate", "zoneinfo", "picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of the form; `choices` make it a list to choose from."""

    id: str
    name: str
    label: str
    value: str
    type: str = "text"
    autocomplete: str = "off"
    hint: str | None = None
    problem: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    is_long: bool = False
    is_fixed: bool = False


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Shows the profile, and saves what is changed of it."""
    op = visit.site.op
    own = await own_profile.own_fields(op.db, me.user.id)
    before = own_profile.values_of(me.user, own)
    if visit.method == "GET":
        return await _page(visit, me, own, before, {})
    visit.require_own_form()
    # An input that was emptied comes as an empty value, one that is missing does not come at all.
    typed = {name: values[0] if values else "" for name, values in visit.form.values.items() if name in before}
    change = own_profile.read(me.user, own, typed)
    if change.faults:
        return await _page(visit, me, own, before | typed, change.faults)
    if "phone_number" in change.members and not is_fresh(visit, me):
        raise too_old(visit, PATH)
    try:
        await own_profile.save(op, me.user, change, visit.origin)
    except Conflict:
        return await _page(visit, me, own, before | typed, {"preferred_username": "username_taken"})
    response = see_other(f"{visit.site.url(PATH)}?done=profile")
    chosen = change.members.get("locale")
    if chosen in LANGUAGES:
        response.set_cookie(**visit.site.renderer.language_cookie(chosen))
    return response


async def _page(
    visit: Visit, me: Me, own: list[CustomField], values: dict[str, str], faults: dict[str, str]
) -> Response:
    def text(name: str, label: str | None = None, *, is_long: bool = False) -> Input:
        return Input(
            id=name.replace(".", "-").replace("#", "-"),
            name=name,
            label=label or say(visit.language, f"account.profile.{name.rpartition('.')[2]}"),
            value=values[name],
            autocomplete=_AUTOCOMPLETE.get(name, "off"),
            hint=say(visit.language, f"account.profile.{name}_hint") if name in _HINTED else None,
            problem=_problem(visit, faults, name),
            choices=_choices(visit, values[name]) if name == "locale" else (),
            is_long=is_long,
            is_fixed=name == "phone_number" and not is_fresh(visit, me),
        )

    names = [text(each) for each in _in_order(visit.language)]
    names += [text(each, _written(visit, each)) for each in own_profile.localized_names(me.user)]
    groups = [
        ("names", names),
        ("about", [text(each) for each in own_profile.ABOUT]),
        ("place", [text(each) for each in own_profile.PLACE]),
        ("address", [text(f"address.{each}", is_long=each == "formatted") for each in own_profile.ADDRESS]),
    ]
    if own:
        groups.append(("own", [_own(visit, values, faults, each, number) for number, each in enumerate(own)]))
    return await account_page(
        visit,
        me,
        "profile.html",
        section="profile",
        status=400 if faults else 200,
        error=say(visit.language, "account.profile.not_saved") if faults else None,
        groups=groups,
        is_fresh=is_fresh(visit, me),
    )


def _in_order(language: str) -> tuple[str, ...]:
    """The names as they are written one after the other: in Japanese the family's comes first."""
    order = ("name", "family_name", "given_name") if language == "ja" else ("name", "given_name", "family_name")
    return (*order, *(each for each in own_profile.NAMES if each not in order))


def _own(visit: Visit, values: dict[str, str], faults: dict[str, str], field: CustomField, number: int) -> Input:
    name = own_profile.CUSTOM + field.field_name
    flags = (("", "–"), *((each, say(visit.language, f"account.profile.{each}")) for each in ("true", "false")))
    return Input(
        id=f"own-{number}",
        name=name,
        label=field.field_name,
        value=values[name],
        type="date" if field.field_type == "date" else "text",
        problem=_problem(visit, faults, name),
        choices=flags if field.field_type == "boolean" else (),
    )


def _problem(visit: Visit, faults: dict[str, str], name: str) -> str | None:
    return say(visit.language, f"account.problem.{faults[name]}") if name in faults else None


def _written(visit: Visit, name: str) -> str:
    """A claim with a language tag, in words: “Full name (日本語)”."""
    base, _, language = name.partition("#")
    label = say(visit.language, f"account.profile.{base}")
    return say(visit.language, "account.profile.written", label=label, spoken=NAMES.get(language, language))


def _choices(visit: Visit, value: str) -> tuple[tuple[str, str], ...]:
    """The languages that pages and mail speak, and one beyond them that a person already has."""
    named = [("", say(visit.language, "account.profile.unchosen")), *((each, NAMES[each]) for each in LANGUAGES)]
    return (*named, *([] if value in ("", *LANGUAGES) else [(value, value)]))
