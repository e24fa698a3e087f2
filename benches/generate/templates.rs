//! Writes templates of any size, the same bytes every time: CloudFormation as JSON and as YAML, and those of Azure.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::azure;

/// Services in one template: about 20 kB, as large as templates usually are.
const SERVICES: usize = 12;

/// A kind of template: its name, the ending of its files, and what writes one.
pub type Form = (&'static str, &'static str, fn(usize) -> String);

/// The kinds of templates.
pub const FORMS: &[Form] = &[
    ("CloudFormation in JSON", "json", json),
    ("CloudFormation in YAML", "yaml", yaml),
    ("ARM", "json", azure::arm),
    ("Bicep", "bicep", azure::bicep),
];

/// Writes templates and answers with how many bytes they have.
pub fn write(folder: &Path, templates: usize, (_, ending, text): Form) -> usize {
    fs::create_dir_all(folder).unwrap();
    let mut bytes = 0;
    for at in 0..templates {
        let text = text(at);
        fs::write(folder.join(format!("stack-{at:04}.{ending}")), &text).unwrap();
        bytes += text.len();
    }
    bytes
}

fn yaml(template: usize) -> String {
    let mut text = String::from(
        "AWSTemplateFormatVersion: '2010-09-09'\nDescription: What the services of a clinic keep\nParameters:\n  Stage:\n    Type: String\n    \
         Default: dev\n    AllowedValues: [dev, prod]\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\nResources:\n",
    );
    for service in 0..SERVICES {
        let _ = write!(
            text,
            r#"  # Service {service}: its records, who reads them, and its log.
  Records{service}:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub 'clinic-${{Stage}}-{template}-records-{service}'
      VersioningConfiguration:
        Status: !If [IsProd, Enabled, Suspended]
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: !GetAtt Key{service}.Arn
      Tags:
        - Key: owner
          Value: platform
        - {{Key: stage, Value: !Ref Stage}}
  Key{service}:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {{AWS: !Sub 'arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root'}}
            Action: 'kms:*'
            Resource: '*'
  Function{service}:
    Type: AWS::Lambda::Function
    DependsOn: Records{service}
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Code:
        ZipFile: |
          def handler(event, context):
              return {{"statusCode": 200, "body": "records of service {service}"}}
      Environment:
        Variables:
          BUCKET: !Ref Records{service}
"#
        );
    }
    text
}

fn json(template: usize) -> String {
    let mut text = String::from(
        "{\n  \"AWSTemplateFormatVersion\": \"2010-09-09\",\n  \"Description\": \"What the services of a clinic keep\",\n  \"Parameters\": {\n    \
         \"Stage\": {\"Type\": \"String\", \"Default\": \"dev\", \"AllowedValues\": [\"dev\", \"prod\"]}\n  },\n  \"Conditions\": {\n    \
         \"IsProd\": {\"Fn::Equals\": [{\"Ref\": \"Stage\"}, \"prod\"]}\n  },\n  \"Resources\": {\n",
    );
    for service in 0..SERVICES {
        let comma = if service + 1 < SERVICES { "," } else { "" };
        let _ = write!(
            text,
            r#"    "Records{service}": {{
      "Type": "AWS::S3::Bucket",
      "DeletionPolicy": "Retain",
      "Properties": {{
        "BucketName": {{"Fn::Sub": "clinic-${{Stage}}-{template}-records-{service}"}},
        "VersioningConfiguration": {{
          "Status": {{
            "Fn::If": ["IsProd", "Enabled", "Suspended"]
          }}
        }},
        "BucketEncryption": {{
          "ServerSideEncryptionConfiguration": [
            {{
              "ServerSideEncryptionByDefault": {{
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": {{"Fn::GetAtt": ["Key{service}", "Arn"]}}
              }}
            }}
          ]
        }},
        "Tags": [{{"Key": "owner", "Value": "platform"}}, {{"Key": "stage", "Value": {{"Ref": "Stage"}}}}]
      }}
    }},
    "Key{service}": {{
      "Type": "AWS::KMS::Key",
      "Properties": {{
        "EnableKeyRotation": true,
        "KeyPolicy": {{
          "Version": "2012-10-17",
          "Statement": [
            {{
              "Effect": "Allow",
              "Principal": {{"AWS": {{"Fn::Sub": "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root"}}}},
              "Action": "kms:*",
              "Resource": "*"
            }}
          ]
        }}
      }}
    }},
    "Function{service}": {{
      "Type": "AWS::Lambda::Function",
      "DependsOn": "Records{service}",
      "Properties": {{
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Code": {{"ZipFile": "def handler(event, context):\n    return {{\"statusCode\": 200, \"body\": \"{service}\"}}\n"}},
        "Environment": {{"Variables": {{"BUCKET": {{"Ref": "Records{service}"}}}}}}
      }}
    }}{comma}
"#
        );
    }
    text.push_str("  }\n}\n");
    text
}
