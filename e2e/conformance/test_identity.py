"""Who somebody is: stock clients sign with an access key of the sample, and are told whose it is."""

import datetime
import json
import unittest
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
from botocore.exceptions import ClientError

from demo import aws, client, credentials

PEOPLE = {
    "management": "administrator",
    "delegated-admin": "delegated-admin",
    "member": "member",
    "auditor": "auditor",
}


class Identity(unittest.TestCase):
    def test_the_aws_cli_is_told_whose_key_it_signs_with(self) -> None:
        accounts = set()
        for profile, person in PEOPLE.items():
            with self.subTest(profile):
                result = aws(profile, "sts", "get-caller-identity")
                self.assertEqual(result.returncode, 0, result.stderr)
                identity = json.loads(result.stdout)
                self.assertTrue(identity["Arn"].endswith(f":user/{person}"), identity)
                self.assertIn(f"::{identity['Account']}:", identity["Arn"])
                self.assertRegex(identity["UserId"], "^AIDA[A-Z2-7]{16}$")
                accounts.add(identity["Account"])
        self.assertEqual(len(accounts), 4)

    def test_boto3_is_told_the_same_each_time(self) -> None:
        sts = client("member", "sts")
        first, second = sts.get_caller_identity(), sts.get_caller_identity()
        self.assertEqual(first["UserId"], second["UserId"])
        ids = [answer["ResponseMetadata"]["RequestId"] for answer in (first, second)]
        self.assertNotEqual(*ids)

    def test_a_presigned_address_proves_who_has_made_it(self) -> None:
        sts = client("member", "sts")
        url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
        with urllib.request.urlopen(url, timeout=30) as answer:
            body = answer.read().decode()
        self.assertIn(f"<Arn>{sts.get_caller_identity()['Arn']}</Arn>", body)
        other = url.replace("GetCallerIdentity", "GetSessionToken")
        self.assertNotEqual(other, url)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(other, timeout=30)
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", caught.exception.read().decode())

    def test_a_wrong_key_is_refused_with_the_codes_of_aws(self) -> None:
        real = credentials("member")
        for code, key, secret in (
            ("InvalidClientTokenId", "AKIAAAAAAAAAAAAAAAAA", real.secret_key),
            ("SignatureDoesNotMatch", real.access_key, "x" * 40),
        ):
            with self.subTest(code), self.assertRaises(ClientError) as caught:
                keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
                client("member", "sts", **keys).get_caller_identity()
            self.assertEqual(caught.exception.response["Error"]["Code"], code)
            status = caught.exception.response["ResponseMetadata"]["HTTPStatusCode"]
            self.assertEqual(status, 403)

    def test_what_sts_can_not_do_here_says_so(self) -> None:
        with self.assertRaises(ClientError) as caught:
            client("member", "sts").get_session_token()
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidAction")

    def test_a_request_that_is_old_or_unsigned_is_refused(self) -> None:
        answer, _ = self._send(signed=False)
        self.assertIn("<Code>MissingAuthenticationToken</Code>", answer)
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
        answer, status = self._send(signed=True, at=past)
        self.assertIn("<Code>RequestExpired</Code>", answer)
        self.assertEqual(status, 403)

    def _send(self, *, signed: bool, at: datetime.datetime | None = None) -> tuple[str, int]:
        endpoint = client("member", "sts").meta.endpoint_url
        request = botocore.awsrequest.AWSRequest(
            method="POST",
            url=endpoint,
            data="Action=GetCallerIdentity&Version=2011-06-15",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        if signed:
            signer = botocore.auth.SigV4Auth(credentials("member"), "sts", "us-east-1")
            if at is not None:
                # What `add_auth` does, at another time.
                request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
                signer._modify_request_before_signing(request)
                canonical = signer.canonical_request(request)
                string = signer.string_to_sign(request, canonical)
                signer._inject_signature_to_request(request, signer.signature(string, request))
        prepared = request.prepare()
        real = urllib.request.Request(
            prepared.url,
            data=prepared.body if isinstance(prepared.body, bytes) else prepared.body.encode(),
            headers=dict(prepared.headers),
            method="POST",
        )
        try:
            with urllib.request.urlopen(real, timeout=30) as answer:
                return answer.read().decode(), answer.status
        except urllib.error.HTTPError as error:
            return error.read().decode(), error.code


if __name__ == "__main__":
    unittest.main()
