scans_acl     = "public-read"
bastion_ports = [22, 3389]
