/**
 * Does `work` for each item, up to `most` at once, and yields what came out in the order of the items. No more items are asked for than
 * are worked on, so that nothing piles up. The first failure ends it, when its turn comes.
 */
export async function* inOrder<In, Out>(
  items: AsyncIterable<In>,
  most: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const waiting: Promise<Out>[] = []
  for await (const item of items) {
    const doing = work(item)
    // it is looked at when its turn comes; until then a failure is not lost, and not unhandled
    doing.catch(() => undefined)
    waiting.push(doing)
    if (waiting.length >= most) yield await (waiting.shift() as Promise<Out>)
  }
  for (const doing of waiting) yield await doing
}
