"""The product catalogue: 500 products, the same ones in every run."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from generators.randomness import Draws, weighted_table


@dataclass(frozen=True, slots=True)
class Product:
    """Something for sale; the fields are the columns of the product dimension.

    Amounts are US dollars with two decimals. `end_of_life_date` is None for what is still sold.
    """

    product_number: int
    product_id: str
    sku: str
    product_name: str
    brand: str
    category_level_1: str
    category_level_2: str
    category_level_3: str
    color_family: str
    color_name: str
    size_range: str
    material_primary: str
    season_code: str
    launch_date: date
    end_of_life_date: date | None
    base_price: Decimal
    unit_cost: Decimal
    price_tier: str
    sustainability_flag: bool
    is_active: bool
    source_system: str = "pim"


PRODUCT_COUNT = 500
ACTIVE_SHARE = 0.9

BRANDS: tuple[str, ...] = (
    "Alderline",
    "Brightmoor",
    "Coastway",
    "Everpeak",
    "Harlow & Finch",
    "Kestrel",
    "Lumenwear",
    "Urban Tide",
)

_ALPHA, _BOTTOM, _SHOE, _ONE = "XS-XXL", "24-38", "5-13", "One Size"
_FABRICS = ("Cotton", "Linen", "Merino Wool", "Recycled Polyester")
_LEATHERS = ("Leather", "Suede", "Canvas", "Recycled Nylon")

# (level 1, level 2, size range, materials, level 3)
_CATEGORIES: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("apparel", "tops", _ALPHA, _FABRICS, ("t-shirts", "shirts", "sweaters", "hoodies")),
    ("apparel", "bottoms", _BOTTOM, ("Denim", *_FABRICS), ("jeans", "chinos", "shorts")),
    ("apparel", "outerwear", _ALPHA, ("Down", *_FABRICS[2:]), ("jackets", "coats", "vests")),
    ("apparel", "dresses", _ALPHA, ("Silk", *_FABRICS[:2]), ("casual dresses", "evening dresses")),
    ("accessories", "bags", _ONE, _LEATHERS, ("backpacks", "totes", "crossbody bags")),
    ("accessories", "headwear", _ONE, _FABRICS, ("caps", "beanies", "sun hats")),
    ("accessories", "belts", "S-XL", _LEATHERS[:3], ("dress belts", "casual belts")),
    ("footwear", "sneakers", _SHOE, _LEATHERS, ("running shoes", "court shoes", "slip-ons")),
    ("footwear", "boots", _SHOE, _LEATHERS[:2], ("ankle boots", "hiking boots")),
    ("footwear", "sandals", _SHOE, _LEATHERS, ("slides", "strappy sandals")),
)
_CATEGORY_WEIGHTS = (20, 15, 10, 8, 9, 6, 5, 14, 8, 5)

CATEGORY_LEVEL_2: tuple[str, ...] = tuple(category[1] for category in _CATEGORIES)

_COLORS: tuple[tuple[str, str], ...] = (
    ("black", "Jet Black"),
    ("black", "Charcoal"),
    ("white", "Optic White"),
    ("white", "Ivory"),
    ("blue", "Navy"),
    ("blue", "Sky Blue"),
    ("green", "Forest"),
    ("green", "Sage"),
    ("red", "Crimson"),
    ("red", "Burgundy"),
    ("brown", "Camel"),
    ("brown", "Chestnut"),
    ("gray", "Heather Gray"),
    ("pink", "Blush"),
    ("yellow", "Mustard"),
)
_SEASONS = ("ALL", "SS", "FW")
_TIER_FLOOR_AND_SPAN = ((29, 21), (50, 50), (100, 100), (200, 100))  # whole dollars below the .99
_TIER_WEIGHTS = (28, 37, 25, 10)

_FIRST_LAUNCH = date(2012, 1, 1)
_LAUNCH_DAYS = (date(2020, 1, 1) - _FIRST_LAUNCH).days
_FIRST_END_OF_LIFE = date(2020, 1, 1)
_END_OF_LIFE_DAYS = (date(2026, 1, 1) - _FIRST_END_OF_LIFE).days


def get_price_tier(base_price: Decimal) -> str:
    """The tier of a price in US dollars: budget to 50, mid to 100, premium to 200, then luxury."""
    if base_price <= 50:
        return "budget"
    if base_price <= 100:
        return "mid"
    return "premium" if base_price <= 200 else "luxury"


def _build_products() -> tuple[Product, ...]:
    draws = Draws("master", "products")
    rows = np.arange(PRODUCT_COUNT, dtype=np.int64)
    category = draws.choice("category", rows, weighted_table(_CATEGORY_WEIGHTS))
    tier = draws.choice("tier", rows, weighted_table(_TIER_WEIGHTS))
    floor_and_span = np.array(_TIER_FLOOR_AND_SPAN)[tier]
    dollars = floor_and_span[:, 0] + draws.below("dollars", rows, floor_and_span[:, 1])
    price_cents = dollars * 100 + 99
    lowest_cost = -(-price_cents * 30 // 100)
    highest_cost = price_cents * 50 // 100
    cost_cents = lowest_cost + draws.below("cost", rows, highest_cost - lowest_cost + 1)
    inactive = np.zeros(PRODUCT_COUNT, dtype=np.bool_)
    retired = PRODUCT_COUNT - round(PRODUCT_COUNT * ACTIVE_SHARE)
    inactive[np.argsort(draws.bits("active", rows), kind="stable")[:retired]] = True
    brand = draws.below("brand", rows, len(BRANDS))
    color = draws.below("color", rows, len(_COLORS))
    season = draws.choice("season", rows, weighted_table((50, 25, 25)))
    sustainable = draws.uniform("sustainable", rows) < 0.3
    launch = draws.below("launch", rows, _LAUNCH_DAYS)
    end_of_life = draws.below("end of life", rows, _END_OF_LIFE_DAYS)
    pick = draws.bits("material and type", rows)

    products = []
    for row in range(PRODUCT_COUNT):
        level_1, level_2, size_range, materials, types = _CATEGORIES[category[row]]
        material = materials[int(pick[row]) % len(materials)]
        level_3 = types[(int(pick[row]) >> 32) % len(types)]
        color_family, color_name = _COLORS[color[row]]
        base_price = Decimal(int(price_cents[row])).scaleb(-2)
        products.append(
            Product(
                product_number=row + 1,
                product_id=f"PROD_{row + 1:06d}",
                sku=f"SKU_{row + 1:06d}",
                product_name=f"{BRANDS[brand[row]]} {color_name} {material} {level_3.title()}",
                brand=BRANDS[brand[row]],
                category_level_1=level_1,
                category_level_2=level_2,
                category_level_3=level_3,
                color_family=color_family,
                color_name=color_name,
                size_range=size_range,
                material_primary=material,
                season_code=_SEASONS[season[row]],
                launch_date=_FIRST_LAUNCH + timedelta(days=int(launch[row])),
                end_of_life_date=(
                    _FIRST_END_OF_LIFE + timedelta(days=int(end_of_life[row]))
                    if inactive[row]
                    else None
                ),
                base_price=base_price,
                unit_cost=Decimal(int(cost_cents[row])).scaleb(-2),
                price_tier=get_price_tier(base_price),
                sustainability_flag=bool(sustainable[row]),
                is_active=not inactive[row],
            )
        )
    return tuple(products)


PRODUCT_CATALOG: tuple[Product, ...] = _build_products()

SKUS: tuple[str, ...] = tuple(product.sku for product in PRODUCT_CATALOG)

ACTIVE_PRODUCTS: tuple[Product, ...] = tuple(
    product for product in PRODUCT_CATALOG if product.is_active
)

ACTIVE_SKUS: tuple[str, ...] = tuple(product.sku for product in ACTIVE_PRODUCTS)

_BY_SKU = {product.sku: product for product in PRODUCT_CATALOG}


def get_product_by_sku(sku: str) -> Product:
    """The product with a SKU.

    Raises:
        LookupError: No product has the SKU.
    """
    try:
        return _BY_SKU[sku]
    except KeyError:
        raise LookupError(
            f"SKU {sku!r} is not in the master data; known: {SKUS[0]} to {SKUS[-1]}"
        ) from None
