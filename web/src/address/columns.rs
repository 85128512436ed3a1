//! The columns of a table of events.

/// A column of the table of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// When it happened.
    Time,
    /// What was called.
    Event,
    /// Who called.
    Principal,
    /// For which account.
    Account,
    /// In which Region.
    Region,
    /// From where.
    SourceIp,
    /// What came of it.
    Result,
    /// Which service.
    Service,
    /// With which access key.
    AccessKey,
    /// With which program.
    UserAgent,
    /// What is proven about the log file.
    Proof,
    /// The event's id.
    EventId,
}

impl Column {
    /// Every column with its name in the URL and its heading.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 12] = [
        (Self::Time, "time", "Time"),
        (Self::Event, "event", "Event"),
        (Self::Principal, "principal", "Principal"),
        (Self::Account, "account", "Account"),
        (Self::Region, "region", "Region"),
        (Self::SourceIp, "ip", "Source IP"),
        (Self::Result, "result", "Result"),
        (Self::Service, "source", "Service"),
        (Self::AccessKey, "access-key", "Access key"),
        (Self::UserAgent, "agent", "User agent"),
        (Self::Proof, "proof", "Proof"),
        (Self::EventId, "id", "Event id"),
    ];

    /// The columns that are shown when the URL names none.
    pub(crate) const DEFAULT: [Self; 7] = [
        Self::Time,
        Self::Event,
        Self::Principal,
        Self::Account,
        Self::Region,
        Self::SourceIp,
        Self::Result,
    ];

    /// The name in the URL.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(column, ..)| *column == self).map_or("", |(_, name, _)| name)
    }

    /// The column's heading.
    pub(crate) fn heading(self) -> &'static str {
        Self::ALL.iter().find(|(column, ..)| *column == self).map_or("", |(.., heading)| heading)
    }
}
