//! docs/fixes.md: how fixes are made, and which policies have one.

use phiguard::catalogue::embedded;

use crate::markdown::{cell, head, notice, row};
use crate::policies::settings;
use crate::written::{Files, up_to_date};

const HOW: &str = "# Fixes

`phiguard check --diff` prints what would mend the findings, as a unified diff, and changes nothing. `--fix` writes what is safe, and
reports what is left; `--unsafe-fixes` goes on to what may break something or make it anew.

```sh
phiguard check examples/terraform-aws-leaky --diff --exit-zero
```

A fix is safe where what is deployed is changed in place and who uses it rightly goes on as before. For the others the table below
says what to look at first, and so does `phiguard explain`.

What is changed is the value that the resource itself writes: in Terraform's native syntax, in CloudFormation templates in YAML and
JSON, in ARM templates and in Bicep. What is absent is added after its neighbours, with their indentation; comments and everything
else stay. A companion such as `aws_s3_bucket_versioning` is added after the resource that it configures. Left alone, with the
reason, is

- a value that comes from a variable, a local or a module: change it where it is written;
- a block that also makes instances which pass, or whose finding somebody suppressed;
- a file with a syntax error, Terraform's JSON syntax, plans, and what a module outside of the checked paths writes;
- what a transform made, and what nobody but its author can fill in, such as the name of a role.

Before a file is written, everything is checked again with the edits in place: the file must parse, the finding must be gone, and
there must be no new finding of any policy that the project has not switched off. An edit that does not hold this is taken back, and
that is said. Files are written whole or not at all, and keep their mode.

JSON and SARIF carry the edits of each finding, for editors and other tools.

## Policies with a fix
";

#[test]
fn the_page_of_fixes_is_up_to_date() {
    let policies = embedded::policies().unwrap();
    let mut out = notice("tests/generated/fixes.rs and the files under policies/");
    out.push_str(HOW);
    out.push('\n');
    out.push_str(&head(&["policy", "sets", "safe", "look at first"]));
    for policy in policies.values() {
        let Some(fix) = &policy.fix else { continue };
        out.push_str(&row(&[
            format!("[{0}](policies/{0}.md)", policy.id),
            settings(fix),
            if fix.safe { "yes" } else { "no" }.to_string(),
            cell(fix.because.as_deref().unwrap_or_default()),
        ]));
    }
    up_to_date(&Files::from([("fixes.md".to_string(), out)]), None);
}
