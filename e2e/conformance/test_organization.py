"""The organization, read from what speaks as AWS Organizations does."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from demo import program
from faults import FaultyProxy, refused
from stand_in import KEYS, REGION, Moto

GUARD = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"},
    }
)


class Synced(unittest.TestCase):
    """An organization at moto, and an installation that follows it."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.stop)
        cls.parent = pathlib.Path(tempfile.mkdtemp(prefix="orgtrail-organization-"))
        cls.addClassCleanup(shutil.rmtree, cls.parent, ignore_errors=True)
        # As root, Postgres runs as an unprivileged user, who must be able to pass through.
        cls.parent.chmod(0o711)
        cls.aws = cls.moto.client("organizations")
        cls.endpoint = cls.moto.endpoint

    def sync(self, *more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        environment = kept | {
            "AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [program(), "organization", "sync", "--data-dir", self.parent / "data"]
        endpoint = ["--organizations-endpoint", self.endpoint, "--allow-endpoint", "127.0.0.1"]
        return subprocess.run(
            [*command, *endpoint, "--calls-per-second", "100", *more],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def synced(self, *more: str) -> dict:
        result = self.sync("--json", *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def _unit(self, parent: str, name: str) -> str:
        made = self.aws.create_organizational_unit(ParentId=parent, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def _account(self, name: str, root: str) -> str:
        made = self.aws.create_account(Email=f"{name}@example.com", AccountName=name)
        return made["CreateAccountStatus"]["AccountId"]


class Organization(Synced):
    def test_an_organization_is_followed_from_its_beginning_to_a_great_loss(self) -> None:
        nobody = self.sync()
        self.assertEqual(nobody.returncode, 1, nobody.stdout)
        self.assertIn("no organization", nobody.stderr)

        aws = self.aws
        organization = aws.create_organization(FeatureSet="ALL")["Organization"]
        root = aws.list_roots()["Roots"][0]["Id"]
        aws.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        outer = self._unit(root, "Workloads")
        inner = self._unit(outer, "Shops")
        accounts = [self._account(f"account-{number:02}", root) for number in range(23)]
        for account in accounts[:12]:
            aws.move_account(AccountId=account, SourceParentId=root, DestinationParentId=inner)
        policy = aws.create_policy(
            Content=GUARD, Description="", Name="guard", Type="SERVICE_CONTROL_POLICY"
        )["Policy"]["PolicySummary"]["Id"]
        aws.attach_policy(PolicyId=policy, TargetId=outer)
        aws.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
        aws.register_delegated_administrator(
            AccountId=accounts[0], ServicePrincipal="cloudtrail.amazonaws.com"
        )

        dry = self.synced("--dry-run")
        self.assertEqual((dry["is_applied"], dry["is_new"]), (False, True))
        self.assertEqual(dry["accounts"], 24)
        stranger = self.sync("--organization", "o-somebody01")
        self.assertEqual(stranger.returncode, 1, stranger.stdout)
        self.assertIn("not to o-somebody01", stranger.stderr)
        first = self.synced()
        self.assertEqual(first["organization"], organization["Id"])
        self.assertTrue(first["is_applied"])
        self.assertEqual(self.synced()["changes"], [])

        # A move, a closed account and a policy that says something else: dry at first.
        aws.move_account(AccountId=accounts[0], SourceParentId=inner, DestinationParentId=outer)
        aws.update_policy(PolicyId=policy, Content=GUARD.replace("StopLogging", "DeleteTrail"))
        kinds = [change["kind"] for change in self.synced("--dry-run")["changes"]]
        self.assertEqual(kinds, ["account-moved", "policy-changed"])
        words = self.sync()
        self.assertIn(f"moved from {inner} to {outer}", words.stdout)
        self.assertEqual(self.synced()["changes"], [])

        # Half of the accounts gone at once is believed only when somebody says so.
        for account in accounts[11:]:
            aws.remove_account_from_organization(AccountId=account)
        refused = self.sync()
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("--confirm", refused.stderr)
        self.assertTrue(self.synced("--dry-run")["suspicions"])
        kinds = [change["kind"] for change in self.synced("--confirm")["changes"]]
        self.assertEqual(kinds.count("account-left"), 12)
        self.assertEqual(self.synced()["changes"], [])

        # A service that fails changes nothing.
        self.moto.stop()
        failed = self.sync()
        self.assertEqual(failed.returncode, 1, failed.stdout)


class Failing(Synced):
    """What goes wrong on the way is repeated, or changes nothing."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.proxy = FaultyProxy(cls.moto.endpoint)
        cls.proxy.page_size = 10
        cls.addClassCleanup(cls.proxy.stop)
        cls.endpoint = cls.proxy.endpoint

    def test_what_passes_is_repeated_and_what_stays_changes_nothing(self) -> None:
        aws = self.aws
        aws.create_organization(FeatureSet="ALL")
        root = aws.list_roots()["Roots"][0]["Id"]
        aws.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        unit = self._unit(root, "Workloads")
        accounts = [self._account(f"account-{number:02}", root) for number in range(27)]
        policy = aws.create_policy(
            Content=GUARD, Description="", Name="guard", Type="SERVICE_CONTROL_POLICY"
        )["Policy"]["PolicySummary"]["Id"]
        aws.attach_policy(PolicyId=policy, TargetId=unit)

        # Each operation fails at first, and then once more: all of it is read in the end.
        for name, answer in (
            ("throttled", refused("TooManyRequestsException")),
            ("throttled with its own status", refused("TooManyRequestsException", 429)),
            ("broken", refused("ServiceException", 500)),
            ("not there", (503, b"upstream connect error")),
            ("cut", None),
        ):
            with self.subTest(name):
                moved = accounts.pop()
                aws.move_account(
                    AccountId=moved, SourceParentId=root, DestinationParentId=unit
                )
                self.proxy.follow(lambda _, number, real: answer if number < 2 else real)
                done = self.synced()
                self.assertTrue(done["is_applied"], done)
                self.assertGreater(sum(self.proxy.calls.values()), 2 * len(self.proxy.calls))
                self.proxy.follow(None)
                self.assertEqual(self.synced("--dry-run")["changes"], [])

        # Whatever stays away, nothing is believed of the rest.
        aws.move_account(AccountId=accounts[0], SourceParentId=root, DestinationParentId=unit)
        self.proxy.follow(None)
        expected = self.synced("--dry-run")["changes"]
        self.assertEqual([change["kind"] for change in expected], ["account-moved"])
        operations = sorted(self.proxy.calls)
        self.assertGreater(len(operations), 5, operations)
        for missing in operations:
            for name, fault in (
                ("refused", lambda real: refused("AccessDeniedException")),
                ("empty", lambda real: (200, b"")),
            ):
                with self.subTest(missing, fault=name):
                    self.proxy.follow(
                        lambda operation, _, real: fault(real) if operation == missing else real
                    )
                    failed = self.sync()
                    self.assertEqual(failed.returncode, 1, failed.stdout)
        # A page without its token ends a list too early: accounts seem to have left.
        for listing in ("ListAccounts", "ListAccountsForParent"):
            self.assertIn(listing, operations)
            with self.subTest("a page is missing", listing=listing):
                self.proxy.follow(
                    lambda operation, _, real: (200, without_token(real[1]))
                    if operation == listing
                    else real
                )
                failed = self.sync()
                self.assertEqual(failed.returncode, 1, failed.stdout)
        self.proxy.follow(None)
        self.assertEqual(self.synced("--dry-run")["changes"], expected)
        self.assertEqual(self.synced()["changes"], expected)


def without_token(body: bytes) -> bytes:
    """A page that says that it is the last."""
    page = json.loads(body)
    page.pop("NextToken", None)
    return json.dumps(page).encode()


if __name__ == "__main__":
    unittest.main()
