"""Results that the warehouse makes itself."""

import pyarrow as pa

NO_RESULT = pa.table({})


def texts(**columns: list[str | None]) -> pa.Table:
    """A table of texts from its columns."""
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
