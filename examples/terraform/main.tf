# Secrets, their versions and policies, parameters, the key that encrypts them and who may read them, in Strongroom. Terraform's AWS
# provider is the unmodified one: the endpoints block is all that differs.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "endpoint" {
  description = "Where Strongroom listens"
  type        = string
  default     = "http://127.0.0.1:4566"
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "stage" {
  description = "A tag of the secrets"
  type        = string
  default     = "dev"
}

# Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or a profile, as always.
provider "aws" {
  region = var.region

  endpoints {
    iam            = var.endpoint
    kms            = var.endpoint
    secretsmanager = var.endpoint
    ssm            = var.endpoint
    sts            = var.endpoint
  }

  default_tags {
    tags = { managed-by = "terraform" }
  }
}

data "aws_caller_identity" "current" {}

# --- the key ------------------------------------------------------------------------------------------------------------

resource "aws_kms_key" "app" {
  description             = "Secrets of the app"
  deletion_window_in_days = 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "app" {
  name          = "alias/app"
  target_key_id = aws_kms_key.app.key_id
}

# --- who reads -----------------------------------------------------------------------------------------------------------

resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}

resource "aws_iam_role_policy" "app" {
  name = "decrypt"
  role = aws_iam_role.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.app.arn }]
  })
}

# --- a secret, its value, and its policy -----------------------------------------------------------------------------------

data "aws_secretsmanager_random_password" "db" {
  password_length    = 24
  exclude_characters = "\"'\\/@"
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "app/db"
  description             = "Login of the app's database"
  kms_key_id              = aws_kms_alias.app.target_key_arn
  recovery_window_in_days = 7
  tags                    = { stage = var.stage }
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id = aws_secretsmanager_secret.db.id
  secret_string = jsonencode({
    username = "app"
    password = data.aws_secretsmanager_random_password.db.random_password
    host     = "127.0.0.1"
  })

  lifecycle {
    # The password is drawn anew each time that data source is read: keep the one that was stored.
    ignore_changes = [secret_string]
  }
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn          = aws_secretsmanager_secret.db.arn
  block_public_policy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AppReads"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.app.arn }
      Action    = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      Resource  = "*"
    }]
  })
}

# A secret whose deletion has no window, and a version with a label of its own.
resource "aws_secretsmanager_secret" "token" {
  name                    = "app/token"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "token" {
  secret_id      = aws_secretsmanager_secret.token.id
  secret_string  = "first"
  version_stages = ["AWSCURRENT", "blue"]
}

# --- parameters ------------------------------------------------------------------------------------------------------------

resource "aws_ssm_parameter" "url" {
  name  = "/app/url"
  type  = "String"
  value = "https://app.example"
}

resource "aws_ssm_parameter" "hosts" {
  name  = "/app/hosts"
  type  = "StringList"
  value = "a.example,b.example"
}

resource "aws_ssm_parameter" "key" {
  name        = "/app/key"
  description = "Key of the payment provider"
  type        = "SecureString"
  key_id      = aws_kms_key.app.arn
  value       = "kept-by-terraform"
}

# --- what others read --------------------------------------------------------------------------------------------------------

data "aws_secretsmanager_secret_version" "db" {
  secret_id  = aws_secretsmanager_secret.db.id
  depends_on = [aws_secretsmanager_secret_version.db]
}

output "db_secret" {
  value = aws_secretsmanager_secret.db.arn
}

output "db_user" {
  value     = jsondecode(data.aws_secretsmanager_secret_version.db.secret_string).username
  sensitive = true
}
