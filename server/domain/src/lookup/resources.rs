//! The resources of a record, by type and name.
//!
//! A record may list them. Most management events don't: what they are about stands in their parameters and answers, by names that
//! each service has for itself. AWS keeps a list of those that isn't published; this one has the names that are unmistakable.

use crate::record::{Fields, Resource};
use serde_json::Value;

/// The service, the parameter's name, and the resource's type.
const NAMED: [(&str, &str, &str); 34] = [
    ("s3.amazonaws.com", "bucketName", "AWS::S3::Bucket"),
    ("iam.amazonaws.com", "userName", "AWS::IAM::User"),
    ("iam.amazonaws.com", "roleName", "AWS::IAM::Role"),
    ("iam.amazonaws.com", "groupName", "AWS::IAM::Group"),
    ("iam.amazonaws.com", "policyArn", "AWS::IAM::Policy"),
    ("iam.amazonaws.com", "policyName", "AWS::IAM::Policy"),
    ("iam.amazonaws.com", "instanceProfileName", "AWS::IAM::InstanceProfile"),
    ("iam.amazonaws.com", "accessKeyId", "AWS::IAM::AccessKey"),
    ("sts.amazonaws.com", "roleArn", "AWS::IAM::Role"),
    ("ec2.amazonaws.com", "instanceId", "AWS::EC2::Instance"),
    ("ec2.amazonaws.com", "groupId", "AWS::EC2::SecurityGroup"),
    ("ec2.amazonaws.com", "vpcId", "AWS::EC2::VPC"),
    ("ec2.amazonaws.com", "subnetId", "AWS::EC2::Subnet"),
    ("ec2.amazonaws.com", "volumeId", "AWS::EC2::Volume"),
    ("ec2.amazonaws.com", "snapshotId", "AWS::EC2::Snapshot"),
    ("ec2.amazonaws.com", "imageId", "AWS::EC2::Ami"),
    ("ec2.amazonaws.com", "keyName", "AWS::EC2::KeyPair"),
    ("ec2.amazonaws.com", "networkInterfaceId", "AWS::EC2::NetworkInterface"),
    ("ec2.amazonaws.com", "routeTableId", "AWS::EC2::RouteTable"),
    ("ec2.amazonaws.com", "internetGatewayId", "AWS::EC2::InternetGateway"),
    ("ec2.amazonaws.com", "networkAclId", "AWS::EC2::NetworkAcl"),
    ("lambda.amazonaws.com", "functionName", "AWS::Lambda::Function"),
    ("rds.amazonaws.com", "dBInstanceIdentifier", "AWS::RDS::DBInstance"),
    ("rds.amazonaws.com", "dBSnapshotIdentifier", "AWS::RDS::DBSnapshot"),
    ("rds.amazonaws.com", "dBClusterIdentifier", "AWS::RDS::DBCluster"),
    ("dynamodb.amazonaws.com", "tableName", "AWS::DynamoDB::Table"),
    ("cloudformation.amazonaws.com", "stackName", "AWS::CloudFormation::Stack"),
    ("kms.amazonaws.com", "keyId", "AWS::KMS::Key"),
    ("secretsmanager.amazonaws.com", "secretId", "AWS::SecretsManager::Secret"),
    ("sns.amazonaws.com", "topicArn", "AWS::SNS::Topic"),
    ("sqs.amazonaws.com", "queueUrl", "AWS::SQS::Queue"),
    ("autoscaling.amazonaws.com", "autoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup"),
    ("logs.amazonaws.com", "logGroupName", "AWS::Logs::LogGroup"),
    ("cloudtrail.amazonaws.com", "trailARN", "AWS::CloudTrail::Trail"),
];

/// How deep parameters are looked through: `instancesSet.items[].instanceId` is the deepest of the usual ones.
const DEPTH_MAX: usize = 5;

/// The most resources of one record.
const RESOURCES_MAX: usize = 200;

/// Type and name of each resource, once, in the order of the record. A type that isn't known is empty.
pub(super) fn resources(fields: &Fields<'_>, all: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for Resource { arn, arn_prefix, kind } in &fields.resources {
        add(&mut found, kind, if arn.is_empty() { arn_prefix } else { arn });
    }
    for part in ["requestParameters", "responseElements"] {
        gather(&fields.event_source, &all[part], 0, &mut found);
    }
    found
}

fn add(found: &mut Vec<(String, String)>, kind: &str, name: &str) {
    let is_known = found.iter().any(|(known, other)| known == kind && other == name);
    if !is_known && !name.is_empty() && found.len() < RESOURCES_MAX {
        found.push((kind.to_owned(), name.to_owned()));
    }
}

fn gather(source: &str, value: &Value, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let kind = NAMED.iter().find(|(service, known, _)| {
                    *service == source && known.eq_ignore_ascii_case(name)
                });
                match (kind, value) {
                    (Some((_, _, kind)), Value::String(text)) => add(found, kind, text),
                    _ => gather(source, value, depth + 1, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| gather(source, value, depth + 1, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
