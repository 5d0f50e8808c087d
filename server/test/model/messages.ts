/** What a node of the model test and who starts it agree on. */

/** The account and the root credentials of every model test. */
export const ACCOUNT = '111122223333'
export const ROOT = {
  accessKeyId: 'AKIAMODELTESTMODEL00',
  secretAccessKey: 'model/test/model/test/model/test/model00',
}

/** What a node is asked: to be at that time with everything done that was due, or to end well. */
export type Asked = { readonly travel: number } | { readonly stop: true }

/** What it says: where it listens, that it is there (or why not), or that it is closed. */
export type Said =
  | { readonly ready: string }
  | { readonly there: true; readonly failure?: string }
  | { readonly closed: true }
