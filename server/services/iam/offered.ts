import { AttachRolePolicy } from './operations/AttachRolePolicy.ts'
import { AttachUserPolicy } from './operations/AttachUserPolicy.ts'
import { CreateAccessKey } from './operations/CreateAccessKey.ts'
import { CreatePolicy } from './operations/CreatePolicy.ts'
import { CreateRole } from './operations/CreateRole.ts'
import { CreateUser } from './operations/CreateUser.ts'
import { DeleteAccessKey } from './operations/DeleteAccessKey.ts'
import { DeletePolicy } from './operations/DeletePolicy.ts'
import { DeleteRole } from './operations/DeleteRole.ts'
import { DeleteUser } from './operations/DeleteUser.ts'
import { DeleteUserPolicy } from './operations/DeleteUserPolicy.ts'
import { DetachUserPolicy } from './operations/DetachUserPolicy.ts'
import { GetAccessKeyLastUsed } from './operations/GetAccessKeyLastUsed.ts'
import { GetPolicy } from './operations/GetPolicy.ts'
import { GetPolicyVersion } from './operations/GetPolicyVersion.ts'
import { GetRole } from './operations/GetRole.ts'
import { GetUser } from './operations/GetUser.ts'
import { GetUserPolicy } from './operations/GetUserPolicy.ts'
import { ListAccessKeys } from './operations/ListAccessKeys.ts'
import { ListAttachedUserPolicies } from './operations/ListAttachedUserPolicies.ts'
import { ListPolicies } from './operations/ListPolicies.ts'
import { ListUserPolicies } from './operations/ListUserPolicies.ts'
import { ListUsers } from './operations/ListUsers.ts'
import { PutRolePolicy } from './operations/PutRolePolicy.ts'
import { PutUserPolicy } from './operations/PutUserPolicy.ts'
import { UpdateAccessKey } from './operations/UpdateAccessKey.ts'
import { UpdateUser } from './operations/UpdateUser.ts'

/** The operations of IAM that are here. */
export const operations = {
  AttachRolePolicy,
  AttachUserPolicy,
  CreateAccessKey,
  CreatePolicy,
  CreateRole,
  CreateUser,
  DeleteAccessKey,
  DeletePolicy,
  DeleteRole,
  DeleteUser,
  DeleteUserPolicy,
  DetachUserPolicy,
  GetAccessKeyLastUsed,
  GetPolicy,
  GetPolicyVersion,
  GetRole,
  GetUser,
  GetUserPolicy,
  ListAccessKeys,
  ListAttachedUserPolicies,
  ListPolicies,
  ListUserPolicies,
  ListUsers,
  PutRolePolicy,
  PutUserPolicy,
  UpdateAccessKey,
  UpdateUser,
}
