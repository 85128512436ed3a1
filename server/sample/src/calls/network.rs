//! VPCs, load balancers, names and content delivery.

use super::Call;

pub(crate) static DESCRIBE_SECURITY_GROUPS: Call = Call::read("ec2", "DescribeSecurityGroups")
    .request(r#"{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<sg>"}]},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}}]}}"#);
pub(crate) static DESCRIBE_SUBNETS: Call = Call::read("ec2", "DescribeSubnets")
    .request(r#"{"subnetSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}},{"name":"tag:tier","valueSet":{"items":[{"value":"private"}]}}]}}"#);
pub(crate) static DESCRIBE_VPCS: Call = Call::read("ec2", "DescribeVpcs")
    .request(r#"{"vpcSet":{"items":[{"vpcId":"<vpc>"}]},"filterSet":{}}"#);
pub(crate) static DESCRIBE_NETWORK_INTERFACES: Call = Call::read("ec2", "DescribeNetworkInterfaces")
    .request(r#"{"maxResults":1000,"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"<eni>"}]},"filterSet":{}}"#);
pub(crate) static DESCRIBE_ROUTE_TABLES: Call = Call::read("ec2", "DescribeRouteTables")
    .request(r#"{"routeTableIdSet":{"items":[{"routeTableId":"<route-table>"}]},"filterSet":{}}"#);
pub(crate) static DESCRIBE_ADDRESSES: Call = Call::read("ec2", "DescribeAddresses")
    .request(r#"{"publicIpsSet":{},"filterSet":{},"allocationIdsSet":{}}"#);
pub(crate) static DESCRIBE_VPC_ENDPOINTS: Call = Call::read("ec2", "DescribeVpcEndpoints").request(
    r#"{"DescribeVpcEndpointsRequest":{"VpcEndpointId":[{"tag":1,"content":"<endpoint>"}]}}"#,
);
pub(crate) static CREATE_NETWORK_INTERFACE: Call = Call::write("ec2", "CreateNetworkInterface")
    .request(r#"{"subnetId":"<subnet>","description":"aws-K8S-<instance>","groupSet":{"items":[{"groupId":"<sg>"}]},"privateIpAddressesSet":{},"ipv6AddressCount":0,"clientToken":"<uuid>"}"#)
    .response(r#"{"requestId":"<uuid#answer>","networkInterface":{"networkInterfaceId":"<eni>","subnetId":"<subnet>","vpcId":"<@vpc>","availabilityZone":"<availability-zone>","description":"aws-K8S-<instance>","ownerId":"<account>","requesterManaged":false,"status":"pending","macAddress":"0a:ff:<hex-2>:<hex-2#b>:<hex-2#c>:<hex-2#d>","privateIpAddress":"<private-ip>","sourceDestCheck":true,"interfaceType":"interface","groupSet":{"items":[{"groupId":"<sg>","groupName":"<account-name>-node"}]},"tagSet":{}}}"#);
pub(crate) static DELETE_NETWORK_INTERFACE: Call = Call::write("ec2", "DeleteNetworkInterface")
    .request(r#"{"networkInterfaceId":"<eni>"}"#)
    .response(r#"{"requestId":"<uuid#answer>","_return":true}"#);
pub(crate) static AUTHORIZE_INGRESS: Call = Call::write("ec2", "AuthorizeSecurityGroupIngress")
    .request(r#"{"groupId":"<sg>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.<number-200>.0.0/16","description":"<word> clients"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#)
    .response(r#"{"requestId":"<uuid#answer>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>","groupId":"<sg>","securityGroupRuleId":"sgr-0<hex-16>","description":"<word> clients","isEgress":false,"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIpv4":"10.<number-200>.0.0/16"}]}}"#);
pub(crate) static REVOKE_INGRESS: Call = Call::write("ec2", "RevokeSecurityGroupIngress")
    .request(r#"{"groupId":"<sg>","securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-0<hex-16>"}]}}"#)
    .response(r#"{"requestId":"<uuid#answer>","_return":true}"#);
pub(crate) static DESCRIBE_TARGET_HEALTH: Call =
    Call::read("elasticloadbalancing", "DescribeTargetHealth")
        .request(r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<target-group>/<target-suffix>"}"#);
pub(crate) static DESCRIBE_LOAD_BALANCERS: Call =
    Call::read("elasticloadbalancing", "DescribeLoadBalancers")
        .request(r#"{"names":["<load-balancer>"],"pageSize":400}"#);
pub(crate) static REGISTER_TARGETS: Call = Call::write("elasticloadbalancing", "RegisterTargets")
    .request(r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<target-group>/<target-suffix>","targets":[{"id":"<private-ip>","port":8080,"availabilityZone":"<availability-zone>"}]}"#);
pub(crate) static DEREGISTER_TARGETS: Call = Call::write("elasticloadbalancing", "DeregisterTargets")
    .request(r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<target-group>/<target-suffix>","targets":[{"id":"<private-ip>","port":8080}]}"#);
pub(crate) static LIST_RECORD_SETS: Call = Call::read("route53", "ListResourceRecordSets")
    .request(r#"{"hostedZoneId":"<hosted-zone>","maxItems":300}"#);
pub(crate) static CHANGE_RECORD_SETS: Call = Call::write("route53", "ChangeResourceRecordSets")
    .request(r#"{"hostedZoneId":"<hosted-zone>","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"<word>.<account-name>.example.com.","type":"A","aliasTarget":{"hostedZoneId":"Z35SXDOTRQ7X7K","dNSName":"<load-balancer>.elb.amazonaws.com.","evaluateTargetHealth":true}}}]}}"#)
    .response(r#"{"changeInfo":{"status":"PENDING","id":"/change/C0<hex-18>","submittedAt":"<long-time>"}}"#);
pub(crate) static CREATE_INVALIDATION: Call = Call::write("cloudfront", "CreateInvalidation")
    .request(r#"{"distributionId":"<distribution>","invalidationBatch":{"paths":{"quantity":1,"items":["/<word>/*"]},"callerReference":"<uuid>"}}"#)
    .response(r#"{"location":"https://cloudfront.amazonaws.com/2020-05-31/distribution/<distribution>/invalidation/I<base32-24>","invalidation":{"id":"I<base32-24>","status":"InProgress","createTime":"<long-time>"}}"#);
