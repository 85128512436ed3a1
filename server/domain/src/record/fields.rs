//! The fields of a record that orgtrail reads, borrowed from its text where possible.

use super::{FileClaims, RecordError};
use orgtrail_shared::event::{Access, Principal};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A value that should be text: numbers and booleans are printed, anything else is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Text<'a>(Cow<'a, str>);

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }
    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Declares a part of a record that is read from a JSON object, and is empty when the value is none.
///
/// A key that comes twice keeps its first value, as a reader going from top to bottom would take it.
macro_rules! tolerant_object {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal as $read:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name<'a> { $($(#[$field_doc])* pub $field: $type,)* }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;
                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $(let mut $field: Option<$read> = None;)*
                        while let Some(key) = map.next_key::<Text<'de>>()? {
                            match &*key.0 {
                                $($key if $field.is_none() => $field = Some(map.next_value()?),)*
                                _ => { map.next_value::<IgnoredAny>()?; }
                            }
                        }
                        Ok($name { $($field: $field.unwrap_or_default().into(),)* })
                    }
                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        Ok($name::default())
                    }
                    fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok($name::default()) }
                }
                deserializer.deserialize_any(ObjectVisitor)
            }
        }
    };
}

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Self {
        text.0
    }
}

tolerant_object! {
    /// The role or user behind a session.
    SessionIssuer {
        /// The issuer's ARN.
        arn: Cow<'a, str> = "arn" as Text<'de>,
        /// The issuer's name.
        user_name: Cow<'a, str> = "userName" as Text<'de>,
    }
}

tolerant_object! {
    /// `userIdentity.sessionContext`.
    SessionContext {
        /// `sessionIssuer`.
        issuer: SessionIssuer<'a> = "sessionIssuer" as SessionIssuer<'de>,
    }
}

tolerant_object! {
    /// `userIdentity.onBehalfOf`.
    OnBehalfOf {
        /// The Identity Center user.
        user_id: Cow<'a, str> = "userId" as Text<'de>,
    }
}

tolerant_object! {
    /// `userIdentity`.
    Identity {
        /// `type`.
        kind: Cow<'a, str> = "type" as Text<'de>,
        /// `principalId`.
        principal_id: Cow<'a, str> = "principalId" as Text<'de>,
        /// `arn`.
        arn: Cow<'a, str> = "arn" as Text<'de>,
        /// `accountId`.
        account: Cow<'a, str> = "accountId" as Text<'de>,
        /// `accessKeyId`.
        access_key: Cow<'a, str> = "accessKeyId" as Text<'de>,
        /// `userName`.
        user_name: Cow<'a, str> = "userName" as Text<'de>,
        /// `invokedBy`.
        invoked_by: Cow<'a, str> = "invokedBy" as Text<'de>,
        /// `sessionContext`.
        session: SessionContext<'a> = "sessionContext" as SessionContext<'de>,
        /// `onBehalfOf`.
        on_behalf_of: OnBehalfOf<'a> = "onBehalfOf" as OnBehalfOf<'de>,
    }
}

tolerant_object! {
    /// One entry of `resources`.
    Resource {
        /// `ARN`.
        arn: Cow<'a, str> = "ARN" as Text<'de>,
        /// `ARNPrefix`.
        arn_prefix: Cow<'a, str> = "ARNPrefix" as Text<'de>,
        /// `type`.
        kind: Cow<'a, str> = "type" as Text<'de>,
    }
}

/// `resources`: a list as a rule, one object in some services' records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Resources<'a>(Vec<Resource<'a>>);

impl<'a> From<Resources<'a>> for Vec<Resource<'a>> {
    fn from(resources: Resources<'a>) -> Self {
        resources.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Resources<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        let list = serde_json::from_str::<Vec<Resource<'a>>>(raw.get()).or_else(|_| {
            serde_json::from_str::<Resource<'a>>(raw.get()).map(|resource| vec![resource])
        });
        Ok(Self(
            list.unwrap_or_default()
                .into_iter()
                .filter(|resource| *resource != Resource::default())
                .collect(),
        ))
    }
}

tolerant_object! {
    /// The fields of a record.
    Fields {
        /// `eventTime`.
        event_time: Cow<'a, str> = "eventTime" as Text<'de>,
        /// `eventName`.
        event_name: Cow<'a, str> = "eventName" as Text<'de>,
        /// `eventSource`.
        event_source: Cow<'a, str> = "eventSource" as Text<'de>,
        /// `eventID`.
        event_id: Cow<'a, str> = "eventID" as Text<'de>,
        /// `awsRegion`.
        region: Cow<'a, str> = "awsRegion" as Text<'de>,
        /// `sourceIPAddress`.
        source_ip: Cow<'a, str> = "sourceIPAddress" as Text<'de>,
        /// `userAgent`.
        user_agent: Cow<'a, str> = "userAgent" as Text<'de>,
        /// `errorCode`.
        error_code: Cow<'a, str> = "errorCode" as Text<'de>,
        /// `eventType`.
        event_type: Cow<'a, str> = "eventType" as Text<'de>,
        /// `eventCategory`, as written.
        event_category: Cow<'a, str> = "eventCategory" as Text<'de>,
        /// `managementEvent`.
        management_event: Cow<'a, str> = "managementEvent" as Text<'de>,
        /// `readOnly`.
        read_only: Cow<'a, str> = "readOnly" as Text<'de>,
        /// `recipientAccountId`.
        recipient_account: Cow<'a, str> = "recipientAccountId" as Text<'de>,
        /// `requestID`.
        request_id: Cow<'a, str> = "requestID" as Text<'de>,
        /// `vpcEndpointId`.
        vpc_endpoint: Cow<'a, str> = "vpcEndpointId" as Text<'de>,
        /// `userIdentity`.
        identity: Identity<'a> = "userIdentity" as Identity<'de>,
        /// `resources`.
        resources: Vec<Resource<'a>> = "resources" as Resources<'de>,
    }
}

impl<'a> Fields<'a> {
    /// Reads the fields of a record's text.
    ///
    /// # Errors
    ///
    /// [`RecordError::NotAnObject`] when the text is not one JSON object.
    pub fn parse(text: &'a str) -> Result<Self, RecordError> {
        if !text.trim_start().starts_with('{') {
            return Err(RecordError::NotAnObject("it does not begin with `{`".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| RecordError::NotAnObject(error.to_string()))
    }

    /// The account the record was delivered for: the recipient, else the caller's, else the file's.
    pub(super) fn account(&self, claims: &FileClaims) -> Cow<'a, str> {
        if !self.recipient_account.is_empty() {
            return self.recipient_account.clone();
        }
        match &claims.account {
            Some(account) => Cow::Owned(account.clone()),
            None => self.identity.account.clone(),
        }
    }

    /// `eventCategory`; records before version 1.07 have none, so it follows from the other fields.
    pub fn category(&self) -> Cow<'a, str> {
        if !self.event_category.is_empty() {
            return self.event_category.clone();
        }
        Cow::Borrowed(match (&*self.event_type, &*self.management_event) {
            ("AwsCloudTrailInsight", _) => "Insight",
            ("AwsVpceEvent" | "AwsVpceEvents", _) => "NetworkActivity",
            (_, "false") => "Data",
            _ => "Management",
        })
    }

    /// Who made the call.
    pub fn principal(&self) -> Principal {
        super::principal::of(self)
    }

    /// Whether the call only read.
    pub fn access(&self) -> Access {
        match &*self.read_only {
            "true" => Access::Read,
            "false" => Access::Write,
            _ => Access::Unknown,
        }
    }
}
