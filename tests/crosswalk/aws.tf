# What fails the rules of AWS's set that no example of a policy shows on the type of the rule.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_api_gateway_stage" "claims" {
  rest_api_id   = "a1b2c3d4e5"
  deployment_id = "f6g7h8"
  stage_name    = "live"
}

resource "aws_rds_cluster" "claims" {
  cluster_identifier = "claims"
  engine             = "aurora-postgresql"
  availability_zones = ["us-east-1a"]
}

resource "aws_rds_cluster_instance" "claims" {
  identifier         = "claims-0"
  cluster_identifier = aws_rds_cluster.claims.id
  engine             = "aurora-postgresql"
  instance_class     = "db.r6g.large"
}

resource "aws_db_instance" "claims" {
  identifier                 = "claims"
  engine                     = "postgres"
  instance_class             = "db.t4g.medium"
  auto_minor_version_upgrade = false
}

resource "aws_db_snapshot" "claims" {
  db_instance_identifier = aws_db_instance.claims.identifier
  db_snapshot_identifier = "claims"
}

resource "aws_launch_configuration" "portal" {
  image_id                    = "ami-0a1b2c3d4e5f60718"
  instance_type               = "t3.small"
  associate_public_ip_address = true
}

resource "aws_backup_plan" "monthly" {
  name = "monthly"

  rule {
    rule_name         = "monthly"
    target_vault_name = "records"
    schedule          = "cron(0 5 1 * ? *)"

    lifecycle {
      delete_after = 3
    }
  }
}

resource "aws_cloudtrail" "clinic" {
  name           = "clinic"
  s3_bucket_name = "clinic-trail"
}

resource "aws_codebuild_project" "portal" {
  name         = "portal"
  service_role = "arn:aws:iam::123456789012:role/build"

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/standard:7.0"
    type         = "LINUX_CONTAINER"

    environment_variable {
      name  = "AWS_SECRET_ACCESS_KEY"
      value = "Qx7vT2mKp9LdRz4HsWb8NcYf3JgUe6Ao1iVtXrPq"
    }
  }

  source {
    type     = "GITHUB"
    location = "https://builder:Wint3r-in-Davos-77@github.com/clinic/portal.git"
  }
}

resource "aws_dynamodb_table" "claims" {
  name           = "claims"
  hash_key       = "id"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_ebs_volume" "imaging" {
  availability_zone = "us-east-1a"
  size              = 100
}

resource "aws_instance" "portal" {
  ami                         = "ami-0a1b2c3d4e5f60718"
  instance_type               = "t3.small"
  associate_public_ip_address = true
}

resource "aws_elastic_beanstalk_environment" "portal" {
  name        = "portal"
  application = "portal"

  setting {
    namespace = "aws:elasticbeanstalk:managedactions"
    name      = "ManagedActionsEnabled"
    value     = "false"
  }
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id     = "sessions"
  description              = "sessions"
  snapshot_retention_limit = 0
}

resource "aws_elasticsearch_domain" "notes" {
  domain_name           = "notes"
  elasticsearch_version = "7.10"
}

resource "aws_opensearch_domain" "notes" {
  domain_name    = "notes"
  engine_version = "OpenSearch_2.11"
}

resource "aws_elb" "portal" {
  name                      = "portal"
  availability_zones        = ["us-east-1a"]
  cross_zone_load_balancing = false

  listener {
    instance_port     = 8080
    instance_protocol = "http"
    lb_port           = 80
    lb_protocol       = "http"
  }
}

resource "aws_lb" "portal" {
  name               = "portal"
  load_balancer_type = "application"
}

resource "aws_emr_cluster" "claims" {
  name          = "claims"
  release_label = "emr-7.0.0"
  service_role  = "arn:aws:iam::123456789012:role/emr"

  ec2_attributes {
    subnet_id        = aws_subnet.open.id
    instance_profile = "emr"
  }

  master_instance_group {
    instance_type = "m5.xlarge"
  }
}

resource "aws_subnet" "open" {
  vpc_id                  = "vpc-0a1b2c3d4e5f60718"
  cidr_block              = "10.0.0.0/24"
  map_public_ip_on_launch = true
}

resource "aws_kinesis_stream" "vitals" {
  name        = "vitals"
  shard_count = 1
}

resource "aws_redshift_cluster" "claims" {
  cluster_identifier    = "claims"
  node_type             = "ra3.xlplus"
  encrypted             = false
  allow_version_upgrade = false
}

resource "aws_s3_bucket" "exports" {
  bucket = "clinic-exports"
}

resource "aws_sagemaker_endpoint_configuration" "triage" {
  name = "triage"

  production_variants {
    model_name             = "triage"
    initial_instance_count = 1
    instance_type          = "ml.m5.large"
  }
}

resource "aws_sagemaker_notebook_instance" "triage" {
  name          = "triage"
  role_arn      = "arn:aws:iam::123456789012:role/notebook"
  instance_type = "ml.t3.medium"
}

resource "aws_sns_topic" "results" {
  name = "results"
}

resource "aws_ssm_document" "setup" {
  name          = "setup"
  document_type = "Command"

  content = jsonencode({
    schemaVersion = "2.2"
    description   = "setup"
    mainSteps     = []
  })

  permissions = {
    type        = "Share"
    account_ids = "All"
  }
}

resource "aws_wafv2_web_acl" "portal" {
  name  = "portal"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "portal"
    sampled_requests_enabled   = true
  }
}
