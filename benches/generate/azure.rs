//! Writes Bicep files and ARM templates of any size, the same bytes every time.

use std::fmt::Write;

/// Services in one template: about 20 kB, as large as templates usually are.
const SERVICES: usize = 14;

/// The text of a Bicep file.
pub fn bicep(template: usize) -> String {
    let mut text = String::from(
        "// What the services of a clinic keep.\n\nparam location string = resourceGroup().location\n\n@allowed(['dev', 'prod'])\nparam stage string = 'dev'\n\n\
         var tags = {\n  owner: 'platform'\n  stage: stage\n}\n\n",
    );
    for service in 0..SERVICES {
        let _ = write!(
            text,
            r#"// Service {service}: its records, who may reach them, and its keys.
resource records{service} 'Microsoft.Storage/storageAccounts@2023-01-01' = {{
  name: 'clinic${{stage}}{template}records{service}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {{ name: stage == 'prod' ? 'Standard_GRS' : 'Standard_LRS' }}
  properties: {{
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: false
    supportsHttpsTrafficOnly: true
    networkAcls: {{
      bypass: 'AzureServices'
      defaultAction: 'Deny'
      ipRules: [for address in ['10.1.{service}.0/24', '10.2.{service}.0/24']: {{
        value: address
        action: 'Allow'
      }}]
    }}
    encryption: {{
      keySource: 'Microsoft.Keyvault'
      keyvaultproperties: {{
        keyvaulturi: keys{service}.properties.vaultUri
        keyname: 'records-{service}'
      }}
    }}
  }}

  resource blobs 'blobServices' = {{
    name: 'default'
    properties: {{
      isVersioningEnabled: true
      deleteRetentionPolicy: {{ enabled: true, days: 30 }}
    }}
  }}
}}

resource keys{service} 'Microsoft.KeyVault/vaults@2023-07-01' = {{
  name: 'clinic-${{uniqueString(resourceGroup().id)}}-{service}'
  location: location
  properties: {{
    tenantId: subscription().tenantId
    enablePurgeProtection: true
    enableRbacAuthorization: true
    sku: {{ family: 'A', name: 'premium' }}
  }}
}}

"#
        );
    }
    text
}

/// The text of an ARM template.
pub fn arm(template: usize) -> String {
    let mut text = String::from(
        r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
    "stage": {"type": "string", "defaultValue": "dev", "allowedValues": ["dev", "prod"]}
  },
  "variables": {"tags": {"owner": "platform", "stage": "[parameters('stage')]"}},
  "resources": [
"#,
    );
    for service in 0..SERVICES {
        let comma = if service + 1 < SERVICES { "," } else { "" };
        let _ = write!(
            text,
            r#"    {{
      "type": "Microsoft.Storage/storageAccounts",
      "apiVersion": "2023-01-01",
      "name": "[concat('clinic', parameters('stage'), '{template}records{service}')]",
      "location": "[parameters('location')]",
      "tags": "[variables('tags')]",
      "kind": "StorageV2",
      "sku": {{"name": "[if(equals(parameters('stage'), 'prod'), 'Standard_GRS', 'Standard_LRS')]"}},
      "properties": {{
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": false,
        "supportsHttpsTrafficOnly": true,
        "networkAcls": {{
          "bypass": "AzureServices",
          "defaultAction": "Deny",
          "ipRules": [{{"value": "10.1.{service}.0/24", "action": "Allow"}}, {{"value": "10.2.{service}.0/24", "action": "Allow"}}]
        }},
        "encryption": {{
          "keySource": "Microsoft.Keyvault",
          "keyvaultproperties": {{
            "keyvaulturi": "[reference(resourceId('Microsoft.KeyVault/vaults', 'clinic-keys-{service}')).vaultUri]",
            "keyname": "records-{service}"
          }}
        }}
      }},
      "resources": [
        {{
          "type": "blobServices",
          "apiVersion": "2023-01-01",
          "name": "default",
          "properties": {{"isVersioningEnabled": true, "deleteRetentionPolicy": {{"enabled": true, "days": 30}}}}
        }}
      ]
    }},
    {{
      "type": "Microsoft.KeyVault/vaults",
      "apiVersion": "2023-07-01",
      "name": "clinic-keys-{service}",
      "location": "[parameters('location')]",
      "properties": {{
        "tenantId": "[subscription().tenantId]",
        "enablePurgeProtection": true,
        "enableRbacAuthorization": true,
        "sku": {{"family": "A", "name": "premium"}}
      }}
    }}{comma}
"#
        );
    }
    text.push_str("  ]\n}\n");
    text
}
