//! Databases, queries and machine learning.

use super::Call;

const TABLE: &[(&str, &str)] =
    &[("AWS::DynamoDB::Table", "arn:aws:dynamodb:<region>:<account>:table/<@table>")];

pub(crate) static GET_ITEM: Call = Call::read("dynamodb", "GetItem")
    .data()
    .request(r#"{"tableName":"<@table>","key":{"pk":"<word>#<digits-9>"},"consistentRead":false}"#)
    .resources(TABLE);
pub(crate) static QUERY: Call = Call::read("dynamodb", "Query")
    .data()
    .request(r##"{"tableName":"<@table>","keyConditionExpression":"#pk = :pk","limit":<number-100>,"scanIndexForward":false,"returnConsumedCapacity":"NONE"}"##)
    .resources(TABLE);
pub(crate) static PUT_ITEM: Call = Call::write("dynamodb", "PutItem")
    .data()
    .request(r#"{"tableName":"<@table>","key":{"pk":"<word>#<digits-9>"},"items":["pk","sk","payload","expires"]}"#)
    .resources(TABLE);
pub(crate) static UPDATE_ITEM: Call = Call::write("dynamodb", "UpdateItem")
    .data()
    .request(
        r#"{"tableName":"<@table>","key":{"pk":"<word>#<digits-9>"},"returnValues":"ALL_NEW"}"#,
    )
    .resources(TABLE);
pub(crate) static DESCRIBE_TABLE: Call =
    Call::read("dynamodb", "DescribeTable").request(r#"{"tableName":"<@table>"}"#).resources(TABLE);
pub(crate) static DESCRIBE_DB_INSTANCES: Call = Call::read("rds", "DescribeDBInstances")
    .request(r#"{"dBInstanceIdentifier":"<database>","maxRecords":100}"#);
pub(crate) static DESCRIBE_DB_CLUSTERS: Call =
    Call::read("rds", "DescribeDBClusters").request(r#"{"includeShared":false,"maxRecords":100}"#);
pub(crate) static CREATE_DB_SNAPSHOT: Call = Call::write("rds", "CreateDBSnapshot")
    .request(r#"{"dBSnapshotIdentifier":"<database>-<day>","dBInstanceIdentifier":"<database>"}"#)
    .response(r#"{"dBSnapshotIdentifier":"<database>-<day>","dBInstanceIdentifier":"<database>","engine":"postgres","engineVersion":"16.4","status":"creating","allocatedStorage":<100|200|400>,"availabilityZone":"<availability-zone>","snapshotType":"manual","storageType":"gp3","encrypted":true,"kmsKeyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>","dBSnapshotArn":"arn:aws:rds:<region>:<account>:snapshot:<database>-<day>"}"#)
    .resources(&[("AWS::RDS::DBInstance", "arn:aws:rds:<region>:<account>:db:<database>")]);
pub(crate) static START_QUERY_EXECUTION: Call = Call::write("athena", "StartQueryExecution")
    .request(r#"{"queryString":"***OMITTED***","clientRequestToken":"<uuid>","queryExecutionContext":{"database":"<word>","catalog":"AwsDataCatalog"},"resultConfiguration":{"outputLocation":"s3://exampleorg-<account-name>-athena-results/"},"workGroup":"<primary|analysts|reports>"}"#)
    .response(r#"{"queryExecutionId":"<@uuid>"}"#);
pub(crate) static GET_QUERY_EXECUTION: Call =
    Call::read("athena", "GetQueryExecution").request(r#"{"queryExecutionId":"<@uuid>"}"#);
pub(crate) static GET_QUERY_RESULTS: Call = Call::read("athena", "GetQueryResults")
    .request(r#"{"queryExecutionId":"<@uuid>","maxResults":1000}"#);
pub(crate) static GET_TABLE: Call = Call::read("glue", "GetTable")
    .request(r#"{"catalogId":"<account>","databaseName":"<word>","name":"<crawler-table>"}"#);
pub(crate) static GET_PARTITIONS: Call = Call::read("glue", "GetPartitions")
    .request(r#"{"catalogId":"<account>","databaseName":"<word>","tableName":"<crawler-table>","expression":"day = '<day>'","maxResults":1000}"#);
pub(crate) static START_JOB_RUN: Call = Call::write("glue", "StartJobRun")
    .request(r#"{"jobName":"<word>-<compact|publish|load>","arguments":{"--day":"<day>","--enable-metrics":"true"},"workerType":"G.1X","numberOfWorkers":<number-20>}"#)
    .response(r#"{"jobRunId":"jr_<hex-64>"}"#);
pub(crate) static CREATE_TRAINING_JOB: Call = Call::write("sagemaker", "CreateTrainingJob")
    .request(r#"{"trainingJobName":"<@job>-<hex-8>","roleArn":"arn:aws:iam::<account>:role/<account-name>-training","algorithmSpecification":{"trainingImage":"666677778888.dkr.ecr.<region>.amazonaws.com/training:<number-90>","trainingInputMode":"File"},"inputDataConfig":[{"channelName":"train","dataSource":{"s3DataSource":{"s3DataType":"S3Prefix","s3Uri":"s3://exampleorg-data-lake-curated/<word>/"}}}],"outputDataConfig":{"s3OutputPath":"s3://<bucket>/models/"},"resourceConfig":{"instanceType":"<ml.g5.2xlarge|ml.m5.4xlarge>","instanceCount":1,"volumeSizeInGB":100},"stoppingCondition":{"maxRuntimeInSeconds":86400}}"#)
    .response(r#"{"trainingJobArn":"arn:aws:sagemaker:<region>:<account>:training-job/<@job>-<hex-8>"}"#);
pub(crate) static DESCRIBE_TRAINING_JOB: Call = Call::read("sagemaker", "DescribeTrainingJob")
    .request(r#"{"trainingJobName":"<@job>-<hex-8>"}"#);
pub(crate) static INVOKE_MODEL: Call = Call::read("bedrock", "InvokeModel")
    .request(
        r#"{"modelId":"<anthropic.claude-3-5-haiku-20241022-v1:0|amazon.titan-embed-text-v2:0>"}"#,
    )
    .extra(r#"{"inferenceRegion":"<region>"}"#);
