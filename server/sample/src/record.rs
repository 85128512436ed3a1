//! Writes one record, with its fields in the order in which AWS has them.
//!
//! Source: `reference/cloudtrail-logfiles.md`, "Record schema".

use crate::activity::{Activity, Draft};
use crate::actors::Path;
use crate::calls::Call;
use crate::failures::{self, Failure};
use crate::random::{self, Random, hash};
use crate::values::Values;
use std::fmt::Write;

/// Appends the record of one call.
pub(crate) fn write(activity: &Activity, draft: &Draft, out: &mut String) {
    let values = activity.values(draft.seed, draft.time);
    let failure = failures::failure_of(activity, draft);
    write_who(activity, draft, &values, out);
    if let Some(failure) = &failure {
        if !failure.code.is_empty() {
            append(out, format_args!(r#","errorCode":"{}""#, failure.code));
        }
        append(out, format_args!(r#","errorMessage":"{}""#, failure.message));
    }
    write_what(draft.call, failure.as_ref(), &values, out);
    write_ids(activity, draft, &values, out);
    write_resources(draft.call, failure.as_ref(), &values, out);
    append(out, format_args!(r#","eventType":"{}""#, draft.call.event_type));
    if draft.call.source == "dynamodb" {
        out.push_str(r#","apiVersion":"2012-08-10""#);
    }
    append(out, format_args!(r#","managementEvent":{}"#, !draft.call.is_data));
    append(out, format_args!(r#","recipientAccountId":"{}""#, activity.account.id));
    if draft.is_shared {
        values.expand(r#","sharedEventID":"<@shared-id>""#, out);
    }
    if activity.path == Path::Endpoint {
        values.expand(r#","vpcEndpointId":"<@endpoint>","vpcEndpointAccountId":"<account>""#, out);
    }
    if !draft.call.details.is_empty() {
        out.push_str(r#","serviceEventDetails":"#);
        values.expand(draft.call.details, out);
    }
    let category = if draft.call.is_data { "Data" } else { "Management" };
    append(out, format_args!(r#","eventCategory":"{category}""#));
    write_transport(activity, draft, &values, out);
    out.push('}');
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string can't fail");
}

fn write_who(activity: &Activity, draft: &Draft, values: &Values<'_>, out: &mut String) {
    append(out, format_args!(r#"{{"eventVersion":"{}","userIdentity":"#, draft.call.version()));
    values.expand(draft.identity, out);
    values.expand(r#","eventTime":"<time>""#, out);
    let Call { source, name, .. } = draft.call;
    append(out, format_args!(r#","eventSource":"{source}.amazonaws.com","eventName":"{name}""#));
    append(out, format_args!(r#","awsRegion":"{}""#, activity.region));
    append(out, format_args!(r#","sourceIPAddress":"{}","userAgent":""#, activity.source));
    if is_behind_console(activity, draft) {
        out.push_str("AWS Internal\"");
    } else if *source == "s3" && activity.path != Path::Inside {
        values.expand(&["[", activity.agent, "]\""].concat(), out);
    } else {
        values.expand(activity.agent, out);
        out.push('"');
    }
}

/// Whether the console's own servers make the call: such records name no browser and no TLS.
fn is_behind_console(activity: &Activity, draft: &Draft) -> bool {
    activity.path == Path::Console
        && draft.call.event_type == "AwsApiCall"
        && draft.call.source != "sts"
        && !draft.seed.is_multiple_of(3)
}

fn write_what(call: &Call, failure: Option<&Failure>, values: &Values<'_>, out: &mut String) {
    let is_denied = failure.is_some_and(|failure| failure.code == "AccessDenied");
    let hides_request = is_denied && matches!(call.source, "iam" | "sts");
    let has_request = !call.request.is_empty() && !hides_request;
    let has_response =
        !call.response.is_empty() && failure.is_none_or(|failure| failure.code.is_empty());
    for (name, template, is_there) in [
        ("requestParameters", call.request, has_request),
        ("responseElements", call.response, has_response),
    ] {
        append(out, format_args!(r#","{name}":"#));
        if is_there {
            values.expand(template, out);
        } else {
            out.push_str("null");
        }
    }
    if !call.extra.is_empty() {
        out.push_str(r#","additionalEventData":"#);
        values.expand(call.extra, out);
    }
}

fn write_ids(activity: &Activity, draft: &Draft, values: &Values<'_>, out: &mut String) {
    match draft.call.source {
        _ if draft.is_shared => values.expand(r#","requestID":"<@request-id>""#, out),
        _ if draft.call.event_type != "AwsApiCall" => {}
        "s3" => values.expand(r#","requestID":"<base32-16#request>""#, out),
        "dynamodb" => values.expand(r#","requestID":"<base32-52#request>""#, out),
        _ => values.expand(r#","requestID":"<uuid#request>""#, out),
    }
    out.push_str(r#","eventID":""#);
    let place = [hash(activity.account.id), hash(activity.region)];
    Random::new(&[draft.seed, activity.scope.seed, place[0], place[1], hash("event")]).uuid(out);
    append(out, format_args!(r#"","readOnly":{}"#, draft.call.is_read_only));
}

fn write_resources(call: &Call, failure: Option<&Failure>, values: &Values<'_>, out: &mut String) {
    if call.resources.is_empty()
        || failure.is_some_and(|failure| failure.code.ends_with("NotFound"))
    {
        return;
    }
    for (index, (kind, template)) in call.resources.iter().enumerate() {
        out.push_str(if index == 0 { r#","resources":[{"# } else { ",{" });
        let arn = values.fill(template);
        if *kind != "AWS::S3::Object" {
            let owner = arn.split(':').nth(4).filter(|owner| !owner.is_empty());
            append(out, format_args!(r#""accountId":"{}","#, owner.unwrap_or(values.account.id)));
        }
        if !kind.is_empty() {
            append(out, format_args!(r#""type":"{kind}","#));
        }
        append(out, format_args!(r#""ARN":"{arn}"}}"#));
    }
    out.push(']');
}

fn write_transport(activity: &Activity, draft: &Draft, values: &Values<'_>, out: &mut String) {
    let is_call = draft.call.event_type == "AwsApiCall" && draft.call.source != "sts";
    let has_tls = activity.path != Path::Inside && draft.call.event_type != "AwsServiceEvent";
    let mut random = Random::new(&[draft.seed, hash("tls")]);
    // Some records have no TLS details for no visible reason.
    if has_tls && !is_behind_console(activity, draft) && !random.happens(100) {
        out.push_str(if random.happens(880) {
            r#","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","#
        } else {
            r#","tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","#
        });
        out.push_str(r#""clientProvidedHostHeader":""#);
        write_host(draft.call, values, out);
        if random.happens(300) {
            let exchange = random.pick(&["x25519", "X25519MLKEM768", "secp256r1"]);
            append(out, format_args!(r#"","keyExchange":"{exchange}"#));
        }
        out.push_str("\"}");
    }
    if is_call && activity.path == Path::Console {
        out.push_str(r#","sessionCredentialFromConsole":"true""#);
    }
}

fn write_host(call: &Call, values: &Values<'_>, out: &mut String) {
    match call.source {
        "signin" => values.expand("<region>.signin.aws.amazon.com", out),
        "s3" if call.request.contains("<@bucket>.s3") => {
            values.expand("<@bucket>.s3.<region>.amazonaws.com", out);
        }
        "iam" | "organizations" | "route53" | "cloudfront" => {
            append(out, format_args!("{}.amazonaws.com", call.source));
        }
        source => values.expand(&[source, ".<region>.amazonaws.com"].concat(), out),
    }
}

/// Draws the part of a file's name that tells files of one minute apart.
pub(crate) fn unique_name(parts: &[u64]) -> String {
    let mut name = String::with_capacity(16);
    Random::new(parts).text(16, random::ALPHANUMERIC, &mut name);
    name
}
