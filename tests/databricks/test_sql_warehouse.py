"""The local SQL warehouse itself: what it refuses, what it takes down, and that streams add up."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sql.exc import Error, RequestError

from tests.support.sql_warehouse.log import Entry
from tests.support.sql_warehouse.process import ROOT, SqlWarehouse
from tests.support.sql_warehouse.server import LOOPBACK, PATH

pytestmark = [pytest.mark.databricks, pytest.mark.slow]

SCHEMA = "own_tests"


class Client:
    """A connection to the warehouse in a schema of these tests."""

    def __init__(self, warehouse: SqlWarehouse) -> None:
        self.warehouse = warehouse
        self.connection = warehouse.connect(SCHEMA)
        self.landing = warehouse.volumes / "main" / SCHEMA / "landing"
        self.landing.mkdir(parents=True, exist_ok=True)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def error(self, statement: str) -> str:
        with pytest.raises(Error) as caught:
            self.run(statement)
        return str(caught.value)

    def logged(self, statement: str) -> Entry:
        (entry,) = (e for e in self.warehouse.statements() if e.statement == statement)
        return entry

    def land(self, name: str, *lines: str) -> None:
        path = self.landing / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture(scope="module")
def client(sql_warehouse: SqlWarehouse) -> Iterator[Client]:
    client = Client(sql_warehouse)
    client.run(f"create schema main.{SCHEMA}")
    client.run(f"use schema {SCHEMA}")
    yield client
    client.connection.close()


def status_of_request(warehouse: SqlWarehouse, **changes: str) -> int:
    """The HTTP status of a request that is sound but for the changes."""
    connection = http.client.HTTPConnection(LOOPBACK, warehouse.port)
    headers = {
        "Host": f"{LOOPBACK}:{warehouse.port}",
        "Authorization": f"Bearer {warehouse.token}",
        "Content-Type": "application/x-thrift",
    }
    path = changes.pop("path", PATH)
    try:
        connection.request("POST", path, body=b"", headers=headers | changes)
        return connection.getresponse().status
    finally:
        connection.close()


# Who is served


def test_requests_for_another_host_are_refused(sql_warehouse: SqlWarehouse) -> None:
    assert status_of_request(sql_warehouse, Host="warehouse.example") == 403
    assert status_of_request(sql_warehouse, Host=f"warehouse.example:{sql_warehouse.port}") == 403


def test_requests_without_the_token_are_refused(sql_warehouse: SqlWarehouse) -> None:
    assert status_of_request(sql_warehouse, Authorization="Bearer local") == 401
    assert status_of_request(sql_warehouse, Authorization="") == 401


def test_other_paths_are_not_served(sql_warehouse: SqlWarehouse) -> None:
    assert status_of_request(sql_warehouse, path="/api/2.1/unity-catalog/tables") == 404


def test_only_loopback_is_listened_to(sql_warehouse: SqlWarehouse) -> None:
    port = f"{sql_warehouse.port:04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = {socket[1].split(":")[0] for socket in sockets if socket[1].endswith(f":{port}")}
    assert local == {"0100007F"}


def test_a_session_setting_that_it_does_not_know_is_an_error(sql_warehouse: SqlWarehouse) -> None:
    with pytest.raises(Error, match="use_cached_result"):
        sql_warehouse.connect(SCHEMA, session_configuration={"use_cached_result": "false"})


def test_a_call_that_it_does_not_answer_is_an_error(client: Client) -> None:
    with client.connection.cursor() as cursor, pytest.raises(RequestError):
        cursor.catalogs()


def test_it_ends_with_the_process_that_started_it_even_when_that_is_killed(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from tests.support.sql_warehouse.process import SqlWarehouse
warehouse = SqlWarehouse(Path({str(tmp_path / "files")!r}))
print(warehouse.pid, flush=True)
input()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    server = int(parent.stdout.readline())
    spark = children(server)
    assert spark
    with os.fdopen(os.pidfd_open(server)) as end_of_server:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_for(end_of_server.fileno())
    for process in spark:
        wait_for_process(process)


# Statements


@pytest.mark.parametrize(
    "statement",
    [
        "vacuum main.own_tests.anything",
        "create materialized view v as select 1",
        "create streaming table s frobnicated by (a) as select * from stream t",
        "alter streaming table s frobnicate",
        "frobnicate",
    ],
)
def test_a_statement_that_it_does_not_know_is_an_error(client: Client, statement: str) -> None:
    assert client.error(statement)
    assert client.logged(statement).error


def test_statement_parameters_are_refused(client: Client) -> None:
    with client.connection.cursor() as cursor, pytest.raises(Error, match="parameters"):
        cursor.execute("select :a", {"a": 1})


def test_every_statement_is_logged_with_what_became_of_it(client: Client) -> None:
    good, bad = "select 1 as logged union all select 2", "select nonsense as logged"
    client.run(good)
    client.error(bad)
    assert client.logged(good).rows == 2
    assert client.logged(good).error is None
    assert "UNRESOLVED_COLUMN" in (client.logged(bad).error or "")


def test_a_merge_that_would_change_a_row_twice_is_an_error(client: Client) -> None:
    client.run("create table merged using delta as select 1 as id, 'a' as text")
    merge = """
        merge into merged as t using (select * from values {} as s(id, text)) as s on t.id = s.id
        when matched and s.text is null then delete
        when matched then update set text = s.text
        when not matched then insert (id, text) values (s.id, s.text)
    """
    assert "MERGE_CARDINALITY_VIOLATION" in client.error(merge.format("(1, 'b'), (1, 'c')"))
    assert client.run("select * from merged") == [(1, "a")]
    client.run(merge.format("(1, 'b'), (2, 'c')"))
    assert client.run("select * from merged order by id") == [(1, "b"), (2, "c")]
    client.run(merge.format("(1, cast(null as string))"))
    assert client.run("select * from merged") == [(2, "c")]


def test_not_null_holds_for_rows_there_are_and_rows_to_come(client: Client) -> None:
    client.run("create table strict using delta as select 1 as id, cast(null as string) as text")
    client.run("alter table strict change column id set not null")
    assert "NOT_NULL" in client.error("insert into strict values (null, 'a')")
    assert "NOT_NULL" in client.error("alter table strict alter column text set not null")
    assert client.run("select * from strict") == [(1, None)]


def test_keys_need_what_they_need_on_databricks(client: Client) -> None:
    client.run("create table parent using delta as select 1 as id")
    client.run("create table child using delta as select 1 as parent_id")
    key = "alter table parent add constraint pk_parent primary key (id)"
    reference = (
        "alter table child add constraint fk_child foreign key (parent_id)"
        f" references main.{SCHEMA}.parent (id)"
    )
    assert "allows nulls" in client.error(key)
    assert "fk_child" in client.error(reference)
    client.run("alter table parent alter column id set not null")
    client.run(key)
    client.run(reference)
    assert client.run(
        """
        select constraint_name, constraint_type from main.information_schema.table_constraints
        where table_schema = 'own_tests' order by constraint_name
        """
    ) == [("fk_child", "FOREIGN KEY"), ("pk_parent", "PRIMARY KEY")]


def test_texts_of_an_insert_are_cast_to_the_types_of_the_columns(client: Client) -> None:
    client.run("create table seeded (n int, day date, rate decimal(5, 2), name string, ok boolean)")
    client.run(
        r"""
        insert overwrite seeded values
            ('1', '2026-01-31', '0.50', 'Presidents\' Day, \\ (2)', 'true'),
            (NULL, NULL, NULL, '', NULL)
        """
    )
    assert [tuple(map(str, row)) for row in client.run("select * from seeded order by n")] == [
        ("None", "None", "None", "", "None"),
        ("1", "2026-01-31", "0.50", r"Presidents' Day, \ (2)", "True"),
    ]
    assert "CAST_INVALID_INPUT" in client.error("insert into seeded values ('x','','','','')")


def test_a_query_limited_to_nothing_tells_the_columns_of_the_query(client: Client) -> None:
    query = """
        select id, cast(1.5 as decimal(18, 2)) as amount, date'2026-01-31' as day, array('a') as a,
            timestamp'2026-01-31 10:00:00' as at, named_struct('name', 'x') as item, true as is_it
        from range(2)
    """
    with client.connection.cursor() as cursor:
        full = cursor.execute(query).fetchall_arrow()
        none = cursor.execute(f"select * from ({query}) where false limit 0").fetchall_arrow()
    assert (full.num_rows, none.num_rows) == (2, 0)
    assert full.schema == none.schema
    assert "UNRESOLVED_COLUMN" in client.error("select nothing from range(2) limit 0")


def test_what_the_engine_cannot_do_is_taken_down_and_told_again(client: Client) -> None:
    client.run("create table noted using delta cluster by (id) as select 1 as id, 'a' as email")
    client.run("create function hide(value string, id int) returns string return '***'")
    changes = {
        "optimize noted": {"what": "optimize", "full": False},
        "alter table noted set tags ('pii' = 'yes')": {"what": "tags", "tags": {"pii": "yes"}},
        "alter table noted alter column email set tags ('pii' = 'mail')": {
            "what": "tags",
            "column": "email",
            "tags": {"pii": "mail"},
        },
        "alter table noted alter column email set mask main.own_tests.hide using columns (id)": {
            "what": "mask",
            "column": "email",
            "function": "main.own_tests.hide",
            "using": ["id"],
        },
        "grant select on table noted to `analysts`": {
            "what": "grant",
            "to": "analysts",
            "privileges": ["SELECT"],
        },
    }
    for statement, recorded in changes.items():
        client.run(statement)
        on = {"on": f"main.{SCHEMA}.noted"}
        assert client.logged(statement).recorded == [recorded | on]
    assert client.run(
        "select column_name, tag_value from system.information_schema.column_tags"
        f" where schema_name = '{SCHEMA}'"
    ) == [("email", "mail")]
    assert client.run("show grants on noted")[0][:2] == ("analysts", "SELECT")
    assert ("clusteringColumns", '[["id"]]') in client.run("show tblproperties noted")
    for what in changes:
        assert "noted2" in client.error(what.replace("noted", "noted2"))


def test_a_function_is_judged_by_spark_and_a_mask_needs_one(client: Client) -> None:
    client.run("create table masked using delta as select 'a' as email")
    mask = "alter table masked alter column email set mask shy"
    assert "shy" in client.error(mask)
    function = "create or replace function shy(value string) returns string comment 'x' return {}"
    assert "UNRESOLVED_COLUMN" in client.error(function.format("valeu"))
    client.run(
        function.format("case when is_account_group_member('crm') then value else '***' end")
    )
    client.run(mask)
    assert client.run(
        "select mask_name from main.information_schema.column_masks where table_name = 'masked'"
    ) == [(f"main.{SCHEMA}.shy",)]


# Files and streams


def test_text_files_are_lines_with_the_path_of_their_volume(client: Client) -> None:
    client.land("texts/a b.txt", "one", "two")
    client.land("texts/_hidden.txt", "three")
    assert client.run(
        f"""
        select value, _metadata.file_path
        from read_files(
            '/Volumes/main/{SCHEMA}/landing/texts/*.{{txt,txt.gz}}',
            format => 'text',
            schema => 'value string'
        )
        order by value
        """
    ) == [(line, f"dbfs:/Volumes/main/{SCHEMA}/landing/texts/a%20b.txt") for line in ("one", "two")]


def test_a_file_can_be_read_whole_or_not_at_all_and_a_folder_listed(client: Client) -> None:
    client.land("whole/a.json", "{", "}")
    folder = f"/Volumes/main/{SCHEMA}/landing/whole"
    text = f"'{folder}/*.json', format => 'text', schema => 'value string', wholeText => 'true'"
    assert client.run(f"select value from read_files({text})") == [("{\n}\n",)]
    states = f"read_files('{folder}/*.json', format => 'binaryFile')"
    assert client.run(
        "select _metadata.file_path, _metadata.file_size,"
        f" year(_metadata.file_modification_time) > 2000 from {states}"
    ) == [(f"dbfs:{folder}/a.json", 4, True)]
    (client.landing / "whole" / "empty").mkdir()
    assert client.run(f"list '{folder}'") == [
        (f"dbfs:{folder}/{name}", name) for name in ("a.json", "empty/")
    ]
    assert client.run(f"list '{folder}/empty'") == []
    assert "PATH_NOT_FOUND" in client.error(f"list '{folder}/none'")


def test_json_files_keep_corrupt_records_and_rescued_data(client: Client) -> None:
    client.land("json/a.json", '{"id": 1, "new": "x"}', '{"id": "many"}', "{", '{"id": 2}')
    path = f"dbfs:/Volumes/main/{SCHEMA}/landing/json/a.json"
    assert client.run(
        f"""
        select id, _corrupt_record is not null, get_json_object(_rescued_data, '$.new'),
            get_json_object(_rescued_data, '$.id'), get_json_object(_rescued_data, '$._file_path')
        from read_files(
            '/Volumes/main/{SCHEMA}/landing/json/', format => 'json',
            schema => 'id int, _corrupt_record string', rescuedDataColumn => '_rescued_data'
        )
        order by id nulls last, 2
        """
    ) == [
        (1, False, "x", None, path),
        (2, False, None, None, None),
        (None, True, None, "many", path),
        (None, True, None, None, None),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'/Volumes/main/own_tests/landing', format => 'text'", "schema"),
        ("'/Volumes/main/own_tests/landing', format => 'csv', schema => 'a int'", "csv"),
        (
            "'/Volumes/main/own_tests/landing', format => 'json', schema => 'a int',"
            " inferColumnTypes => 'true'",
            "inferColumnTypes",
        ),
        ("'/Volumes/main/own_tests/none', format => 'json', schema => 'a int'", "does not exist"),
        ("'/etc', format => 'text', schema => 'value string'", "no volume"),
    ],
)
def test_read_files_refuses_what_it_does_not_know(
    client: Client, arguments: str, message: str
) -> None:
    assert message in client.error(f"select * from read_files({arguments})")


def test_a_stream_over_files_takes_each_file_once_and_a_failed_refresh_none(client: Client) -> None:
    client.land("stream/1.txt", "1", "2")
    client.run(
        f"""
        create streaming table numbers (number int not null comment 'it\\'s a number')
        cluster by (number) comment 'all numbers' schedule every 2 hours
        as select cast(value as int) as number from STREAM read_files(
            '/Volumes/main/{SCHEMA}/landing/stream', format => 'text', schema => 'value string'
        )
        """
    )
    numbers = "select number from numbers order by number"
    assert client.run(numbers) == [(1,), (2,)]
    client.land("stream/0.txt", "3")
    client.land("stream/2.txt", "four")
    assert "CAST_INVALID_INPUT" in client.error("refresh streaming table numbers")
    assert client.run(numbers) == [(1,), (2,)]
    client.land("stream/2.txt", "4")
    client.run("refresh streaming table numbers")
    client.run("refresh streaming table numbers")
    assert client.run(numbers) == [(1,), (2,), (3,), (4,)]
    described = client.run(f"describe extended {SCHEMA}.numbers")
    assert ("number", "int", "it's a number") in described
    assert ("Refresh Schedule", "EVERY 2 HOURS", "") in described


def test_a_stream_over_a_table_takes_each_row_once_and_no_changed_row(client: Client) -> None:
    client.run("create table source using delta as select 1 as n")
    client.run("create streaming table copied as select n * 10 as n from STREAM source")
    client.run("insert into source values (2), (3)")
    client.run("refresh streaming table copied")
    client.run("refresh streaming table copied")
    assert client.run("select n from copied order by n") == [(10,), (20,), (30,)]
    client.run("update source set n = 4 where n = 3")
    assert "DELTA_SOURCE_TABLE_IGNORE_CHANGES" in client.error("refresh streaming table copied")


def test_a_changed_query_goes_on_with_new_files_and_adds_its_new_columns(client: Client) -> None:
    client.land("grown/1.txt", "a")
    source = (
        f"STREAM read_files('/Volumes/main/{SCHEMA}/landing/grown',"
        " format => 'text', schema => 'value string')"
    )
    client.run(f"create streaming table grown as select value from {source}")
    client.land("grown/2.txt", "b")
    client.run(
        "create or refresh streaming table grown"
        f" as select value, length(value) as size from {source}"
    )
    assert client.run("select * from grown order by value") == [("a", None), ("b", 1)]


def children(process: int) -> list[int]:
    """The processes that a process has started and that are running."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def wait_for_process(process: int) -> None:
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        wait_for(descriptor)
    finally:
        os.close(descriptor)


def wait_for(process: int) -> None:
    """Wait for the end of a process by its descriptor; a minute is too long."""
    import select

    ended, _, _ = select.select([process], [], [], 60)
    assert ended, "the process is still running"
