//! The texts that the records of a file share, each once: most records of a file name the same few.

use crate::services::Services;
use orgtrail_shared::event::Principal;
use orgtrail_storage::dictionary::{PrincipalTerm, Term, TermField};
use std::collections::HashMap;

/// Distinct texts; a record refers to them by their places.
#[derive(Default)]
pub(super) struct Texts {
    terms: Vec<Term>,
    /// By value; the same value may come with different details.
    term_places: HashMap<TermField, HashMap<String, Vec<usize>>>,
    principals: Vec<PrincipalTerm>,
    /// By ARN.
    principal_places: HashMap<String, Vec<usize>>,
    accounts: Vec<String>,
    account_places: HashMap<String, usize>,
}

/// The ids of [`Texts`], by place.
pub(super) struct Ids {
    pub(super) terms: Vec<i32>,
    pub(super) principals: Vec<i32>,
    pub(super) accounts: Vec<i32>,
}

impl Texts {
    /// The place of a text.
    pub(super) fn term(&mut self, field: TermField, value: &str, detail: &str) -> usize {
        let terms = &mut self.terms;
        let make = || Term { field, value: value.to_owned(), detail: detail.to_owned() };
        let places = self.term_places.entry(field).or_default();
        place(places, value, terms, |term| term.detail == detail, make)
    }

    /// The place of a principal.
    pub(super) fn principal(&mut self, principal: &Principal) -> usize {
        let Principal { kind, arn, account, name, session: _ } = principal;
        let is_same = |known: &PrincipalTerm| {
            known.name == *name && known.kind == *kind && known.account == *account
        };
        let make = || PrincipalTerm {
            kind: kind.clone(),
            arn: arn.clone(),
            account: account.clone(),
            name: name.clone(),
        };
        place(&mut self.principal_places, arn, &mut self.principals, is_same, make)
    }

    /// The place of an account.
    pub(super) fn account(&mut self, number: &str) -> usize {
        if let Some(place) = self.account_places.get(number) {
            return *place;
        }
        self.accounts.push(number.to_owned());
        self.account_places.insert(number.to_owned(), self.accounts.len() - 1);
        self.accounts.len() - 1
    }

    /// Turns all texts into ids; new ones are inserted.
    pub(super) async fn ids(
        &self,
        services: &Services,
        organization_id: i32,
    ) -> anyhow::Result<Ids> {
        let (dictionary, pool) = (&services.dictionary, services.database.worker());
        Ok(Ids {
            terms: dictionary.terms(pool, &self.terms).await?,
            principals: dictionary.principals(pool, &self.principals).await?,
            accounts: dictionary.accounts(pool, organization_id, &self.accounts).await?,
        })
    }
}

/// The place in `list` of what is found under `key` and `is_same`, or of what `make` makes.
fn place<T>(
    places: &mut HashMap<String, Vec<usize>>,
    key: &str,
    list: &mut Vec<T>,
    is_same: impl Fn(&T) -> bool,
    make: impl FnOnce() -> T,
) -> usize {
    let known = places.get(key).into_iter().flatten();
    if let Some(found) = known.copied().find(|place| is_same(&list[*place])) {
        return found;
    }
    list.push(make());
    places.entry(key.to_owned()).or_default().push(list.len() - 1);
    list.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_place_and_different_ones_do_not() {
        let mut texts = Texts::default();
        let first = texts.term(TermField::Name, "GetObject", "s3.amazonaws.com");
        assert_eq!(texts.term(TermField::Name, "GetObject", "s3.amazonaws.com"), first);
        assert_ne!(texts.term(TermField::Name, "GetObject", "other.amazonaws.com"), first);
        assert_ne!(texts.term(TermField::Agent, "GetObject", "s3.amazonaws.com"), first);
        assert_eq!(texts.terms[first].detail, "s3.amazonaws.com");

        let role = Principal {
            kind: "AssumedRole".to_owned(),
            arn: "arn:aws:iam::111122223333:role/r".to_owned(),
            account: "111122223333".to_owned(),
            name: "r".to_owned(),
            session: "one".to_owned(),
        };
        let first = texts.principal(&role);
        assert_eq!(
            texts.principal(&Principal { session: "two".to_owned(), ..role.clone() }),
            first
        );
        for other in [
            Principal { kind: "Role".to_owned(), ..role.clone() },
            Principal { arn: String::new(), ..role.clone() },
            Principal { account: String::new(), ..role.clone() },
            Principal { name: "other".to_owned(), ..role.clone() },
        ] {
            assert_ne!(texts.principal(&other), first);
        }
        assert_eq!(texts.account("111122223333"), texts.account("111122223333"));
        assert_ne!(texts.account("111122223333"), texts.account(""));
    }
}
