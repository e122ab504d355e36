"""The second factors, in the order in which they are offered."""

from hibana_op.login.second_factors import backup_code, email_code, sms_code, totp
from hibana_op.login.second_factors.shapes import SecondFactor

SECOND_FACTORS: dict[str, SecondFactor] = {
    factor.name: factor for factor in (totp.FACTOR, sms_code.FACTOR, email_code.FACTOR, backup_code.FACTOR)
}
