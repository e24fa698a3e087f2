// A claims office on Azure with the mistakes that audits find. `phiguard check examples/bicep-leaky` names them.
// examples/terraform-azure-leaky, terraform-azapi-leaky and arm-leaky are the same office.

param location string = 'westeurope'
param openToAll bool = true

@secure()
param password string

resource exports 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'claimsexports'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: openToAll
    supportsHttpsTrafficOnly: false
    minimumTlsVersion: 'TLS1_0'
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource container 'containers' = {
      name: 'exports'
      properties: {
        publicAccess: 'Blob'
      }
    }
  }
}

resource server 'Microsoft.Sql/servers@2023-08-01' = {
  name: 'claims-sql'
  location: location
  properties: {
    version: '12.0'
    administratorLogin: 'claims'
    administratorLoginPassword: password
    minimalTlsVersion: '1.2'
  }

  resource everyone 'firewallRules' = {
    name: 'everyone'
    properties: {
      startIpAddress: '0.0.0.0'
      endIpAddress: '255.255.255.255'
    }
  }
}

resource claims 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {
  name: 'claims'
  location: location
  properties: {
    securityRules: [
      {
        name: 'remote-desktop'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourcePortRange: '*'
          destinationPortRange: '3389'
          sourceAddressPrefix: 'Internet'
          destinationAddressPrefix: '*'
        }
      }
    ]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'claims-vault'
  location: location
  properties: {
    tenantId: '00000000-0000-0000-0000-000000000000'
    sku: {
      family: 'A'
      name: 'standard'
    }
    accessPolicies: []
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'claims-logs'
  location: location
  properties: {
    retentionInDays: 90
  }
}

module deployment 'modules/owner.bicep' = {
  name: 'deployment'
  scope: subscription('00000000-0000-0000-0000-000000000000')
  params: {
    principalId: '11111111-1111-1111-1111-111111111111'
  }
}
