# The same claims office, set up so that nothing fails.

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

locals {
  location = "westeurope"
}

resource "azurerm_resource_group" "claims" {
  name     = "claims"
  location = local.location
}

resource "azurerm_user_assigned_identity" "claims" {
  name                = "claims"
  resource_group_name = azurerm_resource_group.claims.name
  location            = local.location
}

resource "azurerm_key_vault" "claims" {
  name                       = "claims-vault"
  resource_group_name        = azurerm_resource_group.claims.name
  location                   = local.location
  tenant_id                  = "00000000-0000-0000-0000-000000000000"
  sku_name                   = "premium"
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
}

resource "azurerm_key_vault_key" "phi" {
  name         = "phi"
  key_vault_id = azurerm_key_vault.claims.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]

  rotation_policy {
    expire_after         = "P1Y"
    notify_before_expiry = "P30D"
    automatic {
      time_before_expiry = "P60D"
    }
  }
}

resource "azurerm_storage_account" "exports" {
  name                            = "claimsexports"
  resource_group_name             = azurerm_resource_group.claims.name
  location                        = local.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.claims.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.phi.id
    user_assigned_identity_id = azurerm_user_assigned_identity.claims.id
  }
}

resource "azurerm_storage_container" "exports" {
  name                  = "exports"
  storage_account_id    = azurerm_storage_account.exports.id
  container_access_type = "private"
}

resource "azurerm_network_security_group" "claims" {
  name                = "claims"
  resource_group_name = azurerm_resource_group.claims.name
  location            = local.location

  security_rule {
    name                       = "web"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "443"
    source_address_prefix      = "Internet"
    destination_address_prefix = "*"
  }
}

resource "azurerm_monitor_diagnostic_setting" "exports" {
  name                       = "audit"
  target_resource_id         = "${azurerm_storage_account.exports.id}/blobServices/default"
  log_analytics_workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/security/providers/Microsoft.OperationalInsights/workspaces/central"

  enabled_log {
    category = "StorageRead"
  }

  enabled_log {
    category = "StorageWrite"
  }

  enabled_log {
    category = "StorageDelete"
  }
}

resource "azurerm_network_watcher_flow_log" "claims" {
  name                 = "claims"
  network_watcher_name = "watcher"
  resource_group_name  = azurerm_resource_group.claims.name
  target_resource_id   = azurerm_network_security_group.claims.id
  storage_account_id   = azurerm_storage_account.exports.id
  enabled              = true

  retention_policy {
    enabled = true
    days    = 2190
  }
}
