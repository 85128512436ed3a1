"""Who administers the organization's trails, said by stock AWS clients."""

import unittest

from botocore.exceptions import ClientError

from demo import aws, client


class Delegation(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cloudtrail = client("management", "cloudtrail")
        cls.organizations = client("management", "organizations")

    def administrators(self) -> list[str]:
        answer = self.organizations.list_delegated_administrators(
            ServicePrincipal="cloudtrail.amazonaws.com"
        )
        return [account["Id"] for account in answer["DelegatedAdministrators"]]

    def refused(self, code: str, ask, **question: str) -> None:
        with self.subTest(code), self.assertRaises(ClientError) as caught:
            ask(**question)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_the_management_account_says_who_administers_up_to_three(self) -> None:
        register = self.cloudtrail.register_organization_delegated_admin
        deregister = self.cloudtrail.deregister_organization_delegated_admin
        before = self.administrators()
        management = self.organizations.describe_organization()["Organization"]["MasterAccountId"]
        accounts = self.organizations.list_accounts()["Accounts"]
        free = [
            account["Id"]
            for account in accounts
            if account["State"] == "ACTIVE" and account["Id"] not in (*before, management)
        ]
        for account in free[: 3 - len(before)]:
            register(MemberAccountId=account)
            self.addCleanup(self.restore, account)
        self.assertEqual(len(self.administrators()), 3)
        self.refused(
            "DelegatedAdminAccountLimitExceededException", register, MemberAccountId=free[3]
        )
        result = aws(
            "management", "cloudtrail", "deregister-organization-delegated-admin",
            "--delegated-admin-account-id", free[0],
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(free[0], self.administrators())
        self.refused("AccountNotRegisteredException", deregister, DelegatedAdminAccountId=free[0])
        self.refused("AccountNotFoundException", register, MemberAccountId="999999999999")
        self.refused("CannotDelegateManagementAccountException", register, MemberAccountId=management)
        self.refused("InvalidParameterException", register, MemberAccountId="1234567890123")

    def restore(self, account: str) -> None:
        if account in self.administrators():
            self.cloudtrail.deregister_organization_delegated_admin(DelegatedAdminAccountId=account)

    def test_nobody_else_says_so(self) -> None:
        for profile in ("delegated-admin", "member"):
            other = client(profile, "cloudtrail")
            self.refused(
                "NotOrganizationManagementAccountException",
                other.register_organization_delegated_admin,
                MemberAccountId="777788889999",
            )


if __name__ == "__main__":
    unittest.main()
