"""The pattern in Python: a queue, some threads that write what stands on it, and a program that goes on.

Written afresh after the article's description, with what it lacks: a write that fails is logged and listed, and that is all.
Reads one request as JSON from standard input; prints what came of it as JSON.
"""
import json
import logging
import queue
import sys
import threading
import time
from dataclasses import dataclass, field

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

log = logging.getLogger("writer")


@dataclass
class OutputTable:
    name: str
    data: object
    path: str
    partition_by: list
    options: dict
    done: threading.Event = field(default_factory=threading.Event)


class BackgroundWriter:
    def __init__(self, workers=4):
        self.tables = queue.Queue()
        self.submitted, self.completed, self.failed = [], [], []
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def submit_write(self, table):
        self.submitted.append(table)
        self.tables.put(table)

    def work(self):
        while True:
            table = self.tables.get()
            if table is None:
                self.tables.task_done()
                return
            try:
                write(table)
                self.completed.append(table.name)
            except Exception as error:
                log.error("failed to write %s: %s", table.name, error)
                self.failed.append(table.name)
            finally:
                table.done.set()
                self.tables.task_done()

    def wait_for_completion(self, timeout):
        self.tables.join()
        for table in self.submitted:
            table.done.wait(timeout)

    def shutdown(self):
        for _ in self.threads:
            self.tables.put(None)
        for thread in self.threads:
            thread.join()


def write(table):
    writer = table.data.write.mode("overwrite").options(**table.options)
    if table.partition_by:
        writer = writer.partitionBy(*table.partition_by)
    writer.parquet(table.path)


def plans(spark, job):
    """The three tables, each from the one before; what is held is found by its plan."""
    simulation = spark.range(0, job["rows"], 1, job["partitions"])
    for step in job["simulation"]:
        simulation = simulation.selectExpr(*step)
    yield "simulation", simulation
    transformation = simulation.selectExpr(*job["transformation"])
    yield "transformation", transformation
    aggregates = [F.expr(one) for one in job["aggregates"]]
    yield "aggregation", transformation.groupBy(job["groupBy"]).agg(*aggregates)


def main():
    logging.basicConfig(stream=sys.stderr)
    request = json.load(sys.stdin)
    job, way = request["job"], request["way"]
    spark = SparkSession.builder.remote(request["url"]).getOrCreate()
    spark.range(1).count()
    begin = time.perf_counter()
    writer = None if way == "synchronous" else BackgroundWriter()
    held, looks = [], {}
    for name, data in plans(spark, job):
        if way != "background, not held":
            data.cache()
            held.append(data)
        if way == "background, held by take(1)":
            data.take(1)
        elif way == "background, held in full":
            data.count()
        options = {"compression": "no such"} if name == request.get("broken") else {}
        path = f"{request['out']}/{name}"
        table = OutputTable(name, data, path, job["partitionBy"][name], options)
        if writer is None:
            write(table)
        else:
            writer.submit_write(table)
        # The program needs to know something of each table before it goes on.
        row = data.agg(*[F.expr(one) for one in job["look"][name]]).first()
        looks[name] = list(row)
    if writer is not None:
        writer.wait_for_completion(3600)
        writer.shutdown()
    for data in held:
        data.unpersist()
    seconds = time.perf_counter() - begin
    spark.stop()
    print(json.dumps({"seconds": seconds, "looks": looks}))


main()
