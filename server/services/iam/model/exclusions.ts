import type { Compiled, Origin } from '#kernel/authorization/policy'
import { parseArn } from '#kernel/values/arn'
import { invalidInput } from './refusals.ts'

/** Policies that a simulation is to leave out. Exactly one member is given. Source: API_SimulatePrincipalPolicy. */
export interface PolicyIdentifier {
  readonly PolicyType?: string | undefined
  readonly PolicyArn?: string | undefined
  readonly InlinePolicyIdentifier?:
    | {
        readonly PolicyName?: string | undefined
        readonly AttachmentType?: string | undefined
        readonly AttachmentName?: string | undefined
      }
    | undefined
}

const AWS = 'arn:aws:iam::aws:'

/** Whether a policy of the principal is left out. Throws InvalidInput (texts assumed) for what identifies none. */
export function exclusionOf(list: readonly PolicyIdentifier[] | undefined): (policy: Compiled) => boolean {
  const tests = (list ?? []).map(testOf)
  return ({ origin }) => origin !== undefined && tests.some((test) => test(origin))
}

function testOf({
  PolicyType,
  PolicyArn,
  InlinePolicyIdentifier: inline,
}: PolicyIdentifier): (origin: Origin) => boolean {
  if ([PolicyType, PolicyArn, inline].filter((member) => member !== undefined).length !== 1) {
    throw invalidInput('A policy identifier must have exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier.')
  }
  if (PolicyArn !== undefined) {
    if (parseArn(PolicyArn)?.service !== 'iam' || /[*?]/.test(PolicyArn)) {
      throw invalidInput(`Invalid policy identifier: ${PolicyArn}.`)
    }
    return ({ kind, id }) => kind === 'managed' && id === PolicyArn
  }
  if (inline !== undefined) {
    const { PolicyName = '', AttachmentType = '', AttachmentName = '' } = inline
    if (/[*?]/.test(PolicyName) || AttachmentName.split('*').length > 2) {
      throw invalidInput(`Invalid policy identifier: ${PolicyName}.`)
    }
    return ({ kind, id, holder }) => {
      const [type, name = ''] = holder.split('/')
      return kind === 'inline' && id === PolicyName && type === AttachmentType && fits(AttachmentName, name)
    }
  }
  switch (PolicyType) {
    case 'aws-managed':
      return ({ kind, id }) => kind === 'managed' && id.startsWith(AWS)
    case 'user-managed':
      return ({ kind, id }) => kind === 'managed' && !id.startsWith(AWS)
    case 'inline':
      return ({ kind }) => kind === 'inline'
    case 'permission-boundary':
      return ({ kind }) => kind === 'boundary'
    default:
      // Service and resource control policies: nobody has any here.
      return () => false
  }
}

/** `*`, at most one, is any run of characters, `?` one of them. */
function fits(pattern: string, name: string): boolean {
  const same = (part: string, text: string) =>
    part.length === text.length && [...part].every((character, at) => character === '?' || character === text[at])
  const [head = '', tail] = pattern.split('*')
  if (tail === undefined) return same(head, name)
  if (name.length < head.length + tail.length) return false
  return same(head, name.slice(0, head.length)) && same(tail, name.slice(name.length - tail.length))
}
