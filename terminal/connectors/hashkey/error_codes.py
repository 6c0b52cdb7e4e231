"""Every error code of the HashKey MENA document, its class (PROTOCOLS 2.9) and what it means in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import NamedTuple


class Class(Enum):
    """PROTOCOLS 0.2, as far as this family uses it."""

    SUCCESS = auto()
    AUTH = auto()
    PERMISSION = auto()
    CLOCK_SKEW = auto()
    RATE_LIMIT = auto()
    INSUFFICIENT_FUNDS = auto()
    BAD_PRICE = auto()
    BAD_QUANTITY = auto()
    BAD_NOTIONAL = auto()
    BAD_SYMBOL = auto()
    BAD_REQUEST = auto()
    UNKNOWN_ORDER = auto()
    ALREADY_DONE = auto()
    DUPLICATE = auto()
    WOULD_CROSS = auto()
    LIMIT_EXCEEDED = auto()
    UNAVAILABLE = auto()
    UNSUPPORTED = auto()
    OUTCOME_UNKNOWN = auto()
    REJECTED = auto()


class Meaning(NamedTuple):
    kind: Class
    sentence: str


_C = Class

ERROR_CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        "200": Meaning(_C.SUCCESS, "Success"),
        "0000": Meaning(_C.SUCCESS, "Success"),
        "0001": Meaning(_C.BAD_REQUEST, "A required field is missing or invalid"),
        "0003": Meaning(_C.RATE_LIMIT, "Too many requests"),
        "0102": Meaning(_C.AUTH, "The API key is not valid here"),
        "0103": Meaning(_C.AUTH, "The API key has expired; renew it in the venue's account console"),
        "0104": Meaning(_C.PERMISSION, "This API key may not use that account"),
        "0201": Meaning(_C.BAD_SYMBOL, "The venue has no such instrument"),
        "0202": Meaning(_C.PERMISSION, "This machine's IP address is not on the API key's list"),
        "0206": Meaning(_C.BAD_REQUEST, "The venue does not take this order type"),
        "0207": Meaning(_C.BAD_PRICE, "The price is not valid"),
        "0209": Meaning(_C.BAD_PRICE, "The price has more digits than the tick allows"),
        "0210": Meaning(_C.BAD_PRICE, "The price is outside the allowed range"),
        "0211": Meaning(_C.UNKNOWN_ORDER, "The venue knows no such order"),
        "0212": Meaning(_C.ALREADY_DONE, "The order has ended already, or never existed"),
        "0401": Meaning(_C.INSUFFICIENT_FUNDS, "The free balance is too small"),
        "-1000": Meaning(_C.OUTCOME_UNKNOWN, "The venue met an unknown error"),
        "-1001": Meaning(_C.OUTCOME_UNKNOWN, "The venue met an internal error"),
        "-1002": Meaning(_C.AUTH, "The venue does not accept this API key in this environment"),
        "-1004": Meaning(_C.BAD_REQUEST, "The venue could not read the request's values"),
        "-1005": Meaning(_C.PERMISSION, "The API key has no permission for this"),
        "-1006": Meaning(_C.OUTCOME_UNKNOWN, "The venue does not know whether this was executed"),
        "-1007": Meaning(_C.OUTCOME_UNKNOWN, "The venue's own server did not answer in time"),
        "-1014": Meaning(_C.BAD_REQUEST, "The venue does not take this combination of order fields"),
        "-1015": Meaning(_C.RATE_LIMIT, "Too many new orders in a short time"),
        "-1020": Meaning(_C.UNSUPPORTED, "The venue does not support this operation"),
        "-1021": Meaning(_C.CLOCK_SKEW, "The request's time is outside the venue's window"),
        "-1024": Meaning(_C.DUPLICATE, "The venue has received this request before"),
        "-1101": Meaning(_C.UNAVAILABLE, "The venue has switched this feature off"),
        "-1115": Meaning(_C.BAD_REQUEST, "The time in force is not valid"),
        "-1117": Meaning(_C.BAD_REQUEST, "The side is not valid"),
        "-1123": Meaning(_C.BAD_REQUEST, "The client order id is not valid"),
        "-1124": Meaning(_C.BAD_PRICE, "The price is not valid"),
        "-1126": Meaning(_C.BAD_QUANTITY, "The quantity is not valid"),
        "-1129": Meaning(_C.BAD_REQUEST, "An order names either a quantity or a quote amount, not both"),
        "-1130": Meaning(_C.BAD_REQUEST, "A field of the request is not valid"),
        "-1132": Meaning(_C.BAD_PRICE, "The price is above the highest allowed price"),
        "-1133": Meaning(_C.BAD_PRICE, "The price is below the lowest allowed price"),
        "-1135": Meaning(_C.BAD_QUANTITY, "The quantity is above the largest allowed quantity"),
        "-1136": Meaning(_C.BAD_QUANTITY, "The quantity is below the smallest allowed quantity"),
        "-1137": Meaning(_C.BAD_QUANTITY, "The quantity has more digits than the lot allows"),
        "-1139": Meaning(_C.ALREADY_DONE, "The order has been filled"),
        "-1140": Meaning(_C.BAD_NOTIONAL, "The order's total is below the smallest allowed total"),
        "-1141": Meaning(_C.DUPLICATE, "An order with this client order id was taken before"),
        "-1142": Meaning(_C.ALREADY_DONE, "The order has been cancelled"),
        "-1143": Meaning(_C.UNKNOWN_ORDER, "The order is not on the book"),
        "-1144": Meaning(_C.REJECTED, "The order is locked and was not cancelled"),
        "-1145": Meaning(_C.UNSUPPORTED, "An order of this type cannot be cancelled"),
        "-1146": Meaning(_C.OUTCOME_UNKNOWN, "Creating the order took too long at the venue"),
        "-1147": Meaning(_C.OUTCOME_UNKNOWN, "Cancelling the order took too long at the venue"),
        "-1148": Meaning(_C.BAD_NOTIONAL, "The quote amount has too many digits"),
        "-1149": Meaning(_C.REJECTED, "The venue could not create the order"),
        "-1150": Meaning(_C.REJECTED, "The venue could not cancel the order"),
        "-1151": Meaning(_C.BAD_SYMBOL, "This pair is not open for trading"),
        "-1152": Meaning(_C.PERMISSION, "The venue knows no such user"),
        "-1153": Meaning(_C.BAD_REQUEST, "The price type is not valid"),
        "-1154": Meaning(_C.BAD_REQUEST, "The position side is not valid"),
        "-1155": Meaning(_C.UNAVAILABLE, "This pair cannot be traded over the API at present"),
        "-1156": Meaning(_C.WOULD_CROSS, "A maker-only order at this price would have traded at once"),
        "-1160": Meaning(_C.BAD_REQUEST, "There is no such account"),
        "-1161": Meaning(_C.REJECTED, "The transfer failed"),
        "-1162": Meaning(_C.BAD_REQUEST, "The contract address is not supported"),
        "-1163": Meaning(_C.BAD_REQUEST, "The withdrawal address is not valid"),
        "-1164": Meaning(_C.REJECTED, "The withdrawal failed"),
        "-1165": Meaning(_C.BAD_QUANTITY, "The withdrawal amount must be above zero"),
        "-1166": Meaning(_C.LIMIT_EXCEEDED, "The withdrawal is above the daily limit"),
        "-1167": Meaning(_C.BAD_QUANTITY, "The withdrawal is below the smallest allowed amount"),
        "-1168": Meaning(_C.BAD_QUANTITY, "The withdrawal amount is not valid"),
        "-1169": Meaning(_C.UNAVAILABLE, "Withdrawals are suspended"),
        "-1170": Meaning(_C.UNAVAILABLE, "Deposits are suspended"),
        "-1171": Meaning(_C.PERMISSION, "The withdrawal address is not on the list of allowed addresses"),
        "-1172": Meaning(_C.BAD_REQUEST, "The account to transfer from is not valid"),
        "-1173": Meaning(_C.BAD_REQUEST, "The account to transfer to is not valid"),
        "-1174": Meaning(_C.BAD_REQUEST, "A transfer needs two different accounts"),
        "-1175": Meaning(_C.BAD_REQUEST, "The fiat deposit status is not valid"),
        "-1176": Meaning(_C.BAD_REQUEST, "The fiat withdrawal status is not valid"),
        "-1177": Meaning(_C.BAD_REQUEST, "The fiat order type is not valid"),
        "-1182": Meaning(_C.PERMISSION, "A newly allowed withdrawal address can be used after 30 minutes"),
        "-1186": Meaning(_C.PERMISSION, "The API key may not place orders"),
        "-1193": Meaning(_C.LIMIT_EXCEEDED, "Too many orders have been created"),
        "-1194": Meaning(_C.UNAVAILABLE, "Market orders are not allowed at present"),
        "-1200": Meaning(_C.BAD_QUANTITY, "The quantity to buy is too small"),
        "-1201": Meaning(_C.BAD_QUANTITY, "The quantity to buy is too large"),
        "-1202": Meaning(_C.BAD_QUANTITY, "The quantity to sell is too small"),
        "-1203": Meaning(_C.BAD_QUANTITY, "The quantity to sell is too large"),
        "-1204": Meaning(_C.BAD_REQUEST, "A transfer must start from a main account"),
        "-1205": Meaning(_C.PERMISSION, "The account is not authorised for this"),
        "-1206": Meaning(_C.BAD_NOTIONAL, "The order's total is above the largest allowed total"),
        "-1207": Meaning(_C.BAD_REQUEST, "The deposit status is not valid"),
        "-1208": Meaning(_C.BAD_REQUEST, "The fiat order type is not valid"),
        "-1209": Meaning(_C.BAD_REQUEST, "The withdrawal status is not valid"),
        "-1210": Meaning(_C.BAD_QUANTITY, "The deposit is below the smallest allowed amount"),
        "-1211": Meaning(_C.DUPLICATE, "A withdrawal is already in progress"),
        "-1212": Meaning(_C.UNKNOWN_ORDER, "The venue knows no such deposit"),
        "-1213": Meaning(_C.REJECTED, "This deposit cannot be refunded in its present state"),
        "-1214": Meaning(_C.BAD_REQUEST, "The deposit's account does not exist"),
        "-1215": Meaning(_C.PERMISSION, "The user account is in an abnormal state"),
        "-1300": Meaning(_C.UNKNOWN_ORDER, "The venue knows no such deposit order"),
        "-1301": Meaning(_C.UNSUPPORTED, "Orders this old are available from the venue's support only"),
        "-1302": Meaning(_C.REJECTED, "A refund is not possible over the API in this order's state"),
        "-1303": Meaning(_C.REJECTED, "A refund is not possible over the API for this failure reason"),
        "-1304": Meaning(_C.BAD_REQUEST, "Supporting documents must be .jpg, .png or .jpeg images"),
        "-1305": Meaning(_C.BAD_REQUEST, "The image is larger than 1 MB"),
        "-2010": Meaning(_C.WOULD_CROSS, "A maker-only order at this price would have traded at once"),
        "-2011": Meaning(_C.REJECTED, "The venue refused to cancel the order"),
        "-2016": Meaning(_C.LIMIT_EXCEEDED, "Too many API keys have been created"),
        "-2017": Meaning(_C.LIMIT_EXCEEDED, "Too many open orders in this pair"),
        "-2018": Meaning(_C.LIMIT_EXCEEDED, "Too many trading users have been created"),
        "-2019": Meaning(_C.PERMISSION, "This kind of user may not log in to the app"),
        "-2020": Meaning(_C.PERMISSION, "This account may not trade this pair"),
        "-2021": Meaning(_C.PERMISSION, "This account may not trade this pair"),
        "-2022": Meaning(_C.BAD_REQUEST, "The batch holds too many orders"),
        "-2023": Meaning(_C.PERMISSION, "The venue asks for identity verification (KYC) first"),
        "-2024": Meaning(_C.BAD_REQUEST, "There is no such fiat account"),
        "-2025": Meaning(_C.BAD_REQUEST, "There is no such custody account"),
        "-2026": Meaning(_C.BAD_REQUEST, "The type is not valid"),
        "-2027": Meaning(_C.BAD_REQUEST, "The time range is longer than 30 days"),
        "-2028": Meaning(_C.BAD_REQUEST, "Only the last month can be asked for"),
        "-2029": Meaning(_C.BAD_REQUEST, "Only the last three months can be asked for"),
        "-2030": Meaning(_C.BAD_REQUEST, "The batch holds too many orders"),
        "-3117": Meaning(_C.PERMISSION, "The API key lacks the permission for this account"),
        "-3143": Meaning(_C.LIMIT_EXCEEDED, "The account is over its limit and cannot trade for now"),
        "-3144": Meaning(_C.LIMIT_EXCEEDED, "The account is over its limit and cannot transfer for now"),
        "-3145": Meaning(_C.RATE_LIMIT, "Requests come too frequently"),
        "-4000": Meaning(_C.BAD_REQUEST, "The bank account number is not valid"),
        "-4001": Meaning(_C.BAD_SYMBOL, "The venue has no such asset"),
        "-4002": Meaning(_C.BAD_QUANTITY, "The withdrawal is below the smallest allowed amount"),
        "-4003": Meaning(_C.INSUFFICIENT_FUNDS, "The balance is too small for this withdrawal"),
        "-4004": Meaning(_C.PERMISSION, "The bank account is not on the list of allowed accounts"),
        "-4005": Meaning(_C.BAD_SYMBOL, "The asset is not listed"),
        "-4006": Meaning(_C.PERMISSION, "The venue asks for identity verification (KYC) first"),
        "-4007": Meaning(_C.UNSUPPORTED, "This way of withdrawing is not available over the API"),
        "-4008": Meaning(_C.PERMISSION, "The currency is not available to this kind of customer"),
        "-4009": Meaning(_C.PERMISSION, "The API key may not withdraw"),
        "-4010": Meaning(_C.LIMIT_EXCEEDED, "The withdrawal is above the daily limit"),
        "-4011": Meaning(_C.OUTCOME_UNKNOWN, "The venue met a system error"),
        "-4012": Meaning(_C.BAD_REQUEST, "A field of the request is not valid"),
        "-4013": Meaning(_C.DUPLICATE, "This withdrawal was sent before; do not send it again"),
        "-4014": Meaning(_C.BAD_REQUEST, "The type of address list is not valid"),
        "-4016": Meaning(_C.AUTH, "The venue asks for a second factor; use a key that needs none"),
        "-4017": Meaning(_C.AUTH, "The second factor is wrong; use a key that needs none"),
        "-4018": Meaning(_C.AUTH, "The second factor was used before; use a key that needs none"),
        "-4019": Meaning(_C.LIMIT_EXCEEDED, "The withdrawal is above its limit and was refused"),
        "-4020": Meaning(_C.REJECTED, "The withdrawal fell outside operating hours and was refused"),
        "-5000": Meaning(_C.DUPLICATE, "This subscription order was sent before"),
        "-5001": Meaning(_C.BAD_REQUEST, "The fund code is not valid"),
        "-5002": Meaning(_C.BAD_REQUEST, "There is no such deposit address"),
        "-5003": Meaning(_C.BAD_REQUEST, "The address is not valid"),
        "-5004": Meaning(_C.REJECTED, "The address proof failed: another account has allowed this address"),
        "-5005": Meaning(_C.BAD_REQUEST, "The address proof failed: its signature is wrong"),
        "-5006": Meaning(_C.REJECTED, "The address proof failed: the address is allowed already"),
        "-5011": Meaning(_C.BAD_REQUEST, "There is no such subscription"),
        "-5012": Meaning(_C.BAD_REQUEST, "The subscription id is not known"),
        "-5013": Meaning(_C.REJECTED, "The subscription failed"),
        "-5021": Meaning(_C.BAD_REQUEST, "Either an amount to buy or one to sell must be named, not both"),
        "-5022": Meaning(_C.REJECTED, "The quote has expired; ask for a new one"),
        "-5023": Meaning(_C.INSUFFICIENT_FUNDS, "The fund position is too small"),
        "-5024": Meaning(_C.BAD_NOTIONAL, "The amount is below the smallest allowed amount"),
        "-5025": Meaning(_C.BAD_NOTIONAL, "The amount is above the largest allowed amount"),
        "-5026": Meaning(_C.BAD_SYMBOL, "The quote pair is not supported"),
        "-5027": Meaning(_C.BAD_REQUEST, "The order id is not valid"),
        "-5030": Meaning(_C.BAD_REQUEST, "A field of the request is too long"),
        "-5031": Meaning(_C.BAD_SYMBOL, "The quote pair is not supported"),
        "-5032": Meaning(_C.BAD_REQUEST, "A value has too many digits"),
        "-5033": Meaning(_C.BAD_REQUEST, "A value has too many digits"),
        "-5034": Meaning(_C.OUTCOME_UNKNOWN, "The venue could not make a client order id"),
        "-5035": Meaning(_C.REJECTED, "The venue refused the request"),
        "-5036": Meaning(_C.REJECTED, "The venue refused the request"),
    }
)

GLOBAL_ERROR_CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        **ERROR_CODES,
        "0002": Meaning(_C.AUTH, "The venue does not authorise this request; check the API key"),
        "-1138": Meaning(_C.ALREADY_DONE, "The order has ended already"),
        "-2030": Meaning(_C.INSUFFICIENT_FUNDS, "The free balance is too small"),
        "-2034": Meaning(_C.INSUFFICIENT_FUNDS, "The free balance is too small"),
        "-2038": Meaning(_C.INSUFFICIENT_FUNDS, "The free balance is too small"),
        "-100010": Meaning(_C.BAD_SYMBOL, "The venue has no such instrument"),
        "-100012": Meaning(_C.BAD_SYMBOL, "The request names no instrument that the venue has"),
    }
)
"""The codes at HashKey Global, whose own document lists none: as at MENA, but for those that its clients know to
mean something else there or that MENA does not have (PROTOCOLS 2.9)."""

STREAM_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "-100010": "The venue has no such instrument",
        "-100011": "The venue did not accept the subscription's parameters",
        "-10004": "The venue has no such stream topic",
        "-10001": "The venue could not read the subscription",
    }
)
"""Error codes of the public streams, observed; the document names none (PROTOCOLS 2.6 and 2.7)."""
