//! Signing in: the console and IAM Identity Center.

use super::Call;

const LOGIN_EXTRA: &str = r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=hashArgsFromTB_<region>_<hex-16>","MobileVersion":"No","MFAUsed":"<@mfa-used>"}"#;

pub(crate) static CONSOLE_LOGIN: Call = Call::write("signin", "ConsoleLogin")
    .of_type("AwsConsoleSignIn")
    .response(r#"{"ConsoleLogin":"Success"}"#)
    .extra(LOGIN_EXTRA);
pub(crate) static CONSOLE_LOGIN_FAILED: Call = Call::write("signin", "ConsoleLogin")
    .of_type("AwsConsoleSignIn")
    .response(r#"{"ConsoleLogin":"Failure"}"#)
    .extra(LOGIN_EXTRA)
    .failing("", "Failed authentication");
pub(crate) static SWITCH_ROLE: Call = Call::write("signin", "SwitchRole")
    .of_type("AwsConsoleSignIn")
    .response(r#"{"SwitchRole":"Success"}"#)
    .extra(r#"{"SwitchFrom":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","RedirectTo":"https://console.aws.amazon.com/console/home?region=<region>"}"#);
pub(crate) static FEDERATE: Call = Call::read("sso", "Federate")
    .of_type("AwsServiceEvent")
    .details(r#"{"role_name":"<AdministratorAccess|DeveloperAccess|ReadOnlyAccess>","account_id":"<777788889999|234567890123|345678901234|567890123456|666677778888>"}"#);
pub(crate) static AUTHENTICATE: Call =
    Call::write("sso", "Authenticate").of_type("AwsServiceEvent").details(
        r#"{"CredentialType":"PASSWORD,TOTP","LoginTo":"https://example-org.awsapps.com/start/"}"#,
    );
pub(crate) static USER_AUTHENTICATION: Call = Call::write("signin", "UserAuthentication")
    .of_type("AwsServiceEvent")
    .extra(r#"{"AuthWorkflowID":"<uuid>","MFAUsed":"Yes","LoginTo":"https://example-org.awsapps.com/start/","CredentialType":"EXTERNAL_IDP"}"#)
    .details(r#"{"UserAuthentication":"Success"}"#);
pub(crate) static LIST_APPLICATIONS: Call =
    Call::read("sso", "ListApplications").request(r#"{"maxResults":100}"#);
pub(crate) static LIST_ACCOUNT_ROLES: Call = Call::read("sso", "ListAccountRoles").request(
    r#"{"accountId":"<777788889999|234567890123|345678901234|567890123456>","max_result":50}"#,
);
pub(crate) static GET_ROLE_CREDENTIALS: Call = Call::read("sso", "GetRoleCredentials")
    .request(r#"{"roleName":"<AdministratorAccess|DeveloperAccess|ReadOnlyAccess>","accountId":"<777788889999|234567890123|345678901234|567890123456>"}"#);
