# The same clinic, set up so that nothing fails: one key of its own, closed stores, logs kept for six years.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

locals {
  prefix   = "clinic"
  retained = 2192
}

resource "aws_kms_key" "phi" {
  description             = "${local.prefix} records and logs"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "logs" {
  bucket              = "${local.prefix}-access-logs"
  object_lock_enabled = true
}

resource "aws_s3_bucket" "scans" {
  bucket              = "${local.prefix}-scans"
  object_lock_enabled = true
}

resource "aws_s3_bucket_versioning" "kept" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "kept" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = local.retained
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "moved" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  rule {
    id     = "archive"
    status = "Enabled"
    filter {}
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "copied" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  role   = "arn:aws:iam::111122223333:role/${local.prefix}-replication"
  rule {
    id     = "all"
    status = "Enabled"
    destination {
      bucket        = "arn:aws:s3:::${local.prefix}-${each.key}-copy"
      storage_class = "STANDARD"
    }
  }
}

resource "aws_s3_bucket_notification" "told" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket      = each.value
  eventbridge = true
}

resource "aws_backup_vault" "records" {
  name        = "${local.prefix}-records"
  kms_key_arn = aws_kms_key.phi.arn
}

resource "aws_backup_vault_lock_configuration" "records" {
  backup_vault_name   = aws_backup_vault.records.name
  min_retention_days  = local.retained
  changeable_for_days = 3
}

resource "aws_backup_plan" "daily" {
  name = "${local.prefix}-daily"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.records.name
    schedule          = "cron(0 3 * * ? *)"
    lifecycle {
      delete_after = local.retained
    }
    copy_action {
      destination_vault_arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:${local.prefix}-copy"
    }
  }
}

resource "aws_backup_selection" "all" {
  name         = "${local.prefix}-all"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = "arn:aws:iam::111122223333:role/${local.prefix}-backup"
  resources    = [aws_s3_bucket.scans.arn, aws_s3_bucket.logs.arn, aws_db_instance.records.arn]
}

resource "aws_s3_bucket_public_access_block" "closed" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket                  = each.value
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "phi" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.phi.arn
    }
  }
}

resource "aws_s3_bucket_logging" "scans" {
  bucket        = aws_s3_bucket.scans.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "scans/"
}

data "aws_iam_policy_document" "tls_only" {
  for_each = { scans = aws_s3_bucket.scans.arn, logs = aws_s3_bucket.logs.arn }

  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value, "${each.value}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "tls_only" {
  for_each = { scans = aws_s3_bucket.scans.id, logs = aws_s3_bucket.logs.id }

  bucket = each.value
  policy = data.aws_iam_policy_document.tls_only[each.key].json
}

resource "aws_db_instance" "records" {
  identifier                          = "${local.prefix}-records"
  engine                              = "postgres"
  instance_class                      = "db.t4g.medium"
  allocated_storage                   = 50
  username                            = "records"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.phi.arn
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.phi.arn
  publicly_accessible                 = false
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  multi_az                            = true
  backup_retention_period             = 35
  deletion_protection                 = true
  skip_final_snapshot                 = false
  final_snapshot_identifier           = "${local.prefix}-records-last"
  monitoring_interval                 = 60
  monitoring_role_arn                 = "arn:aws:iam::111122223333:role/${local.prefix}-monitoring"
  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  parameter_group_name                = aws_db_parameter_group.tls.name
}

resource "aws_db_parameter_group" "tls" {
  name   = "${local.prefix}-tls"
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_db_instance_automated_backups_replication" "records" {
  source_db_instance_arn = aws_db_instance.records.arn
  kms_key_id             = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
  retention_period       = 35
}

resource "aws_cloudwatch_log_group" "portal" {
  name              = "/${local.prefix}/portal"
  retention_in_days = local.retained
  kms_key_id        = aws_kms_key.phi.arn
}

resource "aws_cloudtrail" "audit" {
  name                       = "${local.prefix}-audit"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
  kms_key_id                 = aws_kms_key.phi.arn
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.portal.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/${local.prefix}-trail"

  event_selector {
    include_management_events = true
    read_write_type           = "All"
    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }
  }
}

resource "aws_security_group" "portal" {
  name = "${local.prefix}-portal"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
