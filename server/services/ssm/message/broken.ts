/** A message that this server did not make, or that was changed since. Says nothing of what is in it. */
export class MessageBroken extends Error {
  constructor() {
    super('this is no message of an advanced parameter, or it was changed')
    this.name = 'MessageBroken'
  }
}
