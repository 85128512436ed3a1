//! Templates for JSON texts: `<name>` stands for a value that depends only on the seed and the name.
//!
//! `<name>` is drawn anew for each event, `<@name>` once per activity (so that all its events name the
//! same bucket or session), `#` separates two values of one kind: `<sg#source>`, `<sg#target>`, and
//! `<a|b>` is one of several texts.

mod names;

use crate::organization::{self, AccountSpec};
use crate::random::{self, Random, hash};
use crate::time;
use std::fmt::Write;

/// What an activity knows beyond its account and Region, e.g. the role session that acts.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// Values by name; each was set for a purpose and beats what would be drawn.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Draws the `@` values that nobody has set.
    pub(crate) seed: u64,
}

impl Scope {
    /// The value that was set for a name.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn hash_of(&self, name: &str) -> u64 {
        self.find(name).map_or(0, hash)
    }
}

/// Fills templates for one event.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    /// The account that the event is delivered for.
    pub(crate) account: &'static AccountSpec,
    /// The Region in which it happened.
    pub(crate) region: &'static str,
    /// What the activity knows.
    pub(crate) scope: &'a Scope,
    /// Draws the values of this event.
    pub(crate) seed: u64,
    /// When the event happened, in seconds since 1970.
    pub(crate) time: i64,
}

impl Values<'_> {
    /// The template with all values filled in.
    pub(crate) fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() * 2);
        self.expand(template, &mut out);
        out
    }

    /// Appends the template with all values filled in.
    pub(crate) fn expand(&self, template: &str, out: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('>') else {
                out.push('<');
                out.push_str(after);
                return;
            };
            self.value(name, out);
            rest = behind;
        }
        out.push_str(rest);
    }

    fn value(&self, name: &str, out: &mut String) {
        match name.strip_prefix('@') {
            Some(name) => match self.scope.find(name) {
                Some(value) => out.push_str(value),
                None => self.draw(name, self.scope.seed, out),
            },
            None => self.draw(name, self.seed, out),
        }
    }

    fn draw(&self, name: &str, seed: u64, out: &mut String) {
        let mut random = Random::new(&[seed, hash(name)]);
        if name.contains('|') {
            let choices = name.split('|').count() as u64;
            let chosen = usize::try_from(random.below(choices)).unwrap_or(0);
            out.push_str(name.split('|').nth(chosen).unwrap_or_default());
            return;
        }
        let kind = name.split_once('#').map_or(name, |(kind, _)| kind);
        if self.context(kind, out) {
            return;
        }
        if let Some((prefix, length, count)) = names::pool(kind) {
            out.push_str(prefix);
            let index = random.below(count);
            let parts = [hash(self.account.id), hash(self.region), hash(kind), index];
            Random::new(&parts).text(length, random::HEX, out);
        } else if let Some(template) = names::template(kind) {
            Values { seed: random.next(), ..*self }.expand(template, out);
        } else {
            self.primitive(kind, &mut random, out);
        }
    }

    /// Values that follow from the place, the time and the acting person; true if `kind` is one.
    fn context(&self, kind: &str, out: &mut String) -> bool {
        match kind {
            "account" => out.push_str(self.account.id),
            "account-name" => out.push_str(self.account.name),
            "region" => out.push_str(self.region),
            "management" => out.push_str(organization::MANAGEMENT),
            "organization" => out.push_str(organization::ORGANIZATION),
            "trail" => out.push_str(organization::TRAIL_ARN),
            "trail-bucket" => out.push_str(organization::BUCKET),
            "time" => time::write_iso(self.time, out),
            "day" => time::write_day(self.time, '-', out),
            "day-path" => time::write_day(self.time, '/', out),
            "long-time" => time::write_long(self.time, out),
            "expires" => time::write_long(self.time + 3600, out),
            "epoch" => append(out, format_args!("{}", self.time)),
            "hour-ago" => append(out, format_args!("{}", self.time - 3600)),
            "role-id" => self.unique_id("AROA", 17, "role", out),
            "user-id" => self.unique_id("AIDA", 17, "user", out),
            "user-key" => self.unique_id("AKIA", 16, "user", out),
            "office-ip" => self.office_address(out),
            "home-ip" => self.home_address(out),
            "nat-ip" => {
                let host = 10 + hash(self.account.name) % 90 * 2 + self.scope.seed % 2;
                append(out, format_args!("203.0.113.{host}"));
            }
            "private-ip" => {
                let network = 20 + hash(self.account.name) % 180;
                let (subnet, host) = (self.scope.seed % 6, 4 + (self.scope.seed >> 8) % 240);
                append(out, format_args!("10.{network}.{subnet}.{host}"));
            }
            _ => return false,
        }
        true
    }

    /// An id of IAM that always is the same for one name in one account.
    fn unique_id(&self, prefix: &str, length: usize, variable: &str, out: &mut String) {
        out.push_str(prefix);
        let name = self.scope.hash_of(variable);
        let parts = [hash(self.account.id), hash(prefix), name];
        Random::new(&parts).text(length, random::BASE32, out);
    }

    fn office_address(&self, out: &mut String) {
        append(out, format_args!("198.51.100.{}", 20 + self.scope.hash_of("person") % 9));
    }

    /// Where a person works from home: some have IPv6.
    fn home_address(&self, out: &mut String) {
        let home = self.scope.hash_of("person");
        if home.is_multiple_of(3) {
            let (site, host) = (home >> 8 & 0xffff, home >> 24 & 0xffff);
            append(out, format_args!("2001:db8:{site:x}:1::{host:x}"));
        } else {
            append(out, format_args!("198.51.100.{}", 60 + home % 160));
        }
    }

    fn primitive(&self, kind: &str, random: &mut Random, out: &mut String) {
        let (family, size) = kind.rsplit_once('-').unwrap_or((kind, ""));
        let length = size.parse().unwrap_or(8);
        match family {
            "uuid" => random.uuid(out),
            "hex" => random.text(length, random::HEX, out),
            "base64" => random.text(length, random::BASE64, out),
            "base32" => random.text(length, random::BASE32, out),
            "digits" => random.text(length, b"0123456789", out),
            "number" => append(out, format_args!("{}", random.below(length as u64) + 1)),
            "word" => out.push_str(random.pick(self.account.words)),
            "person" => out.push_str(random.pick(&names::PEOPLE)),
            _ => debug_assert!(false, "there is no value `{kind}`"),
        }
    }
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string can't fail");
}

#[cfg(test)]
mod tests;
