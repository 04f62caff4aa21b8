# Makes the files of this folder: the rows of ../damaged-rows.ts in Arrow with buffers that are compressed with lz4, which our writer does
# not write. Its argument is a file with those rows that `arrow(path)` wrote. pip install pyarrow==26.0.1 && python write_with_pyarrow.py FILE
import sys
from pathlib import Path

import pyarrow.ipc as ipc

folder = Path(__file__).parent
table = ipc.open_file(sys.argv[1]).read_all()
options = ipc.IpcWriteOptions(compression="lz4")
with ipc.new_file(folder / "nested-lz4.arrow", table.schema, options=options) as file:
    file.write_table(table, max_chunksize=40)
with ipc.new_stream(folder / "nested-lz4.arrows", table.schema, options=options) as stream:
    stream.write_table(table, max_chunksize=40)
