"""The master key, when only KMS can open it."""

import base64
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from demo import program
from stand_in import KEYS, REGION, Moto


class MasterKey(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.stop)
        cls.parent = pathlib.Path(tempfile.mkdtemp(prefix="orgtrail-master-key-"))
        cls.addClassCleanup(shutil.rmtree, cls.parent, ignore_errors=True)
        # As root, Postgres runs as an unprivileged user, who must be able to pass through.
        cls.parent.chmod(0o711)

    def run_with(self, key_file: pathlib.Path, *more: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("AWS_", "ORGTRAIL_MASTER_KEY"))
        }
        environment = kept | {
            "AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        installation = ["--data-dir", self.parent / "data", "--master-key-kms-file", key_file]
        endpoint = ["--kms-endpoint", self.moto.endpoint]
        return subprocess.run(
            [program(), *more, *installation, *endpoint],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def key_file(self, name: str, text: str) -> pathlib.Path:
        path = self.parent / name
        path.write_text(text)
        return path

    def test_a_key_that_kms_has_encrypted_seals_and_opens(self) -> None:
        kms = self.moto.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        # As the AWS CLI prints a blob.
        made = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
        blob = base64.b64encode(made["CiphertextBlob"]).decode() + "\n"
        right = self.key_file("right.kms", blob)
        first = self.run_with(right, "user", "add", "alice", "--service", "--role", "security-analyst")
        self.assertEqual(first.returncode, 0, first.stderr)
        token = self.run_with(right, "token", "alice")
        self.assertEqual(token.returncode, 0, token.stderr)
        self.assertFalse((self.parent / "data/master.key").exists(), "a key lies beside the data")

        # Another key opens nothing of it; what is no key says so, and KMS's refusal is told.
        other = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
        other = self.key_file("other.kms", base64.b64encode(other["CiphertextBlob"]).decode())
        short = kms.encrypt(KeyId=key, Plaintext=b"short")
        short = self.key_file("short.kms", base64.b64encode(short["CiphertextBlob"]).decode())
        for wrong, words in (
            (other, "is sealed under the master key"),
            (short, "is no master key"),
            (self.key_file("odd.kms", "no Base64!"), "is not Base64"),
            # What KMS refuses: no key of it has made this.
            (self.key_file("strange.kms", "bm90aGluZyBvZiBLTVM="), "could not be opened"),
            (self.parent / "missing.kms", "could not read the encrypted master key"),
        ):
            with self.subTest(wrong.name):
                refused = self.run_with(wrong, "token", "alice")
                self.assertEqual(refused.returncode, 1, refused.stdout)
                self.assertIn(words, refused.stderr)


if __name__ == "__main__":
    unittest.main()
