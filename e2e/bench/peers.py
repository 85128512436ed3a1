"""What people would run instead of orgtrail, on the same files. Each step is a process of its own, so that its CPU and
memory are its own, and prints one JSON object.

    peers.py duckdb-ingest INPUT WORK      Parquet with zstd, fields and the record's text
    peers.py duckdb-table INPUT WORK       the same into a table of DuckDB's own
    peers.py chdb-ingest INPUT WORK        a MergeTree of ClickHouse
    peers.py duckdb-search INPUT WORK ROUNDS
    peers.py chdb-search INPUT WORK ROUNDS
    peers.py validate INPUT WORK           the validator of the AWS CLI, over files instead of S3
"""

import datetime
import glob
import json
import os
import resource
import sys
import time

# Field of the record, column, how DuckDB and ClickHouse take it out.
FIELDS = [
    ("recipientAccountId", "account"),
    ("awsRegion", "region"),
    ("eventName", "name"),
    ("eventSource", "source"),
    ("errorCode", "error"),
    ("userIdentity.arn", "principal"),
    ("userIdentity.type", "kind"),
    ("userIdentity.accessKeyId", "access_key"),
    ("sourceIPAddress", "ip"),
    ("userAgent", "agent"),
    ("eventID", "event_id"),
    ("readOnly", "read_only"),
]


def main():
    step, arguments = sys.argv[1], sys.argv[2:]
    steps = {
        "duckdb-ingest": duckdb_ingest,
        "duckdb-table": duckdb_table,
        "chdb-ingest": chdb_ingest,
        "duckdb-search": duckdb_search,
        "chdb-search": chdb_search,
        "validate": validate,
    }
    print(json.dumps(steps[step](*arguments)))


def measured(work):
    """Runs the work and gives back what it cost, with what it says of itself."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = work()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": after.ru_maxrss // 1024, **result}


def log_files(root):
    return os.path.join(root, "logs", "AWSLogs", "*", "*", "CloudTrail", "**", "*.json.gz")


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(path) for name in names)


# DuckDB: the records of a file as JSON, without turning each into DuckDB's own lists of JSON, which costs five times
# as much as reading.
def duckdb_select(root):
    columns = ", ".join(f"event->>'$.{field}' as {column}" for field, column in FIELDS)
    return f"""
        select (event->>'$.eventTime')::timestamp as t, {columns}, event::varchar as raw
        from (select unnest(json_extract(json, '$.Records[*]')) as event
              from read_json_objects('{log_files(root)}', format = 'unstructured', maximum_object_size = 1073741824))"""


def duckdb_ingest(root, work):
    import duckdb

    path = os.path.join(work, "events.parquet")
    connection = duckdb.connect()

    def load():
        connection.execute(f"copy ({duckdb_select(root)} order by t) to '{path}' (format parquet, compression zstd)")
        return {}

    result = measured(load)
    events = connection.execute(f"select count(*) from '{path}'").fetchone()[0]
    return {**result, "events": events, "bytes": size_of(path), "version": duckdb.__version__}


def duckdb_table(root, work):
    import duckdb

    path = os.path.join(work, "events.duckdb")
    connection = duckdb.connect(path)

    def load():
        connection.execute(f"create table events as {duckdb_select(root)}")
        connection.execute("checkpoint")
        return {}

    result = measured(load)
    events = connection.execute("select count(*) from events").fetchone()[0]
    connection.close()
    return {**result, "events": events, "bytes": size_of(path), "version": duckdb.__version__}


def clickhouse_select(root):
    def path(field):
        return ", ".join(f"'{part}'" for part in field.split("."))

    columns = ", ".join(f"JSONExtractString(event, {path(field)}) as {column}" for field, column in FIELDS[:-1])
    return f"""
        select parseDateTimeBestEffort(JSONExtractString(event, 'eventTime')) as t, {columns},
               JSONExtractRaw(event, 'readOnly') as read_only, event as raw
        from file('{log_files(root)}', 'JSONEachRow', 'Records Array(String)') array join Records as event
        settings input_format_json_read_objects_as_strings = 1, input_format_parallel_parsing = 0"""


def chdb_ingest(root, work):
    import chdb
    from chdb import session

    path = os.path.join(work, "chdb")
    engine = session.Session(path)
    columns = ", ".join(f"{column} {clickhouse_type(column)}" for _, column in FIELDS)

    def load():
        engine.query("create database if not exists bench")
        engine.query(
            f"create table bench.events (t DateTime('UTC'), {columns}, raw String codec(ZSTD(1)))"
            " engine = MergeTree order by (account, t)"
        )
        engine.query(f"insert into bench.events {clickhouse_select(root)}")
        return {}

    result = measured(load)
    events = int(engine.query("select count() from bench.events", "CSV").bytes())
    size = int(
        engine.query(
            "select sum(bytes_on_disk) from system.parts where database = 'bench' and active", "CSV"
        ).bytes()
    )
    engine.close()
    return {**result, "events": events, "bytes": size, "version": chdb.__version__}


def clickhouse_type(column):
    few = {"account", "region", "name", "source", "error", "principal", "kind", "agent", "read_only"}
    return "LowCardinality(String)" if column in few else "String"


# The classes of orgtrail's own step `search`, in SQL. {from} and {to} are times.
PAGE = "select t, account, name, principal, ip from events where {where} order by t desc limit 50"
BARS = "select {hour} as hour, count(*) from events where {where} group by 1 order by 1"
FACETS = ["account", "region", "name", "error", "principal", "ip", "agent", "read_only"]
FACET = "select {facet}, count(*) as n from events where {where} group by 1 order by n desc limit 10"

CLASSES = [
    ("latest, no filter", "true", None),
    ("one account", "account = '777788889999'", 7),
    ("one name and its errors", "name = 'GetObject' and {failed}", None),
    ("one network", "ip like '192.0.2.%'", None),
    ("one principal type", "kind = 'Root'", None),
    ("three filters", "account = '345678901234' and read_only = 'false' and region = 'us-east-1'", None),
    ("nothing matches", "name = 'NoSuchCall'", None),
    ("everything, 7 days", "true", 7),
    ("one name, 7 days", "name = 'GetObject'", 7),
    ("free text, rare", "{like} '%svc-cdn-sync%'", 3),
    ("free text, common", "{like} '%AccessDenied%'", 30),
]


def search(root, rounds, ask, dialect):
    with open(os.path.join(root, "about.json"), encoding="utf-8") as file:
        about = json.load(file)
    to = datetime.datetime.fromisoformat(about["anchor"].replace("Z", "+00:00"))
    classes = []
    for name, condition, days in CLASSES:
        start = to - datetime.timedelta(days=min(days or about["days"], about["days"]))
        where = (
            f"t >= {dialect['time'](start)} and t < {dialect['time'](to)} and "
            + condition.format(failed=dialect["failed"], like=dialect["like"])
        )
        page = PAGE.format(where=where)
        counts = [BARS.format(where=where, hour=dialect["hour"])]
        counts += [FACET.format(where=where, facet=facet) for facet in FACETS]
        cold = {"page_ms": timed(ask, [page]), "counts_ms": timed(ask, counts)}
        classes.append(
            {
                "name": name,
                "cold": cold,
                "page_ms": spread([timed(ask, [page]) for _ in range(rounds)]),
                "counts_ms": spread([timed(ask, counts) for _ in range(max(3, rounds // 2))]),
            }
        )
    return {"classes": classes}


def timed(ask, statements):
    started = time.perf_counter()
    for statement in statements:
        ask(statement)
    return (time.perf_counter() - started) * 1e3


def spread(times):
    times.sort()
    return {"p50": times[round((len(times) - 1) * 0.5)], "p95": times[round((len(times) - 1) * 0.95)]}


def plain(time_):
    return time_.strftime("%Y-%m-%d %H:%M:%S")


def duckdb_search(root, work, rounds):
    import duckdb

    connection = duckdb.connect()
    path = os.path.join(work, "events.parquet")
    connection.execute(f"create view events as select * from '{path}'")
    dialect = {
        "time": lambda at: f"timestamp '{plain(at)}'",
        "failed": "error is not null",
        "like": "raw like",
        "hour": "date_trunc('hour', t)",
    }
    return search(root, int(rounds), lambda sql: connection.execute(sql).fetchall(), dialect)


def chdb_search(root, work, rounds):
    from chdb import session

    engine = session.Session(os.path.join(work, "chdb"))
    engine.query("use bench")
    dialect = {
        "time": lambda at: f"toDateTime('{plain(at)}', 'UTC')",
        "failed": "error <> ''",
        "like": "raw like",
        "hour": "toStartOfHour(t)",
    }
    result = search(root, int(rounds), lambda sql: engine.query(sql, "CSV").bytes(), dialect)
    engine.close()
    return result


def validate(root, _work):
    """`aws cloudtrail validate-logs` for each account and Region: its own classes and loops, with clients that read
    files. So it is spared HTTP and signatures, which would be the larger part of its time."""
    from awscli.customizations.cloudtrail import validation

    with open(os.path.join(root, "about.json"), encoding="utf-8") as file:
        about = json.load(file)
    logs = os.path.join(root, "logs")
    start = validation.normalize_date(validation.parse_date(about["began_at"]))
    end = validation.normalize_date(validation.parse_date(about["anchor"]))
    clients = FileClients(logs, about)
    chains = sorted(
        (parts[-3], parts[-1])
        for parts in (path.split(os.sep) for path in glob.glob(os.path.join(logs, "AWSLogs/*/*/CloudTrail-Digest/*")))
    )

    def run():
        counts = {"digests": 0, "logs": 0, "invalid": 0}
        for account, region in chains:
            command = object.__new__(validation.CloudTrailValidateLogs)
            vars(command).update(
                trail_arn=about["trail_arn"], is_verbose=False, start_time=start, end_time=end, s3_bucket=None,
                s3_prefix=None, account_id=account, _source_region=region, s3_client_provider=clients,
                cloudtrail_client=clients, organization_client=clients, _valid_digests=0, _invalid_digests=0,
                _valid_backfill_digests=0, _invalid_backfill_digests=0, _valid_logs=0, _invalid_logs=0,
                _is_last_status_double_space=True, _found_start_time=None, _found_end_time=None,
            )
            command._write_status = lambda *_: None
            command._write_startup_text = lambda: None
            command._write_summary_text = lambda: None
            command._call()
            counts["digests"] += command._valid_digests + command._valid_backfill_digests
            counts["logs"] += command._valid_logs
            counts["invalid"] += (
                command._invalid_digests + command._invalid_backfill_digests + command._invalid_logs
            )
        return counts

    result = measured(run)
    # A validator that believes nothing has skipped the files, and would seem quick.
    if result["digests"] < result["invalid"]:
        raise RuntimeError(f"the validator refused nearly everything: {result}")
    return {**result, "chains": len(chains)}


class FileClients:
    """The clients that the validator asks, over a directory."""

    def __init__(self, root, about):
        self.root, self.about = root, about
        # The validator decodes the values itself.
        self.keys = about["public_keys"]["PublicKeyList"]
        self.found = []

    def get_client(self, _bucket):
        return self

    def list_public_keys(self, **_):
        return {"PublicKeyList": self.keys}

    def describe_trails(self, **_):
        trail = {"TrailARN": self.about["trail_arn"], "S3BucketName": self.about["bucket"], "IsOrganizationTrail": True}
        return {"trailList": [trail]}

    def describe_organization(self):
        return {"Organization": {"Id": self.about["organization"]["id"]}}

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        found = []
        for at, _, names in os.walk(os.path.join(self.root, Prefix)):
            keys = (os.path.relpath(os.path.join(at, name), self.root) for name in names)
            found += [key for key in keys if key > Marker and not key.endswith(".metadata.json")]
        self.found = sorted(found)
        return self

    def search(self, _expression):
        return iter(self.found)

    def get_object(self, Bucket, Key):
        from botocore.exceptions import ClientError

        path = os.path.join(self.root, Key)
        try:
            body = open(path, "rb")
        except FileNotFoundError:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject") from None
        metadata = {}
        if "CloudTrail-Digest" in Key:
            with open(path + ".metadata.json", encoding="utf-8") as file:
                metadata = json.load(file)
        return {"Body": body, "Metadata": metadata}


if __name__ == "__main__":
    main()
