# A claims office on Azure with the mistakes that audits find, by the provider that speaks Azure's own interface.
# `phiguard check examples/terraform-azapi-leaky` names them.

terraform {
  required_providers {
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.0"
    }
  }
}

variable "location" {
  type    = string
  default = "westeurope"
}

variable "open_to_all" {
  type    = bool
  default = true
}

variable "password" {
  type      = string
  sensitive = true
}

locals {
  subscription = "/subscriptions/00000000-0000-0000-0000-000000000000"
  owner        = "${local.subscription}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
}

resource "azapi_resource" "claims" {
  type      = "Microsoft.Resources/resourceGroups@2024-03-01"
  name      = "claims"
  location  = var.location
  parent_id = local.subscription
}

resource "azapi_resource" "exports" {
  type      = "Microsoft.Storage/storageAccounts@2023-01-01"
  name      = "claimsexports"
  location  = var.location
  parent_id = azapi_resource.claims.id

  body = {
    kind = "StorageV2"
    sku  = { name = "Standard_ZRS" }
    properties = {
      allowBlobPublicAccess    = var.open_to_all
      supportsHttpsTrafficOnly = false
      minimumTlsVersion        = "TLS1_0"
    }
  }
}

resource "azapi_resource" "container" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-01-01"
  name      = "exports"
  parent_id = "${azapi_resource.exports.id}/blobServices/default"

  body = {
    properties = { publicAccess = "Blob" }
  }
}

resource "azapi_resource" "server" {
  type      = "Microsoft.Sql/servers@2023-08-01"
  name      = "claims-sql"
  location  = var.location
  parent_id = azapi_resource.claims.id

  body = {
    properties = {
      version            = "12.0"
      administratorLogin = "claims"
      minimalTlsVersion  = "1.2"
    }
  }

  sensitive_body = {
    properties = { administratorLoginPassword = var.password }
  }
}

resource "azapi_resource" "everyone" {
  type      = "Microsoft.Sql/servers/firewallRules@2023-08-01"
  name      = "everyone"
  parent_id = azapi_resource.server.id

  body = {
    properties = {
      startIpAddress = "0.0.0.0"
      endIpAddress   = "255.255.255.255"
    }
  }
}

resource "azapi_resource" "network" {
  type      = "Microsoft.Network/networkSecurityGroups@2023-11-01"
  name      = "claims"
  location  = var.location
  parent_id = azapi_resource.claims.id

  body = {
    properties = {
      securityRules = [{
        name = "remote-desktop"
        properties = {
          priority                 = 100
          direction                = "Inbound"
          access                   = "Allow"
          protocol                 = "Tcp"
          sourcePortRange          = "*"
          destinationPortRange     = "3389"
          sourceAddressPrefix      = "Internet"
          destinationAddressPrefix = "*"
        }
      }]
    }
  }
}

resource "azapi_resource" "vault" {
  type      = "Microsoft.KeyVault/vaults@2023-07-01"
  name      = "claims-vault"
  location  = var.location
  parent_id = azapi_resource.claims.id

  body = jsonencode({
    properties = {
      tenantId       = "00000000-0000-0000-0000-000000000000"
      sku            = { family = "A", name = "standard" }
      accessPolicies = []
    }
  })
}

resource "azapi_resource" "logs" {
  type      = "Microsoft.OperationalInsights/workspaces@2023-09-01"
  name      = "claims-logs"
  location  = var.location
  parent_id = azapi_resource.claims.id

  body = {
    properties = { retentionInDays = 90 }
  }
}

resource "azapi_resource" "deployment" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = "22222222-2222-2222-2222-222222222222"
  parent_id = local.subscription

  body = {
    properties = {
      roleDefinitionId = local.owner
      principalId      = "11111111-1111-1111-1111-111111111111"
    }
  }
}
