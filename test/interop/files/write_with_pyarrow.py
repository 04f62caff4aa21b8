# Makes the files of this folder's `pyarrow`: every type that a schema has, as pyarrow writes it, with the values in JSON beside it.
# They are kept, so that tests need no Python: pip install pyarrow==26.0.1 && python write_with_pyarrow.py
import json
import struct
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

folder = Path(__file__).parent / "pyarrow"
folder.mkdir(exist_ok=True)

day = 86_400
counts = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
instants = [0, 1, -1, 1_700_000_000, -9_000_000_000]
signed = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
unsigned = {8: pa.uint8(), 16: pa.uint16(), 32: pa.uint32(), 64: pa.uint64()}

# Of each column its type and its values: counts for times, text for decimals, hexadecimal digits for bytes.
columns = {"bool": (pa.bool_(), [True, False])}
for bits, kind in signed.items():
    columns[f"int{bits}"] = (kind, [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1])
for bits, kind in unsigned.items():
    columns[f"uint{bits}"] = (kind, [2**bits - 1, 0, 1])
floats = ["0", "-0", "NaN", "Infinity", "-Infinity", "1.5", "-0.25"]
for bits, kind in {16: pa.float16(), 32: pa.float32(), 64: pa.float64()}.items():
    columns[f"float{bits}"] = (kind, floats)
columns["decimal5"] = (pa.decimal128(5, 2), ["-999.99", "999.99", "0.00", "0.01"])
columns["decimal38"] = (pa.decimal128(38, 10), ["-1234567890123456789012345678.0123456789", "0.0000000001"])
columns["decimal76"] = (pa.decimal256(76, 3), ["9" * 73 + ".999", "-0.001"])
for unit, count in counts.items():
    values = [one * count + (count - 1) * (one > 1) for one in instants]
    columns[f"timestamp_{unit}"] = (pa.timestamp(unit), values)
    columns[f"timestamp_{unit}_zurich"] = (pa.timestamp(unit, tz="Europe/Zurich"), values)
    columns[f"duration_{unit}"] = (pa.duration(unit), values)
    kind = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    columns[f"time_{unit}"] = (kind, [0, day * count - 1, count])
columns["date"] = (pa.date32(), [0, -1, 19_675, -100_000, 2_932_896])
texts = ["", "a", "ä€🦆", "\u0000", "\ufeffb", "a\nb"]
columns["text"] = (pa.string(), texts)
columns["large_text"] = (pa.large_string(), texts)
columns["binary"] = (pa.binary(), ["", "00ff", "c328"])
columns["large_binary"] = (pa.large_binary(), ["", "00ff"])
columns["fixed_binary"] = (pa.binary(3), ["000102", "ffffff"])
columns["word"] = (pa.dictionary(pa.int32(), pa.string()), ["one", "two", "one", ""])
columns["none"] = (pa.null(), [])
numbers = [[1, None, -3], [], [2**31 - 1]]
columns["list"] = (pa.list_(pa.int32()), numbers)
columns["large_list"] = (pa.large_list(pa.int32()), numbers)
columns["fixed_list"] = (pa.list_(pa.int32(), 2), [[1, 2], [None, -3]])
inner = pa.struct([("a", pa.int32()), ("b", pa.string()), ("c", pa.list_(pa.struct([("d", pa.float64())])))])
columns["struct"] = (inner, [{"a": 1, "b": "x", "c": [{"d": 0.5}, None]}, {"a": None, "b": None, "c": None}, {"a": 2, "b": "", "c": []}])
columns["map"] = (pa.map_(pa.string(), pa.int32()), [[("a", 1), ("b", None)], [], [("", -1)]])
rows = 20


def half(text: str) -> float:
    return struct.unpack("<e", struct.pack("<e", float(text)))[0]


def given(kind: pa.DataType, value):
    """The value as pyarrow takes it."""
    if value is None:
        return None
    if pa.types.is_float16(kind):
        return half(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return bytes.fromhex(value)
    return value


def array(kind: pa.DataType, values: list) -> pa.Array:
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return pa.array(values, pa.int32()).cast(kind)
    if pa.types.is_temporal(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array([given(kind, one) for one in values], kind)


def filled(values: list) -> list:
    """Values at every place, a null after each round of them, and nothing but nulls at the end."""
    cycle = [*values, None]
    return [cycle[row % len(cycle)] if row < rows - 3 else None for row in range(rows)]


def plain(value):
    """JSON has whole numbers of 53 bits alone, for most of its readers."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


wanted = {name: filled(values) for name, (_, values) in columns.items()}
table = pa.table({name: array(kind, wanted[name]) for name, (kind, _) in columns.items()})
(folder / "types.json").write_text(json.dumps({name: plain(values) for name, values in wanted.items()}, indent=1) + "\n")

batches = table.to_batches(max_chunksize=7)
for compression in [None, "lz4", "zstd"]:
    options = ipc.IpcWriteOptions(compression=compression)
    ending = "" if compression is None else f"-{compression}"
    with ipc.new_file(folder / f"types-file{ending}.arrow", table.schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    with ipc.new_stream(folder / f"types-stream{ending}.arrow", table.schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)

# Parquet has no decimals of 76 digits that others agree on.
stored = table.drop_columns(["decimal76"])
for name, options in {
    "none-v1": {"compression": "none", "data_page_version": "1.0"},
    "snappy-v2": {"compression": "snappy", "data_page_version": "2.0", "row_group_size": 7},
    "gzip": {"compression": "gzip", "use_dictionary": False, "write_page_checksum": True},
    "brotli": {"compression": "brotli", "write_page_index": True, "data_page_size": 1},
    "zstd": {"compression": "zstd", "store_schema": False},
    "lz4": {"compression": "lz4", "use_compliant_nested_type": False},
}.items():
    pq.write_table(stored, folder / f"types-{name}.parquet", **options)

split = ["int32", "int64", "float16", "float32", "float64", "fixed_binary", "decimal5"]
encoded = {name: "BYTE_STREAM_SPLIT" for name in split}
encoded |= {"int8": "DELTA_BINARY_PACKED", "int16": "DELTA_BINARY_PACKED", "date": "DELTA_BINARY_PACKED"}
encoded |= {"text": "DELTA_BYTE_ARRAY", "binary": "DELTA_LENGTH_BYTE_ARRAY", "bool": "RLE"}
pq.write_table(stored.select(list(encoded)), folder / "encodings.parquet", use_dictionary=False, column_encoding=encoded)

# INT96, within what 64 bits of nanoseconds hold, and beyond them.
near = pa.table({"at": pa.array([0, -1, None, 9_223_372_036_854_775, -9_223_372_036_854_775], pa.timestamp("us"))})
pq.write_table(near, folder / "int96.parquet", use_deprecated_int96_timestamps=True)
far = pa.table({"at": pa.array([0, 253_402_225_200_000_000], pa.timestamp("us"))})
pq.write_table(far, folder / "int96-far.parquet", use_deprecated_int96_timestamps=True)
lists = pa.table({"at": pa.array([[0, None], [], None, [253_402_225_200_000_000]], pa.list_(pa.timestamp("us")))})
pq.write_table(lists, folder / "int96-far-list.parquet", use_deprecated_int96_timestamps=True)
