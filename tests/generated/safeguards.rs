//! docs/safeguards.md: which policies stand for a section of the Security Rule, and which sections a policy stands for.

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::PolicyFile;

use crate::markdown::{cell, head, notice, row};
use crate::written::{Files, up_to_date};

#[test]
fn the_page_of_safeguards_is_up_to_date() {
    let catalogue = embedded::catalogue().unwrap();
    let of = |citation: &str| -> Vec<&PolicyFile> {
        catalogue.policies.iter().filter(|policy| policy.safeguards.iter().any(|one| one == citation)).collect()
    };
    let link = |policy: &PolicyFile| format!("[{0}](policies/{0}.md)", policy.id);
    let (judged, other): (Vec<_>, Vec<_>) =
        catalogue.safeguards.iter().partition(|safeguard| !of(&safeguard.citation).is_empty());

    let mut out = notice("policies/safeguards.yaml and the files under policies/");
    out.push_str("# Safeguards\n\nThe standards and implementation specifications of 45 CFR part 164, and the policies that look for ");
    out.push_str(
        "what breaks them. A resource that passes is no proof that a safeguard is in place: most of them also ask ",
    );
    out.push_str("for people and procedures, which no configuration shows.\n\n## From safeguard to policies\n\n");
    out.push_str(&head(&["section", "safeguard", "obligation", "what it asks for", "policies"]));
    for safeguard in judged {
        let links: Vec<String> = of(&safeguard.citation).into_iter().map(link).collect();
        out.push_str(&row(&[
            safeguard.citation.clone(),
            format!("{} ({})", cell(&safeguard.name), safeguard.kind),
            safeguard.obligation.clone(),
            cell(&safeguard.summary),
            links.join(", "),
        ]));
    }
    out.push_str("\n## From policy to safeguards\n\n");
    out.push_str(&head(&["policy", "severity", "safeguards"]));
    for policy in &catalogue.policies {
        let named = policy.safeguards.iter().map(|citation| {
            let safeguard = catalogue.safeguards.iter().find(|safeguard| safeguard.citation == *citation);
            safeguard.map_or(citation.clone(), |safeguard| format!("{citation} {}", cell(&safeguard.name)))
        });
        let named: Vec<String> = named.collect();
        out.push_str(&row(&[link(policy), policy.severity.as_str().to_string(), named.join("; ")]));
    }
    if !other.is_empty() {
        out.push_str("\n## Without a policy\n\nNo policy looks for what breaks these.\n\n");
        out.push_str(&head(&["section", "safeguard", "obligation", "what it asks for"]));
        for safeguard in other {
            out.push_str(&row(&[
                safeguard.citation.clone(),
                format!("{} ({})", cell(&safeguard.name), safeguard.kind),
                safeguard.obligation.clone(),
                cell(&safeguard.summary),
            ]));
        }
    }
    up_to_date(&Files::from([("safeguards.md".to_string(), out)]), None);
}
