//! What must be known of AWS Regions.

/// Regions that an account has only if it asked for them.
///
/// Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account": all Regions
/// introduced after 20 March 2019 are disabled until somebody opts in. A Region that is newer than this list is treated as one
/// that every account has, which may report silence wrongly and never hides it.
pub const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// Whether an account has the Region only if it asked for it.
pub fn is_opt_in(region: &str) -> bool {
    OPT_IN.contains(&region)
}
