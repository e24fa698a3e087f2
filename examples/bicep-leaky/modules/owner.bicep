// Makes a principal the owner of a subscription.

targetScope = 'subscription'

param principalId string

var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, owner)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', owner)
    principalId: principalId
  }
}
