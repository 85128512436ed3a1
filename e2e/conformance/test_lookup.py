"""Events, looked up by stock AWS clients as in CloudTrail's Event history."""

import datetime
import json
import unittest

from botocore.exceptions import ClientError

from demo import aws, client

KEYS = ("EventId", "EventName", "ReadOnly", "Username", "ResourceName", "EventSource", "AccessKeyId")


def lookup(caller, **question) -> list[dict]:
    pages = caller.get_paginator("lookup_events").paginate(**question)
    return [event for page in pages for event in page["Events"]]


def values(event: dict, key: str) -> set[str]:
    if key == "ResourceName":
        return {resource["ResourceName"] for resource in event["Resources"]}
    if key == "ResourceType":
        return {resource.get("ResourceType", "") for resource in event["Resources"]}
    return {event[key]} if key in event else set()


class Lookup(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.member = client("member", "cloudtrail")
        cls.management = client("management", "cloudtrail")
        cls.now = datetime.datetime.now(datetime.timezone.utc)
        # What comes meanwhile would be in one answer and not in another.
        cls.until = cls.now - datetime.timedelta(hours=1)
        cls.own = lookup(cls.member, EndTime=cls.until)

    def test_a_member_sees_its_own_management_events_of_the_region_newest_first(self) -> None:
        self.assertGreater(len(self.own), 50)
        records = [json.loads(event["CloudTrailEvent"]) for event in self.own]
        self.assertEqual(len({record["recipientAccountId"] for record in records}), 1)
        self.assertEqual({record["awsRegion"] for record in records}, {"us-east-1"})
        self.assertEqual({record.get("eventCategory", "Management") for record in records}, {"Management"})
        times = [event["EventTime"] for event in self.own]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertGreater(times[-1], self.now - datetime.timedelta(days=90, minutes=5))
        self.assertEqual(len({event["EventId"] for event in self.own}), len(self.own))
        for event, record in zip(self.own, records, strict=True):
            self.assertEqual(event["EventName"], record["eventName"])
            self.assertEqual(event["EventSource"], record["eventSource"])
            self.assertEqual(event["ReadOnly"], "true" if record["readOnly"] else "false")

    def test_each_attribute_finds_exactly_those_that_have_it(self) -> None:
        for key in (*KEYS, "ResourceType"):
            with self.subTest(key):
                some = next(value for event in self.own for value in values(event, key) if value)
                expected = [event for event in self.own if some in values(event, key)]
                attribute = {"AttributeKey": key, "AttributeValue": some}
                found = lookup(self.member, LookupAttributes=[attribute], EndTime=self.until)
                self.assertEqual(found, expected)
                if key not in ("ReadOnly", "ResourceType"):
                    other = {"AttributeKey": key, "AttributeValue": some.swapcase()}
                    if some.swapcase() != some:
                        loud = lookup(self.member, LookupAttributes=[other], EndTime=self.until)
                        self.assertEqual(loud, [], "case counts")

    def test_both_ends_of_a_range_belong_to_it(self) -> None:
        at = self.own[len(self.own) // 2]["EventTime"]
        expected = [event for event in self.own if event["EventTime"] == at]
        self.assertEqual(lookup(self.member, StartTime=at, EndTime=at), expected)

    def test_whoever_sees_the_organization_has_no_limits(self) -> None:
        first = self.management.lookup_events(EndTime=self.until)
        accounts = set()
        for page in self.management.get_paginator("lookup_events").paginate(
            EndTime=self.until, PaginationConfig={"MaxItems": 2_000}
        ):
            accounts |= {json.loads(one["CloudTrailEvent"])["recipientAccountId"] for one in page["Events"]}
        self.assertGreater(len(accounts), 1)
        event = next(one for one in first["Events"] if "Username" in one)
        both = [
            {"AttributeKey": key, "AttributeValue": event[key]} for key in ("EventName", "Username")
        ]
        found = lookup(self.management, LookupAttributes=both, EndTime=self.until)
        self.assertIn(event["EventId"], [one["EventId"] for one in found])
        for one in found:
            self.assertEqual((one["EventName"], one["Username"]), (event["EventName"], event["Username"]))

    def test_pages_of_any_size_make_up_the_whole(self) -> None:
        small = self.member.get_paginator("lookup_events").paginate(
            EndTime=self.until, PaginationConfig={"PageSize": 7}
        )
        pages = [page["Events"] for page in small]
        self.assertTrue(all(len(page) <= 7 for page in pages))
        self.assertEqual([event for page in pages for event in page], self.own)

    def test_the_cli_turns_pages_by_itself(self) -> None:
        some = self.own[0]["EventName"]
        attribute = f"AttributeKey=EventName,AttributeValue={some}"
        until = self.until.isoformat()
        result = aws(
            "member", "cloudtrail", "lookup-events", "--lookup-attributes", attribute, "--end-time", until
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(result.stdout)["Events"]
        expected = [event["EventId"] for event in self.own if event["EventName"] == some]
        self.assertEqual([event["EventId"] for event in found], expected)

    def test_what_can_not_be_asked_has_the_error_of_cloudtrail(self) -> None:
        name = {"AttributeKey": "EventName", "AttributeValue": "RunInstances"}
        token = self.member.lookup_events(MaxResults=1, EndTime=self.until)["NextToken"]
        for code, question in (
            ("InvalidLookupAttributesException", {"LookupAttributes": [name, name]}),
            ("InvalidLookupAttributesException", {"LookupAttributes": [name | {"AttributeKey": "Region"}]}),
            ("InvalidTimeRangeException", {"StartTime": self.now, "EndTime": self.until}),
            ("InvalidMaxResultsException", {"MaxResults": 51}),
            ("InvalidNextTokenException", {"NextToken": "none"}),
            ("InvalidNextTokenException", {"NextToken": token, "LookupAttributes": [name]}),
            ("InvalidEventCategoryException", {"EventCategory": "management"}),
        ):
            with self.subTest(code), self.assertRaises(ClientError) as caught:
                self.member.lookup_events(**question)
            self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertEqual(lookup(self.member, EventCategory="insight"), [])


if __name__ == "__main__":
    unittest.main()
