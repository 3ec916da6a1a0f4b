"""Tables and columns carry their descriptions in the database, and loads don't write them again."""

import re
from pathlib import Path

from tests.support.dbt_forks import DbtForks, Run
from tests.support.duckdb_warehouse import Row, Warehouse, copy_project

MODELS = ["bronze_pos_transactions", "silver_pos_deliveries", "silver_pos_line_items"]
DESCRIPTIONS = f"""
    select * from (
        select table_name, null as column_name, comment from duckdb_tables()
        union all
        select view_name, null, comment from duckdb_views()
        union all
        select table_name, column_name, comment from duckdb_columns()
    )
    where table_name in {tuple(MODELS)}
    order by all
"""


def described(run: Run) -> set[str]:
    """What a run wrote a description of."""
    return set(re.findall(r'comment on \w+ "retail"."main"."(\w+)"', "\n".join(run.statements)))


def test_a_description_is_written_once_and_again_where_it_differs(tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    copy_project(folder)
    dbt = DbtForks(folder)
    warehouse = Warehouse(folder, dbt)
    load = ["run", "--select", *MODELS]

    assert described(warehouse.run(*load)) == set(MODELS)
    written: list[Row] = warehouse.rows(DESCRIPTIONS)
    assert {table for table, _, _ in written} == set(MODELS)
    assert all(comment for _, _, comment in written)

    assert described(warehouse.run(*load)) == {"silver_pos_line_items"}  # a view is made anew
    warehouse.execute("comment on column silver_pos_deliveries._delivery is 'another'")
    warehouse.execute("comment on table bronze_pos_transactions is null")
    assert warehouse.rows(DESCRIPTIONS) != written
    assert described(warehouse.run(*load)) == set(MODELS)
    assert warehouse.rows(DESCRIPTIONS) == written
    dbt.close()
