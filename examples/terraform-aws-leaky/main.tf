# A small clinic's stack with the mistakes that audits find. `phiguard check examples/terraform-aws-leaky` names them.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
}

resource "aws_s3_bucket" "scans" {
  bucket = "${local.prefix}-scans"
}

resource "aws_s3_bucket_acl" "scans" {
  bucket = aws_s3_bucket.scans.id
  acl    = var.scans_acl
}

resource "aws_security_group" "bastion" {
  name   = "${local.prefix}-bastion"
  vpc_id = var.vpc_id

  dynamic "ingress" {
    for_each = var.bastion_ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

module "records" {
  source   = "./modules/records"
  for_each = toset(["clinical", "billing"])

  name   = "${local.prefix}-${each.key}"
  public = each.key == "billing"
}

resource "aws_cloudwatch_log_group" "portal" {
  name              = "/${local.prefix}/portal"
  retention_in_days = 90
}

resource "aws_iam_role_policy" "jobs" {
  name = "${local.prefix}-jobs"
  role = "jobs"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}

resource "aws_cloudsearch_domain" "charts" {
  name = "${local.prefix}-charts"
}
