# A claims office on Azure with the mistakes that audits find. `phiguard check examples/terraform-azure-leaky` names them.

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

variable "location" {
  type    = string
  default = "westeurope"
}

variable "open_to_all" {
  type    = bool
  default = true
}

resource "azurerm_resource_group" "claims" {
  name     = "claims"
  location = var.location
}

resource "azurerm_storage_account" "exports" {
  name                            = "claimsexports"
  resource_group_name             = azurerm_resource_group.claims.name
  location                        = var.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = var.open_to_all
  https_traffic_only_enabled      = false
  min_tls_version                 = "TLS1_0"
}

resource "azurerm_storage_container" "exports" {
  name                  = "exports"
  storage_account_id    = azurerm_storage_account.exports.id
  container_access_type = "blob"
}

resource "azurerm_mssql_server" "claims" {
  name                         = "claims-sql"
  resource_group_name          = azurerm_resource_group.claims.name
  location                     = var.location
  version                      = "12.0"
  administrator_login          = "claims"
  administrator_login_password = var.password
  minimum_tls_version          = "1.2"
}

variable "password" {
  type      = string
  sensitive = true
}

resource "azurerm_mssql_firewall_rule" "everyone" {
  name             = "everyone"
  server_id        = azurerm_mssql_server.claims.id
  start_ip_address = "0.0.0.0"
  end_ip_address   = "255.255.255.255"
}

resource "azurerm_network_security_group" "claims" {
  name                = "claims"
  resource_group_name = azurerm_resource_group.claims.name
  location            = var.location

  security_rule {
    name                       = "remote-desktop"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "3389"
    source_address_prefix      = "Internet"
    destination_address_prefix = "*"
  }
}

resource "azurerm_key_vault" "claims" {
  name                = "claims-vault"
  resource_group_name = azurerm_resource_group.claims.name
  location            = var.location
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "standard"
}

resource "azurerm_log_analytics_workspace" "claims" {
  name                = "claims-logs"
  resource_group_name = azurerm_resource_group.claims.name
  location            = var.location
  retention_in_days   = 90
}

resource "azurerm_role_assignment" "deployment" {
  scope                = "/subscriptions/00000000-0000-0000-0000-000000000000"
  role_definition_name = "Owner"
  principal_id         = "11111111-1111-1111-1111-111111111111"
}
