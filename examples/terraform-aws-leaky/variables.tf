variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "vpc_id" {
  type        = string
  description = "Network in which the clinic runs; given at deployment."
}

variable "scans_acl" {
  type    = string
  default = "private"
}

variable "bastion_ports" {
  type    = list(number)
  default = [22]
}

locals {
  prefix = "clinic-${var.region}"
}
