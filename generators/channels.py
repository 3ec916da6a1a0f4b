"""The sales channels."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in which customers buy; the fields are the columns of the channel dimension.

    `commission_rate` is in percent of the sale.
    """

    channel_number: int
    channel_code: str
    channel_name: str
    channel_type: str
    channel_category: str
    device_category: str
    is_digital: bool
    is_owned: bool
    commission_rate: Decimal
    source_system: str = "oms"


_FREE = Decimal("0.00")

CHANNELS: tuple[Channel, ...] = (
    Channel(1, "WEB_DESKTOP", "Website - Desktop", "online", "web", "desktop", True, True, _FREE),
    Channel(2, "WEB_MOBILE", "Website - Mobile", "online", "web", "mobile", True, True, _FREE),
    Channel(3, "APP_IOS", "iOS Mobile App", "online", "mobile_app", "mobile", True, True, _FREE),
    Channel(
        4, "APP_ANDROID", "Android Mobile App", "online", "mobile_app", "mobile", True, True, _FREE
    ),
    Channel(5, "STORE_POS", "Physical Store - POS", "offline", "store", "pos", False, True, _FREE),
    Channel(6, "STORE_KIOSK", "In-Store Kiosk", "hybrid", "store", "kiosk", True, True, _FREE),
    Channel(
        7, "SOCIAL_FB", "Facebook Shop", "online", "social", "mobile", True, False, Decimal("5.00")
    ),
    Channel(
        8,
        "MARKETPLACE_AMAZON",
        "Amazon Marketplace",
        "online",
        "marketplace",
        "desktop",
        True,
        False,
        Decimal("15.00"),
    ),
)

CHANNEL_CODES: tuple[str, ...] = tuple(channel.channel_code for channel in CHANNELS)

POS_CHANNEL = "STORE_POS"
"""The channel of every sale at a till."""

MARKETPLACE_CHANNEL = "MARKETPLACE_AMAZON"
"""The channel of orders from somebody else's shop, whose sessions are not seen here."""

SESSION_CHANNELS: tuple[Channel, ...] = tuple(
    channel
    for channel in CHANNELS
    if channel.channel_type == "online" and channel.channel_category != "marketplace"
)
"""The channels in which customers' sessions are seen."""

_BY_CODE = {channel.channel_code: channel for channel in CHANNELS}


def get_channel_by_code(code: str) -> Channel:
    """The channel with a code.

    Raises:
        LookupError: No channel has the code.
    """
    try:
        return _BY_CODE[code]
    except KeyError:
        raise LookupError(
            f"channel code {code!r} is not in the master data; known: {', '.join(CHANNEL_CODES)}"
        ) from None
