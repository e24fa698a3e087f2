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
  rbac_authorization_enabled = true

  public_network_access_enabled = false

  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}

resource "azurerm_management_lock" "kept" {
  for_each = { vault = azurerm_key_vault.claims.id, exports = azurerm_storage_account.exports.id }

  name       = "kept-${each.key}"
  scope      = each.value
  lock_level = "CanNotDelete"
}

resource "azurerm_private_endpoint" "vault" {
  name                = "vault"
  resource_group_name = azurerm_resource_group.claims.name
  location            = local.location
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/claims/subnets/private"

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.claims.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }
}

resource "azurerm_private_endpoint" "exports" {
  name                = "exports"
  resource_group_name = azurerm_resource_group.claims.name
  location            = local.location
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/claims/subnets/private"

  private_service_connection {
    name                           = "exports"
    private_connection_resource_id = azurerm_storage_account.exports.id
    subresource_names              = ["blob"]
    is_manual_connection           = false
  }
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
  shared_access_key_enabled       = false
  public_network_access_enabled   = false

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  blob_properties {
    versioning_enabled = true
    delete_retention_policy {
      days = 30
    }
    container_delete_retention_policy {
      days = 30
    }
  }

  share_properties {
    retention_policy {
      days = 30
    }
  }

  immutability_policy {
    state                         = "Locked"
    period_since_creation_in_days = 2190
    allow_protected_append_writes = true
  }

  sas_policy {
    expiration_period = "01.00:00:00"
  }

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

resource "azurerm_storage_management_policy" "exports" {
  storage_account_id = azurerm_storage_account.exports.id

  rule {
    name    = "archive"
    enabled = true
    filters {
      blob_types = ["blockBlob"]
    }
    actions {
      base_blob {
        tier_to_archive_after_days_since_modification_greater_than = 90
      }
      version {
        delete_after_days_since_creation = 2200
      }
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "events" {
  name                       = "audit"
  target_resource_id         = azurerm_eventgrid_system_topic.exports.id
  log_analytics_workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/security/providers/Microsoft.OperationalInsights/workspaces/central"

  enabled_log {
    category_group = "allLogs"
  }
}

resource "azurerm_eventgrid_system_topic" "exports" {
  name                = "exports"
  resource_group_name = azurerm_resource_group.claims.name
  location            = local.location
  source_resource_id  = azurerm_storage_account.exports.id
  topic_type          = "Microsoft.Storage.StorageAccounts"

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_eventgrid_system_topic_event_subscription" "exports" {
  name                = "exports"
  system_topic        = azurerm_eventgrid_system_topic.exports.name
  resource_group_name = azurerm_resource_group.claims.name

  webhook_endpoint {
    url = "https://events.clinic.example/exports"
  }
}

resource "azurerm_monitor_diagnostic_setting" "audited" {
  for_each = { vault = azurerm_key_vault.claims.id, network = azurerm_network_security_group.claims.id }

  name                       = "audit-${each.key}"
  target_resource_id         = each.value
  log_analytics_workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/security/providers/Microsoft.OperationalInsights/workspaces/central"

  enabled_log {
    category_group = "allLogs"
  }
}
