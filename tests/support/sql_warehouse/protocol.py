"""
The Thrift calls that databricks-sql-connector makes, answered by sessions of the engine.

A statement runs while its call is answered, and its first rows come with the answer. A call that
the connector does not make for dbt has no method here, which Thrift tells the client.
"""

import secrets
import threading
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

from tests.support.sql_warehouse.engine import Engine, Session
from tests.support.sql_warehouse.results import NO_RESULT
from tests.support.sql_warehouse.sql import StatementError

ROWS_AT_ONCE = 100_000

_OK = t.TStatus(statusCode=t.TStatusCode.SUCCESS_STATUS)
_TYPES = (
    (pa.types.is_boolean, t.TTypeId.BOOLEAN_TYPE),
    (pa.types.is_int8, t.TTypeId.TINYINT_TYPE),
    (pa.types.is_int16, t.TTypeId.SMALLINT_TYPE),
    (pa.types.is_int32, t.TTypeId.INT_TYPE),
    (pa.types.is_int64, t.TTypeId.BIGINT_TYPE),
    (pa.types.is_float32, t.TTypeId.FLOAT_TYPE),
    (pa.types.is_float64, t.TTypeId.DOUBLE_TYPE),
    (pa.types.is_date, t.TTypeId.DATE_TYPE),
    (pa.types.is_timestamp, t.TTypeId.TIMESTAMP_TYPE),
    (pa.types.is_decimal, t.TTypeId.DECIMAL_TYPE),
    (pa.types.is_binary, t.TTypeId.BINARY_TYPE),
    (pa.types.is_map, t.TTypeId.MAP_TYPE),
    (pa.types.is_list, t.TTypeId.ARRAY_TYPE),
    (pa.types.is_struct, t.TTypeId.STRUCT_TYPE),
    (pa.types.is_null, t.TTypeId.NULL_TYPE),
    (pa.types.is_string, t.TTypeId.STRING_TYPE),
)


@dataclass
class Operation:
    """A statement that was run: its rows and how many were fetched, or its error."""

    result: pa.Table
    error: str | None = None
    fetched: int = 0


class Protocol:
    """The methods of TCLIService, by the names that Thrift calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions: dict[bytes, Session] = {}
        self._operations: dict[bytes, Operation] = {}
        self._lock = threading.Lock()

    def OpenSession(self, request: Any) -> Any:  # noqa: N802
        """A new session, in the catalog and schema that the client names."""
        version = t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V7
        place = request.initialNamespace
        settings = request.configuration or {}
        try:
            session = self._engine.session(
                place and place.catalogName, place and place.schemaName, settings
            )
        except Exception as error:  # whatever it is, the client must hear of it
            return t.TOpenSessionResp(status=_failed(str(error)), serverProtocolVersion=version)
        handle = _new_handle()
        with self._lock:
            self._sessions[handle.guid] = session
        return t.TOpenSessionResp(
            status=_OK,
            serverProtocolVersion=version,
            sessionHandle=t.TSessionHandle(sessionId=handle, serverProtocolVersion=version),
            initialNamespace=place,
            canUseMultipleCatalogs=True,
            configuration=settings,
        )

    def CloseSession(self, request: Any) -> Any:  # noqa: N802
        """The end of a session."""
        with self._lock:
            self._sessions.pop(request.sessionHandle.sessionId.guid, None)
        return t.TCloseSessionResp(status=_OK)

    def ExecuteStatement(self, request: Any) -> Any:  # noqa: N802
        """Run a statement to its end; the answer has its first rows or its error."""
        session = self._sessions[request.sessionHandle.sessionId.guid]
        try:
            if request.parameters:
                raise StatementError("[UNSUPPORTED] parameters of statements are not emulated")
            operation = Operation(session.execute(request.statement))
        except StatementError as error:
            operation = Operation(NO_RESULT, str(error))
        identifier = _new_handle()
        with self._lock:
            self._operations[identifier.guid] = operation
        handle = t.TOperationHandle(
            operationId=identifier,
            operationType=t.TOperationType.EXECUTE_STATEMENT,
            hasResultSet=True,
        )
        first = t.TSparkDirectResults(operationStatus=_status(operation))
        if operation.error is None:
            first.resultSetMetadata = _metadata(operation)
            first.resultSet = _next_rows(operation, ROWS_AT_ONCE)
        return t.TExecuteStatementResp(status=_OK, operationHandle=handle, directResults=first)

    def _operation(self, request: Any) -> Operation:
        return self._operations[request.operationHandle.operationId.guid]

    def GetOperationStatus(self, request: Any) -> Any:  # noqa: N802
        """Whether a statement succeeded."""
        return _status(self._operation(request))

    def GetResultSetMetadata(self, request: Any) -> Any:  # noqa: N802
        """The columns of a result."""
        return _metadata(self._operation(request))

    def FetchResults(self, request: Any) -> Any:  # noqa: N802
        """More rows of a result."""
        operation = self._operation(request)
        rows = _next_rows(operation, request.maxRows or ROWS_AT_ONCE)
        if request.includeResultSetMetadata:
            rows.resultSetMetadata = _metadata(operation)
        return rows

    def CloseOperation(self, request: Any) -> Any:  # noqa: N802
        """A result is no longer needed."""
        with self._lock:
            self._operations.pop(request.operationHandle.operationId.guid, None)
        return t.TCloseOperationResp(status=_OK)


def _new_handle() -> Any:
    guid = secrets.token_bytes(16)
    return t.THandleIdentifier(guid=guid, secret=guid)


def _failed(message: str) -> Any:
    return t.TStatus(
        statusCode=t.TStatusCode.ERROR_STATUS,
        errorMessage=message,
        displayMessage=message,
        sqlState="42000",
    )


def _status(operation: Operation) -> Any:
    if operation.error is None:
        state = t.TOperationState.FINISHED_STATE
        return t.TGetOperationStatusResp(status=_OK, operationState=state, hasResultSet=True)
    return t.TGetOperationStatusResp(
        status=_OK,
        operationState=t.TOperationState.ERROR_STATE,
        errorMessage=operation.error,
        displayMessage=operation.error,
        sqlState="42000",
    )


def _column(position: int, field: pa.Field) -> Any:
    kind = next(kind for is_of, kind in _TYPES if is_of(field.type))
    qualifiers = None
    if kind == t.TTypeId.DECIMAL_TYPE:
        numbers = {"precision": field.type.precision, "scale": field.type.scale}
        qualifiers = t.TTypeQualifiers(
            {name: t.TTypeQualifierValue(i32Value=number) for name, number in numbers.items()}
        )
    entry = t.TTypeEntry(primitiveEntry=t.TPrimitiveTypeEntry(kind, qualifiers))
    return t.TColumnDesc(
        columnName=field.name, typeDesc=t.TTypeDesc(types=[entry]), position=position
    )


def _metadata(operation: Operation) -> Any:
    schema = operation.result.schema
    columns = [_column(position, field) for position, field in enumerate(schema, 1)]
    return t.TGetResultSetMetadataResp(
        status=_OK,
        schema=t.TTableSchema(columns=columns),
        resultFormat=t.TSparkRowSetType.ARROW_BASED_SET,
        lz4Compressed=False,
        arrowSchema=schema.serialize().to_pybytes(),
        isStagingOperation=False,
    )


def _next_rows(operation: Operation, count: int) -> Any:
    start = operation.fetched
    part = operation.result.slice(start, count)
    operation.fetched += part.num_rows
    batches = [
        t.TSparkArrowBatch(batch=batch.serialize().to_pybytes(), rowCount=batch.num_rows)
        for batch in part.combine_chunks().to_batches()
        if batch.num_rows
    ]
    rows = t.TRowSet(
        startRowOffset=start,
        rows=[],
        arrowBatches=batches,
        columnCount=len(operation.result.schema),
    )
    return t.TFetchResultsResp(
        status=_OK, hasMoreRows=operation.fetched < operation.result.num_rows, results=rows
    )
