/** The word that was probably meant: the nearest within two or three keystrokes, or undefined. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 60) return undefined
  const within = word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3
  let best: string | undefined
  let least = within + 1
  for (const candidate of words) {
    const steps = distance(word.toLowerCase(), candidate)
    if (steps < least) {
      least = steps
      best = candidate
    }
  }
  return best ?? words.find((candidate) => word.length >= 4 && candidate.startsWith(word.toLowerCase()))
}

/** Keystrokes from one word to another: insert, delete, replace, swap neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      let steps = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        steps = Math.min(steps, (beforeLast[j - 2] ?? 0) + 1)
      row.push(steps)
    }
    beforeLast = last
    last = row
  }
  return last[to.length] ?? 0
}
