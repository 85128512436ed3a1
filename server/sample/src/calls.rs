//! The API calls that appear in the sample, each with the shape of its record.

pub(crate) mod compute;
pub(crate) mod data;
pub(crate) mod delivery;
pub(crate) mod governance;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod network;
pub(crate) mod operations;
pub(crate) mod sign_in;
pub(crate) mod storage;

/// An API call and the templates of what its record says.
#[derive(Debug)]
pub(crate) struct Call {
    /// The service, without `.amazonaws.com`.
    pub(crate) source: &'static str,
    /// `eventName`.
    pub(crate) name: &'static str,
    /// `readOnly`.
    pub(crate) is_read_only: bool,
    /// Whether it is a data event.
    pub(crate) is_data: bool,
    /// `eventType`.
    pub(crate) event_type: &'static str,
    /// `requestParameters`; empty for null.
    pub(crate) request: &'static str,
    /// `responseElements` of a call that succeeds; empty for null.
    pub(crate) response: &'static str,
    /// `additionalEventData`; empty when there is none.
    pub(crate) extra: &'static str,
    /// `serviceEventDetails`; empty when there is none.
    pub(crate) details: &'static str,
    /// `resources`: type and ARN.
    pub(crate) resources: &'static [(&'static str, &'static str)],
    /// The error that the call always meets: code and message; an empty code is left out.
    pub(crate) failure: Option<(&'static str, &'static str)>,
}

impl Call {
    /// A call that only reads.
    pub(crate) const fn read(source: &'static str, name: &'static str) -> Self {
        Self {
            source,
            name,
            is_read_only: true,
            is_data: false,
            event_type: "AwsApiCall",
            request: "",
            response: "",
            extra: "",
            details: "",
            resources: &[],
            failure: None,
        }
    }

    /// A call that changes something.
    pub(crate) const fn write(source: &'static str, name: &'static str) -> Self {
        let mut call = Self::read(source, name);
        call.is_read_only = false;
        call
    }

    /// The same as a data event.
    pub(crate) const fn data(mut self) -> Self {
        self.is_data = true;
        self
    }

    /// The same with another event type.
    pub(crate) const fn of_type(mut self, event_type: &'static str) -> Self {
        self.event_type = event_type;
        self
    }

    /// The same with request parameters.
    pub(crate) const fn request(mut self, request: &'static str) -> Self {
        self.request = request;
        self
    }

    /// The same with response elements.
    pub(crate) const fn response(mut self, response: &'static str) -> Self {
        self.response = response;
        self
    }

    /// The same with additional event data.
    pub(crate) const fn extra(mut self, extra: &'static str) -> Self {
        self.extra = extra;
        self
    }

    /// The same with service event details.
    pub(crate) const fn details(mut self, details: &'static str) -> Self {
        self.details = details;
        self
    }

    /// The same with resources.
    pub(crate) const fn resources(
        mut self,
        resources: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.resources = resources;
        self
    }

    /// The same with an error that it always meets.
    pub(crate) const fn failing(mut self, code: &'static str, message: &'static str) -> Self {
        self.failure = Some((code, message));
        self
    }

    /// Whether the service is recorded in us-east-1 only.
    ///
    /// Source: CloudTrail User Guide, "Global service events".
    pub(crate) fn is_global(&self) -> bool {
        matches!(
            self.source,
            "iam" | "organizations" | "route53" | "cloudfront" | "signin" | "sso" | "health"
        )
    }

    /// The action as IAM writes it, e.g. `lambda:GetFunction`.
    pub(crate) fn action(&self) -> String {
        let name =
            self.name.trim_end_matches("v2").trim_end_matches(|last: char| last.is_ascii_digit());
        let service = match self.source {
            "monitoring" => "cloudwatch",
            "elasticloadbalancing" => "elasticloadbalancing",
            source => source,
        };
        format!("{service}:{name}")
    }

    /// `eventVersion` as the service writes it.
    pub(crate) fn version(&self) -> &'static str {
        match self.source {
            "iam" | "sts" | "s3" | "kms" | "cloudtrail" | "dynamodb" | "logs" | "monitoring" => {
                "1.11"
            }
            "ec2" | "ecs" | "ssm" | "secretsmanager" | "organizations" | "sso" | "config" => "1.10",
            "lambda" | "rds" | "autoscaling" | "securityhub" | "athena" | "glue" | "bedrock" => {
                "1.09"
            }
            _ => "1.08",
        }
    }
}
