"""Runs cases with PySpark's own client and prints, one JSON a line, what each gives in a form that loses nothing."""
import datetime
import decimal
import json
import sys

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window as W

epoch = datetime.datetime(1970, 1, 1)


def form(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, decimal.Decimal):
        return {"d": format(value, "f")}
    if isinstance(value, datetime.datetime):
        micros = (value - epoch) // datetime.timedelta(microseconds=1)
        return {"t": str(micros)}
    if isinstance(value, datetime.date):
        return {"day": value.isoformat()}
    if isinstance(value, (bytes, bytearray)):
        return {"hex": bytes(value).hex()}
    if isinstance(value, Row):
        return {"row": [[name, form(value[at])] for at, name in enumerate(value.__fields__)]}
    if isinstance(value, dict):
        return {"map": [[form(key), form(one)] for key, one in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [form(one) for one in value]}
    raise TypeError(f"no form for {type(value)}")


def main():
    request = json.load(sys.stdin)
    spark = SparkSession.builder.remote(request["url"]).getOrCreate()
    names = {"spark": spark, "F": F, "W": W}
    for name, query in request["tables"].items():
        names[name] = spark.sql(query)
    for code in request["cases"]:
        try:
            frame = eval(code, dict(names))
            types = [[field.name, field.dataType.simpleString()] for field in frame.schema.fields]
            rows = [form(row) for row in frame.collect()]
            answer = {"types": types, "rows": rows}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    spark.stop()


main()
