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
  bucket = "${local.prefix}-access-logs"
}

resource "aws_s3_bucket" "scans" {
  bucket = "${local.prefix}-scans"
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
  identifier                      = "${local.prefix}-records"
  engine                          = "postgres"
  instance_class                  = "db.t4g.medium"
  allocated_storage               = 50
  username                        = "records"
  manage_master_user_password     = true
  master_user_secret_kms_key_id   = aws_kms_key.phi.arn
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.phi.arn
  publicly_accessible             = false
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
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
