# What fails the rules of Azure's set that no example of a policy shows on the type of the rule.
locals {
  group = "clinic"
  place = "eastus"
}

resource "azurerm_linux_web_app" "portal" {
  name                = "portal"
  resource_group_name = local.group
  location            = local.place
  service_plan_id     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clinic/providers/Microsoft.Web/serverFarms/portal"

  site_config {
    cors {
      allowed_origins = ["*"]
    }
  }
}

resource "azurerm_linux_function_app" "reminders" {
  name                = "reminders"
  resource_group_name = local.group
  location            = local.place
  service_plan_id     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clinic/providers/Microsoft.Web/serverFarms/portal"

  site_config {
    cors {
      allowed_origins = ["*"]
    }
  }
}

resource "azurerm_linux_virtual_machine" "imaging" {
  name                  = "imaging"
  resource_group_name   = local.group
  location              = local.place
  size                  = "Standard_D2s_v5"
  admin_username        = "operator"
  network_interface_ids = ["/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clinic/providers/Microsoft.Network/networkInterfaces/imaging"]

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
  }
}

resource "azurerm_data_lake_store" "claims" {
  name                = "claims"
  resource_group_name = local.group
  location            = local.place
  encryption_state    = "Disabled"
}

resource "azurerm_cosmosdb_account" "claims" {
  name                = "claims"
  resource_group_name = local.group
  location            = local.place
  offer_type          = "Standard"

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = local.place
    failover_priority = 0
  }
}

resource "azurerm_eventhub_namespace" "vitals" {
  name                = "vitals"
  resource_group_name = local.group
  location            = local.place
  sku                 = "Standard"
}

resource "azurerm_key_vault" "clinic" {
  name                = "clinic"
  resource_group_name = local.group
  location            = local.place
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "standard"
}

resource "azurerm_container_registry" "clinic" {
  name                = "clinic"
  resource_group_name = local.group
  location            = local.place
  sku                 = "Premium"
}

resource "azurerm_network_interface" "imaging" {
  name                = "imaging"
  resource_group_name = local.group
  location            = local.place

  ip_configuration {
    name                          = "internal"
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_mysql_server" "claims" {
  name                         = "claims"
  resource_group_name          = local.group
  location                     = local.place
  sku_name                     = "GP_Gen5_2"
  version                      = "8.0"
  ssl_enforcement_enabled      = false
  geo_redundant_backup_enabled = false
}

resource "azurerm_postgresql_server" "claims" {
  name                         = "claims"
  resource_group_name          = local.group
  location                     = local.place
  sku_name                     = "GP_Gen5_2"
  version                      = "11"
  ssl_enforcement_enabled      = false
  geo_redundant_backup_enabled = false
}

resource "azurerm_mariadb_server" "claims" {
  name                         = "claims"
  resource_group_name          = local.group
  location                     = local.place
  sku_name                     = "GP_Gen5_2"
  version                      = "10.2"
  ssl_enforcement_enabled      = true
  geo_redundant_backup_enabled = false
}

resource "azurerm_mssql_managed_instance" "claims" {
  name                = "claims"
  resource_group_name = local.group
  location            = local.place
  license_type        = "BasePrice"
  sku_name            = "GP_Gen5"
  storage_size_in_gb  = 32
  vcores              = 4
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clinic/providers/Microsoft.Network/virtualNetworks/clinic/subnets/data"
}

resource "azurerm_mssql_server" "claims" {
  name                = "claims"
  resource_group_name = local.group
  location            = local.place
  version             = "12.0"
}

resource "azurerm_mssql_database" "claims" {
  name                                = "claims"
  server_id                           = azurerm_mssql_server.claims.id
  transparent_data_encryption_enabled = false
}

resource "azurerm_kubernetes_cluster" "portal" {
  name                              = "portal"
  resource_group_name               = local.group
  location                          = local.place
  dns_prefix                        = "portal"
  role_based_access_control_enabled = false

  default_node_pool {
    name    = "default"
    vm_size = "Standard_D2s_v5"
  }

  identity {
    type = "SystemAssigned"
  }
}
