"""Telephone numbers as people write them, in the one form in which they are kept (E.164)."""

import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

LONGEST = 40
HOME = "JP"  # where a number without a country code is from, unless the person's language says otherwise
_TAKE_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read(text: str, *, locale: str | None) -> str | None:
    """A number that can take an SMS, or None: no fixed line, and no number that costs the sender extra."""
    if len(text) > LONGEST:
        return None
    region = (locale or "").replace("_", "-").partition("-")[2].upper()
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region if len(region) == 2 else HOME)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _TAKE_SMS:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
