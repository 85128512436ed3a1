//! The pages, one per route.

mod event;
mod integrity;
mod not_found;
mod operations;
mod organization;
mod overview;
mod quarantine;
mod search;
mod sign_in;

pub(crate) use event::EventPage;
pub(crate) use integrity::IntegrityPage;
pub(crate) use not_found::NotFoundPage;
pub(crate) use operations::OperationsPage;
pub(crate) use organization::OrganizationPage;
pub(crate) use overview::OverviewPage;
pub(crate) use quarantine::QuarantinePage;
pub(crate) use search::SearchPage;
pub(crate) use sign_in::SignInPage;
