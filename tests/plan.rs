//! Plans from `terraform show -json`: what is told apart, what each action makes, what is unknown or sensitive, what
//! refers to what, and where findings stand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::program::graph;
use common::{addresses, body, check_paths, errors, project};
use phiguard::report::Report;
use serde_json::{Value as Json, json};

fn check_plan(plan: &Json) -> Report {
    let folder = project(&[("plan.json", &serde_json::to_string_pretty(plan).unwrap())]);
    check_paths(folder.path(), &["plan.json"])
}

/// A change of `address`, such as `module.a["k"].data.aws_region.b[0]`.
fn change(address: &str, actions: &[&str], after: Json, unknown: Json) -> Json {
    let own = address.rsplit_once("module.").map_or(address, |(_, own)| own.split_once('.').unwrap().1);
    let plain = own.split('[').next().unwrap();
    let (mode, rest) = match plain.strip_prefix("data.") {
        Some(rest) => ("data", rest),
        None => ("managed", plain),
    };
    let (type_, name) = rest.split_once('.').unwrap();
    json!({
        "address": address, "mode": mode, "type": type_, "name": name,
        "change": {"actions": actions, "before": null, "after": after, "after_unknown": unknown,
            "before_sensitive": false, "after_sensitive": {}}
    })
}

fn plan(changes: Json, resources: Json) -> Json {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws",
                "version_constraint": "~> 5.0"}},
            "root_module": {"resources": resources}},
        "complete": true, "errored": false
    })
}

fn listed(address: &str, expressions: Json) -> Json {
    json!({"address": address, "expressions": expressions})
}

fn edges(report: &Report) -> Vec<String> {
    let address = |id: usize| report.graph.resources[id].address.as_str();
    let edges = report.graph.edges.iter();
    edges.map(|edge| format!("{} {} {}", address(edge.from), edge.via, address(edge.to))).collect()
}

#[test]
fn each_action_makes_what_it_says() {
    let one = |name: &str, actions: &[&str]| {
        change(&format!("aws_sns_topic.{name}"), actions, json!({"name": name}), json!({}))
    };
    let mut deposed = one("replaced", &["delete"]);
    deposed["deposed"] = json!("0a1b2c3d");
    let changes = json!([
        one("made", &["create"]),
        one("changed", &["update"]),
        one("kept", &["no-op"]),
        one("replaced", &["delete", "create"]),
        deposed,
        one("swapped", &["create", "delete"]),
        one("let_go", &["create", "forget"]),
        one("removed", &["delete"]),
        one("forgotten", &["forget"]),
        change("data.aws_region.late", &["read"], json!({}), json!({"name": true})),
        one("odd", &["transmogrify"]),
    ]);
    let report = check_plan(&plan(changes, json!([])));
    let there = [
        ("made", false),
        ("changed", false),
        ("kept", false),
        ("replaced", false),
        ("swapped", false),
        ("let_go", false),
    ];
    let mut expected: Vec<(String, bool)> =
        there.iter().map(|(name, existing)| (format!("aws_sns_topic.{name}"), *existing)).collect();
    expected.push(("data.aws_region.late".into(), true));
    expected.push(("aws_sns_topic.odd".into(), false));
    let found: Vec<(String, bool)> =
        report.graph.resources.iter().map(|one| (one.address.to_string(), one.existing)).collect();
    assert_eq!(found, expected);
    let said = errors(&report);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("aws_sns_topic.odd is not known to this phiguard"), "{said:?}");
    assert_eq!(report.graph.resources[0].provider_major, Some(5));
}

#[test]
fn absent_unknown_null_and_provider_made_values_differ() {
    let changes = json!([change(
        "aws_db_instance.a",
        &["create"],
        json!({
            "allocated_storage": 20, "db_name": null, "iops": null, "multi_az": false, "restore_to_point_in_time": [],
            "enabled_cloudwatch_logs_exports": [], "tags": {"a": "1"}, "tags_all": {"a": "1", "owner": "phi"},
            "timeouts": null, "listed": ["x", null],
        }),
        json!({"arn": true, "id": true, "kms_key_id": true, "username": true, "listed": [false, true], "tags": {}}),
    )]);
    let resources = json!([listed(
        "aws_db_instance.a",
        json!({
            "allocated_storage": {"constant_value": 20}, "db_name": {}, "username": {"references": ["var.user"]},
            "enabled_cloudwatch_logs_exports": {"constant_value": []}, "tags": {"constant_value": {"a": "1"}},
            "listed": {"references": ["local.some"]},
        })
    )]);
    let report = check_plan(&plan(changes, resources));
    let unknown = |path: &str| json!({"$unknown": format!("aws_db_instance.a.{path} is known only after apply")});
    assert_eq!(
        body(&report, "aws_db_instance.a"),
        json!({
            "allocated_storage": 20, "db_name": null, "multi_az": false, "enabled_cloudwatch_logs_exports": [],
            "tags": {"a": "1", "owner": "phi"}, "listed": ["x", unknown("listed[1]")], "username": unknown("username"),
        })
    );
    // The key that nobody names is the provider's: the same as in the sources.
    let policies: Vec<(&str, bool)> = report
        .findings
        .iter()
        .filter(|finding| finding.family == "encryption")
        .map(|finding| (finding.policy, finding.outcome == phiguard::judge::Outcome::Fail))
        .collect();
    assert_eq!(policies, [("cmk-missing", true), ("encryption-at-rest-disabled", true)]);
}

#[test]
fn sensitive_marks_hide_values_at_any_depth() {
    let mut secret = change(
        "terraform_data.a",
        &["create"],
        json!({"input": {"open": 1, "shut": "s3cr3t", "list": ["x", "y"]}, "all": {"a": "z"}}),
        json!({"output": true}),
    );
    secret["change"]["after_sensitive"] = json!({"input": {"shut": true, "list": [false, true]}, "all": true});
    let mut root = plan(json!([secret]), json!([listed("terraform_data.a", json!({"input": {}, "all": {}}))]));
    root["output_changes"] = json!({
        "told": {"actions": ["create"], "after": "x", "after_unknown": false, "after_sensitive": false},
        "hidden": {"actions": ["create"], "after": "s3cr3t", "after_unknown": false, "after_sensitive": true},
        "later": {"actions": ["create"], "after_unknown": true, "after_sensitive": false},
        "gone": {"actions": ["delete"], "before": "x", "after": null, "after_unknown": false, "after_sensitive": false},
    });
    let report = check_plan(&root);
    let hidden = json!({"$sensitive": true});
    assert_eq!(
        body(&report, "terraform_data.a"),
        json!({"input": {"open": 1, "shut": hidden, "list": ["x", hidden]}, "all": hidden})
    );
    let outputs: Vec<(String, Json)> =
        report.outputs.iter().map(|(_, name, value)| (name.to_string(), phiguard::value::to_json(value))).collect();
    assert_eq!(
        outputs,
        [
            ("told".to_string(), json!("x")),
            ("hidden".to_string(), hidden),
            ("later".to_string(), json!({"$unknown": "output.later is known only after apply"})),
        ]
    );
}

#[test]
fn references_lead_through_variables_outputs_and_keys() {
    let bucket = |address: &str| change(address, &["create"], json!({}), json!({"id": true}));
    let user = |address: &str| change(address, &["create"], json!({}), json!({"bucket": true, "id": true}));
    let changes = json!([
        bucket("aws_s3_bucket.each[\"a\"]"),
        bucket("aws_s3_bucket.each[\"b.c\"]"),
        user("aws_s3_bucket_versioning.each[\"a\"]"),
        user("aws_s3_bucket_versioning.each[\"b.c\"]"),
        user("aws_s3_bucket_versioning.named"),
        user("module.logs.aws_s3_bucket_logging.inner"),
        bucket("module.store[0].aws_s3_bucket.made"),
        bucket("module.store[1].aws_s3_bucket.made"),
        user("aws_s3_bucket_policy.out"),
    ]);
    let resources = json!([
        listed("aws_s3_bucket.each", json!({})),
        listed("aws_s3_bucket_versioning.each", json!({"bucket": {"references": ["aws_s3_bucket.each", "each.key"]}})),
        listed(
            "aws_s3_bucket_versioning.named",
            json!({"bucket": {"references":
                ["aws_s3_bucket.each[\"b.c\"].id", "aws_s3_bucket.each[\"b.c\"]", "aws_s3_bucket.each"]}})
        ),
        listed(
            "aws_s3_bucket_policy.out",
            json!({"bucket": {"references": ["module.store[1].id", "module.store[1]", "module.store"]}})
        ),
    ]);
    let mut root = plan(changes, resources);
    root["configuration"]["root_module"]["module_calls"] = json!({
        "logs": {
            "expressions": {"name": {"references": ["aws_s3_bucket.each[\"a\"].id", "aws_s3_bucket.each[\"a\"]"]}},
            "module": {"resources": [
                listed("aws_s3_bucket_logging.inner", json!({"bucket": {"references": ["var.name"]}})),
            ]},
        },
        "store": {
            "count_expression": {"constant_value": 2},
            "module": {
                "outputs": {"id": {"expression": {"references": ["aws_s3_bucket.made.id", "aws_s3_bucket.made"]}}},
                "resources": [listed("aws_s3_bucket.made", json!({}))],
            },
        },
    });
    assert_eq!(
        edges(&check_plan(&root)),
        [
            "aws_s3_bucket_versioning.each[\"a\"] bucket aws_s3_bucket.each[\"a\"]",
            "aws_s3_bucket_versioning.each[\"b.c\"] bucket aws_s3_bucket.each[\"b.c\"]",
            "aws_s3_bucket_versioning.named bucket aws_s3_bucket.each[\"b.c\"]",
            "module.logs.aws_s3_bucket_logging.inner bucket aws_s3_bucket.each[\"a\"]",
            "aws_s3_bucket_policy.out bucket module.store[1].aws_s3_bucket.made",
        ]
    );
}

#[test]
fn blocks_keep_their_references() {
    let changes = json!([
        change("aws_security_group.a", &["create"], json!({}), json!({"id": true})),
        change("aws_security_group.b", &["create"], json!({}), json!({"id": true})),
        change(
            "aws_instance.i",
            &["create"],
            json!({"rule": [{"port": 2}, {"port": 1}], "many": [{"n": 1}, {"n": 2}]}),
            json!({"rule": [{"group": true}, {"group": true}], "many": [{"group": true}, {"group": true}]}),
        ),
    ]);
    let group = |name: &str| json!({"references": [format!("aws_security_group.{name}.id"), format!("aws_security_group.{name}")]});
    let resources = json!([listed(
        "aws_instance.i",
        json!({
            // The plan lists the elements of sets in an order of its own.
            "rule": [{"port": {"constant_value": 1}, "group": group("a")}, {"port": {"constant_value": 2}, "group": group("b")}],
            "many": [{"n": {}, "group": group("a")}],
        })
    )]);
    let report = check_plan(&plan(changes, resources));
    assert_eq!(
        edges(&report),
        [
            "aws_instance.i many aws_security_group.a",
            "aws_instance.i rule.group aws_security_group.a",
            "aws_instance.i rule.group aws_security_group.b",
        ]
    );
    let instance = report.graph.resources.iter().find(|one| one.type_ == "aws_instance").unwrap();
    let rules = instance.body.get("rule").unwrap().value.as_list().unwrap();
    let first = rules[0].get("group").unwrap().value.origin.references();
    assert_eq!(first[0].address, "aws_security_group.b");
}

#[test]
fn prior_state_has_what_was_read_and_what_a_part_leaves_alone() {
    let mut root = plan(
        json!([change("aws_sns_topic.a", &["update"], json!({"policy": "{}"}), json!({}))]),
        json!([listed(
            "aws_sns_topic.a",
            json!({"policy": {"references":
            ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}})
        )]),
    );
    root["complete"] = json!(false);
    root["prior_state"] = json!({"values": {"root_module": {
        "resources": [
            {"address": "data.aws_iam_policy_document.d", "mode": "data", "type": "aws_iam_policy_document", "name": "d",
             "values": {"json": "{}", "hidden": "x"}, "sensitive_values": {"hidden": true}},
            {"address": "aws_sns_topic.a", "mode": "managed", "type": "aws_sns_topic", "name": "a", "values": {}},
        ],
        "child_modules": [{"address": "module.m", "resources": [
            {"address": "module.m.aws_sns_topic.b", "mode": "managed", "type": "aws_sns_topic", "name": "b",
             "values": {"name": "b"}, "sensitive_values": {}},
        ]}],
    }}});
    let report = check_plan(&root);
    let found: Vec<(&str, bool)> =
        report.graph.resources.iter().map(|one| (one.address.as_str(), one.existing)).collect();
    assert_eq!(
        found,
        [("aws_sns_topic.a", false), ("data.aws_iam_policy_document.d", true), ("module.m.aws_sns_topic.b", false)]
    );
    assert_eq!(edges(&report), ["aws_sns_topic.a policy data.aws_iam_policy_document.d"]);
    assert_eq!(body(&report, "data.aws_iam_policy_document.d"), json!({"json": "{}", "hidden": {"$sensitive": true}}));
    assert!(errors(&report)[0].contains("a part of the configuration"), "{:?}", errors(&report));
}

#[test]
fn findings_stand_in_the_sources_where_they_lie_beside() {
    let sources = [
        (
            "main.tf",
            "variable \"port\" {\n  type = number\n}\n\nlocals {\n  key = aws_kms_key.k.arn\n}\n\nresource \"aws_kms_key\" \"k\" {}\n\n\
             module \"store\" {\n  for_each = toset(data.x.y.names)\n  source   = \"./store\"\n  key      = local.key\n  open     = var.port\n}\n",
        ),
        (
            "store/main.tf",
            "variable \"key\" {}\nvariable \"open\" {}\n\nresource \"aws_security_group_rule\" \"r\" {\n  type        = \"ingress\"\n  \
             from_port   = var.open\n  to_port     = var.open\n  protocol    = \"tcp\"\n  cidr_blocks = [\"0.0.0.0/0\"]\n  key         = var.key\n}\n",
        ),
    ];
    let mut root = plan(
        json!([
            change("aws_kms_key.k", &["create"], json!({}), json!({"arn": true})),
            change(
                "module.store[\"a\"].aws_security_group_rule.r",
                &["create"],
                json!({"type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"],
                    "self": false}),
                json!({"key": true, "id": true}),
            ),
        ]),
        json!([]),
    );
    root["variables"] = json!({"port": {"value": 22}});
    let text = serde_json::to_string_pretty(&root).unwrap();
    let mut files = sources.to_vec();
    files.push(("plan.json", text.as_str()));
    let folder = project(&files);
    let report = check_paths(folder.path(), &["plan.json"]);
    assert_eq!(errors(&report), Vec::<String>::new());
    assert_eq!(addresses(&report), ["aws_kms_key.k", "module.store[\"a\"].aws_security_group_rule.r"]);
    // The local, which plans do not list, leads to the key all the same.
    assert_eq!(edges(&report), ["module.store[\"a\"].aws_security_group_rule.r key aws_kms_key.k"]);
    let places: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.resource == 1 && !finding.span.is_none())
        .map(|finding| format!("{}:{}", report.sources.name(finding.span), report.sources.range(finding.span).0.line))
        .collect();
    assert!(!places.is_empty());
    assert!(places.iter().all(|place| place.starts_with("store/main.tf:")), "{places:?}");
    assert_eq!(report.summary().files, 1);

    // Alone, the same plan is placed in itself.
    let alone = project(&[("plan.json", text.as_str())]);
    let report = check_paths(alone.path(), &["plan.json"]);
    assert!(!report.findings.is_empty());
    assert!(report.findings.iter().all(|finding| report.sources.name(finding.span) == "plan.json"));

    // The walk finds both; what they agree on is told once.
    let fixed = project(&[
        ("main.tf", "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = false\n}\n"),
        ("p/ignored.txt", ""),
        (
            "plan.json",
            &serde_json::to_string(&plan(
                json!([change("aws_kms_key.k", &["create"], json!({"enable_key_rotation": false}), json!({}))]),
                json!([listed("aws_kms_key.k", json!({"enable_key_rotation": {"constant_value": false}}))]),
            ))
            .unwrap(),
        ),
    ]);
    let report = check_paths(fixed.path(), &["."]);
    assert_eq!(report.projects.len(), 2);
    let rotation: Vec<_> = report.findings.iter().filter(|finding| finding.policy.contains("rotation")).collect();
    assert_eq!(rotation.len(), 1, "{rotation:?}");
}

#[test]
fn states_and_what_only_terraform_reads_are_refused() {
    let state =
        "{\"version\": 4, \"terraform_version\": \"1.11.4\", \"serial\": 3, \"lineage\": \"x\", \"resources\": []}";
    let shown = "{\"format_version\": \"1.0\", \"terraform_version\": \"1.11.4\", \"values\": {\"root_module\": {}}}";
    let later = "{\"format_version\": \"2.0\", \"resource_changes\": []}";
    let cut = "{\"format_version\": \"1.2\", \"terraform_version\": \"1.11.4\", \"resource_changes\": [{\"address\": ";
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("{\"format_version\"".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: &[(&str, &[u8], &str)] = &[
        ("terraform.tfstate", state.as_bytes(), "unreadable this file is a state"),
        ("terraform.tfstate.backup", state.as_bytes(), "unreadable this file is a state"),
        ("state.json", shown.as_bytes(), "unreadable this file is a state"),
        ("later.json", later.as_bytes(), "unreadable this file is a plan in version 2.0"),
        ("tfplan", b"PK\x03\x04rest", "unreadable this file is a plan in Terraform's own format"),
        ("wide.json", &wide, "unreadable this file is UTF-16"),
        ("cut.json", cut.as_bytes(), "parse-error"),
    ];
    for (name, bytes, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let said = errors(&check_paths(folder.path(), &[name]));
        assert!(said.len() == 1 && said[0].contains(expected), "{name}: {said:?}");
    }
    // One that the walk comes upon is no reason to fail, but is told.
    let folder = project(&[("terraform.tfstate", state), ("main.tf", "locals {}\n")]);
    let said = errors(&check_paths(folder.path(), &["."]));
    assert!(said.len() == 1 && said[0].contains("invalid-template this file is a state"), "{said:?}");
}

#[test]
fn plans_of_terraform_itself_agree_with_the_sources() {
    if std::process::Command::new("terraform").arg("version").output().is_err() {
        return;
    }
    let folder = project(&[
        (
            "main.tf",
            "variable \"secret\" {\n  sensitive = true\n  default   = \"s3cr3t\"\n}\nresource \"terraform_data\" \"a\" {\n  \
             input = { n = 1, s = var.secret, list = [true, \"x\"] }\n}\nresource \"terraform_data\" \"b\" {\n  for_each = toset([\"k\", \"l\"])\n  \
             input    = \"${each.key}-${terraform_data.a.id}\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  count  = 2\n  id     = terraform_data.a.id\n}\n\
             output \"o\" {\n  value = module.m[0].id\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"id\" {}\nresource \"terraform_data\" \"c\" {\n  input = [var.id, 2]\n}\noutput \"id\" {\n  value = terraform_data.c.id\n}\n",
        ),
    ]);
    let terraform = |arguments: &[&str]| {
        let output = std::process::Command::new("terraform")
            .args(arguments)
            .current_dir(folder.path())
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    terraform(&["init", "-no-color", "-input=false"]);
    terraform(&["plan", "-no-color", "-input=false", "-out=plan.bin"]);
    let shown = terraform(&["show", "-json", "plan.bin"]);
    let alone = project(&[("plan.json", &shown)]);
    let planned = check_paths(alone.path(), &["plan.json"]);
    let sources = check_paths(folder.path(), &["."]);
    assert_eq!(addresses(&planned), addresses(&sources));
    for address in addresses(&sources) {
        let (mut ours, mut theirs) = (body(&sources, &address), body(&planned, &address));
        for side in [&mut ours, &mut theirs] {
            forget_reasons(side);
        }
        assert_eq!(theirs, ours, "{address}");
    }
    assert_eq!(edges(&planned), edges(&sources));
}

fn forget_reasons(value: &mut Json) {
    match value {
        Json::Object(fields) if fields.contains_key("$unknown") => *value = json!("unknown"),
        Json::Object(fields) => fields.values_mut().for_each(forget_reasons),
        Json::Array(items) => items.iter_mut().for_each(forget_reasons),
        _ => {}
    }
}

#[test]
fn plans_without_end_or_sense_are_errors_and_never_crashes() {
    let head = "{\"format_version\": \"1.2\", \"terraform_version\": \"1.11.4\", \"resource_changes\": ";
    let resource = |change: &str| {
        format!(
            "{head}[{{\"address\": \"a_b.c\", \"mode\": \"managed\", \"type\": \"a_b\", \"name\": \"c\", \"change\": {change}}}]}}"
        )
    };
    let deep = format!("{{\"actions\": [\"create\"], \"after\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let calls = format!(
        "{head}[], \"configuration\": {{\"root_module\": {}{{}}{}}}}}",
        "{\"module_calls\": {\"m\": {\"module\": ".repeat(40),
        "}}}".repeat(40)
    );
    // Outputs and variables that lead in a circle, which Terraform never writes.
    let circle = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": [change("a_b.c", &["create"], json!({}), json!({"x": true}))],
        "configuration": {"root_module": {
            "resources": [listed("a_b.c", json!({"x": {"references": ["module.m.o"]}}))],
            "module_calls": {"m": {
                "expressions": {"v": {"references": ["module.m.o"]}},
                "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}},
            }},
        }},
    })
    .to_string();
    let odd = resource(
        "{\"actions\": \"create\", \"after\": [1], \"after_unknown\": {\"x\": [true]}, \"after_sensitive\": 7}",
    );
    for (text, resources, errors_told) in [
        (resource(&deep), 1, true),
        (calls, 0, false),
        (circle, 1, false),
        (odd, 1, true),
        (format!("{head}7}}"), 0, false),
        (resource("null"), 1, true),
    ] {
        let folder = project(&[("plan.json", &text)]);
        // The stack of a test thread is small, so that the program itself is asked.
        let report = graph(folder.path(), &["plan.json"]);
        let shown: String = text.chars().take(200).collect();
        assert_eq!(report["resources"].as_array().unwrap().len(), resources, "{shown}: {report}");
        assert_eq!(!report["errors"].as_array().unwrap().is_empty(), errors_told, "{shown}: {report}");
        assert!(!report["errors"].to_string().contains("internal"), "{report}");
    }
}
