//! Writes Terraform projects and templates of any size, the same bytes every time: what the benches run on.

#![allow(dead_code, reason = "each bench uses its part")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench says what went wrong by failing")]

pub mod azure;
pub mod stack;
pub mod templates;

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Resources of one unit: a bucket with its companions, a database, a volume, a group with a rule, a role.
pub const RESOURCES_A_UNIT: usize = 10;
/// Units in one folder.
const UNITS_A_FOLDER: usize = 10;

/// Writes a project with about that many resources and answers with how many files and bytes it has.
pub fn project(folder: &Path, resources: usize) -> (usize, usize) {
    let units = resources.div_ceil(RESOURCES_A_UNIT);
    let mut files = 0;
    let mut bytes = 0;
    let mut write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        files += 1;
        bytes += text.len();
    };
    for (at, first) in (0..units).step_by(UNITS_A_FOLDER).enumerate() {
        let stack = folder.join(format!("stack-{at:04}"));
        write(&stack.join("variables.tf"), VARIABLES);
        write(&stack.join("terraform.tfvars"), "environment = \"prod\"\n");
        for unit in first..(first + UNITS_A_FOLDER).min(units) {
            write(&stack.join(format!("unit_{unit:05}.tf")), &unit_text(unit));
        }
    }
    (files, bytes)
}

const VARIABLES: &str = r#"
variable "environment" {
  type    = string
  default = "dev"
}
variable "retention" {
  type    = number
  default = 400
}
variable "vpc_id" {}
locals {
  prefix = "clinic-${var.environment}"
  tags = merge({ owner = "platform" }, { environment = var.environment })
}
"#;

fn unit_text(unit: usize) -> String {
    let mut text = String::new();
    let public = unit.is_multiple_of(7);
    let _ = write!(
        text,
        r#"# Unit {unit}: what one service of the clinic keeps and who may reach it.
resource "aws_s3_bucket" "u{unit}" {{
  bucket = "${{local.prefix}}-exports-{unit}"
  tags   = local.tags
}}

resource "aws_s3_bucket_public_access_block" "u{unit}" {{
  bucket                  = aws_s3_bucket.u{unit}.id
  block_public_acls       = {closed}
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "u{unit}" {{
  bucket = aws_s3_bucket.u{unit}.bucket
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.u{unit}.arn
    }}
  }}
}}

resource "aws_kms_key" "u{unit}" {{
  description         = "${{local.prefix}} unit {unit}"
  enable_key_rotation = true
}}

resource "aws_db_instance" "u{unit}" {{
  identifier          = "${{local.prefix}}-records-{unit}"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  storage_encrypted   = true
  kms_key_id          = aws_kms_key.u{unit}.arn
  publicly_accessible = {public}
  username            = "records"
  tags                = local.tags
}}

resource "aws_ebs_volume" "u{unit}" {{
  availability_zone = "eu-central-1a"
  size              = 40
  encrypted         = var.environment == "prod" ? true : false
}}

resource "aws_security_group" "u{unit}" {{
  name   = "${{local.prefix}}-{unit}"
  vpc_id = var.vpc_id
  dynamic "ingress" {{
    for_each = [443, {port}]
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }}
  }}
}}

resource "aws_cloudwatch_log_group" "u{unit}" {{
  name              = "/clinic/{unit}"
  retention_in_days = var.retention
}}

resource "aws_iam_role" "u{unit}" {{
  name = "${{local.prefix}}-{unit}"
  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "ecs-tasks.amazonaws.com" }}
    }}]
  }})
}}

resource "aws_iam_role_policy" "u{unit}" {{
  role = aws_iam_role.u{unit}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${{aws_s3_bucket.u{unit}.arn}}/*"
    }}]
  }})
}}
"#,
        closed = !public,
        port = if public { 22 } else { 80 },
    );
    text
}
