//! Writes Terraform as people write it, where [`super::project`] writes little but resources with findings: arguments
//! that no policy reads, comments, variables and outputs with their descriptions. A resource has 630 bytes of text and
//! one finding; in public trees of modules and stacks it has 1,700 bytes and one or two.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Resources of one service: a bucket with its companions, a database with its network, a role, and what they log.
pub const RESOURCES_A_SERVICE: usize = 12;
/// Services in one folder.
const SERVICES_A_FOLDER: usize = 4;

/// Writes stacks with about that many resources and answers with how many files and bytes they have.
pub fn stacks(folder: &Path, resources: usize) -> (usize, usize) {
    let services = resources.div_ceil(RESOURCES_A_SERVICE);
    let (mut files, mut bytes) = (0, 0);
    let mut write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        files += 1;
        bytes += text.len();
    };
    for (at, first) in (0..services).step_by(SERVICES_A_FOLDER).enumerate() {
        let stack = folder.join(format!("stack-{at:04}"));
        write(&stack.join("versions.tf"), VERSIONS);
        write(&stack.join("terraform.tfvars"), "environment = \"prod\"\n");
        let mut variables = String::from(VARIABLES);
        let mut outputs = String::new();
        for service in first..(first + SERVICES_A_FOLDER).min(services) {
            write(&stack.join(format!("service_{service:05}.tf")), &service_text(service));
            variables.push_str(&variables_text(service));
            outputs.push_str(&outputs_text(service));
        }
        write(&stack.join("variables.tf"), &variables);
        write(&stack.join("outputs.tf"), &outputs);
    }
    (files, bytes)
}

const VERSIONS: &str = r#"terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {
    bucket       = "clinic-terraform-state"
    key          = "services/terraform.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}
"#;

const VARIABLES: &str = r#"variable "environment" {
  description = "Where the stack stands: dev, test or prod. Names and sizes follow from it."
  type        = string
  default     = "dev"

  validation {
    condition     = contains(["dev", "test", "prod"], var.environment)
    error_message = "The environment is one of dev, test and prod."
  }
}

variable "region" {
  description = "The region of everything in this stack, the copies of its records excepted."
  type        = string
  default     = "eu-central-1"
}

variable "vpc_id" {
  description = "The network in which the services of the clinic stand, made by the platform's own stack."
  type        = string
}

variable "subnet_ids" {
  description = "The private subnets of that network, one in each zone."
  type        = list(string)
}

variable "log_retention_days" {
  description = "For how many days the log groups of the services keep what they are given."
  type        = number
  default     = 2192
}

locals {
  prefix = "clinic-${var.environment}"
  tags = merge(
    { owner = "platform", repository = "clinic/infrastructure" },
    { environment = var.environment, managed_by = "terraform" },
  )
}

"#;

fn variables_text(service: usize) -> String {
    format!(
        r#"variable "service_{service}_size" {{
  description = "The class of the machine on which the database of service {service} runs; see the table of classes."
  type        = string
  default     = "db.m6g.large"
}}

variable "service_{service}_storage" {{
  description = "What the database of service {service} may store, and how far that may grow by itself, in gibibytes."
  type = object({{
    initial = number
    most    = optional(number, 500)
  }})
  default = {{
    initial = 100
  }}
}}

variable "service_{service}_clients" {{
  description = "The security groups of those that call service {service}; nobody else reaches its database."
  type        = map(string)
  default     = {{}}
}}

"#
    )
}

fn outputs_text(service: usize) -> String {
    format!(
        r#"output "service_{service}_bucket" {{
  description = "The bucket into which service {service} writes its exports."
  value = {{
    name   = aws_s3_bucket.exports_{service}.bucket
    arn    = aws_s3_bucket.exports_{service}.arn
    region = var.region
  }}
}}

output "service_{service}_database" {{
  description = "Where the database of service {service} listens."
  value = {{
    address = aws_db_instance.records_{service}.address
    port    = aws_db_instance.records_{service}.port
    secret  = one(aws_db_instance.records_{service}.master_user_secret[*].secret_arn)
  }}
}}

output "service_{service}_role" {{
  description = "The role that the tasks of service {service} take."
  value       = aws_iam_role.task_{service}.arn
}}

"#
    )
}

fn service_text(service: usize) -> String {
    let mut text = String::new();
    let hurried = service.is_multiple_of(7);
    let _ = write!(
        text,
        r#"# Service {service} of the clinic: it takes the records of visits, keeps them in a database of its own, and writes
# exports for the registry every night. Who may call it is said in variables.tf; its alarms are in the stack of the
# platform, which reads the outputs of this one.

# ----------------------------------------------------------------------------------------------------------------------
# Exports
# ----------------------------------------------------------------------------------------------------------------------

resource "aws_s3_bucket" "exports_{service}" {{
  bucket        = "${{local.prefix}}-exports-{service}"
  force_destroy = false

  tags = merge(local.tags, {{
    Name    = "${{local.prefix}}-exports-{service}"
    service = "service-{service}"
  }})
}}

resource "aws_s3_bucket_public_access_block" "exports_{service}" {{
  bucket = aws_s3_bucket.exports_{service}.id

  block_public_acls       = {closed}
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}

resource "aws_s3_bucket_versioning" "exports_{service}" {{
  bucket = aws_s3_bucket.exports_{service}.id

  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "exports_{service}" {{
  bucket = aws_s3_bucket.exports_{service}.id

  rule {{
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.service_{service}.arn
    }}
  }}
}}

resource "aws_kms_key" "service_{service}" {{
  description             = "Keeps the records and exports of service {service} in ${{var.environment}}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  tags = merge(local.tags, {{
    Name    = "${{local.prefix}}-service-{service}"
    service = "service-{service}"
  }})
}}

# ----------------------------------------------------------------------------------------------------------------------
# Records
# ----------------------------------------------------------------------------------------------------------------------

resource "aws_db_subnet_group" "records_{service}" {{
  name        = "${{local.prefix}}-records-{service}"
  description = "Private subnets for the records of service {service}"
  subnet_ids  = var.subnet_ids

  tags = local.tags
}}

resource "aws_security_group" "records_{service}" {{
  name_prefix = "${{local.prefix}}-records-{service}-"
  description = "Who reaches the records of service {service}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {{
    for_each = var.service_{service}_clients

    content {{
      description     = "From ${{ingress.key}}"
      from_port       = 5432
      to_port         = 5432
      protocol        = "tcp"
      security_groups = [ingress.value]
    }}
  }}

  tags = merge(local.tags, {{
    Name = "${{local.prefix}}-records-{service}"
  }})

  lifecycle {{
    create_before_destroy = true
  }}
}}

# The password is made and turned by the provider; nobody has to know it.
resource "aws_db_instance" "records_{service}" {{
  identifier     = "${{local.prefix}}-records-{service}"
  engine         = "postgres"
  engine_version = "16.4"
  instance_class = var.service_{service}_size
  db_name        = "records"
  port           = 5432

  allocated_storage     = var.service_{service}_storage.initial
  max_allocated_storage = var.service_{service}_storage.most
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.service_{service}.arn

  username                    = "records"
  manage_master_user_password = true
  publicly_accessible         = {public}
  multi_az                    = var.environment == "prod"
  db_subnet_group_name        = aws_db_subnet_group.records_{service}.name
  vpc_security_group_ids      = [aws_security_group.records_{service}.id]

  backup_retention_period         = 35
  backup_window                   = "01:00-02:00"
  maintenance_window              = "sun:03:00-sun:04:00"
  deletion_protection             = true
  copy_tags_to_snapshot           = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "${{local.prefix}}-records-{service}-last"
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  monitoring_interval             = 60
  performance_insights_enabled    = true

  tags = merge(local.tags, {{
    Name    = "${{local.prefix}}-records-{service}"
    service = "service-{service}"
  }})
}}

# ----------------------------------------------------------------------------------------------------------------------
# What the service does, and may
# ----------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "service_{service}" {{
  name              = "/clinic/${{var.environment}}/service-{service}"
  retention_in_days = var.log_retention_days

  tags = local.tags
}}

resource "aws_iam_role" "task_{service}" {{
  name        = "${{local.prefix}}-task-{service}"
  description = "What the tasks of service {service} may do"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid       = "Tasks"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "ecs-tasks.amazonaws.com" }}
    }}]
  }})

  tags = local.tags
}}

resource "aws_iam_policy" "exports_{service}" {{
  name        = "${{local.prefix}}-exports-{service}"
  description = "Lets service {service} write its exports and use its key"

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Sid      = "Exports"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = "${{aws_s3_bucket.exports_{service}.arn}}/*"
      }},
      {{
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.service_{service}.arn
      }},
    ]
  }})
}}

resource "aws_iam_role_policy_attachment" "exports_{service}" {{
  role       = aws_iam_role.task_{service}.name
  policy_arn = aws_iam_policy.exports_{service}.arn
}}
"#,
        closed = !hurried,
        public = hurried,
    );
    text
}
