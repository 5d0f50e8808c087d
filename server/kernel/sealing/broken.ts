/**
 * What was sealed can't be opened: another key, another identity, or a changed byte. Which of them is never told, so
 * that nobody can feel the way to a plaintext by trying.
 */
export class SealBroken extends Error {
  constructor() {
    super('sealed bytes do not open under this key and identity')
    this.name = 'SealBroken'
  }
}
