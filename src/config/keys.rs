//! The keys of phiguard.toml: what each is for, and how it looks in a new file. `init` writes them, and a key that is
//! not here is refused.

/// A key.
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// How it looks.
    sample: &'static str,
}

/// The keys of the file.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "select",
        about: "Judge by these policies and families only; --select on the command line takes its place.",
        sample: "select = [\"encryption\", \"network\"]",
    },
    Key {
        name: "profiles",
        about: "Judge by the policies of these profiles too: account, for what an account needs once.",
        sample: "profiles = [\"account\"]",
    },
    Key {
        name: "fail_on",
        about: "End with 1 for findings of this severity or worse: low, medium, high or critical.",
        sample: "fail_on = \"medium\"",
    },
    Key {
        name: "baseline",
        about: "Let what this baseline lists pass, from the folder of this file; --baseline takes its place.",
        sample: "baseline = \"phiguard-baseline.json\"",
    },
    Key {
        name: "foreign_ignores",
        about: "Let comments that are written for checkov, tfsec and trivy suppress the same findings here.",
        sample: "foreign_ignores = true",
    },
    Key {
        name: "exclude",
        about: "Leave these files out; patterns as in .gitignore, from the folder of this file.",
        sample: "exclude = [\"vendor/\", \"*.test.tf\"]",
    },
    Key { name: "locked", about: "Nobody may suppress these policies.", sample: "locked = [\"public-database\"]" },
    Key {
        name: "severity",
        about: "Severities other than the policies' own.",
        sample: "[severity]\npublic-subnet = \"low\"",
    },
    Key {
        name: "parameters",
        about: "Parameters of policies; `phiguard policies --format json` lists them with their values.",
        sample: "[parameters.open-admin-port]\nadmin_ports = [22, 3389]",
    },
    Key {
        name: "environment",
        about: "What the project is deployed with, under a name. Each environment is judged by itself, and a finding says in\n\
                which it is; --environment takes one of them. root is the folder whose root modules and templates it is for\n\
                (default: all); paths count from the folder of this file. With a profile its policies judge there too, for\n\
                an account of its own.",
        sample: "[[environment]]\nname = \"production\"\nroot = \"stacks\"\nworkspace = \"production\"\nprofile = \"account\"\n\
                 var_files = [\"production.tfvars\"]\nparameters = [\"production.json\"]\nvariables = {replicas = 3}",
    },
    Key {
        name: "phi",
        about: "Which resources hold PHI, by tags, deployed names, addresses and files; * stands for anything. Where nothing is\n\
                said, all may. With require_tags, stores of data without one of the tags are found.",
        sample: "[phi]\nnames = [\"*-claims\"]\naddresses = [\"module.imaging.*\"]\npaths = [\"clinical/\"]\nrequire_tags = true\n\
                 \n[phi.tags]\ndata-classification = [\"phi\"]",
    },
    Key {
        name: "agreements",
        about: "The business associate agreements: when each was signed (or false), services that it covers besides the\n\
                provider's list, and services that it leaves out. A provider that is not here has none.",
        sample: "[agreements.aws]\nsigned = 2025-01-31\nextra = []\nexcluded = [\"Amazon Connect\"]",
    },
    Key {
        name: "ignore",
        about: "Findings to live with, by policy or family, and where wanted by address (* stands for anything) and path\n\
                (as in .gitignore). A reason is required; until is the last day on which it holds. In place of tables,\n\
                ignore = [\"policy\", ...] leaves policies and families out, as --ignore does.",
        sample: "[[ignore]]\npolicy = \"bucket-public-access-not-blocked\"\naddress = \"module.site.*\"\n\
                 path = \"site/\"\nreason = \"the public site; holds no PHI\"\nuntil = 2030-12-31",
    },
];

/// The keys of a suppression.
pub(super) const RULE: &[&str] = &["policy", "address", "path", "reason", "until"];

/// A new file: every key with what it is for, commented out.
pub fn sample() -> String {
    let mut out = String::from("# What this project asks of phiguard. docs/configuration.md says more.\n");
    for key in KEYS {
        out.push('\n');
        for (mark, lines) in [("# ", key.about), ("#", key.sample)] {
            for line in lines.lines() {
                out.push_str(mark);
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}
