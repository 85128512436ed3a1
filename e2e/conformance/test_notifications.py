"""Queues that tell of new objects, and comparisons with the index, against moto's S3, SNS and SQS.

Every object lies in a day that no regular pass lists, so only a message can lead to it in the time of the test.
"""

import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from demo import ROOT
from stand_in import KEYS, REGION, Moto

ACCOUNT = "111122223333"
BUCKET = "trail-logs"
LIMIT_SECONDS = 240


def log_key(prefix: str, unique: str) -> str:
    return (
        f"{prefix}AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2025/01/02/"
        f"{ACCOUNT}_CloudTrail_{REGION}_20250102T0300Z_{unique:0>16}.json.gz"
    )


def log_file(event_id: str) -> bytes:
    record = {
        "eventVersion": "1.11", "eventID": event_id, "eventTime": "2025-01-02T02:55:00Z",
        "eventName": "PutObject", "eventSource": "s3.amazonaws.com", "awsRegion": REGION,
        "userIdentity": {"type": "Root", "accountId": ACCOUNT}, "recipientAccountId": ACCOUNT,
        "eventType": "AwsApiCall", "managementEvent": True, "eventCategory": "Management",
    }
    return gzip.compress(json.dumps({"Records": [record]}).encode())


class Installation:
    """`orgtrail serve` with one source in moto, and its queue."""

    def __init__(self, sources: dict, extra: tuple[str, ...] = ()) -> None:
        self.parent = pathlib.Path(tempfile.mkdtemp(prefix="orgtrail-notifications-"))
        # As root, Postgres runs as an unprivileged user, who must be able to pass through.
        self.parent.chmod(0o711)
        self.data = self.parent / "data"
        (self.parent / "sources.json").write_text(json.dumps(sources))
        self.log = (self.parent / "serve.log").open("wb")
        command = self.words("serve", "--listen", "127.0.0.1:0", *extra)
        command += ["--sources-file", str(self.parent / "sources.json")]
        self.server = subprocess.Popen(
            command, cwd=ROOT, stdout=self.log, stderr=self.log, env=self.environment()
        )
        self.wait_for("the server", self.is_ready)
        password = "a password of the test"
        self.run("user", "add", "analyst", "--role", "security-analyst", text=password)
        self.token = self.run("token", "analyst").stdout.strip()

    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        return kept | {"AWS_EC2_METADATA_DISABLED": "true"}

    def words(self, *words: object) -> list[str]:
        program = ROOT / os.environ.get("ORGTRAIL_BIN", "target/debug/orgtrail")
        common = ["--data-dir", self.data, "--allow-endpoint", "127.0.0.1"]
        return [str(word) for word in (program, words[0], *common, *words[1:])]

    def run(self, *words: object, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*words), cwd=ROOT, input=text + "\n", capture_output=True, text=True,
            timeout=120, env=self.environment(), check=False,
        )

    def is_ready(self) -> bool:
        if self.server.poll() is not None:
            raise RuntimeError((self.parent / "serve.log").read_text(errors="replace"))
        try:
            with urllib.request.urlopen(f"{self.address()}/readyz", timeout=10) as answer:
                return answer.status == 200
        except OSError:
            return False

    def address(self) -> str:
        return (self.data / "run/address").read_text().strip().rstrip("/")

    def get(self, path: str) -> dict | None:
        request = urllib.request.Request(f"{self.address()}/api/v1/{path}")
        request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def source(self) -> dict:
        return self.get("operations")["sources"][0]

    def has(self, event_id: str) -> bool:
        return self.get(f"events/{event_id}") is not None

    def wait_for(self, what: str, condition) -> None:
        limit = time.monotonic() + LIMIT_SECONDS
        while not condition():
            if time.monotonic() > limit:
                raise AssertionError(f"{what} did not come about: {self.tail()}")
            time.sleep(0.2)

    def tail(self) -> str:
        lines = (self.parent / "serve.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])

    def stop(self) -> None:
        self.server.terminate()
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()
        shutil.rmtree(self.parent, ignore_errors=True)


class Queues(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.stop)
        cls.s3, cls.sqs, cls.sns = (cls.moto.client(name) for name in ("s3", "sqs", "sns"))
        cls.s3.create_bucket(Bucket=BUCKET)
        dead = cls.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        policy = {"deadLetterTargetArn": cls.arn(dead), "maxReceiveCount": 2}
        # Visible again sooner than some rounds take, so messages arrive while they are worked on.
        attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(policy)}
        cls.queue = cls.sqs.create_queue(QueueName="new-objects", Attributes=attributes)["QueueUrl"]
        source = {
            "name": "trail", "bucket": BUCKET, "endpoint": cls.moto.endpoint, "region": REGION,
            "access_key_id": KEYS["aws_access_key_id"],
            "secret_access_key": KEYS["aws_secret_access_key"],
            "expects_digests": False, "queue_url": cls.queue,
        }
        cls.installation = Installation({"sources": [source]})
        cls.addClassCleanup(cls.installation.stop)
        # From now on only the last days are listed.
        listed = lambda: cls.installation.source()["listed_at"] is not None
        cls.installation.wait_for("the first pass", listed)

    @classmethod
    def arn(cls, queue: str) -> str:
        names = ["QueueArn"]
        answer = cls.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)
        return answer["Attributes"]["QueueArn"]

    def put(self, prefix: str = "") -> tuple[str, str]:
        """A new log file: its key, and the id of its event."""
        event_id = str(uuid.uuid4())
        key = log_key(prefix, event_id.replace("-", "")[:16])
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=log_file(event_id))
        return key, event_id

    def send(self, body: object) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=text)

    def counts(self) -> dict:
        return self.installation.source()["notifications"]["state"]["counts"]

    def must_arrive(self, *event_ids: str) -> None:
        for event_id in event_ids:
            self.installation.wait_for(
                f"the event {event_id}", lambda event_id=event_id: self.installation.has(event_id)
            )

    def record(self, key: str) -> dict:
        s3 = {"bucket": {"name": BUCKET}, "object": {"key": key}}
        return {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}

    def test_a_bucket_that_notifies_shortens_the_wait(self) -> None:
        configuration = {"QueueArn": self.arn(self.queue), "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [configuration]}
        )
        self.addCleanup(
            self.s3.put_bucket_notification_configuration,
            Bucket=BUCKET, NotificationConfiguration={},
        )
        _, plain = self.put()
        _, odd = self.put("team é + logs (1)/")
        self.must_arrive(plain, odd)

    def test_every_form_leads_to_its_object(self) -> None:
        keys, ids = zip(*(self.put() for _ in range(6)))
        self.send({"Records": [self.record(keys[0].replace("/", "%2F"))]})
        self.send([{"Records": [self.record(keys[1])]}])
        self.send(json.dumps(json.dumps({"Records": [self.record(keys[2])]})))
        detail = {"bucket": {"name": BUCKET}, "object": {"key": keys[3]}}
        self.send({"detail-type": "Object Created", "source": "aws.s3", "detail": detail})
        topic = self.sns.create_topic(Name="new-objects")["TopicArn"]
        for is_raw, key in (("false", keys[4]), ("true", keys[5])):
            subscription = self.sns.subscribe(
                TopicArn=topic, Protocol="sqs", Endpoint=self.arn(self.queue),
                Attributes={"RawMessageDelivery": is_raw}, ReturnSubscriptionArn=True,
            )["SubscriptionArn"]
            message = json.dumps({"s3Bucket": BUCKET, "s3ObjectKey": [key]})
            self.sns.publish(TopicArn=topic, Message=message)
            self.sns.unsubscribe(SubscriptionArn=subscription)
        self.must_arrive(*ids)

    def test_repeated_reordered_and_misleading_messages_do_no_harm(self) -> None:
        before = self.counts() if self.installation.source()["notifications"] else None
        key, event_id = self.put()
        gone = log_key("", "neverwritten")
        for body in (
            {"Records": [self.record(gone)]},
            {"Records": [self.record("AWSLogs/other.txt")]},
            {"Records": [self.record(key)]},
            {"Records": [self.record(key), self.record(key)]},
            {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET},
        ):
            self.send(body)
        self.must_arrive(event_id)

        def are_counted() -> bool:
            now = self.counts()
            more = {name: now[name] - (before or {}).get(name, 0) for name in now}
            return more["absent"] >= 1 and more["ignored"] >= 1 and more["other"] >= 1

        self.installation.wait_for("the counts", are_counted)
        event = self.installation.get(f"events/{event_id}")
        self.assertEqual(len(event["contents"]), 1)
        self.assertEqual(len(event["contents"][0]["deliveries"]), 1)

    def test_what_is_not_understood_becomes_a_dead_letter_and_is_shown(self) -> None:
        self.send("hello")
        key, event_id = self.put()
        # What is understood beside it is used.
        self.send([{"Records": [self.record(key)]}, {"what": "else"}])
        self.must_arrive(event_id)

        def are_dead() -> bool:
            state = self.installation.source()["notifications"]["state"]
            return (state["dead_letters"] or 0) >= 2 and state["counts"]["unknown"] >= 2

        self.installation.wait_for("the dead letters", are_dead)

    def compare(self, *more: str) -> dict:
        ran = self.installation.run("doctor", "--json", "--reconcile", "--source", "trail", *more)
        checks = json.loads(ran.stdout)
        found = [check for check in checks if "reconciliation" in check]
        self.assertEqual(len(found), 1, checks)
        self.assertNotEqual(found[0]["level"], "wrong", found)
        listing = found[0]["reconciliation"]["listing"]
        classes = ("indexed", "quarantined", "taken_in", "waiting", "failed", "vanished")
        classes += ("foreign", "folder_markers")
        self.assertEqual(listing["listed"], sum(listing[name] for name in classes))
        return found[0]["reconciliation"]

    def test_a_comparison_finds_what_no_pass_and_no_message_told(self) -> None:
        _, first = self.put()
        _, second = self.put("team é + logs (1)/")
        self.s3.put_object(Bucket=BUCKET, Key="notes/list.txt", Body=b"words")
        found = self.compare()
        self.assertGreaterEqual(found["listing"]["taken_in"], 2)
        self.assertEqual(found["listing"]["foreign_folders"], {"notes/": 1})
        self.assertTrue(self.installation.has(first) and self.installation.has(second))
        again = self.compare()
        self.assertEqual(again["listing"]["taken_in"], 0)
        self.assertEqual(again["archive"]["present"], again["index"]["contents"])
        shown = self.installation.source()["reconciliation"]["result"]
        self.assertEqual(shown["listing"], again["listing"])

    def test_an_inventory_in_a_bucket_stands_in_for_a_listing(self) -> None:
        key, event_id = self.put("team é + logs (2)/")
        lines = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for entry in page.get("Contents", []):
                encoded = urllib.parse.quote_plus(entry["Key"], safe="/")
                fields = (BUCKET, encoded, entry["Size"], entry["ETag"].strip('"'))
                lines.append(",".join(f'"{field}"' for field in fields) + "\n")
        data = gzip.compress("".join(reversed(lines)).encode())
        self.s3.create_bucket(Bucket="inventories")
        self.s3.put_object(Bucket="inventories", Key="daily/data/1.csv.gz", Body=data)
        file = {
            "key": "daily/data/1.csv.gz", "size": len(data),
            "MD5checksum": hashlib.md5(data).hexdigest(),
        }
        manifest = json.dumps({
            "sourceBucket": BUCKET, "destinationBucket": "arn:aws:s3:::inventories",
            "creationTimestamp": str(int(time.time() * 1000)), "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, Size, ETag", "files": [file],
        }).encode()
        folder = "daily/2026-03-02T01-00Z"
        checksum = hashlib.md5(manifest).hexdigest()
        for name, body in (("manifest.json", manifest), ("manifest.checksum", checksum.encode())):
            self.s3.put_object(Bucket="inventories", Key=f"{folder}/{name}", Body=body)
        found = self.compare("--inventory", f"s3://inventories/{folder}/manifest.json")
        self.assertEqual(found["listing"]["listed"], len(lines))
        self.assertGreaterEqual(found["listing"]["taken_in"], 1)
        self.assertTrue(self.installation.has(event_id), key)


if __name__ == "__main__":
    unittest.main()
