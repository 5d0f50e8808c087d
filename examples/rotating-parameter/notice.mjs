/** Writes down what it is told of: the function of a second rule, which sees that the parameter has changed. */
import { SSM } from '@aws-sdk/client-ssm'

const ssm = new SSM({})

export const handler = async ({ detail, time }) => {
  const Value = `${detail.name} version ${detail.toVersion} is current since ${time}`
  await ssm.putParameter({ Name: '/shop/last-rotation', Value, Type: 'String', Overwrite: true })
}
