//! Values of expressions where the types of arguments, arms and elements matter.

use super::*;

#[test]
fn the_arms_of_a_conditional_share_a_type() {
    let worth = worth(
        r#"
resource "aws_sns_topic" "t" {}
output "string" { value = true ? 1 : "a" }
output "null" { value = true ? 1 : null }
output "map" { value = true ? { a = 1, b = "x" } : { c = true } }
output "object" { value = true ? { a = 1, b = 2 } : { a = "x", b = 3 } }
output "tuple" { value = true ? [1, "a"] : ["a", true] }
output "list" { value = true ? [1, 2] : ["a"] }
output "set" { value = true ? ["b", "a", "b"] : toset(["x"]) }
output "not_taken" { value = true ? "x" : [][3] }
output "unknown" { value = true ? 1 : aws_sns_topic.t.arn }
output "set_of_unknown" { value = false ? toset(aws_sns_topic.t.names) : ["b", "a", "b"] }
output "bool" { value = !"1" }
"#,
    );
    for (name, expected) in [
        ("string", json!("1")),
        ("null", json!(1)),
        ("map", json!({"a": "1", "b": "x"})),
        ("object", json!({"a": "1", "b": 2})),
        ("tuple", json!(["1", "a"])),
        ("list", json!(["1", "2"])),
        ("set", json!(["a", "b"])),
        ("not_taken", json!("x")),
        ("unknown", json!(1)),
        ("set_of_unknown", json!(["a", "b"])),
        ("bool", json!(false)),
    ] {
        assert_eq!(worth[name], expected, "{name}");
    }
}

#[test]
fn values_of_different_types_are_never_equal() {
    let worth = worth(
        r#"
variable "list" {
  type    = list(string)
  default = []
}
output "o" {
  value = [var.list == [], var.list == tolist([]), [1] == [1], { a = 1 } == tomap({ a = 1 }), "1" == 1, null == null]
}
"#,
    );
    assert_eq!(worth["o"], json!([false, true, true, false, false, true]));
}

#[test]
fn sets_are_in_order_and_any_is_one_type() {
    let worth = worth(
        r#"
variable "numbers" {
  type    = set(number)
  default = [10, "9", 1, 9]
}
variable "any" {
  type    = list(any)
  default = ["a", 1, true]
}
variable "map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
output "o" { value = [var.numbers, var.any, var.map, toset(["b", null, "a"])] }
"#,
    );
    assert_eq!(worth["o"], json!([[1, 9, 10], ["a", "1", "true"], {"a": "1", "b": "x"}, ["a", "b", null]]));
}

#[test]
fn splats_pick_from_each_element_or_from_the_result() {
    let worth = worth(
        r#"
locals { objs = [{ a = [1, 2], b = { c = "x" } }, { a = [3], b = { c = "y" } }] }
output "each" { value = local.objs[*].a[0] }
output "result" { value = local.objs.*.a[0] }
output "legacy" { value = local.objs.*.a.0 }
output "deep" { value = local.objs[*].b.c }
output "one" { value = local.objs[0][*].b.c }
output "null" { value = null[*] }
"#,
    );
    let expected = json!({
        "each": [1, 3], "result": [1, 2], "legacy": [1, 3], "deep": ["x", "y"], "one": ["x"], "null": []
    });
    assert_eq!(worth, expected);
}

#[test]
fn heredocs_are_dedented_line_by_line() {
    for (text, expected) in [
        (
            "<<-EOT\n    %{ for x in [\"a\", \"b\"] ~}\n    item ${x}\n    %{ endfor ~}\n    done\n    EOT",
            "    item a\n    item b\n    done\n",
        ),
        (
            "<<-EOT\n      a\n    ${\"b\"}\n      %{ if true }\n        c\n      %{ endif }\n  EOT",
            "  a\nb\n  \n    c\n  \n",
        ),
        ("<<-EOT\n      a\n\n        b\n   \n      c\n    EOT", "a\n\n  b\n   \nc\n"),
        ("<<-EOT\n\ttab\n\t  two\n\tEOT", "tab\n  two\n"),
        (
            "<<EOT\n  %{ for x in [1, 2] ~}\n    item ${x}\n  %{ endfor ~}\n  end\nEOT",
            "      item 1\n      item 2\n    end\n",
        ),
        ("<<EOT\na ${~ \"b\" ~}  \n   c\nEOT", "ab   c\n"),
        ("\"a %{ if true ~}   \\n   b %{~ endif } c\"", "a b c"),
        ("\"%{ if true }\\t\\\"q\\\"%{ endif }\"", "\t\"q\""),
    ] {
        assert_eq!(worth(&format!("output \"o\" {{\n  value = {text}\n}}\n"))["o"], json!(expected), "{text}");
    }
}

#[test]
fn a_resource_may_be_named_by_what_it_is_before_its_type() {
    let report = check(
        project(&[(
            "main.tf",
            r#"
resource "aws_security_group" "records" { name = "records" }
resource "aws_security_group_rule" "admin" { security_group_id = resource.aws_security_group.records.id }
output "names" { value = [for resource in ["a"] : resource] }
output "group" { value = resource.aws_security_group.records.name }
output "wrong" { value = resource.aws_security_group.other.id }
"#,
        )])
        .path(),
    );
    assert_eq!(
        errors(&report),
        ["main.tf:6 evaluation-error resource aws_security_group.other is not declared in this module"]
    );
    assert_eq!(outputs(&report)["names"], json!(["a"]));
    assert_eq!(outputs(&report)["group"], json!("records"));
    let rule = report.graph.resources.iter().position(|one| one.type_ == "aws_security_group_rule").unwrap();
    let link = &report.graph.resources[rule].body.entries["security_group_id"].value;
    let targets = report.graph.targets(0, link);
    assert_eq!(report.graph.resources[targets[0]].address, "aws_security_group.records");
}
