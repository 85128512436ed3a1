//! CloudTrail, Organizations, Config and the watchers.

use super::Call;

const TRAIL: &[(&str, &str)] = &[("AWS::CloudTrail::Trail", "<trail>")];

pub(crate) static DESCRIBE_TRAILS: Call = Call::read("cloudtrail", "DescribeTrails")
    .request(r#"{"trailNameList":[],"includeShadowTrails":true}"#);
pub(crate) static GET_TRAIL_STATUS: Call =
    Call::read("cloudtrail", "GetTrailStatus").request(r#"{"name":"<trail>"}"#);
pub(crate) static LOOKUP_EVENTS: Call = Call::read("cloudtrail", "LookupEvents")
    .request(r#"{"lookupAttributes":[{"attributeKey":"ReadOnly","attributeValue":"false"}],"maxResults":50}"#);
pub(crate) static CREATE_TRAIL: Call = Call::write("cloudtrail", "CreateTrail")
    .request(r#"{"name":"org-main","s3BucketName":"<trail-bucket>","includeGlobalServiceEvents":true,"isMultiRegionTrail":true,"enableLogFileValidation":true,"isOrganizationTrail":true}"#)
    .response(r#"{"name":"org-main","s3BucketName":"<trail-bucket>","includeGlobalServiceEvents":true,"isMultiRegionTrail":true,"trailARN":"<trail>","logFileValidationEnabled":true,"isOrganizationTrail":true}"#)
    .resources(TRAIL);
pub(crate) static PUT_EVENT_SELECTORS: Call = Call::write("cloudtrail", "PutEventSelectors")
    .request(r#"{"trailName":"<trail>","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]},{"type":"AWS::Lambda::Function","values":["arn:aws:lambda"]},{"type":"AWS::DynamoDB::Table","values":["arn:aws:dynamodb"]}],"excludeManagementEventSources":[]}]}"#)
    .response(r#"{"trailARN":"<trail>"}"#)
    .resources(TRAIL);
pub(crate) static START_LOGGING: Call =
    Call::write("cloudtrail", "StartLogging").request(r#"{"name":"<trail>"}"#).resources(TRAIL);
pub(crate) static STOP_LOGGING: Call =
    Call::write("cloudtrail", "StopLogging").request(r#"{"name":"<trail>"}"#).resources(TRAIL);
pub(crate) static STOP_LOGGING_AS_MEMBER: Call = Call::write("cloudtrail", "StopLogging")
    .request(r#"{"name":"<trail>"}"#)
    .failing(
        "NotOrganizationMasterAccountException",
        "The requested operation is only allowed for the management account or a delegated administrator of the organization.",
    );
pub(crate) static DELETE_TRAIL_AS_MEMBER: Call = Call::write("cloudtrail", "DeleteTrail")
    .request(r#"{"name":"<trail>"}"#)
    .failing(
        "NotOrganizationMasterAccountException",
        "The requested operation is only allowed for the management account or a delegated administrator of the organization.",
    );

pub(crate) static DESCRIBE_ORGANIZATION: Call = Call::read("organizations", "DescribeOrganization");
pub(crate) static LIST_ACCOUNTS: Call =
    Call::read("organizations", "ListAccounts").request(r#"{"maxResults":20}"#);
pub(crate) static LIST_PARENTS: Call = Call::read("organizations", "ListParents")
    .request(r#"{"childId":"<777788889999|345678901234|567890123456|890123456789>"}"#);
pub(crate) static LIST_POLICIES: Call =
    Call::read("organizations", "ListPolicies").request(r#"{"filter":"SERVICE_CONTROL_POLICY"}"#);
pub(crate) static UPDATE_POLICY: Call = Call::write("organizations", "UpdatePolicy")
    .request(r#"{"policyId":"p-<hex-10>","description":"<guard the trail|allowed regions|no root user>","content":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"cloudtrail:StopLogging\",\"cloudtrail:DeleteTrail\"],\"Resource\":\"*\"}]}"}"#);
pub(crate) static CREATE_ACCOUNT: Call = Call::write("organizations", "CreateAccount")
    .request(r#"{"email":"HIDDEN_DUE_TO_SECURITY_REASONS","accountName":"HIDDEN_DUE_TO_SECURITY_REASONS","roleName":"OrganizationAccountAccessRole","iamUserAccessToBilling":"DENY"}"#)
    .response(r#"{"createAccountStatus":{"id":"car-<@hex-32>","accountName":"HIDDEN_DUE_TO_SECURITY_REASONS","state":"IN_PROGRESS","requestedTimestamp":"<long-time>"}}"#);
pub(crate) static CREATE_ACCOUNT_RESULT: Call = Call::write("organizations", "CreateAccountResult")
    .of_type("AwsServiceEvent")
    .details(r#"{"createAccountStatus":{"id":"car-<@hex-32>","state":"SUCCEEDED","accountName":"HIDDEN_DUE_TO_SECURITY_REASONS","accountId":"<@joined>","requestedTimestamp":"<long-time>","completedTimestamp":"<long-time>"}}"#);
pub(crate) static MOVE_ACCOUNT: Call = Call::write("organizations", "MoveAccount")
    .request(r#"{"accountId":"<@joined>","sourceParentId":"r-orgt","destinationParentId":"ou-orgt-analytics"}"#);

pub(crate) static DESCRIBE_CONFIG_RULES: Call = Call::read("config", "DescribeConfigRules")
    .request(r#"{"configRuleNames":["<s3-bucket-public-read-prohibited|iam-root-access-key-check|encrypted-volumes>"]}"#);
pub(crate) static PUT_EVALUATIONS: Call = Call::write("config", "PutEvaluations")
    .request(r#"{"evaluations":[{"complianceResourceType":"AWS::EC2::Instance","complianceResourceId":"<instance>","complianceType":"<COMPLIANT|NON_COMPLIANT>","orderingTimestamp":"<long-time>"}],"resultToken":"HIDDEN_DUE_TO_SECURITY_REASONS","testMode":false}"#)
    .response(r#"{"failedEvaluations":[]}"#);
pub(crate) static LIST_FINDINGS: Call = Call::read("guardduty", "ListFindings")
    .request(r#"{"detectorId":"<detector>","findingCriteria":{"criterion":{"severity":{"gte":4}}},"maxResults":50}"#);
pub(crate) static GET_FINDINGS: Call = Call::read("securityhub", "GetFindings")
    .request(r#"{"Filters":{"RecordState":[{"Value":"ACTIVE","Comparison":"EQUALS"}],"SeverityLabel":[{"Value":"<HIGH|CRITICAL>","Comparison":"EQUALS"}]},"MaxResults":100}"#);
pub(crate) static BATCH_IMPORT_FINDINGS: Call = Call::write("securityhub", "BatchImportFindings")
    .request(r#"{"Findings":[{"SchemaVersion":"2018-10-08","Id":"arn:aws:config:<region>:<account>:config-rule/config-rule-<hex-8>/finding/<hex-32>","ProductArn":"arn:aws:securityhub:<region>::product/aws/config","AwsAccountId":"<account>"}]}"#)
    .response(r#"{"FailedCount":0,"SuccessCount":1,"FailedFindings":[]}"#);
