import type { SimulateCustomPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { entityNamed } from '../model/entity-arn.ts'
import { Marker, MaxItems, PolicyDocument } from '../model/members.ts'
import { invalidInput } from '../model/refusals.ts'
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
  OrderedOrganizationPolicies,
  ResourceArns,
  ResourceHandlingOption,
  ResourceOwner,
  SimulationPolicyList,
} from '../model/simulation-members.ts'
import { operation } from '../operation.ts'
import { anyCaller, keysOfCaller, simulatedCaller } from '../simulated-caller.ts'
import { inputNames } from '../simulation.ts'
import { type SimulationAnswer, simulationPage } from '../simulation-page.ts'
import { nothing } from '../target.ts'

/** Says what policies would allow, without doing anything. Source: API_SimulateCustomPolicy, access.md 3.4. */
export const SimulateCustomPolicy = operation<SimulateCustomPolicyRequest, SimulationAnswer>()({
  name: 'SimulateCustomPolicy',
  effect: 'read',
  input: {
    PolicyInputList: required(SimulationPolicyList),
    PermissionsBoundaryPolicyInputList: SimulationPolicyList,
    OrderedOrganizationPolicyInputList: OrderedOrganizationPolicies,
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
  errors: ['InvalidInputException', 'PolicyEvaluationException'],
  target: async () => nothing(),
  async run(input, _env, { account }) {
    const { CallerArn } = input
    const actions = actionsIn(input.ActionNames)
    const policies = documentsOf(input.PolicyInputList)
    const boundary = boundaryIn(input.PermissionsBoundaryPolicyInputList)
    const resourcePolicy = resourcePolicyIn(input.ResourcePolicy)
    if (resourcePolicy !== undefined && CallerArn === undefined) {
      throw invalidInput('Invalid caller - Caller cannot be null or empty.')
    }
    // The caller is not looked up: a simulation of documents is no way to learn who is there, and with which tags.
    const caller =
      CallerArn === undefined
        ? anyCaller(account, policies, boundary)
        : simulatedCaller(CallerArn, entityNamed(CallerArn), undefined, policies, boundary)
    const levels = (input.OrderedOrganizationPolicyInputList ?? []).map((level) =>
      documentsOf(level.ServiceControlPolicyInputList),
    )
    return simulationPage(
      input,
      {
        caller,
        resources: resourcesIn(input.ResourceArns),
        context: contextIn(input.ContextEntries, keysOfCaller(caller)),
        resourcePolicy,
        owner: resourceOwnerIn(input.ResourceOwner),
        levels,
        ofPrincipal: false,
        names: inputNames(policies, boundary),
      },
      actions,
    )
  },
})
