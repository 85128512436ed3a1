//! Why somebody may do something, or may not.

use super::Page;
use crate::backend::{Answer, Backend};
use crate::console::{Console, use_console};
use crate::parts::panels::{Notice, PageHead};
use crate::parts::table::{Column, Label, Table};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::authorization::{Action, Explanation, Step, StepOutcome, WhyQuestion};

const COLUMNS: [Column; 4] =
    [Column::Text("What decides"), Column::Text("Says"), Column::Text("Why"), Column::Text("By")];

/// The page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let asked = question(console);
    let answer = match &asked.action {
        action if action.is_empty() => None,
        _ => Some(backend.explain(asked.clone()).await),
    };
    Page::new("Why?", move || view! { <Why asked answer/> }.into_any())
}

/// What the address asks.
fn question(console: &Console) -> WhyQuestion {
    let text = |name| console.params.get(name).map(str::trim).unwrap_or_default().to_owned();
    WhyQuestion { principal: text("principal"), action: text("action"), resource: text("resource") }
}

#[component]
fn Why(asked: WhyQuestion, answer: Option<Answer<Explanation>>) -> impl IntoView {
    let path = use_console().path.clone();
    let WhyQuestion { principal, action, resource } = asked;
    let options: Vec<AnyView> = Action::ALL
        .iter()
        .map(|action| view! { <option value=action.name()>{action.about()}</option> }.into_any())
        .collect();
    view! {
        <PageHead title="Why?".to_owned() answers="Who may do what, which rule decides, and who could do it instead.">
            <a class="button" href=use_console().to("/rules")>"The rules"</a>
        </PageHead>
        <form method="get" action=path class="ask">
            <label>
                "Person "
                <input name="principal" type="text" value=principal placeholder="you" autocomplete="off" spellcheck="false"/>
            </label>
            <label>
                "Action "
                <input name="action" type="text" class="code" list="actions" value=action placeholder="cloudtrail:StopLogging" autocomplete="off" spellcheck="false" required/>
                <datalist id="actions">{options}</datalist>
            </label>
            <label>
                "Account, unit or trail "
                <input name="resource" type="text" class="code" value=resource placeholder="the organization" autocomplete="off" spellcheck="false"/>
            </label>
            <button type="submit" class="button">"Ask"</button>
        </form>
        {answer.map(told)}
    }
    .into_any()
}

fn told(answer: Answer<Explanation>) -> AnyView {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let text = error.to_string();
            return view! { <Notice tone="attention"><p role="status">{text}</p></Notice> }
                .into_any();
        }
    };
    let Explanation { principal, action, resource, is_allowed, steps, instead } = answer;
    let (tone, may) = if is_allowed { ("ok", "may") } else { ("danger", "may not") };
    let words = format!("{principal} {may} {action} on {resource}.");
    let rows = steps.into_iter().map(row).collect();
    let instead = (!is_allowed).then(|| {
        let words = if instead.is_empty() {
            "Nobody else could do it now.".to_owned()
        } else {
            format!("Could do it instead: {}.", instead.join(", "))
        };
        view! { <p>{words}</p> }
    });
    view! {
        <Notice tone><p role="status">{words}</p></Notice>
        <Table label=Label::Words("What decides, in its order") caption="What decides, in its order" columns=&COLUMNS rows class="cards"/>
        {instead}
    }
    .into_any()
}

fn row(step: Step) -> AnyView {
    let says = match step.outcome {
        StepOutcome::Allows => toned("ok", "✓", "allows"),
        StepOutcome::Refuses => toned("danger", "✗", "refuses"),
        StepOutcome::DoesNotApply => toned("neutral", "–", "doesn't apply"),
    };
    view! {
        <tr>
            <th scope="row" data-label="What decides">{step.kind.name()}</th>
            <td data-label="Says">{says}</td>
            <td class="wraps" data-label="Why">{step.words}</td>
            <td class="wraps code" data-label="By">{step.by.join(", ")}</td>
        </tr>
    }
    .into_any()
}
