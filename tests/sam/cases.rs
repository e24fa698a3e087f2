//! Templates, what the transform makes of them, and values in that.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "globals lie under the function's own properties",
        text: "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Environment: {Variables: {A: global, B: global}}
    Layers: [one]
    Architectures: [x86_64]
Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      CodeUri: s3://bucket/key.zip?versionId=7
      Environment: {Variables: {B: own}}
      Layers: [two]
      Architectures: [arm64]
  Bare:
    Type: AWS::Serverless::Function
    IgnoreGlobals: '*'
    Properties: {InlineCode: pass, Handler: a.b, Runtime: python3.13, Role: 'arn:aws:iam::1:role/r'}
",
        resources: &["Bare Lambda::Function 17", "Job Lambda::Function 9", "JobRole IAM::Role 9"],
        values: &[
            ("Job", "/Runtime", "\"python3.12\""),
            ("Job", "/Environment/Variables", r#"{"A":"global","B":"own"}"#),
            ("Job", "/Layers", r#"["one","two"]"#),
            ("Job", "/Architectures", r#"["arm64"]"#),
            ("Job", "/Code", r#"{"S3Bucket":"bucket","S3Key":"key.zip","S3ObjectVersion":"7"}"#),
            ("Job", "/Tags", r#"[{"Key":"lambda:createdBy","Value":"SAM"}]"#),
            ("Bare", "/Runtime", "\"python3.13\""),
            ("Bare", "/Code", r#"{"ZipFile":"pass"}"#),
            ("Bare", "/Environment", "null"),
            ("JobRole", "/AssumeRolePolicyDocument/Statement/0/Principal/Service", r#"["lambda.amazonaws.com"]"#),
        ],
    },
    Case {
        name: "policies of all kinds go into the role",
        text: "Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      Tracing: Active
      VpcConfig: {SubnetIds: [a], SecurityGroupIds: [b]}
      DeadLetterQueue: {Type: SNS, TargetArn: 'arn:aws:sns:eu-west-1:1:dead'}
      Policies:
        - arn:aws:iam::1:policy/own
        - S3ReadPolicy: {BucketName: records}
        - Version: '2012-10-17'
          Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]
",
        resources: &["Job Lambda::Function 2", "JobRole IAM::Role 2"],
        values: &[
            ("Job", "/TracingConfig/Mode", "\"Active\""),
            ("Job", "/DeadLetterConfig/TargetArn", "\"arn:aws:sns:eu-west-1:1:dead\""),
            ("JobRole", "/ManagedPolicyArns/3", "\"arn:aws:iam::1:policy/own\""),
            ("JobRole", "/Policies/0/PolicyName", "\"DeadLetterQueuePolicy\""),
            ("JobRole", "/Policies/0/PolicyDocument/Statement/0/Action", "\"sns:Publish\""),
            ("JobRole", "/Policies/1/PolicyName", "\"JobRolePolicy1\""),
            ("JobRole", "/Policies/1/PolicyDocument/Statement/0/Action/0", "\"s3:GetObject\""),
            ("JobRole", "/Policies/2/PolicyName", "\"JobRolePolicy2\""),
            ("JobRole", "/Policies/2/PolicyDocument/Statement/0/Resource", "\"*\""),
        ],
    },
    Case {
        name: "versions, aliases and public URLs",
        text: "Parameters: {Name: {Type: String, Default: live-1}}
Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      AutoPublishAlias: !Ref Name
      DeploymentPreference: {Type: AllAtOnce, Alarms: [bell]}
      FunctionUrlConfig: {AuthType: NONE}
Outputs:
  Alias: {Value: !Ref Job.Alias}
",
        resources: &[
            "CodeDeployServiceRole IAM::Role 10",
            "Job Lambda::Function 3",
            "JobAliasliveD1 Lambda::Alias 9",
            "JobDeploymentGroup CodeDeploy::DeploymentGroup 10",
            "JobRole IAM::Role 3",
            "JobURLInvokeAllowPublicAccess Lambda::Permission 11",
            "JobUrl Lambda::Url 11",
            "JobUrlPublicPermissions Lambda::Permission 11",
            "JobVersion Lambda::Version 9",
            "ServerlessDeploymentApplication CodeDeploy::Application 10",
        ],
        values: &[
            ("JobAliasliveD1", "/Name", "\"live-1\""),
            ("JobUrl", "/AuthType", "\"NONE\""),
            ("JobUrlPublicPermissions", "/Principal", "\"*\""),
            ("JobUrlPublicPermissions", "/FunctionUrlAuthType", "\"NONE\""),
            ("JobDeploymentGroup", "/AlarmConfiguration", r#"{"Enabled":true,"Alarms":[{"Name":"bell"}]}"#),
        ],
    },
    Case {
        name: "events become rules, mappings, permissions and roles",
        text: "Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      Events:
        Daily:
          Type: Schedule
          Properties: {Schedule: rate(1 day), Enabled: false}
        Later:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 day)}
        Queue:
          Type: SQS
          Properties: {Queue: 'arn:aws:sqs:eu-west-1:1:q', BatchSize: 5}
        Upload:
          Type: S3
          Properties: {Bucket: !Ref Store, Events: 's3:ObjectCreated:*'}
        Topic:
          Type: SNS
          Properties: {Topic: 'arn:aws:sns:eu-west-1:1:t', SqsSubscription: true}
  Store:
    Type: AWS::S3::Bucket
",
        resources: &[
            "Job Lambda::Function 2",
            "JobDaily Events::Rule 9",
            "JobDailyPermission Lambda::Permission 9",
            "JobLater Scheduler::Schedule 12",
            "JobLaterRole IAM::Role 12",
            "JobQueue Lambda::EventSourceMapping 15",
            "JobRole IAM::Role 2",
            "JobTopic SNS::Subscription 21",
            "JobTopicEventSourceMapping Lambda::EventSourceMapping 21",
            "JobTopicQueue SQS::Queue 21",
            "JobTopicQueuePolicy SQS::QueuePolicy 21",
            "JobUploadPermission Lambda::Permission 18",
            "Store S3::Bucket 24",
        ],
        values: &[
            ("JobDaily", "/State", "\"DISABLED\""),
            ("JobDaily", "/Targets/0/Id", "\"JobDailyLambdaTarget\""),
            ("JobLater", "/FlexibleTimeWindow/Mode", "\"OFF\""),
            ("JobLaterRole", "/Policies/0/PolicyDocument/Statement/0/Action", "\"lambda:InvokeFunction\""),
            ("JobQueue", "/BatchSize", "5"),
            ("JobUploadPermission", "/Principal", "\"s3.amazonaws.com\""),
            ("Store", "/NotificationConfiguration/LambdaConfigurations/0/Event", "\"s3:ObjectCreated:*\""),
            ("JobTopicQueuePolicy", "/PolicyDocument/Statement/0/Principal", "\"*\""),
        ],
    },
    Case {
        name: "events of APIs that nobody declares make them",
        text: "Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      Events:
        Read:
          Type: Api
          Properties: {Path: '/records/{id}', Method: get}
        Any: {Type: HttpApi}
",
        resources: &[
            "Job Lambda::Function 2",
            "JobAnyPermission Lambda::Permission 12",
            "JobReadPermissionProd Lambda::Permission 9",
            "JobRole IAM::Role 2",
            "ServerlessHttpApi ApiGatewayV2::Api 12",
            "ServerlessHttpApiApiGatewayDefaultStage ApiGatewayV2::Stage 12",
            "ServerlessRestApi ApiGateway::RestApi 9",
            "ServerlessRestApiDeployment ApiGateway::Deployment 9",
            "ServerlessRestApiProdStage ApiGateway::Stage 9",
        ],
        values: &[
            (
                "ServerlessRestApi",
                "/Body/paths/~1records~1{id}/get/x-amazon-apigateway-integration/type",
                "\"aws_proxy\"",
            ),
            ("ServerlessRestApi", "/Body/paths/~1records~1{id}/get/responses", "{}"),
            ("ServerlessHttpApi", "/Body/paths/$default/x-amazon-apigateway-any-method/isDefaultRoute", "true"),
            ("ServerlessRestApiProdStage", "/StageName", "\"Prod\""),
            ("ServerlessHttpApiApiGatewayDefaultStage", "/AutoDeploy", "true"),
        ],
    },
    Case {
        name: "a REST API with authorizers, keys, other origins and a domain",
        text: "Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      TracingEnabled: true
      AccessLogSetting: {DestinationArn: 'arn:aws:logs:eu-west-1:1:log-group:g'}
      EndpointConfiguration: {Type: PRIVATE, VPCEndpointIds: [vpce-1]}
      Cors: \"'*'\"
      Auth:
        DefaultAuthorizer: Pool
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Pool: {UserPoolArn: 'arn:aws:cognito-idp:eu-west-1:1:userpool/p'}
          Own: {FunctionArn: 'arn:aws:lambda:eu-west-1:1:function:f'}
        UsagePlan: {CreateUsagePlan: PER_API}
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      Role: arn:aws:iam::1:role/r
      Events:
        Read: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}
        Write: {Type: Api, Properties: {Path: /a, Method: post, RestApiId: !Ref Api, Auth: {Authorizer: NONE}}}
",
        resources: &[
            "Api ApiGateway::RestApi 2",
            "ApiApiKey ApiGateway::ApiKey 16",
            "ApiDeployment ApiGateway::Deployment 2",
            "ApiOwnAuthorizerPermission Lambda::Permission 15",
            "ApiUsagePlan ApiGateway::UsagePlan 16",
            "ApiUsagePlanKey ApiGateway::UsagePlanKey 16",
            "ApiprodStage ApiGateway::Stage 2",
            "Job Lambda::Function 17",
            "JobReadPermissionprod Lambda::Permission 25",
            "JobWritePermissionprod Lambda::Permission 26",
        ],
        values: &[
            ("Api", "/EndpointConfiguration", r#"{"Types":["PRIVATE"],"VpcEndpointIds":["vpce-1"]}"#),
            ("Api", "/Body/paths/~1a/get/security", r#"[{"Pool":[]}]"#),
            ("Api", "/Body/paths/~1a/post/security", r#"[{"NONE":[]}]"#),
            ("Api", "/Body/paths/~1a/options/security", "null"),
            ("Api", "/Body/securityDefinitions/Pool/x-amazon-apigateway-authtype", "\"cognito_user_pools\""),
            (
                "Api",
                "/Body/paths/~1a/options/x-amazon-apigateway-integration/responses/default/responseParameters/method.response.header.Access-Control-Allow-Methods",
                "\"'GET,OPTIONS,POST'\"",
            ),
            ("ApiprodStage", "/TracingEnabled", "true"),
            ("ApiprodStage", "/AccessLogSetting/DestinationArn", "\"arn:aws:logs:eu-west-1:1:log-group:g\""),
        ],
    },
    Case {
        name: "an HTTP API with an authorizer before all routes but one",
        text: "Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: prod
      CorsConfiguration: true
      Auth:
        DefaultAuthorizer: Jwt
        Authorizers:
          Jwt: {IdentitySource: $request.header.Authorization, JwtConfiguration: {Issuer: i, Audience: [a]}}
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: pass
      Role: arn:aws:iam::1:role/r
      Events:
        Read: {Type: HttpApi, Properties: {Path: '/a/{id}', Method: get, ApiId: !Ref Api}}
        Open: {Type: HttpApi, Properties: {Path: /open, Method: get, ApiId: !Ref Api, Auth: {Authorizer: NONE}}}
",
        resources: &[
            "Api ApiGatewayV2::Api 2",
            "ApiprodStage ApiGatewayV2::Stage 2",
            "Job Lambda::Function 11",
            "JobOpenPermission Lambda::Permission 20",
            "JobReadPermission Lambda::Permission 19",
        ],
        values: &[
            ("Api", "/Body/paths/~1a~1{id}/get/security", r#"[{"Jwt":[]}]"#),
            ("Api", "/Body/paths/~1a~1{id}/get/parameters/0/name", "\"id\""),
            ("Api", "/Body/paths/~1open/get/security", r#"[{"NONE":[]}]"#),
            ("Api", "/Body/x-amazon-apigateway-cors", r#"{"allowOrigins":["*"]}"#),
            ("Api", "/Body/components/securitySchemes/Jwt/x-amazon-apigateway-authorizer/type", "\"jwt\""),
            ("ApiprodStage", "/Tags", r#"{"httpapi:createdBy":"SAM"}"#),
        ],
    },
    Case {
        name: "tables, layers and applications",
        text: "Globals:
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  Table:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: id, Type: Number}, Tags: {owner: x}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: {Bucket: b, Key: k}}
  Shared:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: app, SemanticVersion: 1.0.0}}
",
        resources: &["Layer Lambda::LayerVersion 7", "Shared CloudFormation::Stack 10", "Table DynamoDB::Table 4"],
        values: &[
            ("Table", "/KeySchema", r#"[{"AttributeName":"id","KeyType":"HASH"}]"#),
            ("Table", "/AttributeDefinitions", r#"[{"AttributeName":"id","AttributeType":"N"}]"#),
            ("Table", "/BillingMode", "\"PAY_PER_REQUEST\""),
            ("Table", "/SSESpecification", r#"{"SSEEnabled":true}"#),
            ("Table", "/Tags", r#"[{"Key":"owner","Value":"x"}]"#),
            ("Layer", "/LayerName", "\"Layer\""),
            ("Layer", "/Content", r#"{"S3Bucket":"b","S3Key":"k"}"#),
            ("Shared", "/Tags/1", r#"{"Key":"serverlessrepo:applicationId","Value":"app"}"#),
        ],
    },
    Case {
        name: "state machines with their roles and events",
        text: "Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: !Ref Topic}}}
      Logging: {Level: ALL}
      Tracing: {Enabled: true}
      Policies: [SNSPublishMessagePolicy: {TopicName: t}]
      Events:
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Start: {Type: Api, Properties: {Path: /go, Method: post}}
  Topic: {Type: 'AWS::SNS::Topic'}
",
        resources: &[
            "Flow StepFunctions::StateMachine 2",
            "FlowDaily Events::Rule 10",
            "FlowDailyRole IAM::Role 10",
            "FlowRole IAM::Role 2",
            "FlowStartRole IAM::Role 11",
            "ServerlessRestApi ApiGateway::RestApi 11",
            "ServerlessRestApiDeployment ApiGateway::Deployment 11",
            "ServerlessRestApiProdStage ApiGateway::Stage 11",
            "Topic SNS::Topic 12",
        ],
        values: &[
            (
                "Flow",
                "/DefinitionString",
                r#""{\"StartAt\":\"A\",\"States\":{\"A\":{\"Resource\":\"${definition_substitution_1}\",\"Type\":\"Task\"}}}""#,
            ),
            ("Flow", "/LoggingConfiguration/Level", "\"ALL\""),
            ("FlowRole", "/Policies/0/PolicyName", "\"FlowRolePolicy0\""),
            ("FlowDaily", "/Targets/0/Id", "\"FlowDailyStepFunctionsTarget\""),
            ("FlowDailyRole", "/Policies/0/PolicyName", "\"FlowDailyRoleStartExecutionPolicy\""),
            ("ServerlessRestApi", "/Body/paths/~1go/post/x-amazon-apigateway-integration/type", "\"aws\""),
        ],
    },
    Case {
        name: "connectors, alone and embedded",
        text: "Resources:
  Job:
    Type: AWS::Serverless::Function
    Connectors:
      ToTable: {Properties: {Destination: {Id: Table}, Permissions: [Read]}}
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: pass}
  Table: {Type: AWS::Serverless::SimpleTable}
  Topic: {Type: 'AWS::SNS::Topic'}
  Queue: {Type: 'AWS::SQS::Queue'}
  Link:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Topic}, Destination: [{Id: Queue}, {Id: Job}], Permissions: [Write]}
",
        resources: &[
            "Job Lambda::Function 2",
            "JobRole IAM::Role 2",
            "JobToTablePolicy IAM::ManagedPolicy 5",
            "LinkQueuePolicyDestination0 SQS::QueuePolicy 10",
            "LinkWriteLambdaPermissionDestination1 Lambda::Permission 10",
            "Queue SQS::Queue 9",
            "Table DynamoDB::Table 7",
            "Topic SNS::Topic 8",
        ],
        values: &[
            ("JobToTablePolicy", "/PolicyDocument/Statement/0/Action/0", "\"dynamodb:GetItem\""),
            ("LinkQueuePolicyDestination0", "/PolicyDocument/Statement/0/Principal/Service", "\"sns.amazonaws.com\""),
            ("LinkWriteLambdaPermissionDestination1", "/Principal", "\"sns.amazonaws.com\""),
        ],
    },
    Case {
        name: "GraphQL APIs with their sources, functions and resolvers",
        text: "Resources:
  Api:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      SchemaInline: 'type Query { a: String }'
      Auth: {Type: AWS_IAM}
      DataSources:
        DynamoDb:
          Notes: {TableName: notes}
      Functions:
        Read: {InlineCode: x, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, DataSource: Notes}
      Resolvers:
        Query:
          a: {Pipeline: [Read]}
",
        resources: &[
            "Api AppSync::GraphQLApi 2",
            "ApiCloudWatchRole IAM::Role 2",
            "ApiNotesDynamoDBDataSource AppSync::DataSource 9",
            "ApiNotesDynamoDBDataSourceRole IAM::Role 9",
            "ApiNotesDynamoDBDataSourceToTableConnectorPolicy IAM::ManagedPolicy 9",
            "ApiQuerya AppSync::Resolver 14",
            "ApiRead AppSync::FunctionConfiguration 11",
            "ApiSchema AppSync::GraphQLSchema 2",
        ],
        values: &[
            ("Api", "/AuthenticationType", "\"AWS_IAM\""),
            ("Api", "/LogConfig/FieldLogLevel", "\"ALL\""),
            ("ApiNotesDynamoDBDataSource", "/DynamoDBConfig/TableName", "\"notes\""),
            ("ApiQuerya", "/Kind", "\"PIPELINE\""),
            ("ApiQuerya", "/Runtime/Name", "\"APPSYNC_JS\""),
            ("ApiRead", "/Runtime/RuntimeVersion", "\"1.0.0\""),
        ],
    },
];
