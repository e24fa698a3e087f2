//! docs/kind.schema.json, docs/policy.schema.json and docs/phiguard.schema.json: generated from the models that the
//! build reads the files with, so that editors complete and check what is written under policies/.

use std::fs;

use jsonschema::Validator;
use schemars::JsonSchema;
use serde_json::{Value as Json, json};

use crate::catalogue::condition::Operator;
use crate::catalogue::model::{KindFile, PolicyFile};
use crate::catalogue::validate::{self, Sourced};
use crate::common;
use crate::written::{Files, up_to_date};

fn schema<T: JsonSchema>(title: &str) -> Json {
    let mut schema = schemars::schema_for!(T).to_value();
    schema.as_object_mut().unwrap().insert("title".to_string(), json!(title));
    schema
}

fn kind() -> Json {
    schema::<KindFile>("A kind file of phiguard: policies/kinds/<kind>.yaml")
}

fn policy() -> Json {
    schema::<PolicyFile>("A policy file of phiguard: policies/<family>/<id>.yaml")
}

/// That of phiguard.toml, which the library makes from its keys and the catalogue.
fn config() -> Json {
    phiguard::config::schema(phiguard::catalogue::embedded::catalogue().unwrap())
}

fn validator(schema: &Json) -> Validator {
    jsonschema::validator_for(schema).unwrap()
}

#[test]
fn schemas_are_up_to_date() {
    let text = |schema: Json| serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let files = [
        ("kind.schema.json".to_string(), text(kind())),
        ("policy.schema.json".to_string(), text(policy())),
        ("phiguard.schema.json".to_string(), text(config())),
    ];
    up_to_date(&Files::from(files), None);
}

/// The files under policies/ of one of the two sorts, as JSON.
fn files(kinds: bool) -> Vec<(String, Json)> {
    let policies = common::root().join("policies");
    let mut found = Vec::new();
    for path in common::files_below(&policies, &["yaml"]) {
        let below = path.strip_prefix(&policies).unwrap();
        let folder = below.parent().unwrap().to_str().unwrap();
        let name = below.file_name().unwrap().to_str().unwrap();
        // As the build reads them: families are folders, and tables of services lie beside their policies.
        if folder.is_empty() || name.starts_with("types-") || (folder == "kinds") != kinds {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        found.push((below.display().to_string(), value));
    }
    assert!(!found.is_empty(), "no file was found, so this test no longer reads them");
    found
}

#[test]
fn every_file_under_policies_follows_its_schema() {
    let mut wrong = Vec::new();
    for (kinds, schema) in [(true, kind()), (false, policy())] {
        let validator = validator(&schema);
        for (path, value) in files(kinds) {
            for error in validator.iter_errors(&value) {
                wrong.push(format!("policies/{path}, {}: {error}", error.instance_path()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A policy file, small and sound.
fn sound_policy() -> Json {
    json!({
        "id": "bucket-unnamed",
        "title": "A bucket without a name",
        "severity": "low",
        "safeguards": ["164.312(b)"],
        "remediate_within_days": 30,
        "kinds": ["object_store"],
        "fails": {"all": [
            {"attribute": "name", "absent": true, "not_equals": "x"},
            {"some": "grants", "where": {"not": {"fact": "service", "one_of": {"parameter": "services"}}}},
            {"related": "key"},
        ]},
        "message": "it has no name",
        "remedy": {"summary": "Name it.", "terraform": "name = \"scans\""},
    })
}

/// A kind file, small and sound.
fn sound_kind() -> Json {
    json!({
        "kind": "object_store",
        "title": "Object store",
        "attributes": {"named": {"type": "bool"}},
        "types": {"aws_s3_bucket": {"attributes": {"named": [
            {"from": "bucket", "as": ["present", {"equals": true}], "absent": false, "source": "the provider"},
            {"cases": [{"when": {"attribute": "a.b", "at_least": 2}, "value": true}], "from": ["c", "d"]},
        ]}}},
    })
}

#[test]
fn schemas_refuse_what_the_build_refuses() {
    let (policies, kinds) = (validator(&policy()), validator(&kind()));
    let check = |validator: &Validator, sound: &Json, pointer: &str, value: Json| {
        let mut changed = sound.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        validator.is_valid(&changed)
    };
    let (policy, kind) = (sound_policy(), sound_kind());
    assert!(policies.is_valid(&policy), "{:?}", policies.iter_errors(&policy).next());
    assert!(kinds.is_valid(&kind), "{:?}", kinds.iter_errors(&kind).next());
    let wrong_policies = [
        ("/severity", json!("terrible")),
        ("/remediate_within_days", json!(-1)),
        ("/remedy", json!({"terraform": "no summary"})),
        ("/fails", json!({"attribute": "name"})),
        ("/fails", json!({"attribute": "name", "equal": true})),
        ("/fails", json!({"attribute": "name", "equals": [1]})),
        ("/fails", json!({"attribute": "name", "less_than": "7"})),
        ("/fails", json!({"attribute": "name", "fact": "service", "equals": 1})),
        ("/fails", json!({"fact": "no_such_fact", "equals": 1})),
        ("/fails", json!({"all": [], "any": []})),
        ("/fails", json!({"some": "grants"})),
        ("/fails", json!({"where": {"attribute": "name", "absent": true}})),
        ("/fails", json!({})),
    ];
    for (pointer, value) in wrong_policies {
        assert!(!check(&policies, &policy, pointer, value.clone()), "{pointer} may be {value}");
    }
    let wrong_kinds = [
        ("/attributes/named/type", json!("boolean")),
        ("/types/aws_s3_bucket", json!({"attribute": {}})),
        ("/types/aws_s3_bucket/attributes/named/0/as", json!("negate")),
        ("/types/aws_s3_bucket/attributes/named/0/as", json!({"equal": 1})),
        ("/types/aws_s3_bucket/attributes/named/1/cases/0", json!({"value": true})),
        ("/types/aws_s3_bucket/attributes/named/1", json!({"form": "bucket"})),
    ];
    for (pointer, value) in wrong_kinds {
        assert!(!check(&kinds, &kind, pointer, value.clone()), "{pointer} may be {value}");
    }
}

/// Whether the build takes a policy file, beside the kind file above.
fn takes_policy(policy: &Json) -> bool {
    let Ok(value) = serde_json::from_value::<PolicyFile>(policy.clone()) else { return false };
    let of = |value| Sourced { path: "policies/storage/bucket-unnamed.yaml".into(), text: String::new(), value };
    let kind = serde_json::from_value(sound_kind()).unwrap();
    let kind = Sourced { path: "policies/kinds/object_store.yaml".into(), text: String::new(), value: kind };
    let safeguard =
        json!({"citation": "164.312(b)", "name": "Audit controls", "kind": "standard", "obligation": "required"});
    let mut problems = Vec::new();
    validate::policies(&[of(value)], &[kind], &[serde_json::from_value(safeguard).unwrap()], &mut problems);
    problems.is_empty()
}

/// Whether the build takes a kind file.
fn takes_kind(kind: &Json) -> bool {
    let Ok(value) = serde_json::from_value(kind.clone()) else { return false };
    let mut problems = Vec::new();
    let file = Sourced { path: "policies/kinds/object_store.yaml".into(), text: String::new(), value };
    validate::kinds(&[file], &mut problems);
    problems.is_empty()
}

#[test]
fn schemas_and_the_build_take_the_same_conditions() {
    let (policies, kinds) = (validator(&policy()), validator(&kind()));
    let plain = [json!("x"), json!(7), json!(7.5), json!(true), json!(null), json!([]), json!(["x"]), json!([22])];
    let others = [
        json!([70000]),
        json!({}),
        json!({"parameter": "asked"}),
        json!({"parameter": "asked", "by": "named"}),
        json!({"parameter": "asked", "by": 7}),
        json!({"parameter": "asked", "else": "x"}),
        json!({"parameter": 7}),
        json!({"path": "a.b"}),
        json!({"path": 7}),
        json!({"path": "a.b", "parameter": "asked"}),
    ];
    let tests = Operator::ALL.iter().flat_map(|(operator, name, _)| {
        let fits = plain.iter().find(|value| operator.argument().fits(value)).unwrap();
        plain.iter().chain(&others).map(move |argument| (json!({"attribute": "named", *name: argument}), fits.clone()))
    });
    let test = json!({"attribute": "named", "equals": true});
    let forms = [
        json!({"all": [test, test]}),
        json!({"any": []}),
        json!({"not": test}),
        json!({"some": "named", "where": test}),
        json!({"every": "named", "where": test}),
        json!({"some": "named"}),
        json!({"related": "object_store"}),
        json!({"related": "object_store", "where": test}),
        json!({"anywhere": "object_store", "where": test}),
        json!({"fact": "service", "equals": "x"}),
        json!({"fact": "no_such_fact", "equals": "x"}),
        json!({"attribute": "named"}),
        json!({"attribute": "named", "equals": true, "absent": false}),
        json!({"attribute": "named", "where": test, "equals": true}),
    ];
    let (mut in_policies, mut in_kinds) = (0, 0);
    for (condition, parameter) in tests.chain(forms.map(|form| (form, json!(7)))) {
        let mut policy = sound_policy();
        policy["applies"] = condition.clone();
        policy["fails"] = test.clone();
        policy["parameters"] = json!({"asked": parameter});
        let example = |expect: &str| json!({"dialect": "terraform", "expect": expect, "code": ""});
        policy["examples"] = json!([example("fail"), example("pass")]);
        let taken = takes_policy(&policy);
        assert_eq!(policies.is_valid(&policy), taken, "in a policy: {condition}");
        let mut kind = sound_kind();
        *kind.pointer_mut("/types/aws_s3_bucket/attributes/named/1/cases/0/when").unwrap() = condition.clone();
        kind["types"]["aws_s3_bucket"]["when"] = condition.clone();
        let taken_here = takes_kind(&kind);
        assert_eq!(kinds.is_valid(&kind), taken_here, "in a kind table: {condition}");
        in_policies += usize::from(taken);
        in_kinds += usize::from(taken_here);
    }
    assert!(in_policies > Operator::ALL.len() && in_kinds > Operator::ALL.len(), "{in_policies}, {in_kinds}");
}

/// A TOML text as JSON, as editors hold it against a schema.
fn toml(text: &str) -> Json {
    // A date is a text to them.
    fn json(value: toml::Value) -> Json {
        match value {
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
            toml::Value::Array(items) => items.into_iter().map(json).collect(),
            toml::Value::Datetime(date) => json!(date.to_string()),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    json(toml::from_str(text).unwrap())
}

#[test]
fn the_schema_of_the_configuration_takes_what_phiguard_takes() {
    let validator = validator(&config());
    let page = fs::read_to_string(common::root().join("docs/configuration.md")).unwrap();
    // Every key of a new file, without the marks that comment it out.
    let sample: String = phiguard::config::sample()
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
        .map(|line| format!("{line}\n"))
        .collect();
    let shown = page.split("```toml\n").skip(1).filter_map(|part| part.split("```").next()).map(str::to_string);
    for text in shown.chain([sample]) {
        let value = toml(&text);
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{text}\n{wrong:?}");
    }
    for text in [
        "selct = []",
        "select = \"storage\"",
        "fail_on = \"terrible\"",
        "locked = [1]",
        "[severity]\npublic-bucket = \"bad\"",
        "[parameters.open-admin-port]\nports = [22]",
        "[[ignore]]\npolicy = \"public-bucket\"",
        "[[ignore]]\npolicy = \"public-bucket\"\nreason = \"\"",
        "[[ignore]]\npolicy = \"public-bucket\"\nreason = \"x\"\nadress = \"y\"",
    ] {
        assert!(!validator.is_valid(&toml(text)), "{text}");
    }
}
