// The same claims office as examples/bicep-leaky, set up so that nothing fails.

param location string = 'westeurope'

@description('Where logs go that all systems of the clinic share.')
param centralLogs string = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/security/providers/Microsoft.OperationalInsights/workspaces/central'

@description('Subnet of the private endpoints.')
param privateSubnet string = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/claims/subnets/private'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'claims'
  location: location
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'claims-vault'
  location: location
  properties: {
    tenantId: '00000000-0000-0000-0000-000000000000'
    sku: {
      family: 'A'
      name: 'premium'
    }
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    enableRbacAuthorization: true
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
    }
  }

  resource phi 'keys' = {
    name: 'phi'
    properties: {
      kty: 'RSA-HSM'
      keySize: 3072
      keyOps: ['wrapKey', 'unwrapKey']
      rotationPolicy: {
        attributes: {
          expiryTime: 'P1Y'
        }
        lifetimeActions: [
          {
            trigger: {
              timeBeforeExpiry: 'P60D'
            }
            action: {
              type: 'rotate'
            }
          }
        ]
      }
    }
  }
}

resource exports 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'claimsexports'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
    }
    sasPolicy: {
      expirationAction: 'Log'
      sasExpirationPeriod: '01.00:00:00'
    }
    immutableStorageWithVersioning: {
      enabled: true
      immutabilityPolicy: {
        state: 'Locked'
        immutabilityPeriodSinceCreationInDays: 2190
        allowProtectedAppendWrites: true
      }
    }
    encryption: {
      keySource: 'Microsoft.Keyvault'
      keyvaultproperties: {
        keyname: vault::phi.name
        keyvaulturi: vault.properties.vaultUri
      }
      identity: {
        userAssignedIdentity: identity.id
      }
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
      deleteRetentionPolicy: {
        enabled: true
        days: 30
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: 30
      }
    }

    resource container 'containers' = {
      name: 'exports'
      properties: {
        publicAccess: 'None'
      }
    }
  }

  resource shares 'fileServices' = {
    name: 'default'
    properties: {
      shareDeleteRetentionPolicy: {
        enabled: true
        days: 30
      }
      protocolSettings: {
        smb: {
          versions: 'SMB3.1.1;'
          channelEncryption: 'AES-256-GCM;'
        }
      }
    }
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'archive'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
              }
              actions: {
                baseBlob: {
                  tierToArchive: {
                    daysAfterModificationGreaterThan: 90
                  }
                }
                version: {
                  delete: {
                    daysAfterCreationGreaterThan: 2200
                  }
                }
              }
            }
          }
        ]
      }
    }
  }
}

resource claims 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {
  name: 'claims'
  location: location
  properties: {
    securityRules: [
      {
        name: 'web'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourcePortRange: '*'
          destinationPortRange: '443'
          sourceAddressPrefix: 'Internet'
          destinationAddressPrefix: '*'
        }
      }
    ]
  }
}

resource flowLog 'Microsoft.Network/networkWatchers/flowLogs@2023-11-01' = {
  name: 'watcher/claims'
  location: location
  properties: {
    targetResourceId: claims.id
    storageId: exports.id
    enabled: true
    retentionPolicy: {
      enabled: true
      days: 2190
    }
  }
}

resource vaultKept 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'kept'
  scope: vault
  properties: {
    level: 'CanNotDelete'
  }
}

resource exportsKept 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'kept'
  scope: exports
  properties: {
    level: 'CanNotDelete'
  }
}

resource vaultAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: centralLogs
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource exportsAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: exports::blobs
  properties: {
    workspaceId: centralLogs
    logs: [for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: {
      category: category
      enabled: true
    }]
  }
}

resource networkAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: claims
  properties: {
    workspaceId: centralLogs
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource vaultEndpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: 'vault'
  location: location
  properties: {
    subnet: {
      id: privateSubnet
    }
    privateLinkServiceConnections: [
      {
        name: 'vault'
        properties: {
          privateLinkServiceId: vault.id
          groupIds: ['vault']
        }
      }
    ]
  }
}

resource exportsEndpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: 'exports'
  location: location
  properties: {
    subnet: {
      id: privateSubnet
    }
    privateLinkServiceConnections: [
      {
        name: 'exports'
        properties: {
          privateLinkServiceId: exports.id
          groupIds: ['blob']
        }
      }
    ]
  }
}

resource eventsAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: events
  properties: {
    workspaceId: centralLogs
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource events 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: 'exports'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: exports.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  resource subscription 'eventSubscriptions' = {
    name: 'exports'
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: 'https://events.clinic.example/exports'
        }
      }
    }
  }
}
