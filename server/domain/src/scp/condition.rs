//! One condition: an operator, a key and the values of the policy.

use super::context::Context;
use super::operand::Operand;
use super::operator::{Comparison, Operator, Quantifier};

/// What must hold for one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    pub(super) key: String,
    /// At least one of them must match; with a negated operator, none.
    pub(super) operands: Vec<Operand>,
}

impl Condition {
    /// The keys that it asks for and that aren't known: its own, and those of its variables.
    pub(super) fn unknown_keys(&self, known: &Context) -> Vec<String> {
        let operands = self.operands.iter().flat_map(Operand::keys);
        let keys = std::iter::once(self.key.as_str()).chain(operands);
        keys.filter(|key| known.values(key).is_empty()).map(str::to_owned).collect()
    }

    /// Whether the condition holds.
    ///
    /// An absent key fails a positive operator and passes a negated one, `…IfExists` and `ForAllValues:`; it fails
    /// `ForAnyValue:` in any case. AWS leaves open what an operator without prefix makes of several values: here a
    /// positive one holds when any value matches, and a negated one when none does.
    ///
    /// Sources: IAM User Guide, "Condition operators" and "Single-valued vs. multivalued context keys".
    pub(super) fn holds(&self, context: &Context) -> bool {
        let values = context.values(&self.key);
        if self.operator.comparison == Comparison::Absence {
            // A prefix makes no difference: there is one answer for the whole key.
            return self.operands.contains(&Operand::Absence(values.is_empty()));
        }
        if values.is_empty() && self.operator.is_if_exists {
            return true;
        }
        let is_matched =
            |value: &String| self.operands.iter().any(|operand| operand.matches(value, context));
        let passes = |value: &String| is_matched(value) != self.operator.is_negated;
        // For these, nothing but empty texts is a set without values.
        let has_values = values.iter().any(|value| !value.is_empty());
        match self.operator.quantifier {
            Quantifier::Single => values.iter().any(is_matched) != self.operator.is_negated,
            Quantifier::All => !has_values || values.iter().all(passes),
            Quantifier::Any => has_values && values.iter().any(passes),
        }
    }
}
