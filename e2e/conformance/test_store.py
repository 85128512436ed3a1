"""The embedded S3 store, used as people use S3: with the stock AWS CLI and boto3."""

import hashlib
import json
import os
import pathlib
import tempfile
import unittest
import urllib.request
import uuid

from botocore.exceptions import ClientError

from demo import aws, client

PROFILE = "store"


class StoreTest(unittest.TestCase):
    """A bucket and a directory for each test, both gone afterwards."""

    def setUp(self) -> None:
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.directory = pathlib.Path(held.name)
        self.bucket = f"conformance-{uuid.uuid4()}"
        self.must("s3api", "create-bucket", "--bucket", self.bucket)
        self.addCleanup(aws, PROFILE, "s3", "rb", "--force", f"s3://{self.bucket}")

    def must(self, *words: object) -> dict:
        """Runs the CLI, expects success, and returns the JSON that it prints."""
        result = aws(PROFILE, *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        is_json = result.stdout.lstrip().startswith("{")
        return json.loads(result.stdout) if is_json else {}

    def must_refuse(self, code: str, *words: object) -> None:
        """Runs the CLI and expects an error of this code."""
        result = aws(PROFILE, *words)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertIn(f"({code})", result.stderr)

    def file(self, name: str, content: bytes) -> pathlib.Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def put(self, key: str, content: bytes, *more: str) -> list[object]:
        """The words that put an object."""
        body = self.file("body", content)
        words = ["s3api", "put-object", "--bucket", self.bucket, "--key", key, "--body", body]
        return [*words, *more]


class Objects(StoreTest):
    def test_an_object_comes_back_as_it_went(self) -> None:
        content = b"what was delivered\n" * 100
        put = self.must(*self.put("a/b c+d.json", content))
        at = ("--bucket", self.bucket, "--key", "a/b c+d.json")

        head = self.must("s3api", "head-object", *at)
        self.assertEqual(head["ContentLength"], len(content))
        self.assertEqual(head["ETag"], put["ETag"])
        self.assertEqual(head["ETag"], f'"{hashlib.md5(content).hexdigest()}"')

        copy = self.directory / "copy"
        self.must("s3api", "get-object", *at, copy)
        self.assertEqual(copy.read_bytes(), content)

    def test_a_conditional_put_never_overwrites(self) -> None:
        self.must(*self.put("once", b"first", "--if-none-match", "*"))
        self.must_refuse("PreconditionFailed", *self.put("once", b"second", "--if-none-match", "*"))

        copy = self.directory / "copy"
        self.must("s3api", "get-object", "--bucket", self.bucket, "--key", "once", copy)
        self.assertEqual(copy.read_bytes(), b"first")

    def test_a_deleted_object_is_gone(self) -> None:
        at = ("--bucket", self.bucket, "--key", "gone")
        self.must(*self.put("gone", b"soon"))
        self.must("s3api", "delete-object", *at)
        self.must_refuse("NoSuchKey", "s3api", "get-object", *at, self.directory / "copy")
        self.must_refuse("404", "s3api", "head-object", *at)

    def test_a_large_file_goes_in_parts(self) -> None:
        content = os.urandom(20 * 1024 * 1024)
        address = f"s3://{self.bucket}/large"
        self.must("s3", "cp", "--no-progress", self.file("large", content), address)

        head = self.must("s3api", "head-object", "--bucket", self.bucket, "--key", "large")
        self.assertEqual(head["ContentLength"], len(content))
        self.assertRegex(head["ETag"], r'^"[0-9a-f]{32}-3"$')

        copy = self.directory / "copy"
        self.must("s3", "cp", "--no-progress", address, copy)
        self.assertEqual(copy.read_bytes(), content)


class Listings(StoreTest):
    KEYS = [f"2026/11/{day:02}/file" for day in range(1, 24)] + ["other", "2026/12/01/file"]

    def setUp(self) -> None:
        super().setUp()
        self.s3 = client(PROFILE, "s3")
        for key in self.KEYS:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=key.encode())

    def test_pages_make_up_the_whole_list(self) -> None:
        listing = self.must("s3api", "list-objects-v2", "--bucket", self.bucket, "--page-size", 10)
        self.assertEqual([entry["Key"] for entry in listing["Contents"]], sorted(self.KEYS))

        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix="2026/11/", PaginationConfig={"PageSize": 10}
        )
        sizes = [len(page["Contents"]) for page in pages]
        self.assertEqual(sizes, [10, 10, 3])

    def test_a_delimiter_folds_keys_into_prefixes(self) -> None:
        listing = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="2026/", Delimiter="/")
        prefixes = [entry["Prefix"] for entry in listing["CommonPrefixes"]]
        self.assertEqual(prefixes, ["2026/11/", "2026/12/"])
        self.assertNotIn("Contents", listing)

    def test_a_presigned_address_needs_no_keys(self) -> None:
        at = {"Bucket": self.bucket, "Key": "other"}
        address = self.s3.generate_presigned_url("get_object", Params=at, ExpiresIn=60)
        with urllib.request.urlopen(address, timeout=10) as answer:
            self.assertEqual(answer.read(), b"other")

    def test_a_missing_bucket_has_its_own_error(self) -> None:
        with self.assertRaises(ClientError) as refused:
            self.s3.list_objects_v2(Bucket=f"{self.bucket}-not")
        self.assertEqual(refused.exception.response["Error"]["Code"], "NoSuchBucket")
