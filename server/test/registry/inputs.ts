import assert from 'node:assert/strict'
import { zip } from '../../runtime/test/zip.ts'
import { prepareTrail, trailInputs, trailMembers } from './cloudtrail.ts'
import { cloudwatchInputs, cloudwatchMembers, prepareCloudWatch } from './cloudwatch.ts'
import { databaseInputs, databaseMembers, registerDatabase } from './databases.ts'
import { eventsInputs, eventsMembers, prepareEvents } from './events.ts'
import { AUTHENTICATED, PEER, prepareKind, SIGNED, WRAPPING } from './kinds.ts'
import { logsInputs, logsMembers, prepareLogs } from './logs.ts'
import { parameterInputs, parameterMembers, prepareParameter } from './parameters.ts'
import { smallest } from './smallest.ts'
import { element, type Entry, PASSWORD, type World } from './world.ts'

/** What the operations act on, by the member that names it: resources that are there, or their twins that are not. */
export interface Names {
  readonly secretId: string
  readonly userName: string
  readonly policyArn: string
  readonly keyId: string
  readonly accessKeyId: string
  /** Of a registered database. */
  readonly databaseId: string
  /** Of an identity provider. */
  readonly providerArn: string
  /** Why somebody was refused, for sts:DecodeAuthorizationMessage. */
  readonly message: string
  /** What a key made: a ciphertext, a signature, a MAC, or material wrapped for it. */
  readonly ciphertext: Uint8Array
  /** What goes with wrapped material. */
  readonly importToken: Uint8Array
  /** Of a grant on the key. */
  readonly grantId: string
  /** Of a function of Lambda. */
  readonly functionArn: string
  /** Of a connection of EventBridge. */
  readonly connectionArn?: string
  /** Of a resource policy of a parameter. */
  readonly resourcePolicy: { readonly id: string; readonly hash: string }
}

/** Version ids of every secret that `prepare` makes: the older one, and the current one. */
const OLD = 'version-0000-0000-0000-000000000001'
const CURRENT = 'version-0000-0000-0000-000000000002'

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
})

/** A resource policy that takes nothing from anybody. */
const RESOURCE_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:RotateSecret', Resource: '*' }],
})

const rootOf = (account: string) => `arn:aws:iam::${account}:root`

/** A key policy that leaves the key to its account. */
const keyPolicy = (account: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' }],
  })

/**
 * Makes what one operation needs of its own, as root: a secret with two versions; a user with an inline policy, an attached
 * one and a key; a key of KMS with a ciphertext. `label` has five characters and tells the sets apart.
 */
export async function prepare(world: World, { service, name }: Entry, label: string): Promise<Names> {
  assert.equal(label.length, 5)
  const here = `here-${label}`
  const names = { ...absent(world, `${label}`), secretId: `here/${label}`, userName: here, databaseId: here }
  switch (service.name) {
    case 'strongroom':
    case 'secretsmanager': {
      const { secretId: SecretId } = names
      await world.done('secretsmanager:CreateSecret', {
        Name: SecretId,
        ClientRequestToken: OLD,
        SecretString: 'old',
        Tags: [{ Key: 'team', Value: 'blue' }],
      })
      await world.done('secretsmanager:PutSecretValue', { SecretId, ClientRequestToken: CURRENT, SecretString: 'new' })
      return names
    }
    case 'kms': {
      const kind = await prepareKind(world, name)
      if (kind !== undefined) return { ...names, ...kind }
      const MultiRegion = name === 'ReplicateKey' || name === 'UpdatePrimaryRegion'
      const made = await world.done('kms:CreateKey', MultiRegion ? { MultiRegion } : {})
      const { KeyMetadata } = JSON.parse(made) as { KeyMetadata: { KeyId: string } }
      const keyId = KeyMetadata.KeyId
      const { CiphertextBlob } = JSON.parse(
        await world.done('kms:Encrypt', { KeyId: keyId, Plaintext: Buffer.from('plain') }),
      ) as { CiphertextBlob: string }
      if (name === 'UpdatePrimaryRegion')
        await world.done('kms:ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' })
      if (name === 'DeleteAlias' || name === 'UpdateAlias')
        await world.done('kms:CreateAlias', { AliasName: `alias/for-${keyId}`, TargetKeyId: keyId })
      if (name === 'RetireGrant' || name === 'RevokeGrant') {
        const input = { KeyId: keyId, GranteePrincipal: rootOf(world.server.account), Operations: ['Encrypt'] }
        const made = JSON.parse(await world.done('kms:CreateGrant', input)) as { GrantId: string }
        return { ...names, keyId, grantId: made.GrantId }
      }
      if (name === 'CancelKeyDeletion') await world.done('kms:ScheduleKeyDeletion', { KeyId: keyId })
      return { ...names, keyId, ciphertext: Buffer.from(CiphertextBlob, 'base64') }
    }
    case 'cloudwatch':
      return prepareCloudWatch(world, name, names)
    case 'events':
      return prepareEvents(world, name, names)
    case 'logs':
      return prepareLogs(world, name, names, (it) => makeFunction(world, it))
    case 'ssm':
      return prepareParameter(world, name, names)
    case 'rds':
      await registerDatabase(world, name.includes('Cluster') ? 'cluster' : 'instance', names.databaseId)
      return names
    case 'redshift':
      await registerDatabase(world, 'redshift', names.databaseId)
      return names
    case 'redshift-serverless':
      return names
    case 'lambda': {
      const { userName: FunctionName } = names
      const functionArn = names.functionArn.replace('gone', 'here')
      await makeFunction(world, FunctionName)
      if (name !== 'CreateAlias' && name !== 'DeleteFunction')
        await world.done('lambda:CreateAlias', { FunctionName, Name: 'live', FunctionVersion: '1' })
      if (name !== 'AddPermission') await world.done('lambda:AddPermission', { FunctionName, ...PERMISSION })
      return { ...names, functionArn }
    }
    case 'cloudtrail':
      return prepareTrail(world, names)
    case 'sts': {
      if (name === 'AssumeRole') await makeRole(world, names.userName)
      if (name === 'GetAccessKeyInfo') {
        await world.done('iam:CreateUser', { UserName: names.userName })
        const key = await world.done('iam:CreateAccessKey', { UserName: names.userName })
        return { ...names, accessKeyId: element(key, 'AccessKeyId') }
      }
      if (name !== 'DecodeAuthorizationMessage') return names
      const { headers } = await world.call(world.entry('iam:ListUsers'), {}, world.nobody)
      return { ...names, message: String(headers['x-amzn-authorization-message']) }
    }
    default: {
      if (!BEFORE.test(name)) return prepareEntities(world, name, names)
      const { userName: UserName } = names
      await world.done('iam:CreateUser', { UserName })
      const made = await world.done('iam:CreatePolicy', { PolicyName: `here-${label}`, PolicyDocument: DOCUMENT })
      const policyArn = element(made, 'Arn')
      if (name === 'DeleteUser') return { ...names, policyArn }
      await world.done('iam:PutUserPolicy', { UserName, PolicyName: 'Inline', PolicyDocument: DOCUMENT })
      if (name !== 'DeletePolicy') await world.done('iam:AttachUserPolicy', { UserName, PolicyArn: policyArn })
      const key = await world.done('iam:CreateAccessKey', { UserName })
      return { ...names, policyArn, accessKeyId: element(key, 'AccessKeyId') }
    }
  }
}

/** The operations of IAM on users and their policies, prepared above. */
const BEFORE = /^(\w+User|\w+UserPolic\w+|\w+AccessKey\w*|(Get|Create|Delete|List)Polic(y|ies)|GetPolicyVersion)$/

/** A permission that nobody who is here can use. */
const PERMISSION = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 'secretsmanager.amazonaws.com' }

const CODE = zip({ 'index.js': 'exports.handler = async () => null' })

/** The role of all functions of one world. */
const lambdaRole = (account: string) => `arn:aws:iam::${account}:role/lambda`

async function makeFunction(world: World, FunctionName: string): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  // There since the function before.
  await world.call(world.entry('iam:CreateRole'), { RoleName: 'lambda', AssumeRolePolicyDocument })
  const Role = lambdaRole(world.server.account)
  const how = { Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Tags: { team: 'blue' } }
  await world.done('lambda:CreateFunction', {
    FunctionName,
    ...how,
    Code: { ZipFile: CODE.toString('base64') },
    Publish: true,
  })
}

/** Whom every role of the tests trusts. */
const trust = ({ server: { account } }: World) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
  })

const makeRole = (world: World, RoleName: string) =>
  world.done('iam:CreateRole', { RoleName, AssumeRolePolicyDocument: trust(world) })

/** Another password that the default rules take. */
const OTHER_PASSWORD = 'Right-Horse-2'

/** Users, groups, roles and the rest of IAM: all of one set have the same name. */
async function prepareEntities(world: World, name: string, names: Names): Promise<Names> {
  const { userName: it } = names
  const done = (operation: string, input: Readonly<Record<string, unknown>>) => world.done(`iam:${operation}`, input)
  if (name === 'ChangePassword') await done('UpdateLoginProfile', { UserName: 'admin', Password: PASSWORD })
  const deletes = /^(DeleteGroup|DeleteRole|DeleteInstanceProfile)$/.test(name)
  if (/Password|CredentialReport|AccountAlias|Account/.test(name)) {
    if (name === 'DeleteAccountPasswordPolicy' || name === 'GetAccountPasswordPolicy') {
      await done('UpdateAccountPasswordPolicy', { MinimumPasswordLength: 8 })
    }
    // Another one makes the alias free: what the account has already it is not given again.
    if (name === 'DeleteAccountAlias') await done('CreateAccountAlias', { AccountAlias: it })
    if (name === 'GetCredentialReport') await done('GenerateCredentialReport', {})
    return names
  }
  if (/OpenIDConnect/.test(name)) {
    if (name === 'CreateOpenIDConnectProvider') return names
    const made = await done('CreateOpenIDConnectProvider', {
      Url: `https://${it}.example.com`,
      ClientIDList: ['first', 'second'],
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
    return { ...names, providerArn: element(made, 'OpenIDConnectProviderArn') }
  }
  await done('CreateUser', { UserName: it, Tags: [{ Key: 'team', Value: 'blue' }] })
  const made = await done('CreatePolicy', { PolicyName: it, PolicyDocument: DOCUMENT })
  const policyArn = element(made, 'Arn')
  if (/PolicyVersion/.test(name)) await done('CreatePolicyVersion', { PolicyArn: policyArn, PolicyDocument: DOCUMENT })
  if (/UserPermissionsBoundary/.test(name)) {
    await done('PutUserPermissionsBoundary', { UserName: it, PermissionsBoundary: policyArn })
  }
  if (/LoginProfile/.test(name) && !name.startsWith('Create')) {
    await done('CreateLoginProfile', { UserName: it, Password: PASSWORD })
  }
  if (/Group/.test(name)) {
    await done('CreateGroup', { GroupName: it })
    if (deletes) return { ...names, policyArn }
    await done('PutGroupPolicy', { GroupName: it, PolicyName: 'Inline', PolicyDocument: DOCUMENT })
    await done('AttachGroupPolicy', { GroupName: it, PolicyArn: policyArn })
    await done('AddUserToGroup', { GroupName: it, UserName: it })
  }
  if (/Role|InstanceProfile/.test(name) && !/ServiceLinked/.test(name)) {
    await makeRole(world, it)
    if (name === 'DeleteRole') return { ...names, policyArn }
    await done('PutRolePolicy', { RoleName: it, PolicyName: 'Inline', PolicyDocument: DOCUMENT })
    await done('AttachRolePolicy', { RoleName: it, PolicyArn: policyArn })
    await done('PutRolePermissionsBoundary', { RoleName: it, PermissionsBoundary: policyArn })
    await done('CreateInstanceProfile', { InstanceProfileName: it })
    if (!deletes && !name.startsWith('AddRole')) {
      await done('AddRoleToInstanceProfile', { InstanceProfileName: it, RoleName: it })
    }
  }
  if (name === 'DeleteServiceLinkedRole') {
    await done('CreateServiceLinkedRole', { AWSServiceName: `${linked(names)}.amazonaws.com` })
  }
  return { ...names, policyArn }
}

/** A service that has one service-linked role, of this set. */
const linked = ({ userName }: Names) => userName.replaceAll('-', '')

/** The names of a set that is not there, as long as those of one that is. */
export function absent({ server: { account } }: World, label: string): Names {
  return {
    secretId: `gone/${label}`,
    userName: `gone-${label}`,
    databaseId: `gone-${label}`,
    policyArn: `arn:aws:iam::${account}:policy/gone-${label}`,
    keyId: `00000000-0000-4000-8000-0000000${label}`,
    accessKeyId: `AKIAGONEGONEGON${label.toUpperCase()}`,
    providerArn: `arn:aws:iam::${account}:oidc-provider/gone-${label}.example.com`,
    message: 'A'.repeat(100),
    ciphertext: Buffer.alloc(200, 1),
    importToken: Buffer.alloc(200, 1),
    grantId: label.padStart(64, '0'),
    functionArn: `arn:aws:lambda:us-east-1:${account}:function:gone-${label}`,
    resourcePolicy: { id: '00000000-0000-4000-8000-000000000000', hash: '0'.repeat(64) },
  }
}

/** Members by the name of a resource. */
const byMember: Readonly<Record<string, (names: Names) => unknown>> = {
  'secretsmanager:SecretId': ({ secretId }) => secretId,
  'strongroom:SecretId': ({ secretId }) => secretId,
  'kms:KeyId': ({ keyId }) => keyId,
  'lambda:FunctionName': ({ functionArn }) => functionArn,
  'lambda:Resource': ({ functionArn }) => functionArn,
  'kms:TargetKeyId': ({ keyId }) => keyId,
  'iam:UserName': ({ userName }) => userName,
  'iam:PolicyArn': ({ policyArn }) => policyArn,
  'iam:AccessKeyId': ({ accessKeyId }) => accessKeyId,
  'iam:GroupName': ({ userName }) => userName,
  'iam:RoleName': ({ userName }) => userName,
  'iam:InstanceProfileName': ({ userName }) => userName,
  'iam:PermissionsBoundary': ({ policyArn }) => policyArn,
  'iam:OpenIDConnectProviderArn': ({ providerArn }) => providerArn,
  'iam:PolicySourceArn': ({ policyArn }) => `${policyArn.slice(0, policyArn.indexOf(':policy/'))}:user/nobody`,
  'sts:AccessKeyId': ({ accessKeyId }) => accessKeyId,
  ...parameterMembers,
  ...eventsMembers,
  ...logsMembers,
  ...cloudwatchMembers,
  ...trailMembers,
  ...databaseMembers,
}

/** What an operation needs besides its required members, or in another form than its shape says. */
const byAction: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'secretsmanager:PutResourcePolicy': () => ({ ResourcePolicy: RESOURCE_POLICY }),
  'secretsmanager:ValidateResourcePolicy': ({ secretId }) => ({
    SecretId: secretId,
    ResourcePolicy: RESOURCE_POLICY,
  }),
  'sts:AssumeRole': ({ userName, policyArn }) => ({
    RoleArn: `${policyArn.slice(0, policyArn.indexOf(':policy/'))}:role/${userName}`,
    RoleSessionName: 'session',
  }),
  'sts:DecodeAuthorizationMessage': ({ message }) => ({ EncodedMessage: message }),
  'sts:GetFederationToken': () => ({ Name: 'bob' }),
  'iam:ChangePassword': () => ({ OldPassword: PASSWORD, NewPassword: OTHER_PASSWORD }),
  'iam:CreateGroup': ({ userName }) => ({ GroupName: `${userName}-new` }),
  'iam:CreateRole': ({ userName, policyArn }) => ({
    RoleName: `${userName}-new`,
    AssumeRolePolicyDocument: trustIn(policyArn),
  }),
  'iam:UpdateAssumeRolePolicy': ({ policyArn }) => ({ PolicyDocument: trustIn(policyArn) }),
  'iam:CreateInstanceProfile': ({ userName }) => ({ InstanceProfileName: `${userName}-new` }),
  'iam:CreateServiceLinkedRole': (names) => ({ AWSServiceName: `${linked(names)}.amazonaws.com` }),
  'iam:DeleteServiceLinkedRole': (names) => ({ RoleName: `AWSServiceRoleFor${capital(linked(names))}` }),
  'iam:GetServiceLinkedRoleDeletionStatus': (names) => ({
    DeletionTaskId: `task/aws-service-role/${linked(names)}.amazonaws.com/AWSServiceRoleFor${capital(linked(names))}/11111111-1111-4111-8111-111111111111`,
  }),
  'iam:CreateLoginProfile': ({ userName }) => ({ UserName: userName, Password: PASSWORD }),
  'iam:GetLoginProfile': ({ userName }) => ({ UserName: userName }),
  'iam:DeleteLoginProfile': ({ userName }) => ({ UserName: userName }),
  'iam:UpdateLoginProfile': () => ({ Password: OTHER_PASSWORD }),
  'iam:ListMFADevices': ({ userName }) => ({ UserName: userName }),
  'iam:ListSSHPublicKeys': ({ userName }) => ({ UserName: userName }),
  'iam:ListSigningCertificates': ({ userName }) => ({ UserName: userName }),
  'iam:ListServiceSpecificCredentials': ({ userName }) => ({ UserName: userName }),
  'iam:CreatePolicyVersion': () => ({ PolicyDocument: DOCUMENT }),
  'iam:DeletePolicyVersion': () => ({ VersionId: 'v2' }),
  'iam:SetDefaultPolicyVersion': () => ({ VersionId: 'v2' }),
  'iam:PutGroupPolicy': () => ({ PolicyName: 'Inline', PolicyDocument: DOCUMENT }),
  'iam:GetGroupPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:DeleteGroupPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:PutRolePolicy': () => ({ PolicyName: 'Inline', PolicyDocument: DOCUMENT }),
  'iam:GetRolePolicy': () => ({ PolicyName: 'Inline' }),
  'iam:DeleteRolePolicy': () => ({ PolicyName: 'Inline' }),
  'iam:UpdateGroup': ({ userName }) => ({ NewGroupName: `${userName}-new` }),
  'iam:UpdateRole': () => ({ Description: 'a description' }),
  'iam:UpdateRoleDescription': () => ({ Description: 'a description' }),
  ...Object.fromEntries(
    ['User', 'Role', 'Policy', 'InstanceProfile', 'OpenIDConnectProvider'].flatMap((kind) => [
      [`iam:Tag${kind}`, () => ({ Tags: [{ Key: 'stage', Value: 'test' }] })],
      [`iam:Untag${kind}`, () => ({ TagKeys: ['team'] })],
    ]),
  ),
  'iam:CreateOpenIDConnectProvider': ({ userName }) => ({
    Url: `https://${userName}-new.example.com`,
    ClientIDList: ['first'],
  }),
  'iam:AddClientIDToOpenIDConnectProvider': () => ({ ClientID: 'third' }),
  'iam:RemoveClientIDFromOpenIDConnectProvider': () => ({ ClientID: 'second' }),
  'iam:UpdateOpenIDConnectProviderThumbprint': () => ({ ThumbprintList: ['a'.repeat(40)] }),
  // Of a page of them each takes statements, and the store fills up.
  'iam:GetAccountAuthorizationDetails': () => ({ MaxItems: 2 }),
  'iam:CreateAccountAlias': ({ userName }) => ({ AccountAlias: userName }),
  'iam:DeleteAccountAlias': ({ userName }) => ({ AccountAlias: userName }),
  'iam:SimulateCustomPolicy': () => ({ PolicyInputList: [DOCUMENT], ActionNames: ['s3:GetObject'] }),
  'iam:SimulatePrincipalPolicy': () => ({ ActionNames: ['s3:GetObject'] }),
  'iam:GetContextKeysForCustomPolicy': () => ({ PolicyInputList: [DOCUMENT] }),
  'secretsmanager:BatchGetSecretValue': ({ secretId }) => ({ SecretIdList: [secretId] }),
  'secretsmanager:CreateSecret': ({ secretId }) => ({
    Name: `${secretId}/new`,
    ClientRequestToken: OLD,
    SecretString: 'value',
  }),
  'strongroom:ImportSecret': ({ secretId }) => ({
    Name: `${secretId}/new`,
    Versions: [{ VersionId: OLD, SecretString: 'value', VersionStages: ['AWSCURRENT'] }],
    OnConflict: 'Overwrite',
  }),
  'strongroom:RestoreSecrets': ({ secretId }) => ({ Prefix: secretId, AsOf: 1, DryRun: false }),
  'strongroom:RollBackSecret': () => ({ To: 'AWSPREVIOUS', ClientRequestToken: `${OLD}3` }),
  'secretsmanager:PutSecretValue': () => ({ ClientRequestToken: `${OLD}1`, SecretString: 'value' }),
  'secretsmanager:RotateSecret': ({ policyArn }) => ({
    ClientRequestToken: `${OLD}2`,
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${policyArn.split(':')[4]}:function:SecretsManagerRDSPostgreSQLRotationSingleUser`,
    RotationRules: { AutomaticallyAfterDays: 1 },
  }),
  'secretsmanager:UpdateSecret': () => ({ Description: 'a description' }),
  'secretsmanager:UpdateSecretVersionStage': () => ({ VersionStage: 'MINE', MoveToVersionId: OLD }),
  'secretsmanager:TagResource': () => ({ Tags: [{ Key: 'stage', Value: 'test' }] }),
  'secretsmanager:UntagResource': () => ({ TagKeys: ['team'] }),
  'lambda:AddPermission': () => ({ ...PERMISSION }),
  'lambda:CreateAlias': () => ({ Name: 'live', FunctionVersion: '1' }),
  'lambda:CreateFunction': ({ functionArn }) => ({
    FunctionName: `${functionArn}-new`,
    Role: lambdaRole(functionArn.split(':')[4] ?? ''),
    Code: { ZipFile: CODE.toString('base64') },
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
  }),
  ...Object.fromEntries(['Get', 'Update', 'Delete'].map((verb) => [`lambda:${verb}Alias`, () => ({ Name: 'live' })])),
  'lambda:PutFunctionConcurrency': () => ({ ReservedConcurrentExecutions: 1 }),
  'lambda:RemovePermission': () => ({ StatementId: 's' }),
  'lambda:TagResource': () => ({ Tags: { stage: 'test' } }),
  'lambda:UntagResource': () => ({ TagKeys: ['team'] }),
  'lambda:UpdateFunctionCode': () => ({ ZipFile: CODE.toString('base64') }),
  ...Object.fromEntries(
    ['Create', 'Update', 'Delete'].map((verb) => [
      `kms:${verb}Alias`,
      ({ keyId }: Names) => ({ AliasName: `alias/for-${keyId}` }),
    ]),
  ),
  'kms:Decrypt': ({ ciphertext }) => ({ CiphertextBlob: ciphertext }),
  'kms:Encrypt': () => ({ Plaintext: Buffer.from('plain') }),
  'kms:DeriveSharedSecret': () => ({ PublicKey: PEER }),
  'kms:GenerateDataKeyPair': () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  'kms:GenerateDataKeyPairWithoutPlaintext': () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  'kms:GenerateMac': () => ({ ...AUTHENTICATED }),
  'kms:GetParametersForImport': () => ({ ...WRAPPING }),
  'kms:ImportKeyMaterial': ({ ciphertext, importToken }) => ({
    ImportToken: importToken,
    EncryptedKeyMaterial: ciphertext,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  }),
  'kms:Sign': () => ({ ...SIGNED }),
  'kms:Verify': ({ ciphertext }) => ({ ...SIGNED, Signature: ciphertext }),
  'kms:VerifyMac': ({ ciphertext }) => ({ ...AUTHENTICATED, Mac: ciphertext }),
  'kms:GenerateDataKey': () => ({ KeySpec: 'AES_256' }),
  'kms:CreateGrant': ({ functionArn }) => ({
    GranteePrincipal: rootOf(functionArn.split(':')[4] ?? ''),
    Operations: ['Encrypt'],
  }),
  'kms:ListRetirableGrants': ({ functionArn }) => ({ RetiringPrincipal: rootOf(functionArn.split(':')[4] ?? '') }),
  'kms:RetireGrant': ({ keyId, grantId, functionArn }) => ({
    KeyId: keyId.startsWith('arn:') ? keyId : `arn:aws:kms:us-east-1:${functionArn.split(':')[4]}:key/${keyId}`,
    GrantId: grantId,
  }),
  'kms:ReEncrypt': ({ ciphertext, keyId }) => ({ CiphertextBlob: ciphertext, DestinationKeyId: keyId }),
  'kms:GenerateDataKeyWithoutPlaintext': () => ({ KeySpec: 'AES_256' }),
  'kms:GenerateRandom': () => ({ NumberOfBytes: 8 }),
  'kms:ReplicateKey': () => ({ ReplicaRegion: 'us-west-2' }),
  'kms:UpdatePrimaryRegion': () => ({ PrimaryRegion: 'us-west-2' }),
  'kms:RevokeGrant': ({ grantId }) => ({ GrantId: grantId }),
  'kms:PutKeyPolicy': ({ functionArn }) => ({ Policy: keyPolicy(functionArn.split(':')[4] ?? '') }),
  'kms:TagResource': () => ({ Tags: [{ TagKey: 'stage', TagValue: 'test' }] }),
  'kms:UntagResource': () => ({ TagKeys: ['team'] }),
  'kms:UpdateKeyDescription': () => ({ Description: 'another' }),
  'kms:ListAliases': ({ keyId }) => ({ KeyId: keyId }),
  ...parameterInputs,
  ...eventsInputs,
  ...logsInputs,
  ...cloudwatchInputs,
  ...databaseInputs,
  ...trailInputs,
  'iam:CreatePolicy': ({ userName }) => ({ PolicyName: `${userName}-new`, PolicyDocument: DOCUMENT }),
  'iam:CreateUser': ({ userName }) => ({ UserName: `${userName}-new` }),
  'iam:CreateAccessKey': ({ userName }) => ({ UserName: userName }),
  'iam:DeleteAccessKey': ({ userName }) => ({ UserName: userName }),
  'iam:DeleteUserPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:GetPolicyVersion': () => ({ VersionId: 'v1' }),
  'iam:GetUser': ({ userName }) => ({ UserName: userName }),
  'iam:GetUserPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:ListAccessKeys': ({ userName }) => ({ UserName: userName }),
  'iam:PutUserPolicy': () => ({ PolicyName: 'Inline', PolicyDocument: DOCUMENT }),
  'iam:UpdateAccessKey': ({ userName }) => ({ UserName: userName, Status: 'Inactive' }),
  'iam:UpdateUser': ({ userName }) => ({ NewUserName: `${userName}-new` }),
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** As `trust`, of the account that an ARN names. */
const trustIn = (policyArn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: policyArn.split(':')[4] }, Action: 'sts:AssumeRole' }],
  })

/** An input that an operation takes: its required members, from the names, the table above or their shapes. */
export function inputFor({ service, operation, action }: Entry, names: Names): Record<string, unknown> {
  const given = byAction[action]?.(names) ?? {}
  const input: Record<string, unknown> = { ...given }
  for (const [member, shape] of Object.entries(operation?.input ?? {})) {
    if (!shape.required || member in given) continue
    input[member] = byMember[`${service.name}:${member}`]?.(names) ?? smallest(shape, `${action} ${member}`)
  }
  return input
}

/** Whether an operation acts on a resource that may be missing, and its caller names it. */
export function namesAResource(entry: Entry, world: World): boolean {
  const one = JSON.stringify(inputFor(entry, { ...absent(world, 'aaaaa') }))
  return one !== JSON.stringify(inputFor(entry, { ...absent(world, 'bbbbb') }))
}
