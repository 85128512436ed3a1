//! Logs, metrics, fleets and stacks.

use super::Call;

pub(crate) static CREATE_LOG_STREAM: Call = Call::write("logs", "CreateLogStream")
    .request(r#"{"logGroupName":"<@log-group>","logStreamName":"<log-stream>"}"#);
pub(crate) static DESCRIBE_LOG_GROUPS: Call =
    Call::read("logs", "DescribeLogGroups").request(r#"{"logGroupNamePrefix":"/aws/","limit":50}"#);
pub(crate) static FILTER_LOG_EVENTS: Call = Call::read("logs", "FilterLogEvents")
    .request(r#"{"logGroupName":"<@log-group>","startTime":<hour-ago>000,"filterPattern":"***OMITTED***","interleaved":true,"limit":100}"#);
pub(crate) static START_QUERY: Call = Call::read("logs", "StartQuery")
    .request(r#"{"logGroupNames":["<@log-group>"],"startTime":<hour-ago>,"endTime":<epoch>,"queryString":"***OMITTED***","limit":1000}"#)
    .response(r#"{"queryId":"<uuid>"}"#);
pub(crate) static PUT_RETENTION_POLICY: Call = Call::write("logs", "PutRetentionPolicy")
    .request(r#"{"logGroupName":"<log-group>","retentionInDays":<30|90|365>}"#);
pub(crate) static DESCRIBE_ALARMS: Call = Call::read("monitoring", "DescribeAlarms")
    .request(r#"{"alarmNamePrefix":"<account-name>-","maxRecords":100}"#);
pub(crate) static LIST_METRICS: Call = Call::read("monitoring", "ListMetrics").request(
    r#"{"namespace":"<AWS/ECS|AWS/Lambda|AWS/RDS|AWS/ApplicationELB>","recentlyActive":"PT3H"}"#,
);
pub(crate) static GET_METRIC_DATA: Call = Call::read("monitoring", "GetMetricData")
    .request(r#"{"metricDataQueries":[{"id":"m1","metricStat":{"metric":{"namespace":"<AWS/ECS|AWS/Lambda|AWS/RDS>","metricName":"<CPUUtilization|Errors|Duration>"},"period":60,"stat":"Average"}}],"startTime":"<time>","endTime":"<time>"}"#);
pub(crate) static PUT_METRIC_ALARM: Call = Call::write("monitoring", "PutMetricAlarm")
    .request(r#"{"alarmName":"<alarm>","alarmActions":["arn:aws:sns:<region>:<account>:<topic>"],"metricName":"<Errors|Latency|CPUUtilization>","namespace":"<account-name>/<word>","statistic":"Average","period":60,"evaluationPeriods":5,"threshold":<number-100>,"comparisonOperator":"GreaterThanThreshold","treatMissingData":"missing"}"#);
/// Dashboards are long; what is said about this one is that it was left out.
pub(crate) static PUT_DASHBOARD: Call = Call::write("monitoring", "PutDashboard")
    .request(
        r#"{"reason":"requestParameters too large","omitted":"true","originalSize":"1<digits-5>"}"#,
    )
    .response(r#"{"dashboardValidationMessages":[]}"#);
pub(crate) static UPDATE_INSTANCE_INFORMATION: Call =
    Call::write("ssm", "UpdateInstanceInformation")
        .request(r#"{"instanceId":"<@instance>","agentVersion":"3.3.1611.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"<@private-ip>","computerName":"ip-<@private-ip>.<region>.compute.internal","agentName":"amazon-ssm-agent","availabilityZone":"<@availability-zone>","sSMConnectionChannel":"ssmmessages"}"#);
pub(crate) static DESCRIBE_INSTANCE_INFORMATION: Call =
    Call::read("ssm", "DescribeInstanceInformation")
        .request(r#"{"filters":[{"key":"PingStatus","values":["Online"]}],"maxResults":50}"#);
pub(crate) static LIST_INSTANCE_ASSOCIATIONS: Call = Call::read("ssm", "ListInstanceAssociations")
    .request(r#"{"instanceId":"<@instance>","maxResults":20}"#);
pub(crate) static START_SESSION: Call = Call::write("ssm", "StartSession")
    .request(r#"{"target":"<instance>","reason":"<look at a full disk|restart a stuck worker|collect a heap dump>"}"#)
    .response(r#"{"sessionId":"<@session>-<hex-16>","tokenValue":"Value hidden due to security reasons.","streamUrl":"wss://ssmmessages.<region>.amazonaws.com/v1/data-channel/<@session>-<hex-16>?role=publish_subscribe"}"#);
pub(crate) static DESCRIBE_STACKS: Call =
    Call::read("cloudformation", "DescribeStacks").request(r#"{"stackName":"<@stack>"}"#);
pub(crate) static DESCRIBE_STACK_EVENTS: Call = Call::read("cloudformation", "DescribeStackEvents")
    .request(r#"{"stackName":"arn:aws:cloudformation:<region>:<account>:stack/<@stack>/<@uuid>"}"#);
pub(crate) static CREATE_CHANGE_SET: Call = Call::write("cloudformation", "CreateChangeSet")
    .request(r#"{"stackName":"<@stack>","changeSetName":"release-<hex-8>","changeSetType":"UPDATE","capabilities":["CAPABILITY_NAMED_IAM"],"templateURL":"https://exampleorg-shared-services-artifacts.s3.amazonaws.com/<@stack>/<hex-40>.yaml","parameters":[{"parameterKey":"ImageTag","parameterValue":"<hex-12>"}]}"#)
    .response(r#"{"id":"arn:aws:cloudformation:<region>:<account>:changeSet/release-<hex-8>/<uuid>","stackId":"arn:aws:cloudformation:<region>:<account>:stack/<@stack>/<@uuid>"}"#);
pub(crate) static EXECUTE_CHANGE_SET: Call = Call::write("cloudformation", "ExecuteChangeSet")
    .request(r#"{"stackName":"<@stack>","changeSetName":"release-<hex-8>","clientRequestToken":"<uuid>"}"#);
pub(crate) static GET_QUEUE_ATTRIBUTES: Call = Call::read("sqs", "GetQueueAttributes")
    .request(r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","attributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}"#);
pub(crate) static GET_TOPIC_ATTRIBUTES: Call = Call::read("sns", "GetTopicAttributes")
    .request(r#"{"topicArn":"arn:aws:sns:<region>:<account>:<topic>"}"#);
pub(crate) static DESCRIBE_EVENT_AGGREGATES: Call = Call::read("health", "DescribeEventAggregates")
    .request(r#"{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"<long-time>"}]}}"#);
pub(crate) static BACKUP_JOB_COMPLETED: Call = Call::write("backup", "BackupJobCompleted")
    .of_type("AwsServiceEvent")
    .details(r#"{"completionDate":{"seconds":<epoch>,"nanos":0},"state":"COMPLETED","backupJobId":"<uuid>","backupVaultName":"<account-name>-vault","recoveryPointArn":"arn:aws:ec2:<region>::snapshot/<snapshot>","resourceType":"EBS"}"#);
