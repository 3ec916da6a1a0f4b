"""Master data from export to export: dated values, members that stay, keys that belong to ids."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from tests.support.duckdb_warehouse import click, differences, item, movement, order, sale
from tests.support.lists import Company, Member, channel, companies_in, customer, location, product

BEGINNING, END = date(1900, 1, 1), date(9999, 12, 31)
FIRST_OF_FEBRUARY = date(2026, 2, 1)

SOLD = """
    select transaction_id, product_key, customer_key, tax_amount, gross_margin_amount
    from gold_sales_fact order by transaction_id, line_number
"""
STOCK = """
    select sku, local_date, quantity_on_hand, inventory_value_cost, inventory_value_retail
    from gold_inventory_fact inner join gold_product_dim using (product_key)
    order by sku, local_date
"""


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Company]]:
    with companies_in(tmp_path_factory.mktemp("companies")) as companies:
        yield companies


@pytest.fixture
def company(companies: Iterator[Company]) -> Company:
    return next(companies)


def boots(id_: str, customer_id: str = "CUST_00000001", **fields: object) -> Member:
    """A pair of boots sold, at its price."""
    return sale(id_, items=[item(price=88.99)], customer_id=customer_id, **fields)


def money(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


def test_a_sale_has_the_cost_and_the_rate_of_its_day_whenever_it_is_loaded(
    company: Company,
) -> None:
    january, february = "2026-01-10T15:00:00Z", "2026-02-03T15:00:00Z"
    warehouse = company.warehouse
    warehouse.land_by_stream(
        "1.json",
        [
            boots("A", at=january),
            boots("B", "CUST_00000002", at=january),
            order("O", items=[item(price=88.99)], at=january),
            movement("M", quantity=10, at=january),
        ],
    )
    company.build()
    as_sold = money("7.90", "58.07")
    assert company.rows(SOLD) == [
        ("A", 1, 10_000_000, *as_sold),
        ("B", 1, 20_000_000, *as_sold),
    ]

    # From February on all is dearer, and one of the two customers is of another tier.
    changed = {
        "products": [
            product(1, unit_cost="40.00", base_price="99.99", updated_at="2026-02-01"),
            product(2),
        ],
        "locations": [location(1, state_tax_rate="0.1", updated_at="2026-02-01")],
        "customers": [customer(1, loyalty_tier="gold", updated_at="2026-02-01"), customer(2)],
    }
    warehouse.land_by_stream(
        "2.json",
        [boots("C", at=january), boots("D", at=february), movement("N", "sale", 1, at=february)],
    )
    company.build("2026-02-02", **changed)
    of_february = (FIRST_OF_FEBRUARY - BEGINNING).days
    expected = [
        ("A", 1, 10_000_000, *as_sold),
        ("B", 1, 20_000_000, *as_sold),
        ("C", 1, 10_000_000, *as_sold),
        ("D", 1, 10_000_000 + of_february, *money("8.90", "48.99")),
    ]
    assert company.rows(SOLD) == expected
    assert company.rows(STOCK) == [
        ("SKU_000001", date(2026, 1, 10), 10, *money("309.20", "889.90")),
        ("SKU_000001", date(2026, 2, 3), 9, *money("360.00", "899.91")),
    ]
    ordered = "select tax_amount, gross_margin_amount from gold_sales_fact_ecommerce"
    assert company.rows(ordered) == [as_sold]

    # A correction of what has nothing to do with money changes no money.
    warehouse.land("3.json", [boots("A", at=january, associate_id="SA-9", updated_at=february)])
    company.build("2026-03-01", **changed)
    assert company.rows(SOLD) == expected

    before = warehouse.tables()
    company.build("2026-04-01", "--full-refresh", **changed)
    assert not differences(before, warehouse.tables())
    assert company.rows(ordered) == [as_sold]


def test_a_change_that_is_dated_back_revalues_the_days_that_it_covers_and_no_others(
    company: Company,
) -> None:
    for name, day in (("A", "05"), ("B", "10"), ("C", "15")):
        at = f"2026-01-{day}T15:00:00Z"
        company.warehouse.land_by_stream(
            f"{name}.json", [boots(name, at=at), movement(name, at=at)]
        )
    company.build("2026-01-10")
    dearer = product(1, unit_cost="40.00", updated_at="2026-01-15")
    company.build("2026-01-20", products=[dearer])
    margins = "select gross_margin_amount from gold_sales_fact order by transaction_id"
    assert company.rows(margins) == [money("58.07"), money("58.07"), money("48.99")]

    # From the 10th on, it turns out; what was said of the 15th is no more.
    stamped = "select transaction_id from gold_sales_fact where _ingested_at is not null"
    run = company.build("2026-01-21", products=[dearer | {"updated_at": "2026-01-10"}])
    assert company.rows(margins) == [money("58.07"), money("48.99"), money("48.99")]
    assert [row[3] for row in company.rows(STOCK)] == [*map(Decimal, ("30.92", "80.00", "120.00"))]
    assert len(company.rows(stamped)) == 3
    logged = "\n".join(run.logged)
    assert "master data: came, left or changed are 1 product" in logged
    assert "gold_sales_fact: 2 rows are written again" in logged
    assert company.rows(
        "select valid_from, unit_cost from silver_product_history"
        " where sku = 'SKU_000001' order by valid_from"
    ) == [
        (BEGINNING, Decimal("30.92")),
        (date(2026, 1, 10), Decimal("40.00")),
    ]


def test_who_leaves_the_list_stays_and_comes_back_under_the_same_key(company: Company) -> None:
    warehouse = company.warehouse
    warehouse.land_by_stream(
        "1.json",
        [
            boots("A"),
            order("O", items=[item(price=88.99)], shipping_address={"state": "NY"}),
            movement("M", quantity=10),
            click("K", customer_id="CUST_00000001"),
        ],
    )
    company.build()
    before = warehouse.tables()
    left = {
        "products": [product(2)],
        "locations": [location(2, state_province="CA")],
        "channels": [channel(7, "APP")],
        "customers": [customer(2)],
    }
    run = company.build(**left)
    logged = "\n".join(run.logged)
    assert (
        "master_products.csv: no longer in the export, kept as inactive: 1 (SKU_000001)" in logged
    )
    assert not differences(before, warehouse.tables())
    active = [
        ("select is_active from gold_product_dim where sku = 'SKU_000001'", False),
        ("select is_active from gold_location_dim where location_id = 'LOC_001'", False),
        ("select is_active from gold_channel_dim where channel_code = 'STORE_POS'", False),
        ("select is_active from gold_product_dim where sku = 'SKU_000002'", True),
    ]
    assert [company.rows(query) for query, _ in active] == [[(is_,)] for _, is_ in active]

    # Also what comes later, and a full refresh, know them.
    warehouse.land_by_stream("2.json", [boots("B"), movement("N", "sale", 1)])
    company.build("2026-01-21", **left)
    assert company.rows(STOCK)[0][2:] == (9, *money("278.28", "800.91"))
    before = warehouse.tables()
    company.build("2026-01-22", "--full-refresh", **left)
    assert not differences(before, warehouse.tables())
    company.build("2026-01-23")
    assert not differences(before, warehouse.tables())
    assert [company.rows(query)[0][0] for query, _ in active] == [True] * 4


def customer_versions(company: Company) -> list[tuple[object, ...]]:
    return company.rows(
        """
        select customer_key, effective_date, expiration_date, loyalty_tier
        from gold_customer_dim where customer_id = 'CUST_00000001' order by all
        """
    )


def test_what_is_missing_gets_a_default_and_a_warning_and_a_mended_list_mends_it(
    company: Company,
) -> None:
    company.build()
    run = company.build(
        customers=[customer(1), customer(2), customer(3, lifetime_value="", loyalty_tier="")],
        products=[product(1, base_price="0.01"), product(2, unit_cost="abc", launch_date="soon")],
    )
    worth = """
        select lifetime_value, loyalty_tier from gold_customer_dim
        where customer_id = 'CUST_00000003' and is_current
    """
    assert company.rows(worth) == [(0, "unknown")]
    product_2 = "select unit_cost, launch_date from gold_product_dim where product_key = 2"
    assert company.rows(product_2) == [(Decimal("30.92"), None)]
    margin = "select margin_percent from gold_product_dim where product_key = 1"
    assert company.rows(margin) == [money("-309100.00")]
    run = company.warehouse.run("test", "--select", "tag:master_data")
    warnings = "\n".join(run.warnings)
    assert (
        "master_customers__values_are_usable is broken: customer_id CUST_00000003,"
        " unusable_columns loyalty_tier, lifetime_value" in warnings
    )
    assert "sku SKU_000002, unusable_columns launch_date, unit_cost" in warnings

    # The same updated_at as before.
    company.build(customers=[customer(1), customer(2), customer(3, lifetime_value="5.00")])
    assert company.rows(worth) == [(5, "silver")]
    assert company.warehouse.run("test", "--select", "tag:master_data").warnings == []


@pytest.mark.parametrize("time", ["", " 00:00:00", "T10:30:00", "T15:00:00-05:00"])
def test_of_two_changes_of_a_day_the_last_is_the_version(company: Company, time: str) -> None:
    company.build("2026-01-14")
    for tier in ("gold", "platinum"):
        changed = customer(1, loyalty_tier=tier, updated_at=f"2026-01-15{time}")
        company.build("2026-01-20", customers=[changed, customer(2)])
    assert customer_versions(company) == [
        (10_000_000, BEGINNING, date(2026, 1, 15), "silver"),
        (10_046_035, date(2026, 1, 15), END, "platinum"),
    ]


def test_versions_follow_what_the_list_says_now(company: Company) -> None:
    def build(on: str, **fields: str) -> list[tuple[object, ...]]:
        company.build(on, customers=[customer(1, **fields), customer(2)])
        return [(began, tier) for _, began, _, tier in customer_versions(company)]

    first = (BEGINNING, "silver")
    assert build("2026-01-01") == [first]
    assert build("2026-01-20", loyalty_tier="platinum", updated_at="2026-01-15") == [
        first,
        (date(2026, 1, 15), "platinum"),
    ]
    # Since the 10th already.
    since_10 = [first, (date(2026, 1, 10), "platinum")]
    assert build("2026-01-21", loyalty_tier="platinum", updated_at="2026-01-10") == since_10
    # A present value makes no version.
    late = {"loyalty_tier": "platinum", "updated_at": "2026-01-25", "lifetime_value": "9.99"}
    assert build("2026-01-25", **late) == since_10
    # Another tier, and the stamp was forgotten, or is none.
    gold = [*since_10, (date(2026, 1, 26), "gold")]
    assert build("2026-01-26", loyalty_tier="gold", updated_at="") == gold
    assert build("2026-01-27", loyalty_tier="gold", updated_at="") == gold
    assert build("2026-01-28", loyalty_tier="gold", updated_at="yesterday") == gold
    # A moment is a day in the calendar of the business: five in the morning in UTC is midnight.
    assert build("2026-02-01", loyalty_tier="silver", updated_at="2026-02-01T04:59:59Z") == [
        *gold,
        (date(2026, 1, 31), "silver"),
    ]
    # What is missing says nothing, whatever the day: other values hold from it on.
    tiers = customer_versions(company)
    assert len(tiers) == 4
    fields = {"loyalty_tier": "", "segment": "vip", "updated_at": "2026-01-15"}
    company.build("2026-02-02", customers=[customer(1, **fields), customer(2)])
    assert company.rows(
        """
        select effective_date, loyalty_tier, segment from gold_customer_dim
        where customer_id = 'CUST_00000001' order by all
        """
    ) == [
        (BEGINNING, "silver", "regular"),
        (date(2026, 1, 10), "platinum", "regular"),
        (date(2026, 1, 15), "platinum", "vip"),
        (date(2026, 1, 26), "gold", "vip"),
        (date(2026, 1, 31), "silver", "vip"),
    ]


def test_keys_cannot_meet_however_many_versions_there_are(company: Company) -> None:
    company.build("2026-01-20")
    company.warehouse.execute(
        """
        insert into silver_customer_history by name
        select * exclude (n) replace (
            cast(date '1990-01-01' + n as date) as valid_from, 'tier ' || n as loyalty_tier
        )
        from silver_customer_history
        cross join (select cast(range as int) as n from range(12000)) as days
        """
    )
    company.warehouse.run("run", "--select", "gold_customer_dim")
    versions = "select count(*), count(distinct customer_key) from gold_customer_dim"
    assert company.rows(f"{versions} where customer_key > 0") == [(24_002, 24_002)]


def test_keys_belong_to_ids_whatever_number_an_id_has(company: Company) -> None:
    warehouse = company.warehouse
    on_hand = """
        select sku, product_key, is_active, quantity_on_hand
        from gold_inventory_fact inner join gold_product_dim using (product_key)
        qualify row_number() over (partition by sku order by date_key desc) = 1
        order by sku
    """
    warehouse.land_by_stream("1.json", [movement("A", quantity=10), movement("B", "sale", 1)])
    company.build()
    # Product 1 gets another SKU, customer 2 another id, a place another one.
    renamed = {
        "products": [product(1, "SKU_900001"), product(2)],
        "customers": [customer(1), customer(2, "C-2")],
        "locations": [location(1, "PLACE"), location(2)],
    }
    warehouse.land_by_stream(
        "2.json",
        [
            movement("C", quantity=5, sku="SKU_900001", at="2026-01-06T10:00:00Z"),
            boots("S", "C-2", store_id="PLACE"),
        ],
    )
    company.build(**renamed)
    warehouse.land_by_stream(
        "3.json", [movement("D", quantity=1, sku="SKU_900001", at="2026-01-07T10:00:00Z")]
    )
    company.build(**renamed)
    first = 1_000_000_001
    assert company.rows(on_hand) == [("SKU_000001", 1, False, 9), ("SKU_900001", first, True, 6)]
    assert company.rows("select customer_key, location_key from gold_sales_fact") == [
        (first * 10_000_000, first)
    ]
    # Two SKUs that are swapped keep their keys.
    company.build(
        products=[product(1), product(2, "SKU_900001"), product(3, "SKU_000002", unit_cost="1.00")]
    )
    assert company.rows(
        "select sku, product_key, is_active, unit_cost from gold_product_dim order by sku"
    )[:3] == [
        ("SKU_000001", 1, True, Decimal("30.92")),
        ("SKU_000002", 2, True, Decimal("1.00")),
        ("SKU_900001", first, True, Decimal("30.92")),
    ]
    # Of several new ids with one number, the smallest takes it; without a number goes on.
    company.build(
        products=[
            product(1),
            product(2),
            product(7, "b"),
            product(7, "a"),
            product(0, "zero"),
            product(1, "none", product_number=""),
        ]
    )
    assert company.rows(
        "select sku, product_key from gold_product_dim where lower(sku) = sku order by product_key"
    ) == [("a", 7), ("b", first + 1), ("none", first + 2), ("zero", first + 3)]


def test_a_lost_history_gives_other_keys_and_facts_follow(company: Company) -> None:
    warehouse = company.warehouse
    renamed = {"products": [product(1, "SKU_900001"), product(2), product(3, "SKU_000001")]}
    events = [
        event
        for n, sku in enumerate(("SKU_000001", "SKU_900001", "SKU_000002"))
        for event in (
            movement(f"M{n}", quantity=n + 1, sku=sku, at=f"2026-01-0{n + 1}T15:00:00Z"),
            sale(f"S{n}", items=[item(sku)]),
        )
    ]
    warehouse.land_by_stream("1.json", events)
    company.build()
    company.build(**renamed)
    keys = "select sku, product_key from gold_product_dim where product_key > 0 order by sku"
    assert company.rows(keys)[0] == ("SKU_000001", 1)
    warehouse.execute("drop table silver_product_history")
    company.build(**renamed)
    assert company.rows(keys) == [("SKU_000001", 3), ("SKU_000002", 2), ("SKU_900001", 1)]
    before = warehouse.tables()
    assert company.rows(STOCK) == [
        ("SKU_000001", date(2026, 1, 1), 1, *money("30.92", "88.99")),
        ("SKU_000002", date(2026, 1, 3), 3, *money("92.76", "266.97")),
        ("SKU_900001", date(2026, 1, 2), 2, *money("61.84", "177.98")),
    ]
    company.build("2026-01-20", "--full-refresh", **renamed)
    assert not differences(before, warehouse.tables())


def test_a_member_that_was_a_mistake_can_be_taken_out(company: Company) -> None:
    company.warehouse.land_by_stream("1.json", [boots("A"), movement("M")])
    company.build()
    out = ["run-operation", "forget_member", "--args"]
    refused = company.warehouse.run(*out, "{list: product, id: SKU_000001}", check=False)
    assert "SKU_000001 is in master_products.csv: take it out there first" in "".join(
        refused.warnings
    )
    company.build(products=[product(2)])
    company.warehouse.run(*out, "{list: product, id: SKU_000001}")
    company.build(products=[product(2)])
    assert company.rows("select product_key from gold_sales_fact") == [(-1,)]
    assert company.rows("select product_key, quantity_on_hand from gold_inventory_fact") == [
        (-1, 1)
    ]
    unknown = company.warehouse.run(*out, "{list: product, id: SKU_000001}", check=False)
    assert "silver_product_history has no SKU_000001" in "".join(unknown.warnings)


def stopped(company: Company, **lists: list[Member]) -> str:
    """The line that stops a build of such lists, after which nothing is other than before."""
    before = company.warehouse.tables(without=())
    history = company.rows("select * from silver_product_history order by all")
    run = company.build("2026-01-21", check=False, **lists)
    assert company.warehouse.tables(without=()) == before
    assert company.rows("select * from silver_product_history order by all") == history
    (message,) = {m for node, m in run.messages.items() if run.nodes[node] == "error"}
    return next(
        line.strip() for line in message.splitlines() if "master_" in line and ".csv" in line
    )


def test_a_list_that_can_not_be_right_stops_the_build_in_one_line(company: Company) -> None:
    many = [product(n) for n in range(1, 101)]
    company.warehouse.land("1.json", [boots("A")])
    company.build(products=many)
    assert stopped(company, products=[*many, product(1), product(2)]) == (
        "master_products.csv: sku SKU_000001, SKU_000002 is there more than once:"
        " leave one row of each"
    )
    assert stopped(company, products=[*many, product(101, "")]) == (
        "master_products.csv: 1 of 101 rows have no sku: give each one"
    )
    assert stopped(company, products=many[:89]) == (
        "master_products.csv: 11 of 100 that the last export named are missing (SKU_000090,"
        " SKU_000091, SKU_000092, SKU_000093, SKU_000094, ...); if they are gone:"
        ' dbt build --vars "{allow_lost_members: true}"'
    )
    # A tenth may go, and so may more, where they are few.
    company.build(products=many[:90])
    company.build(products=many[:80])
    company.warehouse.run(
        *(
            "build",
            "--exclude-resource-type",
            "unit_test",
            "test",
            "--select",
            "silver.master_data",
        ),
        "--empty",
    )
    listed = "select count(*) from silver_product_history where is_listed"
    assert company.rows(listed) == [(80,)]


def test_a_list_may_gain_and_lose_columns(company: Company) -> None:
    company.build()
    without = [
        {c: v for c, v in product(1).items() if c not in ("product_number", "season_code")}
        | {"updated_at": "2026-01-15", "our_own": "x", "unit_cost": "31.00"}
    ]
    company.build(products=without)
    assert company.rows(
        "select product_key, season_code, unit_cost from gold_product_dim where sku = 'SKU_000001'"
    ) == [(1, "unknown", Decimal("31.00"))]
    assert company.warehouse.run("test", "--select", "tag:master_data").warnings == []
    company.build()
    assert company.rows("select season_code from gold_product_dim where product_key = 1") == [
        ("ALL",)
    ]


def test_what_dbts_snapshot_kept_is_taken_over(company: Company) -> None:
    company.warehouse.execute(
        """
        drop table silver_customer_history;
        create table customer_snapshot as
        select
            n as customer_number, 'CUST_0000000' || n as customer_id, 'a@example.com' as email,
            'A' as first_name, 'B' as last_name, 'regular' as segment, tier as loyalty_tier,
            cast(1 as decimal(18, 2)) as lifetime_value, date '2020-01-01' as acquisition_date,
            'WEB_DESKTOP' as acquisition_channel, 'STORE_POS' as preferred_channel,
            'bottoms' as preferred_category, 'West' as geo_region, 'San Diego' as geo_city,
            'LOC_001' as nearest_location_id, false as email_subscribe_flag,
            false as sms_subscribe_flag, 'crm' as source_system, said_at as updated_at,
            'x' as dbt_scd_id, said_at as dbt_updated_at, said_at as dbt_valid_from,
            cast(null as timestamp) as dbt_valid_to
        from (
            values (1, 'bronze', timestamp '2020-01-01'), (1, 'gold', '2025-05-01 08:00:00'),
                (1, 'silver', '2025-05-01 20:00:00'), (1, 'silver', '2025-06-01'),
                (3, 'gold', '2025-01-01')
        ) as versions (n, tier, said_at)
        """
    )
    as_before = [customer(1, updated_at="2025-06-01"), customer(2)]
    company.build("2026-01-20", customers=as_before)
    assert customer_versions(company) == [
        (10_000_000, BEGINNING, date(2025, 5, 1), "bronze"),
        (10_045_776, date(2025, 5, 1), END, "silver"),
    ]
    assert company.rows(
        "select customer_id, member_key, is_listed from silver_customer_history"
        " where customer_id <> 'CUST_00000001' order by all"
    ) == [("CUST_00000002", 2, True), ("CUST_00000003", 3, False)]
