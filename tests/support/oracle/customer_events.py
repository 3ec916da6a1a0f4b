"""gold_customer_event_fact: a row for each clickstream event."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote_plus

from tests.support.oracle.contract_values import date_key, time_key, typed_text
from tests.support.oracle.events import Click
from tests.support.oracle.master_data import MasterData


@dataclass(frozen=True)
class CustomerEvent:
    """A row of gold_customer_event_fact, with the natural ids behind its keys."""

    event_id: str
    session_id: str
    customer_key: int
    product_key: int
    channel_key: int
    date_key: int
    time_key: int
    event_type: str
    page_url: str
    search_term: str | None
    device_type: str
    browser: str
    referrer: str | None
    cart_items: int | None
    cart_value: Decimal | None
    order_id: str | None
    event_at: datetime
    sku: str | None
    channel_code: str | None
    customer_id: str | None
    local_date: date


def customer_events(clicks: Iterable[Click], master: MasterData) -> Iterator[CustomerEvent]:
    for click in clicks:
        local = master.local_time(click.at)
        yield CustomerEvent(
            event_id=click.id,
            session_id=click.session_id,
            customer_key=master.customer_key(click.customer_id, local.date()),
            product_key=master.product_key(click.sku),
            channel_key=master.channel_key(click.channel_code),
            date_key=date_key(local),
            time_key=time_key(local),
            event_type=click.event_type,
            page_url=click.page_url or "unknown",
            search_term=search_term(click),
            device_type=click.device_type or "unknown",
            browser=click.browser or "unknown",
            referrer=click.referrer,
            cart_items=click.cart_items,
            cart_value=click.cart_value,
            order_id=click.order_id,
            event_at=click.at,
            sku=click.sku,
            channel_code=click.channel_code,
            customer_id=click.customer_id,
            local_date=local.date(),
        )


def search_term(click: Click) -> str | None:
    """What was searched for: the first `q` in the query of the address, decoded."""
    if click.event_type != "search" or click.page_url is None:
        return None
    _, _, query = click.page_url.partition("#")[0].partition("?")
    for parameter in query.split("&"):
        name, equals, value = parameter.partition("=")
        if name == "q" and equals:
            return typed_text(decoded(value))
    return None


def decoded(text: str) -> str:
    """Percent-decoded, `+` a blank; the text itself where an escape is malformed."""
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        return text
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        return text
