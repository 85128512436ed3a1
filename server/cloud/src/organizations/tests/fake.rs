//! A stand-in for AWS Organizations: JSON 1.1 over HTTP on loopback, two entries to a page, faults on demand.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The calls of a pass.
pub(super) const OPERATIONS: [&str; 9] = [
    "DescribeOrganization",
    "DescribePolicy",
    "ListRoots",
    "ListOrganizationalUnitsForParent",
    "ListAccountsForParent",
    "ListAccounts",
    "ListDelegatedAdministrators",
    "ListAWSServiceAccessForOrganization",
    "ListPoliciesForTarget",
];

/// Those that have pages.
pub(super) const LISTINGS: &[&str] = OPERATIONS.split_at(2).1;

/// What is answered instead of the truth.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// A status and a code.
    Error(u16, &'static str),
    /// The connection is cut before an answer.
    Cut,
    /// The connection is cut in the midst of an answer.
    HalfBody,
    /// Status 200 and no JSON.
    Garbage,
    /// Status 200 and nothing.
    Nothing,
    /// An empty page with a token that is always the same.
    SameToken,
    /// An empty page with a token that was never there before.
    NewToken,
}

#[derive(Default)]
struct State {
    once: HashMap<String, Reply>,
    always: HashMap<String, Reply>,
    empty_first: Option<String>,
    counts: HashMap<String, usize>,
}

/// The server. It ends with the test.
pub(super) struct Fake {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(super) async fn start(model: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let fake = Self { address, state: Arc::clone(&state) };
        let model = Arc::new(model);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&model), Arc::clone(&state)));
            }
        });
        fake
    }

    pub(super) fn config(&self) -> SdkConfig {
        let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(format!("http://{}", self.address))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build()
    }

    /// The next call of an operation is answered so.
    pub(super) fn once(&self, operation: &str, reply: Reply) {
        self.state.lock().unwrap().once.insert(operation.to_owned(), reply);
    }

    /// Every call of an operation is answered so.
    pub(super) fn always(&self, operation: &str, reply: Reply) {
        self.state.lock().unwrap().always.insert(operation.to_owned(), reply);
    }

    /// A listing begins with pages that are empty and have a token.
    pub(super) fn begin_with_empty_pages(&self, operation: &str) {
        self.state.lock().unwrap().empty_first = Some(operation.to_owned());
    }

    pub(super) fn count(&self, operation: &str) -> usize {
        self.state.lock().unwrap().counts.get(operation).copied().unwrap_or(0)
    }
}

/// Answers one request and closes the connection.
async fn serve(stream: TcpStream, model: Arc<Value>, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => {
                let name = value.strip_prefix("AWSOrganizationsV20161128.");
                name.expect("it is a call of Organizations").clone_into(&mut operation);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(answer) = answer(&operation, &body, &model, &state) {
        // A client that has gone away needs no answer.
        drop(stream.write_all(&answer).await);
        drop(stream.shutdown().await);
    }
}

/// The bytes of the answer; `None` when the connection is cut.
fn answer(operation: &str, body: &Value, model: &Value, state: &Mutex<State>) -> Option<Vec<u8>> {
    let mut state = state.lock().unwrap();
    let count = state.counts.entry(operation.to_owned()).or_default();
    *count += 1;
    let count = *count;
    let reply = state.once.remove(operation).or_else(|| state.always.get(operation).cloned());
    let truth = || {
        let has_empty = state.empty_first.as_deref() == Some(operation);
        if has_empty {
            after_empty_pages(operation, body, model)
        } else {
            of_model(operation, body, model)
        }
    };
    Some(match reply {
        None => http(200, &truth().to_string()),
        Some(Reply::Error(status, code)) => {
            http(status, &json!({"__type": code, "Message": "no"}).to_string())
        }
        Some(Reply::Cut) => return None,
        Some(Reply::HalfBody) => {
            let mut whole = http(200, &truth().to_string());
            whole.truncate(whole.len() - 1);
            whole
        }
        Some(Reply::Garbage) => http(200, "<html>"),
        Some(Reply::Nothing) => http(200, ""),
        Some(Reply::SameToken) => http(200, &json!({"NextToken": "again"}).to_string()),
        Some(Reply::NewToken) => http(200, &json!({"NextToken": format!("{count}")}).to_string()),
    })
}

fn http(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Fine\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Two empty pages, then those of the model, whose tokens are numbers.
fn after_empty_pages(operation: &str, body: &Value, model: &Value) -> Value {
    match body["NextToken"].as_str() {
        None => json!({"NextToken": "first"}),
        Some("first") => json!({"NextToken": "second"}),
        Some("second") => {
            let mut begun = body.clone();
            begun.as_object_mut().unwrap().remove("NextToken");
            of_model(operation, &begun, model)
        }
        Some(_) => of_model(operation, body, model),
    }
}

fn of_model(operation: &str, body: &Value, model: &Value) -> Value {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let listing = |field: &str, entries: &Value| {
        let nothing = Vec::new();
        let entries = entries.as_array().unwrap_or(&nothing);
        let begin = text("NextToken").parse().unwrap_or(0);
        let page: Vec<_> = entries.iter().skip(begin).take(2).collect();
        let mut answer = json!({ field: page });
        if begin + 2 < entries.len() {
            answer["NextToken"] = json!((begin + 2).to_string());
        }
        answer
    };
    match operation {
        "DescribeOrganization" => json!({"Organization": model["organization"]}),
        "ListRoots" => listing("Roots", &model["roots"]),
        "ListOrganizationalUnitsForParent" => {
            listing("OrganizationalUnits", &model["units"][text("ParentId")])
        }
        "ListAccountsForParent" => listing("Accounts", &model["accounts"][text("ParentId")]),
        "ListAccounts" => listing("Accounts", &model["all"]),
        "ListDelegatedAdministrators" => {
            assert_eq!(text("ServicePrincipal"), "cloudtrail.amazonaws.com");
            listing("DelegatedAdministrators", &model["administrators"])
        }
        "ListAWSServiceAccessForOrganization" => {
            listing("EnabledServicePrincipals", &model["services"])
        }
        "ListPoliciesForTarget" => {
            assert_eq!(text("Filter"), "SERVICE_CONTROL_POLICY");
            listing("Policies", &model["attached"][text("TargetId")])
        }
        "DescribePolicy" => json!({"Policy": model["contents"][text("PolicyId")]}),
        _ => json!({}),
    }
}

/// An organization of two units and five accounts.
pub(super) fn model() -> Value {
    let account = |number: u64| {
        json!({
            "Id": format!("{number:012}"), "Name": format!("account {number}"), "Email": "x@example.com",
            "State": "ACTIVE", "Status": "ACTIVE", "JoinedMethod": if number == 1 { "INVITED" } else { "CREATED" },
            "JoinedTimestamp": 1_700_000_000.5,
        })
    };
    let summary = |id: &str| json!({"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY"});
    let (full, guardrail) = (summary("p-FullAWSAccess"), summary("p-guardrail01"));
    let managed = json!({"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "AwsManaged": true});
    let policy =
        |summary: &Value| json!({"PolicySummary": summary, "Content": "{\"Statement\": []}"});
    json!({
        "organization": {"Id": "o-exampleorg1", "FeatureSet": "ALL", "MasterAccountId": "000000000001"},
        "roots": [{"Id": "r-ab12", "Name": "Root",
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "units": {
            "r-ab12": [{"Id": "ou-ab12-00000001", "Name": "Workloads"}],
            "ou-ab12-00000001": [{"Id": "ou-ab12-00000002", "Name": "Shop"}],
        },
        "accounts": {
            "r-ab12": [account(1)],
            "ou-ab12-00000001": [account(2), account(3), account(4)],
            "ou-ab12-00000002": [account(5)],
        },
        "all": [account(1), account(2), account(3), account(4), account(5)],
        "administrators": [{"Id": "000000000002", "State": "ACTIVE", "DelegationEnabledDate": 1_710_000_000}],
        "services": [
            {"ServicePrincipal": "config.amazonaws.com", "DateEnabled": 1_600_000_000},
            {"ServicePrincipal": "cloudtrail.amazonaws.com", "DateEnabled": 1_700_000_000.123},
            {"ServicePrincipal": "sso.amazonaws.com", "DateEnabled": 1_600_000_000},
        ],
        "attached": {
            "r-ab12": [full], "ou-ab12-00000001": [full, guardrail], "ou-ab12-00000002": [full],
            "000000000001": [full], "000000000002": [full], "000000000003": [full],
            "000000000004": [full], "000000000005": [full],
        },
        "contents": {"p-FullAWSAccess": policy(&managed), "p-guardrail01": policy(&guardrail)},
    })
}
