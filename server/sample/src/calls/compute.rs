//! EC2 instances, Lambda, containers.

use super::Call;

pub(crate) static DESCRIBE_INSTANCES: Call = Call::read("ec2", "DescribeInstances")
    .request(r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}},{"name":"tag:environment","valueSet":{"items":[{"value":"production"}]}}]}}"#);
pub(crate) static DESCRIBE_INSTANCE_STATUS: Call = Call::read("ec2", "DescribeInstanceStatus")
    .request(r#"{"instancesSet":{"items":[{"instanceId":"<instance>"},{"instanceId":"<instance#second>"}]},"filterSet":{},"includeAllInstances":true}"#);
pub(crate) static DESCRIBE_VOLUMES: Call = Call::read("ec2", "DescribeVolumes").request(
    r#"{"maxResults":500,"volumeSet":{"items":[{"volumeId":"<volume>"}]},"filterSet":{}}"#,
);
pub(crate) static DESCRIBE_IMAGES: Call = Call::read("ec2", "DescribeImages")
    .request(r#"{"executableBySet":{},"imagesSet":{"items":[{"imageId":"<ami>"}]},"ownersSet":{"items":[{"owner":"amazon"}]},"filterSet":{}}"#);
pub(crate) static DESCRIBE_SNAPSHOTS: Call = Call::read("ec2", "DescribeSnapshots")
    .request(r#"{"maxResults":1000,"snapshotSet":{},"ownersSet":{"items":[{"owner":"self"}]},"sharedUsersSet":{},"filterSet":{}}"#);
pub(crate) static DESCRIBE_TAGS: Call = Call::read("ec2", "DescribeTags")
    .request(r#"{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"<instance>"}]}}]}}"#);
pub(crate) static DESCRIBE_AVAILABILITY_ZONES: Call =
    Call::read("ec2", "DescribeAvailabilityZones")
        .request(r#"{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}"#);
pub(crate) static DESCRIBE_REGIONS: Call =
    Call::read("ec2", "DescribeRegions").request(r#"{"regionSet":{},"allRegions":true}"#);
pub(crate) static RUN_INSTANCES: Call = Call::write("ec2", "RunInstances")
    .request(r#"{"instancesSet":{"items":[{"imageId":"<@ami>","minCount":1,"maxCount":1}]},"instanceType":"<@instance-type>","monitoring":{"enabled":true},"disableApiTermination":false,"clientToken":"<uuid>","networkInterfaceSet":{"items":[{"deviceIndex":0,"subnetId":"<@subnet>","groupSet":{"items":[{"groupId":"<@sg>"}]},"deleteOnTermination":true}]},"iamInstanceProfile":{"name":"<account-name>-node"},"ebsOptimized":true,"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"<account-name>-node"},{"key":"environment","value":"production"}]}]},"metadataOptions":{"httpTokens":"required"}}"#)
    .response(r#"{"requestId":"<uuid#answer>","reservationId":"r-0<hex-16>","ownerId":"<account>","groupSet":{},"instancesSet":{"items":[{"instanceId":"<@instance>","imageId":"<@ami>","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-<@private-ip>.<region>.compute.internal","instanceType":"<@instance-type>","launchTime":"<time>","placement":{"availabilityZone":"<@availability-zone>","tenancy":"default"},"subnetId":"<@subnet>","privateIpAddress":"<@private-ip>","architecture":"arm64","sourceDestCheck":true}]}}"#);
pub(crate) static TERMINATE_INSTANCES: Call = Call::write("ec2", "TerminateInstances")
    .request(r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#)
    .response(r#"{"requestId":"<uuid#answer>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#);
pub(crate) static STOP_INSTANCES: Call = Call::write("ec2", "StopInstances")
    .request(r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"force":false}"#)
    .response(r#"{"requestId":"<uuid#answer>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":64,"name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#);
pub(crate) static CREATE_TAGS: Call = Call::write("ec2", "CreateTags")
    .request(r#"{"resourcesSet":{"items":[{"resourceId":"<@instance>"}]},"tagSet":{"items":[{"key":"karpenter.sh/nodepool","value":"<general|batch>"},{"key":"owner","value":"<word>"}]}}"#)
    .response(r#"{"requestId":"<uuid#answer>","_return":true}"#);
pub(crate) static CREATE_SNAPSHOT: Call = Call::write("ec2", "CreateSnapshot")
    .request(r#"{"volumeId":"<volume>","description":"nightly backup of <volume>","tagSpecificationSet":{"items":[{"resourceType":"snapshot","tags":[{"key":"retention","value":"35d"}]}]}}"#)
    .response(r#"{"requestId":"<uuid#answer>","snapshotId":"<snapshot>","volumeId":"<volume>","status":"pending","startTime":"<time>","ownerId":"<account>","volumeSize":"<20|50|100|200>","encrypted":true}"#);
pub(crate) static SET_DESIRED_CAPACITY: Call = Call::write("autoscaling", "SetDesiredCapacity")
    .request(r#"{"autoScalingGroupName":"<scaling-group>","desiredCapacity":<number-12>,"honorCooldown":false}"#);
pub(crate) static DESCRIBE_AUTO_SCALING_GROUPS: Call =
    Call::read("autoscaling", "DescribeAutoScalingGroups")
        .request(r#"{"autoScalingGroupNames":["<scaling-group>"],"maxRecords":100}"#);

pub(crate) static INVOKE: Call = Call::write("lambda", "Invoke")
    .data()
    .request(r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<@function>","sourceArn":"arn:aws:sqs:<region>:<account>:<queue>","contentType":"application/json"}"#)
    .extra(r#"{"functionVersion":"arn:aws:lambda:<region>:<account>:function:<@function>:$LATEST"}"#)
    .resources(&[("AWS::Lambda::Function", "arn:aws:lambda:<region>:<account>:function:<@function>")]);
pub(crate) static GET_FUNCTION: Call = Call::read("lambda", "GetFunction20150331v2")
    .request(r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>"}"#);
pub(crate) static LIST_FUNCTIONS: Call = Call::read("lambda", "ListFunctions20150331")
    .request(r#"{"maxItems":50,"functionVersion":"ALL"}"#);
pub(crate) static GET_FUNCTION_CONFIGURATION: Call =
    Call::read("lambda", "GetFunctionConfiguration20150331v2")
        .request(r#"{"functionName":"<function>"}"#);
pub(crate) static UPDATE_FUNCTION_CODE: Call = Call::write("lambda", "UpdateFunctionCode20150331v2")
    .request(r#"{"functionName":"<@function>","s3Bucket":"exampleorg-shared-services-artifacts","s3Key":"<@function>/<hex-40>.zip","publish":true,"dryRun":false}"#)
    .response(r#"{"functionName":"<@function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<@function>","runtime":"<python3.12|nodejs22.x|java21>","role":"arn:aws:iam::<account>:role/<@function>-role","handler":"main.handler","codeSize":<number-9000000>,"timeout":30,"memorySize":512,"lastModified":"<time>","codeSha256":"<base64-43>=","version":"<number-400>","environment":{},"tracingConfig":{"mode":"Active"},"revisionId":"<uuid#revision>","state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"]}"#);

pub(crate) static DESCRIBE_SERVICES: Call = Call::read("ecs", "DescribeServices")
    .request(r#"{"cluster":"<cluster>","services":["<service>"],"include":["TAGS"]}"#);
pub(crate) static DESCRIBE_TASKS: Call = Call::read("ecs", "DescribeTasks")
    .request(r#"{"cluster":"arn:aws:ecs:<region>:<account>:cluster/<cluster>","tasks":["arn:aws:ecs:<region>:<account>:task/<cluster>/<hex-32>"]}"#);
pub(crate) static REGISTER_TASK_DEFINITION: Call = Call::write("ecs", "RegisterTaskDefinition")
    .request(r#"{"family":"<@service>","taskRoleArn":"arn:aws:iam::<account>:role/<account-name>-<@service>-task","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"1024","memory":"2048","containerDefinitions":[{"name":"<@service>","image":"666677778888.dkr.ecr.<region>.amazonaws.com/<@service>@<sha>","essential":true,"portMappings":[{"containerPort":8080,"protocol":"tcp"}],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/aws/ecs/<@service>","awslogs-region":"<region>"}}}]}"#)
    .response(r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:<region>:<account>:task-definition/<@service>:<number-300>","family":"<@service>","status":"ACTIVE","registeredAt":"<long-time>"}}"#);
pub(crate) static UPDATE_SERVICE: Call = Call::write("ecs", "UpdateService")
    .request(r#"{"cluster":"<@cluster>","service":"<@service>","taskDefinition":"<@service>:<number-300>","forceNewDeployment":true}"#)
    .response(r#"{"service":{"serviceArn":"arn:aws:ecs:<region>:<account>:service/<@cluster>/<@service>","serviceName":"<@service>","status":"ACTIVE","desiredCount":3,"runningCount":3,"pendingCount":0}}"#);
pub(crate) static DESCRIBE_CLUSTER: Call =
    Call::read("eks", "DescribeCluster").request(r#"{"name":"<cluster>"}"#);
