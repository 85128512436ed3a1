"""The organization, read by stock AWS clients; and by orgtrail itself, which can't tell it from AWS Organizations."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from botocore.exceptions import ClientError

from demo import aws, client, credentials, program

POLICIES = "SERVICE_CONTROL_POLICY"


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.organizations = client("management", "organizations")

    def pages(self, operation: str, key: str, **question: str) -> list[dict]:
        pages = self.organizations.get_paginator(operation).paginate(**question)
        return [entry for page in pages for entry in page[key]]

    def test_everybody_is_told_which_organization_it_is(self) -> None:
        found = set()
        for profile in ("management", "delegated-admin", "member", "auditor"):
            result = aws(profile, "organizations", "describe-organization")
            self.assertEqual(result.returncode, 0, result.stderr)
            organization = json.loads(result.stdout)["Organization"]
            self.assertRegex(organization["Id"], "^o-[a-z0-9]{10,32}$")
            self.assertIn(organization["MasterAccountId"], organization["MasterAccountArn"])
            found.add(organization["Id"])
        self.assertEqual(len(found), 1)

    def test_a_walk_through_the_tree_meets_every_account_of_the_list(self) -> None:
        (root,) = self.pages("list_roots", "Roots")
        places, walked = [root["Id"]], {}
        for place in places:
            units = self.pages(
                "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=place
            )
            places.extend(unit["Id"] for unit in units)
            for account in self.pages("list_accounts_for_parent", "Accounts", ParentId=place):
                walked[account["Id"]] = account
                above = self.organizations.list_parents(ChildId=account["Id"])["Parents"]
                self.assertEqual([parent["Id"] for parent in above], [place])
        listed = {account["Id"]: account for account in self.pages("list_accounts", "Accounts")}
        self.assertEqual(walked, listed)
        self.assertGreater(len(places), 2)
        one = self.organizations.describe_account(AccountId=next(iter(listed)))["Account"]
        self.assertEqual(one, listed[one["Id"]])
        # The same by pages of two, and by the CLI, which turns pages by itself.
        small = self.organizations.get_paginator("list_accounts").paginate(
            PaginationConfig={"PageSize": 2}
        )
        self.assertEqual([one for page in small for one in page["Accounts"]], list(listed.values()))
        result = aws("delegated-admin", "organizations", "list-accounts")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(json.loads(result.stdout)["Accounts"]), len(listed))

    def test_policies_lead_to_their_targets_and_back(self) -> None:
        policies = self.pages("list_policies", "Policies", Filter=POLICIES)
        self.assertIn("p-FullAWSAccess", [policy["Id"] for policy in policies])
        for policy in policies:
            text = self.organizations.describe_policy(PolicyId=policy["Id"])["Policy"]
            self.assertEqual(text["PolicySummary"], policy)
            json.loads(text["Content"])
            for target in self.pages("list_targets_for_policy", "Targets", PolicyId=policy["Id"]):
                attached = self.pages(
                    "list_policies_for_target",
                    "Policies",
                    TargetId=target["TargetId"],
                    Filter=POLICIES,
                )
                self.assertIn(policy, attached)

    def test_delegated_administrators_are_told_with_their_services(self) -> None:
        (one,) = self.organizations.list_delegated_administrators(
            ServicePrincipal="cloudtrail.amazonaws.com"
        )["DelegatedAdministrators"]
        services = self.organizations.list_delegated_services_for_account(AccountId=one["Id"])
        (service,) = services["DelegatedServices"]
        self.assertEqual(service["ServicePrincipal"], "cloudtrail.amazonaws.com")
        self.assertEqual(service["DelegationEnabledDate"], one["DelegationEnabledDate"])
        trusted = self.organizations.list_aws_service_access_for_organization()
        names = [entry["ServicePrincipal"] for entry in trusted["EnabledServicePrincipals"]]
        self.assertEqual(names, ["cloudtrail.amazonaws.com"])

    def test_members_and_auditors_read_no_more_than_that(self) -> None:
        for profile in ("member", "auditor"):
            other = client(profile, "organizations")
            for ask in (
                other.list_accounts,
                other.list_roots,
                lambda: other.list_policies(Filter=POLICIES),  # noqa: B023
            ):
                with self.subTest(profile), self.assertRaises(ClientError) as caught:
                    ask()
                self.assertEqual(caught.exception.response["Error"]["Code"], "AccessDeniedException")

    def test_what_is_not_there_has_the_error_of_aws(self) -> None:
        errors = self.organizations.exceptions
        for error, ask in (
            (errors.ParentNotFoundException, lambda: self.organizations.list_accounts_for_parent(ParentId="r-none")),
            (errors.AccountNotFoundException, lambda: self.organizations.describe_account(AccountId="999999999999")),
            (errors.PolicyNotFoundException, lambda: self.organizations.describe_policy(PolicyId="p-99999999")),
            (errors.InvalidInputException, lambda: self.organizations.list_accounts(NextToken="none")),
            (errors.InvalidInputException, lambda: self.organizations.list_policies(Filter="ODD")),
        ):
            with self.assertRaises(error):
                ask()

    def test_what_is_not_there_yet_says_so(self) -> None:
        with self.assertRaises(ClientError) as caught:
            client("management", "cloudtrail").describe_trails()
        self.assertEqual(caught.exception.response["Error"]["Code"], "UnsupportedOperationException")
        with self.assertRaises(ClientError) as caught:
            self.organizations.create_organizational_unit(ParentId="r-orgt", Name="x")
        self.assertEqual(caught.exception.response["Error"]["Code"], "UnknownOperationException")

    def test_another_installation_follows_this_one(self) -> None:
        parent = pathlib.Path(tempfile.mkdtemp(prefix="orgtrail-follower-"))
        self.addCleanup(shutil.rmtree, parent, ignore_errors=True)
        # As root, Postgres runs as an unprivileged user, who must be able to pass through.
        parent.chmod(0o711)
        keys = credentials("delegated-admin")
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        environment = kept | {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        endpoint = self.organizations.meta.endpoint_url
        command = [program(), "organization", "sync", "--json", "--data-dir", parent / "data"]
        more = ["--organizations-endpoint", endpoint, "--allow-endpoint", "127.0.0.1"]

        def sync() -> dict:
            result = subprocess.run(
                [*command, *more, "--calls-per-second", "100"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            return json.loads(result.stdout)

        first = sync()
        self.assertEqual(first["accounts"], len(self.pages("list_accounts", "Accounts")))
        self.assertEqual(sync()["changes"], [])


if __name__ == "__main__":
    unittest.main()
