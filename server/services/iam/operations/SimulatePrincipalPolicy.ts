import type { SimulatePrincipalPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingSource } from '../existing-source.ts'
import { entityNamed } from '../model/entity-arn.ts'
import { exclusionOf, type PolicyIdentifier } from '../model/exclusions.ts'
import { Arn, Marker, MaxItems, PolicyDocument } from '../model/members.ts'
import {
  actionsIn,
  boundaryIn,
  contextIn,
  documentsOf,
  resourceOwnerIn,
  resourcePolicyIn,
  resourcesIn,
} from '../model/simulation-input.ts'
import {
  ActionNames,
  CallerArn,
  ContextEntries,
  PolicyExclusionList,
  ResourceArns,
  ResourceHandlingOption,
  ResourceOwner,
  SimulationPolicyList,
} from '../model/simulation-members.ts'
import { operation } from '../operation.ts'
import { keysOfCaller, simulatedCaller } from '../simulated-caller.ts'
import { inputNames } from '../simulation.ts'
import { type SimulationAnswer, simulationPage } from '../simulation-page.ts'
import { sourceTarget } from '../target.ts'

/** The SDK's type of identifiers is a union that carries a member for what it does not know. */
type Request = Omit<SimulatePrincipalPolicyRequest, 'PolicyExclusionList'> & {
  PolicyExclusionList?: PolicyIdentifier[] | undefined
}

/**
 * Says what a user, group or role may do by its policies, those of a user's groups and the boundary among them. `CallerArn`:
 * somebody else calls as if it had these policies. Source: API_SimulatePrincipalPolicy, access.md 3.4.
 */
export const SimulatePrincipalPolicy = operation<Request, SimulationAnswer>()({
  name: 'SimulatePrincipalPolicy',
  effect: 'read',
  input: {
    PolicySourceArn: required(Arn),
    PolicyInputList: SimulationPolicyList,
    PermissionsBoundaryPolicyInputList: SimulationPolicyList,
    PolicyExclusionList,
    ActionNames: required(ActionNames),
    ResourceArns,
    ResourcePolicy: PolicyDocument,
    ResourceOwner,
    CallerArn,
    ContextEntries,
    ResourceHandlingOption,
    MaxItems,
    Marker,
  },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'PolicyEvaluationException'],
  target: async ({ PolicySourceArn }, { sources }, call) =>
    sourceTarget(PolicySourceArn, call, await sources.find(PolicySourceArn)),
  async run(input, { sources }) {
    const source = await existingSource(sources, input.PolicySourceArn)
    const actions = actionsIn(input.ActionNames)
    const excluded = exclusionOf(input.PolicyExclusionList)
    const added = documentsOf(input.PolicyInputList)
    const given = boundaryIn(input.PermissionsBoundaryPolicyInputList)
    const own = source.boundary === undefined || excluded(source.boundary) ? undefined : source.boundary
    const policies = [...source.policies.filter((policy) => !excluded(policy)), ...added]
    const arn = input.CallerArn ?? source.arn
    // Somebody else is not looked up: who may simulate one user learns nothing of the tags of another.
    const known = arn === source.arn ? source : undefined
    const caller = simulatedCaller(arn, entityNamed(arn), known, policies, given ?? own)
    return simulationPage(
      input,
      {
        caller,
        resources: resourcesIn(input.ResourceArns),
        context: contextIn(input.ContextEntries, keysOfCaller(caller)),
        resourcePolicy: resourcePolicyIn(input.ResourcePolicy),
        owner: resourceOwnerIn(input.ResourceOwner),
        levels: [],
        ofPrincipal: true,
        names: inputNames(added, given),
      },
      actions,
    )
  },
})
